"""What all pages share: the templates, who is signed in, what the desk is asked, and how an error looks."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from fastapi import Request, Response
from starlette.responses import HTMLResponse

from metricgov.api.callers import Caller, Callers
from metricgov.api.hall import Hall
from metricgov.api.pages import shown
from metricgov.api.pages.guarding import FORM, must_be_ours
from metricgov.api.pages.sessions import CookieCallers, bound
from metricgov.api.repeats import StoredRepeats
from metricgov.desk.asked import Reader
from metricgov.desk.problems import error_of, status_of
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.domain.people.tokens import Right
from metricgov.ports.clock import Clock
from metricgov.render.paper import paper

LONGEST_KEY: Final = 100
"""Characters of the number of a form."""

HERE: Final = Path(__file__).parent
STATIC: Final = {
    "pages.css": "text/css; charset=utf-8",
    "pages.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}
"""Our own files that pages load, and what they are."""


class House:
    """The pages of one server. `callers` knows who asks for a page, `cookies` who is signed in there."""

    def __init__(
        self, hall: Hall, callers: Callers, cookies: CookieCallers, repeats: StoredRepeats, clock: Clock
    ) -> None:
        self.hall, self.callers, self.cookies, self.repeats, self.clock = hall, callers, cookies, repeats, clock
        self.files = {name: (HERE / "static" / name).read_bytes() for name in STATIC}
        self._marks = {name: hashlib.sha256(data).hexdigest()[:12] for name, data in self.files.items()}
        self.provider = ""
        """Where people can sign in besides, "" for nowhere."""
        self._templates = paper(HERE / "templates")
        self._templates.filters.update(shown.FILTERS)
        self._templates.globals.update(shown.GLOBALS, static=self.static)

    def static(self, name: str) -> str:
        """Return the address of one of our files; another one when its contents are others."""
        return f"/static/{name}?{self._marks[name]}"

    async def ask(self, request: Request, question: str, **arguments: Any) -> Any:
        """Return what the desk answers whoever asks for this page."""
        caller: Caller = request.state.caller
        return await self.hall.ask(caller.principal, question, arguments)

    async def asked(self, request: Request, question: str, **arguments: Any) -> tuple[Any, MetricgovError | None]:
        """Return the answer, or None and why there is none."""
        try:
            return await self.ask(request, question, **arguments), None
        except MetricgovError as error:
            return None, error

    async def together(
        self, request: Request, asked: Mapping[str, Mapping[str, Any]]
    ) -> dict[str, tuple[Any, MetricgovError | None]]:
        """Return the answers to several questions about one moment by their names, or None and why there is none."""
        caller: Caller = request.state.caller
        found = await self.hall.together(caller.principal, list(asked.items()))
        return {
            name: (None, one) if isinstance(one, MetricgovError) else (one, None)
            for name, one in zip(asked, found, strict=True)
        }

    async def ran(
        self, caller: Caller, question: str, arguments: Mapping[str, Any]
    ) -> tuple[Any, MetricgovError | None]:
        """Return the answer to a question that takes long, or None and why there is none."""
        try:
            return await self.hall.run(caller.principal, question, arguments, lambda _what, _done, _total: None), None
        except MetricgovError as error:
            return None, error

    async def given(self, request: Request) -> dict[str, str]:
        """Return what a form says; Refused where it was not made for this session."""
        form = await request.form()
        must_be_ours(request, form)
        return {name: value for name, value in form.items() if isinstance(value, str)}

    async def once(
        self, request: Request, given: Mapping[str, str], command: Callable[[], Awaitable[str]], *, ends: bool = False
    ) -> str:
        """Return what comes of a form, that of the first time where it is sent twice; raises what the desk refuses."""
        key = given.get("nonce", "")
        if not key or len(key) > LONGEST_KEY or not key.isprintable():
            raise BadInput("bad_key", "this form has no number of its own", hint="open the page once more")
        digest = hashlib.sha256(json.dumps([request.url.path, sorted(given.items())]).encode()).hexdigest()

        async def answer() -> Response:
            return Response(json.dumps(await command()), media_type="application/json")

        asked = (f"form {key}", digest)
        kept = await self.repeats.keyed(request, request.state.caller, asked, answer, ends=ends)
        said = json.loads(bytes(kept.body))
        if kept.status_code >= HTTPStatus.BAD_REQUEST:
            raise error_of(said)
        return str(said)

    async def reader(self, request: Request) -> Reader | None:
        """Return who reads the page, None for somebody whom the registry does not know."""
        caller: Caller = request.state.caller
        if not caller.principal:
            return None
        found, _ = await self.asked(request, "reader")
        return found if isinstance(found, Reader) else None

    def page(self, request: Request, template: str, status: int = 200, **facts: Any) -> Response:
        """Return a page."""
        caller: Caller = request.state.caller
        about: Mapping[str, Any] = {
            "caller": caller,
            "may": lambda right: Right(right) in caller.rights,
            "csrf": bound(request, FORM),
            "nonce": secrets.token_urlsafe(16),
            "here": request.url.path,
            "reader": None,
        }
        text = self._templates.get_template(template).render({**about, **facts})
        return HTMLResponse(text, status_code=status)

    def refused(self, request: Request, error: MetricgovError) -> Response:
        """Return an error as a page of its own: what is wrong, the next step, and everything that is missing."""
        status = status_of(error)
        return self.page(
            request, "refused.html", status, there=status != HTTPStatus.NOT_FOUND, refusal=shown.refusal(error)
        )

    def sign_in(
        self, request: Request, *, to: str, error: MetricgovError | None = None, words: str = "", status: int = 200
    ) -> Response:
        """Return the form for signing in; `to` is where it leads, `words` what somebody had written."""
        refusal = shown.refusal(error) if error else None
        return self.page(request, "sign_in.html", status, to=to, refusal=refusal, words=words, provider=self.provider)
