"""What stands before every page: who asks, where a form came from, what an answer may do in a browser, and errors."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from metricgov.api.callers import RIGHT, Caller, counted_as
from metricgov.api.limits import Limits
from metricgov.api.pages.sessions import ENDED, is_bound
from metricgov.api.problem_answers import bug_of
from metricgov.domain.errors import BadInput, MetricgovError, Refused
from metricgov.domain.people.tokens import Right

if TYPE_CHECKING:
    from metricgov.api.pages.house import House

SIGN_IN: Final = "/sign-in"
NOT_SIGNED_IN: Final = frozenset({"no_token", "token_invalid", ENDED})
"""Codes after which signing in helps."""

FORM: Final = "form"
"""What the word in every form is bound to."""

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
    "Vary": "Cookie",
}
"""On every page. The referrer stays within the server; without any, browsers would send forms without their origin."""


class PageRoute(APIRoute):
    """A page or a form of one: finds out who asks and refuses them first, and answers every error as a page."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what serves a request."""
        handle = super().get_route_handler()
        right = Right(self.openapi_extra[RIGHT]) if self.openapi_extra and RIGHT in self.openapi_extra else None

        async def guarded(request: Request) -> Response:
            house: House = request.app.state.pages
            request.state.caller = Caller("", frozenset())
            try:
                if request.method not in ("GET", "HEAD"):
                    must_be_from_here(request)
                request.state.caller = await _caller(house, request, needed=right is not None)
                _count(request)
                if right is not None:
                    request.state.caller.must(right)
                response = await handle(request)
            except Exception as error:  # noqa: BLE001 - a bug becomes a page that says so
                response = await _answered(house, request, error)
            return _with_headers(response)

        return guarded


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _count(request: Request) -> None:
    limits: Limits = request.app.state.limits
    limits.take(counted_as(request.state.caller, request))


async def _caller(house: House, request: Request, *, needed: bool) -> Caller:
    try:
        return await house.callers.of(request)
    except MetricgovError:
        if needed:
            _count(request)
            raise
        return Caller("", frozenset())  # who signs in anew may come with what is over


async def _answered(house: House, request: Request, error: Exception) -> Response:
    if isinstance(error, RequestValidationError):
        error = BadInput("request_invalid", "this address or form cannot be used", hint="go back and try once more")
    elif isinstance(error, HTTPException) and isinstance(error.__cause__, MetricgovError):
        error = error.__cause__
    elif isinstance(error, HTTPException):
        raise error
    if isinstance(error, MetricgovError):
        if error.code in NOT_SIGNED_IN:
            return await _to_sign_in(house, request, error)
        return house.refused(request, error)
    return house.refused(request, bug_of(error, request))


def answer_unknown_addresses(app: FastAPI, house: House) -> None:
    """Answer a browser that asks for what is not there with a page; programs get a problem."""
    told = app.exception_handlers[HTTPException]

    async def answer(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code != HTTPStatus.NOT_FOUND or "text/html" not in request.headers.get("accept", ""):
            found = told(request, error)
            return await found if isawaitable(found) else found
        request.state.caller = await _caller(house, request, needed=False)
        says = "there is no page at this address"
        refused = BadInput("page_unknown", says, hint="look for it among the definitions")
        return _with_headers(house.refused(request, refused))

    app.add_exception_handler(HTTPException, answer)


async def _to_sign_in(house: House, request: Request, error: MetricgovError) -> Response:
    """Lead to the form for signing in and back; what somebody has written is shown there, so that it is not lost."""
    if request.method in ("GET", "HEAD"):
        why = "" if error.code == "no_token" else "&ended=1"
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return Response(status_code=303, headers={"Location": f"{SIGN_IN}?next={quote(wanted, safe='')}{why}"})
    form = await request.form()
    words = form.get("words")
    back = request.url.path.rpartition("/")[0] or "/"
    return house.sign_in(request, error=error, to=back, words=words if isinstance(words, str) else "", status=401)


def must_be_from_here(request: Request) -> None:
    """Refuse a form that another site sent; every browser of today says where one comes from."""
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    same = urlsplit(origin).netloc == request.headers.get("host", "") and bool(origin)
    if site in ("", "same-origin", "none") and same:
        return
    raise Refused(
        "form_foreign",
        "this form was not sent from a page of this server",
        hint="open the page here, and send it from there",
    )


def must_be_ours(request: Request, form: FormData) -> None:
    """Refuse a form that was not made for this session."""
    word = form.get("csrf")
    if isinstance(word, str) and is_bound(request, FORM, word):
        return
    raise Refused(
        "form_foreign", "this form was not made for you, or you signed in anew since", hint="open the page once more"
    )


def local(path: str) -> str:
    """Return a path of this server to go to after signing in; "/" for everything else, whatever it looks like."""
    parts = urlsplit(path)
    plain = path.startswith("/") and not path.startswith("//") and path.isprintable() and "\\" not in path
    if not plain or parts.scheme or parts.netloc or parts.path in (SIGN_IN, "/sign-out"):
        return "/"
    return path
