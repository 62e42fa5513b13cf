"""Signing in to the pages at the provider of a company: there and back, with nothing kept at the server meanwhile.

What is needed on the way back (state, nonce, verifier of the code) is computed from a secret that one cookie of this
browser holds for ten minutes, so that whoever comes back is whoever left, and any process of the server can tell.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote

from fastapi import APIRouter, Request, Response

from metricgov.api.oidc_callers import OidcCallers
from metricgov.api.pages.guarding import local
from metricgov.domain.errors import MetricgovError, Refused
from metricgov.ports.oidc import CodeFlow, Leaving

if TYPE_CHECKING:
    from metricgov.api.pages.house import House

THERE: Final = "/sign-in/provider"
BACK: Final = "/sign-in/provider/back"
PLAIN: Final = "metricgov-signing-in"
SECURED: Final = "__Host-metricgov-signing-in"
LASTS: Final = 600
"""Seconds that somebody may take at the provider."""

LONGEST: Final = 2000
"""Characters of what a browser may come back with, each; and of the place that it goes to after that."""


class ProviderSignIn:
    """Leads there and back."""

    def __init__(self, flow: CodeFlow, callers: OidcCallers, title: str) -> None:
        self._flow, self._callers = flow, callers
        self.title = title
        """What people know the provider by."""

    def add(self, routes: APIRouter, house: House) -> None:
        """Add the two routes."""

        async def there(request: Request, next: str = "/") -> Response:
            """Lead to the provider."""
            return await self._there(house, request, local(next[:LONGEST]))

        async def back(request: Request) -> Response:
            """Begin a session with what the provider says."""
            return await self._back(house, request)

        routes.add_api_route(THERE, there, methods=["GET"])
        routes.add_api_route(BACK, back, methods=["GET"])

    async def _there(self, house: House, request: Request, to: str) -> Response:
        secret = secrets.token_urlsafe(32)
        try:
            address = await asyncio.to_thread(self._flow.address, _leaving(request, secret))
        except MetricgovError as error:
            return house.sign_in(request, to=to, error=error, status=503)
        response = Response(status_code=303, headers={"Location": address})
        response.set_cookie(
            _name(request),
            f"{secret}.{quote(to, safe='')}",
            max_age=LASTS,
            httponly=True,
            secure=_secure(request),
            samesite="lax",
            path="/",
        )
        return response

    async def _back(self, house: House, request: Request) -> Response:
        """Whatever comes of it, the secret is used once."""
        secret, _, place = request.cookies.get(_name(request), "").partition(".")
        to = local(unquote(place)[:LONGEST])
        try:
            response = await self._begun(house, request, secret, to)
        except MetricgovError as error:
            response = house.sign_in(request, to=to, error=error, status=401)
        response.delete_cookie(_name(request), path="/", httponly=True, secure=_secure(request), samesite="lax")
        return response

    async def _begun(self, house: House, request: Request, secret: str, to: str) -> Response:
        came = {name: value for name, value in request.query_params.items() if len(value) <= LONGEST}
        leaving = _leaving(request, secret)
        if not secret or not hmac.compare_digest(came.get("state", "").encode(), leaving.state.encode()):
            says = "this sign-in was not begun in this browser, or more than ten minutes ago"
            raise Refused("login_foreign", says, hint="sign in once more, from here")
        if came.get("error") == "access_denied":
            raise Refused("login_denied", f"the sign-in was declined at {self.title}", hint="nothing was kept")
        if not came.get("code"):
            said = "".join(one for one in came.get("error", "")[:100] if one.isprintable()) or "no code"
            raise Refused("login_refused", f"{self.title} lets nobody sign in: {said}", hint="sign in once more")
        token = await asyncio.to_thread(self._flow.token, leaving, came)
        caller = await self._callers.came_back(token, leaving.nonce)
        response = Response(status_code=303, headers={"Location": to})
        await asyncio.to_thread(house.cookies.begin, request, response, caller)
        return response


def _leaving(request: Request, secret: str) -> Leaving:
    back = str(request.base_url).rstrip("/") + BACK
    return Leaving(back, *(_derived(secret, what) for what in ("state", "nonce", "verifier")))


def _derived(secret: str, what: str) -> str:
    """Return one of the words that only whoever has the secret can make: 43 characters, as a verifier has to have."""
    made = hmac.new(secret.encode(), f"metricgov sign-in {what}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(made).rstrip(b"=").decode()


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _name(request: Request) -> str:
    return SECURED if _secure(request) else PLAIN
