"""What waits for somebody, and the registry: its definitions with search and facets, and the page of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response

from metricgov.api.callers import RIGHT, Caller
from metricgov.api.pages.house import House
from metricgov.desk.asked import Days
from metricgov.desk.foreseeing import refusal_of
from metricgov.domain import time
from metricgov.domain.cards import DefinitionCard
from metricgov.domain.people.tokens import Right
from metricgov.domain.views import DefinitionRow

CHANGES_SHOWN: Final = 50
ROWS: Final = 100
"""Definitions on one page."""

FACETS: Final = ("domain", "category", "owner", "status")
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
            domain: Word = "",
            category: Word = "",
            owner: Word = "",
            status: Word = "",
            kpi: Word = "",
            first: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
        ) -> Response:
            """Show definitions, narrowed by words and facets."""
            chosen = {"domain": domain, "category": category, "owner": owner, "status": status}
            return await self._definitions(request, q, chosen, kpi, first)

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

    async def _definitions(self, request: Request, q: str, chosen: Mapping[str, str], kpi: str, first: int) -> Response:
        house = self._house
        everything: Sequence[DefinitionRow] = await house.ask(request, "definitions")
        worded = found_by(everything, q)
        narrowed = [one for one in worded if _fits(one, chosen, kpi)]
        return house.page(
            request,
            "definitions.html",
            reader=await house.reader(request),
            q=q,
            kpi=kpi,
            facets=[_facet(name, chosen, worded, kpi) for name in FACETS],
            rows=narrowed[first : first + ROWS],
            found=len(narrowed),
            whole=len(everything),
            first=first,
            following=first + ROWS if first + ROWS < len(narrowed) else 0,
            before=max(0, first - ROWS),
            wanted={"q": q, "kpi": kpi, **chosen},
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
            who_error=refusal_of(who_error) if who_error else None,
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
        return {"engine": engine or "", "series": series, "values_error": refusal_of(error) if error else None}


def found_by(rows: Sequence[DefinitionRow], q: str) -> list[DefinitionRow]:
    """Return the definitions that hold every word, those first whose name begins with it, then by title."""
    words = q.casefold().split()
    if not words:
        return list(rows)
    found = [(one, _text(one)) for one in rows]
    kept = [one for one, text in found if all(word in text for word in words)]
    return sorted(kept, key=lambda one: _rank(one, words))


def _rank(row: DefinitionRow, words: Sequence[str]) -> tuple[int, str]:
    name, title = row.id.partition(":")[2].casefold(), row.title.casefold()
    if name in (words[0], "_".join(words)):
        return 0, name
    if name.startswith("_".join(words)) or title.startswith(" ".join(words)):
        return 1, name
    return (2, name) if all(word in name or word in title for word in words) else (3, name)


def _text(row: DefinitionRow) -> str:
    parts = (row.id, row.title, row.domain, row.category, row.owner, *row.people, *row.sources, *row.tags)
    return " ".join(parts).casefold()


def _fits(row: DefinitionRow, chosen: Mapping[str, str], kpi: str, but: str = "") -> bool:
    named = all(not wanted or name == but or getattr(row, name) == wanted for name, wanted in chosen.items())
    return named and (not kpi or row.kpi)


def _facet(name: str, chosen: Mapping[str, str], rows: Sequence[DefinitionRow], kpi: str) -> Facet:
    """Return what there is to choose from, counted under everything else that is chosen."""
    counted = Counter(getattr(one, name) for one in rows if _fits(one, chosen, kpi, but=name))
    values = {value: count for value, count in counted.items() if value}
    if chosen[name]:
        values.setdefault(chosen[name], 0)
    return Facet(name, chosen[name], tuple(sorted(values.items())))
