"""The page of a change: everything that somebody needs to understand and to decide it, and the forms to do so."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from metricgov.api.callers import RIGHT, Caller
from metricgov.api.pages.deeds import ACCEPT, BY_DEED, EFFECT, LANDING, TALK, WAYS, Way, offers, passable, yours
from metricgov.api.pages.house import House
from metricgov.api.pages.sessions import bound, is_bound
from metricgov.api.pages.shown import refusal
from metricgov.desk.asked import silent
from metricgov.desk.deciding import VERDICTS, Deed
from metricgov.desk.problems import status_of
from metricgov.desk.resources import DEEDS
from metricgov.domain.effect_report import EffectOnRecord
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.domain.people.tokens import Right
from metricgov.domain.views import ChangeView
from metricgov.domain.workflow.vocabulary import ENDED

Change = Annotated[str, Path(max_length=300)]

DIGITS: Final = 9
EFFECTS_KEPT: Final = 32
"""Effects computed here whose single periods, which the record may leave out, are still drawn."""


class ChangePage:
    """Serves it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._computed: OrderedDict[tuple[str, ...], EffectOnRecord] = OrderedDict()

    def add(self, routes: APIRouter) -> None:
        """Add the page and one route a deed, each with the right that it takes."""

        async def shown(request: Request, change: Change, done: str = "") -> Response:
            """Show a change."""
            return await self._shown(request, change, done=done)

        routes.add_api_route("/changes/{change}", shown, methods=["GET"], openapi_extra={RIGHT: Right.READ.value})
        for way in (*WAYS, *LANDING, *TALK, ACCEPT):
            self._add_deed(routes, way)

        async def compute(request: Request, change: Change) -> Response:
            """Compute the effect of a change, and record it."""
            return await self._compute(request, change)

        right = {RIGHT: Right.PROPOSE.value}
        routes.add_api_route("/changes/{change}/effect", compute, methods=["POST"], openapi_extra=right)

    def _add_deed(self, routes: APIRouter, way: Way) -> None:
        async def do(request: Request, change: Change) -> Response:
            """Do one thing with a change."""
            return await self._do(request, change, way)

        right = DEEDS[way.deed][0].value
        routes.add_api_route(f"/changes/{{change}}/{way.path}", do, methods=["POST"], openapi_extra={RIGHT: right})

    async def _shown(
        self,
        request: Request,
        change: str,
        *,
        done: str = "",
        error: MetricgovError | None = None,
        tried: Way | None = None,
        deed: Deed | None = None,
    ) -> Response:
        """Return the page; with `error` what was refused, and `deed` what was wanted, so that no words are lost."""
        house, stale = self._house, error is not None and error.code == "stale" and deed is not None
        since = 0
        if stale and deed is not None:
            newest = (await house.ask(request, "change", change=change)).revision
            since = deed.revision if deed.revision < newest else 0
        found = await house.together(request, _questions(change, since, request.state.caller))
        view, unknown = found["change"]
        if unknown is not None:
            raise unknown
        reader, foreseen = (found.get(one, (None, None))[0] for one in ("reader", "foresee"))
        foreseen = foreseen if reader is not None else None
        offered = offers(view, reader, foreseen, request.state.caller)
        rights = request.state.caller.rights
        facts: dict[str, Any] = {
            "view": view,
            "passable": passable(view, reader, request.state.caller),
            "since": since,
            "reader": reader,
            "offered": offered,
            "signs": foreseen.signs if foreseen else "",
            "yours": {place: yours(one, reader, offered, rights) for place, one in enumerate(view.requirements)},
            "refusal": refusal(error) if error else None,
            "tried": tried,
            "typed": deed,
            "done": self._done(request, view.change, done),
            **self._evidence(view, found),
        }
        return house.page(request, "change.html", status_of(error) if error else 200, **facts)

    def _evidence(self, view: ChangeView, found: Mapping[str, tuple[Any, MetricgovError | None]]) -> dict[str, Any]:
        """Return what there is to read: texts, the effect, what it reaches, and what has happened."""
        ident = view.change
        (edits, edits_error), (effect, effect_error) = found["edits"], found["effect"]
        if effect is not None:
            effect = self._computed.get(_basis(ident, effect), effect)
        return {
            "edits": edits or (),
            "edits_error": refusal(edits_error) if edits_error else None,
            "effect": effect,
            "effect_error": refusal(effect_error) if effect_error else None,
            "impact": found["impact"][0] or (),
            "story": found["story"][0] or (),
            "engine": found["engine"][0] if "engine" in found and view.state not in ENDED else "",
        }

    def _done(self, request: Request, change: str, done: str) -> str:
        """Return what was just done, as far as this session did it: an address alone makes nobody believe so."""
        deed, _, word = done.partition(".")
        return BY_DEED[deed].done if deed in BY_DEED and is_bound(request, f"{deed} {change}", word) else ""

    async def _do(self, request: Request, change: str, way: Way) -> Response:
        given = await self._house.given(request)
        deed = _deed(way, given)

        async def command() -> str:
            outcome = await self._house.ask(request, "do", change=change, deed=deed)
            return str(outcome.view.change)

        try:
            ident = await self._house.once(request, given, command)
        except MetricgovError as error:
            return await self._shown(request, change, error=error, tried=way, deed=deed)
        return _to(request, ident, way, "done")

    async def _compute(self, request: Request, change: str) -> Response:
        """Compute the effect in a process of its own, and keep what the record leaves out for who reads on here."""
        given = await self._house.given(request)
        asked = {"change": change, "as_of": given.get("as_of", "")[:10]}

        async def command() -> str:
            view: ChangeView = await self._house.ask(request, "change", change=change)
            found = await self._house.hall.run(request.state.caller.principal, "evaluate", asked, silent)
            self._computed[_basis(view.change, found)] = found
            if len(self._computed) > EFFECTS_KEPT:
                self._computed.popitem(last=False)
            return view.change

        try:
            ident = await self._house.once(request, given, command, ends=True)
        except MetricgovError as error:
            return await self._shown(request, change, error=error, tried=EFFECT)
        return _to(request, ident, EFFECT, "effect")


