"""Callers by tokens of a provider of identities (OpenID Connect), and how people get one."""

from __future__ import annotations

import asyncio
import hmac
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel

from metricgov.api.app import Parts
from metricgov.api.callers import Caller, GuardedRoute, bearer
from metricgov.api.problem_answers import PROBLEMS
from metricgov.api.registered import Registered
from metricgov.api.settings import Settings, rights_of
from metricgov.desk.resources import VERSION
from metricgov.domain import time
from metricgov.domain.errors import Refused
from metricgov.domain.people.signed_claims import Allowed, Meant, check_claims, person_of
from metricgov.ports.clock import Clock
from metricgov.ports.oidc import Provider

if TYPE_CHECKING:
    from collections.abc import Mapping


class OidcCallers:
    """Finds the caller of a request by a token that the provider has signed."""

    def __init__(self, settings: Settings, provider: Provider, registered: Registered, clock: Clock) -> None:
        audience = settings.oidc_audience or settings.oidc_client_id
        clients = (audience, *filter(None, (settings.oidc_client_id, *settings.oidc_clients.replace(",", " ").split())))
        groups: Mapping[str, str] = settings.oidc_groups
        self._meant = Meant(settings.oidc_issuer, audience, clients)
        self._browser = Meant(settings.oidc_issuer, settings.oidc_client_id, (settings.oidc_client_id,))
        self._allowed = Allowed(
            rights_of("oidc_rights", settings.oidc_rights),
            {name: rights_of("oidc_groups", words) for name, words in groups.items()},
            settings.oidc_groups_claim,
        )
        self._claim = settings.oidc_claim
        self._provider, self._registered, self._clock = provider, registered, clock

    async def __call__(self, request: Request) -> Caller | None:
        """Return the caller, None where the request holds no signed token; Refused where it is not valid."""
        token = bearer(request)
        if token.count(".") != 2:
            return None
        claims = await self._provider.signed(token)
        check_claims(claims, self._meant, self._clock.now().timestamp())
        until = time.to_text(datetime.fromtimestamp(int(claims["exp"]), UTC))
        return await self._caller(claims, until)

    async def came_back(self, token: str, nonce: str) -> Caller:
        """Return whose ID token it is that was fetched for a browser; Refused where it was not made for this time.

        How long they stay signed in is the server's to say: the token is not used again.
        """
        claims = await self._provider.signed(token)
        check_claims(claims, self._browser, self._clock.now().timestamp())
        said = claims.get("nonce")
        if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
            raise Refused("token_invalid", "this token was made for another sign-in", hint="sign in once more")
        return await self._caller(claims, "")

    async def _caller(self, claims: Mapping[str, Any], until: str) -> Caller:
        found = person_of(claims, self._claim, await asyncio.to_thread(self._registered.governance))
        rights = self._allowed.to(claims)
        return Caller(found.principal, rights, "oidc", until=until, stranger=found.called, why=found.why)


class SignInView(BaseModel):
    """How people sign in: at a provider (`issuer`, "" where there is none), as which client, for which scopes.

    `bearer` says which token of the provider is sent here: `id_token` or `access_token`. Tokens of the server itself
    are always taken.
    """

    issuer: str
    client_id: str
    scopes: str
    bearer: str


class SignInRoutes:
    """Adds the route that says how to sign in, for whoever has not yet."""

    def __init__(self, settings: Settings) -> None:
        self._view = SignInView(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            scopes=settings.oidc_scopes,
            bearer=settings.oidc_bearer,
        )

    def __call__(self, app: FastAPI, _parts: Parts) -> None:
        """Add it."""
        routes = APIRouter(route_class=GuardedRoute, tags=["Operations"])

        async def sign_in() -> SignInView:
            """Return how people sign in here."""
            return self._view

        routes.add_api_route(
            f"/{VERSION}/sign-in", sign_in, methods=["GET"], operation_id="sign_in", responses=PROBLEMS
        )
        app.include_router(routes)
