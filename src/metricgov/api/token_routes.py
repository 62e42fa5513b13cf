"""Tokens over HTTP: everybody makes and ends their own, administrators see and end all."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, FastAPI, Path
from pydantic import BaseModel, ConfigDict, Field

from metricgov.api.app import Parts
from metricgov.api.callers import RIGHT, Asking, Caller, GuardedRoute
from metricgov.api.problem_answers import PROBLEMS
from metricgov.api.registered import Registered
from metricgov.app.identity import acting
from metricgov.desk.resources import VERSION
from metricgov.domain import time
from metricgov.domain.errors import Refused
from metricgov.domain.people.tokens import Right, check_end, check_grant, check_name, check_revocation, scopes_of
from metricgov.domain.period import instant
from metricgov.ports.clock import Clock
from metricgov.ports.tokens import Token, Tokens, Wanted


class TokenView(BaseModel):
    """A token without its secret; moments are UTC in seconds, "" for never; `parent` the one it was made with."""

    id: str
    name: str
    principal: str
    scopes: list[str]
    created_by: str
    created_at: str
    expires_at: str
    revoked_at: str
    used_at: str
    parent: str


class NewToken(TokenView):
    """A token and its secret, which is shown this once."""

    secret: str


class TokenBody(BaseModel):
    """The token that is wanted; `principal` "" for oneself, `expires` a day or second, "" for as long as one's own."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=100)]
    scopes: list[str]
    principal: str = ""
    expires: str = ""


class TokenRoutes:
    """Adds the routes to an application."""

    def __init__(self, tokens: Tokens, clock: Clock, registered: Registered) -> None:
        self._tokens, self._clock, self._registered = tokens, clock, registered

    def __call__(self, app: FastAPI, _parts: Parts) -> None:
        """Add them."""
        tokens, now = self._tokens, self._now
        routes = APIRouter(prefix=f"/{VERSION}/tokens", tags=["Tokens"], route_class=GuardedRoute)

        async def listed(caller: Asking, everybody: bool = False) -> list[TokenView]:
            """Return one's own tokens, with `everybody` all of them (right `admin`), the newest first."""
            if everybody:
                caller.must(Right.ADMIN)
            found = await asyncio.to_thread(tokens.listed, "" if everybody else _known(caller))
            return [TokenView(**_shown(one)) for one in found]

        async def create(caller: Asking, body: Annotated[TokenBody, Body()]) -> NewToken:
            """Make a token: for oneself with rights one has, for others (right `admin`) only to read."""
            person, scopes = body.principal or _known(caller), scopes_of(body.scopes)
            check_grant(_known(caller), {one.value for one in caller.rights}, person, scopes)
            until = check_end(caller.until, instant(body.expires) if body.expires else "", now())
            acting(await asyncio.to_thread(self._registered.governance), email="", claimed=person)
            wanted = Wanted(check_name(body.name), person, scopes, caller.principal, until, caller.token)
            token, secret = await asyncio.to_thread(tokens.issue, wanted, now())
            return NewToken(**_shown(token), secret=secret)

        async def revoke(caller: Asking, token: Annotated[str, Path(max_length=40)]) -> TokenView:
            """End a token of one's own that allows no more, or with the right `admin` anybody's; at once and for good.

            What was made with it ends with it.
            """
            own = {one.id: one for one in await asyncio.to_thread(tokens.listed, _known(caller))}
            if token not in own:
                caller.must(Right.ADMIN)
            elif Right.ADMIN not in caller.rights:
                has = {one.value for one in caller.rights}
                check_revocation(has, own[token].scopes, made_with_it=_descends(own, token, caller.token))
            return TokenView(**_shown(await asyncio.to_thread(tokens.revoke, token, now())))

        for path, endpoint, method, right in (
            ("", listed, "GET", Right.READ),
            ("", create, "POST", Right.READ),
            ("/{token}", revoke, "DELETE", Right.READ),
        ):
            routes.add_api_route(
                path,
                endpoint,
                methods=[method],
                operation_id=f"tokens_{endpoint.__name__}",
                responses=PROBLEMS,
                openapi_extra={RIGHT: right.value},
            )
        app.include_router(routes)

    def _now(self) -> str:
        return time.to_text(self._clock.now())


def _known(caller: Caller) -> str:
    if not caller.principal:
        raise Refused("unknown_person", "tokens belong to people of the registry", hint="sign in as one of them")
    return caller.principal


def _descends(own: Mapping[str, Token], token: str, ancestor: str) -> bool:
    """Say whether a token was made with another one, or with one that was."""
    while token in own and token != ancestor:
        token = own[token].parent
    return bool(ancestor) and token == ancestor


def _shown(token: Token) -> dict[str, Any]:
    return {name: getattr(token, name) for name in TokenView.model_fields} | {"scopes": list(token.scopes)}
