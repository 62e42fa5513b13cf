"""What waits for somebody, and the registry: its definitions with search and facets, and the page of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from metricgov.api.callers import RIGHT, Caller
from metricgov.api.pages.house import House
from metricgov.api.pages.shown import refusal
from metricgov.desk.asked import Days
from metricgov.domain import time
from metricgov.domain.cards import DefinitionCard
from metricgov.domain.people.tokens import Right
from metricgov.domain.searched import Facets, Searched

CHANGES_SHOWN: Final = 50
ROWS: Final = 100
"""Definitions on one page."""

FACETS: Final = ("kind", "domain", "category", "owner", "status")
GRAINS: Final = ("", "day", "week", "month", "quarter", "year")
BASES: Final = ("current", "as-reported")

Word = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True)
class Facet:
    """One way to narrow the list: its name, what is chosen ("": anything), and each value with how many have it."""

    name: str
    chosen: str
    values: tuple[tuple[str, int], ...]


class RegistryPages:
    """Serves them."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add(self, routes: APIRouter) -> None:
        """Add the pages."""
        right = {RIGHT: Right.READ.value}

        async def inbox(request: Request) -> Response:
            """Show what waits for the reader."""
            return await self._inbox(request)

        async def definitions(
            request: Request,
            q: Word = "",
            kind: Word = "",
            domain: Word = "",
            category: Word = "",
            owner: Word = "",
            status: Word = "",
            kpi: Word = "",
            open_change: Word = "",
            first: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        ) -> Response:
            """Show definitions, narrowed by words and facets."""
            chosen = Facets(kind, domain, owner, category, status, kpi and "yes", open_change and "yes")
            return await self._definitions(request, q, chosen, first)

        async def definition(
            request: Request,
            definition: Annotated[str, Path(max_length=300)],
            values: Word = "",
            grain: Word = "",
            basis: Word = "",
        ) -> Response:
            """Show a definition; with `values` computed, also what an engine says now."""
            days = Days(basis=basis if basis in BASES else BASES[0], grain=grain if grain in GRAINS else "")
            return await self._definition(request, definition, days, computed=values == "computed")

        for path, endpoint in (
            ("/", inbox),
            ("/definitions", definitions),
            ("/definitions/{definition:path}", definition),
        ):
            routes.add_api_route(path, endpoint, methods=["GET"], openapi_extra=right)

    async def _inbox(self, request: Request) -> Response:
        house = self._house
        reader = await house.reader(request)
        rows = (await house.asked(request, "inbox"))[0] if reader is not None else None
        changes = await house.ask(request, "change_rows", most=CHANGES_SHOWN + 1)
        now = time.to_text(house.clock.now())
        ordered = sorted(rows or (), key=lambda one: (not one.due, one.due))
        return house.page(
            request,
            "inbox.html",
            reader=reader,
            rows=ordered,
            changes=changes[:CHANGES_SHOWN],
            more=len(changes) > CHANGES_SHOWN,
            now=now,
        )

    async def _definitions(self, request: Request, q: str, chosen: Facets, first: int) -> Response:
        house = self._house
        found: Searched = await house.ask(request, "search", text=q, facets=chosen, most=first + ROWS)
        return house.page(
            request,
            "definitions.html",
            reader=await house.reader(request),
            q=q,
            chosen=chosen,
            facets=_facets(chosen, found),
            rows=found.rows[first:],
            found=found,
            first=first,
            following=first + ROWS if first + ROWS < found.total else 0,
            before=max(0, first - ROWS),
            wanted={"q": q, **chosen.chosen},
        )

    async def _definition(self, request: Request, definition: str, days: Days, *, computed: bool) -> Response:
        house = self._house
        card: DefinitionCard = await house.ask(request, "card", definition=definition)
        metric = card.id.partition(":")[2] if card.id.startswith("metric:") else ""
        history, _ = await house.asked(request, "history", definition=card.id)
        lineage, _ = await house.asked(request, "lineage", definition=card.id)
        who, who_error = await house.asked(request, "who", definition=card.id)
        facts: dict[str, Any] = {"series": None, "values_error": None, "engine": ""}
        if metric:
            facts = await self._values(request, metric, days, computed=computed)
        return house.page(
            request,
            "definition.html",
            reader=await house.reader(request),
            card=card,
            metric=metric,
            history=history,
            lineage=lineage,
            who=who,
            who_error=refusal(who_error) if who_error else None,
            days=days,
            grains=GRAINS,
            bases=BASES,
            computed=computed,
            unit=str((card.data or {}).get("unit") or ""),
            **facts,
        )

    async def _values(self, request: Request, metric: str, days: Days, *, computed: bool) -> dict[str, Any]:
        """Return a metric over time as it was stored, or computed now, and why there is nothing where there is not."""
        house = self._house
        engine, _ = await house.asked(request, "engine")
        caller: Caller = request.state.caller
        if not computed:
            series, error = await house.asked(request, "stored", metric=metric, asked=days)
        else:
            series, error = await house.ran(caller, "series", {"metric": metric, "asked": days})
        return {"engine": engine or "", "series": series, "values_error": refusal(error) if error else None}


def _facets(chosen: Facets, found: Searched) -> list[Facet]:
    """Return what there is to choose from, each value with how many it would leave."""
    facets = []
    for name in FACETS:
        wanted = str(getattr(chosen, name))
        values = {value: count for value, count in found.counts.get(name, {}).items() if value}
        if wanted:
            values.setdefault(wanted, 0)
        facets.append(Facet(name, wanted, tuple(sorted(values.items()))))
    return facets
