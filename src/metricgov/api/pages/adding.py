"""The pages of a server: made from its parts, and added to its application."""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, FastAPI, Form, HTTPException, Path, Request, Response

from metricgov.api.app import Parts
from metricgov.api.callers import Callers
from metricgov.api.pages.change_page import ChangePage
from metricgov.api.pages.guarding import PageRoute, answer_unknown_addresses, local, must_be_ours
from metricgov.api.pages.house import STATIC, House
from metricgov.api.pages.provider_sign_in import ProviderSignIn
from metricgov.api.pages.registry_pages import RegistryPages
from metricgov.api.pages.sessions import CookieCallers
from metricgov.api.repeats import StoredRepeats
from metricgov.domain.errors import MetricgovError, Refused
from metricgov.ports.clock import Clock

KEPT: Final = "public, max-age=31536000, immutable"
"""For files whose address changes with their contents."""


class Pages:
    """Adds them. `callers` are people with a session of `cookies`, of which no other route may know."""

    def __init__(
        self,
        cookies: CookieCallers,
        callers: Callers,
        repeats: StoredRepeats,
        clock: Clock,
        provider: ProviderSignIn | None = None,
    ) -> None:
        self._cookies, self._callers, self._repeats, self._clock = cookies, callers, repeats, clock
        self._provider = provider

    def __call__(self, app: FastAPI, parts: Parts) -> None:
        """Add them; none is part of the API that clients rest on."""
        house = House(parts.hall, self._callers, self._cookies, self._repeats, self._clock)
        app.state.pages = house
        routes = APIRouter(route_class=PageRoute, include_in_schema=False)
        _add_entrance(routes, house)
        if self._provider is not None:
            house.provider = self._provider.title
            self._provider.add(routes, house)
        _add_files(routes, house)
        ChangePage(house).add(routes)
        RegistryPages(house).add(routes)
        app.include_router(routes)
        answer_unknown_addresses(app, house)


def _add_entrance(routes: APIRouter, house: House) -> None:
    async def asked(request: Request, next: str = "/", ended: str = "") -> Response:
        """Show the form for signing in."""
        over = Refused("session_ended", "you are not signed in any more", hint="sign in again") if ended else None
        return house.sign_in(request, to=local(next), error=over)

    async def sign_in(
        request: Request, token: Annotated[str, Form(max_length=500)] = "", next: Annotated[str, Form()] = "/"
    ) -> Response:
        """Begin a session with a token, and go where somebody wanted to."""
        to = local(next)
        try:
            caller = await asyncio.to_thread(house.cookies.with_token, token.strip())
        except MetricgovError as error:
            return house.sign_in(request, to=to, error=error, status=401)
        response = Response(status_code=303, headers={"Location": to})
        await asyncio.to_thread(house.cookies.begin, request, response, caller)
        return response

    async def sign_out(request: Request) -> Response:
        """End the session."""
        must_be_ours(request, await request.form())
        response = Response(status_code=303, headers={"Location": "/sign-in"})
        await asyncio.to_thread(house.cookies.end, request, response)
        return response

    routes.add_api_route("/sign-in", asked, methods=["GET"])
    routes.add_api_route("/sign-in", sign_in, methods=["POST"])
    routes.add_api_route("/sign-out", sign_out, methods=["POST"])


def _add_files(routes: APIRouter, house: House) -> None:
    async def file(name: Annotated[str, Path(max_length=40)]) -> Response:
        """Give one of the files that pages load."""
        if name not in house.files:
            raise HTTPException(404, "Not Found")
        return Response(house.files[name], media_type=STATIC[name], headers={"Cache-Control": KEPT})

    routes.add_api_route("/static/{name}", file, methods=["GET"])