def _questions(change: str, since: int, caller: Caller) -> dict[str, dict[str, Any]]:
    """Return what the page of a change shows to somebody, as questions that are asked together."""
    asked: dict[str, dict[str, Any]] = {name: {"change": change} for name in ("change", "effect", "impact", "story")}
    asked["edits"] = {"change": change, "since": since}
    if caller.principal:
        asked |= {"reader": {}, "foresee": {"change": change}}
        if Right.PROPOSE in caller.rights:
            asked["engine"] = {}
    return asked


def _basis(change: str, found: EffectOnRecord) -> tuple[str, ...]:
    """Return what an effect is of; the record of the same may leave its single periods out."""
    evidence = found.report.evidence
    return change, evidence.digest, evidence.engine, evidence.as_of


def _to(request: Request, change: str, way: Way, place: str) -> Response:
    """Lead back to the page, with a word that says what this session did."""
    word = bound(request, f"{way.deed} {change}")
    return Response(status_code=303, headers={"Location": f"/changes/{change}?done={way.deed}.{word}#{place}"})


def _deed(way: Way, given: dict[str, str]) -> Deed:
    """Return what a form asks for; a verdict without the revision and cycle that were read is none."""
    seen = [_number(given.get(one, "")) for one in ("revision", "cycle")]
    if way.deed in VERDICTS and not all(seen):
        raise BadInput("request_invalid", "this form does not say what you read", hint="open the page once more")
    words = given.get("words", "").replace("\r\n", "\n").strip()
    deed = Deed(way.deed, words=words, revision=seen[0], cycle=seen[1])
    if way == ACCEPT:
        return replace(deed, warning=given.get("warning", ""), metric=given.get("metric", ""))
    if way in LANDING:
        return replace(deed, day=given.get("day", "").strip(), saw=_number(given.get("saw", "")))
    if way not in TALK:
        return deed
    return replace(deed, thread=given.get("thread", ""), path=given.get("path", ""), field=given.get("field", ""))


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) <= DIGITS else 0
