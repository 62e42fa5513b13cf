"""The page of a change: everything that somebody needs to understand and to decide it, and the forms to do so."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response

from metricgov.api.callers import RIGHT
from metricgov.api.pages.deeds import BY_DEED, TALK, WAYS, Way, offers, yours
from metricgov.api.pages.guarding import must_be_ours
from metricgov.api.pages.house import House
from metricgov.api.pages.sessions import bound, is_bound
from metricgov.desk.deciding import VERDICTS, Deed
from metricgov.desk.foreseeing import refusal_of
from metricgov.desk.problems import error_of, status_of
from metricgov.desk.resources import DEEDS
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.domain.people.tokens import Right
from metricgov.domain.views import ChangeView

Change = Annotated[str, Path(max_length=300)]

LONGEST_KEY: Final = 100
DIGITS: Final = 9


class ChangePage:
    """Serves it."""

    def __init__(self, house: House) -> None:
        self._house = house

    def add(self, routes: APIRouter) -> None:
        """Add the page and one route a deed, each with the right that it takes."""

        async def shown(request: Request, change: Change, done: str = "") -> Response:
            """Show a change."""
            return await self._shown(request, change, done=done)

        routes.add_api_route("/changes/{change}", shown, methods=["GET"], openapi_extra={RIGHT: Right.READ.value})
        for way in (*WAYS, *TALK):
            self._add_deed(routes, way)

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
        deed: Deed | None = None,
    ) -> Response:
        """Return the page; with `error` what was refused, and `deed` what was wanted, so that no words are lost."""
        house = self._house
        view: ChangeView = await house.ask(request, "change", change=change)
        stale = error is not None and error.code == "stale" and deed is not None
        since = deed.revision if stale and deed is not None and deed.revision < view.revision else 0
        ident = view.change
        edits, edits_error = await house.asked(request, "edits", change=ident, since=since)
        effect, effect_error = await house.asked(request, "effect", change=ident)
        impact, _ = await house.asked(request, "impact", change=ident)
        story, _ = await house.asked(request, "story", change=ident)
        reader = await house.reader(request)
        foreseen = (await house.asked(request, "foresee", change=ident))[0] if reader is not None else None
        offered = offers(view, reader, foreseen, request.state.caller)
        facts: dict[str, Any] = {
            "view": view,
            "edits": edits or (),
            "edits_error": refusal_of(edits_error) if edits_error else None,
            "since": since,
            "effect": effect,
            "effect_error": refusal_of(effect_error) if effect_error else None,
            "impact": impact or (),
            "story": story or (),
            "reader": reader,
            "offered": offered,
            "signs": foreseen.signs if foreseen else "",
            "yours": {place: yours(one, reader, offered) for place, one in enumerate(view.requirements)},
            "refusal": refusal_of(error) if error else None,
            "tried": BY_DEED[deed.name] if deed is not None else None,
            "typed": deed,
            "done": self._done(request, ident, done),
        }
        return house.page(request, "change.html", status_of(error) if error else 200, **facts)

    def _done(self, request: Request, change: str, done: str) -> str:
        """Return what was just done, as far as this session did it: an address alone makes nobody believe so."""
        deed, _, word = done.partition(".")
        return BY_DEED[deed].done if deed in BY_DEED and is_bound(request, f"{deed} {change}", word) else ""

    async def _do(self, request: Request, change: str, way: Way) -> Response:
        form = await request.form()
        must_be_ours(request, form)
        given = {name: value for name, value in form.items() if isinstance(value, str)}
        deed = _deed(way, given)
        house = self._house

        async def command() -> Response:
            outcome = await house.ask(request, "do", change=change, deed=deed)
            return Response(json.dumps({"change": outcome.view.change}), media_type="application/json")

        try:
            told = json.dumps([request.url.path, sorted(given.items())])
            asked = (_key(given), hashlib.sha256(told.encode()).hexdigest())
            answer = await house.repeats.keyed(request, request.state.caller, asked, command)
            if answer.status_code >= HTTPStatus.BAD_REQUEST:
                raise error_of(json.loads(bytes(answer.body)))
        except MetricgovError as error:
            return await self._shown(request, change, error=error, deed=deed)
        ident = json.loads(bytes(answer.body))["change"]
        word = bound(request, f"{way.deed} {ident}")
        return Response(status_code=303, headers={"Location": f"/changes/{ident}?done={way.deed}.{word}#done"})


def _deed(way: Way, given: dict[str, str]) -> Deed:
    """Return what a form asks for; a verdict without the revision and cycle that were read is none."""
    seen = [_number(given.get(one, "")) for one in ("revision", "cycle")]
    if way.deed in VERDICTS and not all(seen):
        raise BadInput("request_invalid", "this form does not say what you read", hint="open the page once more")
    words = given.get("words", "").replace("\r\n", "\n").strip()
    deed = Deed(way.deed, words=words, revision=seen[0], cycle=seen[1])
    if way not in TALK:
        return deed
    return replace(deed, thread=given.get("thread", ""), path=given.get("path", ""), field=given.get("field", ""))


def _key(given: dict[str, str]) -> str:
    key = given.get("nonce", "")
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        raise BadInput("bad_key", "this form has no number of its own", hint="open the page once more")
    return f"form {key}"


def _number(said: str) -> int:
    return int(said) if said.isdecimal() and len(said) <= DIGITS else 0
