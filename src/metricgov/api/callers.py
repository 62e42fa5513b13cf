"""Who asks, by what they send, and what they may do."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute

from metricgov.api.limits import Limits, address_of
from metricgov.api.registered import Registered
from metricgov.desk.resources import VERSION
from metricgov.domain.errors import MetricgovError, Refused
from metricgov.domain.people.tokens import Right


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks: a principal of the registry ("" for nobody it knows), their rights, and how that is known.

    `how` is `token` or `oidc`, or "" for somebody who sent nothing; `token` the id of the token, `until` its end (UTC
    in seconds, "" for never). `stranger` is how somebody is called whom the registry does not know, `why` the reason
    where it is another one than that, `adds` who could give them a place.
    """

    principal: str
    rights: frozenset[Right]
    how: str = ""
    token: str = ""
    until: str = ""
    stranger: str = ""
    why: str = ""
    adds: tuple[str, ...] = ()

    def must(self, right: Right) -> None:
        """Refuse what the caller has no right to; says what the token would need."""
        if right in self.rights:
            return
        if not self.how:
            raise Refused(
                "no_token",
                "this needs somebody who is signed in",
                hint="metricgov login, or send Authorization: Bearer TOKEN; metricgov token create makes one",
            )
        if self.stranger:
            says = self.why or f"{self.stranger} is nobody with rights in governance/people.yaml"
            named = f" ({', '.join(self.adds)})" if self.adds else ""
            raise Refused("unknown_person", says, hint=f"ask the council{named} for a place there")
        has = ", ".join(sorted(self.rights)) or "no right at all"
        raise Refused(
            "right_missing",
            f"this takes the right {right.value}, and you have {has}",
            hint=f"metricgov token create {self.principal or 'PERSON'} --scopes {right.value}",
        )


Identify = Callable[[Request], Awaitable[Caller | None]]
"""Finds the caller in a request: None where it holds nothing of this way, Refused (`token_invalid`) where it lies."""


class Callers:
    """Every way of knowing who asks, in order; `open_reading` lets people without any of them read.

    `registered` says whether the registry has a principal: whom it does not know is let in like nobody, whatever they
    hold.
    """

    def __init__(
        self, ways: Sequence[Identify], *, open_reading: bool = False, registered: Registered | None = None
    ) -> None:
        self._ways, self._registered = tuple(ways), registered
        self._nobody = Caller("", frozenset({Right.READ}) if open_reading else frozenset())

    async def of(self, request: Request) -> Caller:
        """Return who asks."""
        for way in self._ways:
            if (caller := await way(request)) is not None:
                return await self._known(caller)
        return self._nobody

    async def _known(self, caller: Caller) -> Caller:
        if self._registered is None:
            return caller
        governance = self._registered.recent()
        if governance is None:
            governance = await asyncio.to_thread(self._registered.governance)
        if caller.principal and governance.knows(caller.principal):
            return caller
        return replace(
            caller,
            principal="",
            stranger=caller.stranger or caller.principal,
            rights=caller.rights & self._nobody.rights,
            adds=tuple(sorted(governance.council)),
        )


def bearer(request: Request) -> str:
    """Return the token in the header Authorization, "" where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


async def understood(request: Request) -> Caller | None:
    """Refuse (`token_invalid`) a token that no way before this one knew: who sends one does not mean to be nobody."""
    if bearer(request):
        says = "this token is none that is understood here"
        raise Refused("token_invalid", says, hint=f"/{VERSION}/sign-in says how people sign in")
    return None


RIGHT: Final = "x-right"
"""Where the description of a route says which right it takes."""


class GuardedRoute(APIRoute):
    """A route that finds out who asks, and refuses them, before it reads anything else of the request."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what serves a request."""
        handle = super().get_route_handler()
        right = Right(self.openapi_extra[RIGHT]) if self.openapi_extra and RIGHT in self.openapi_extra else None

        async def guarded(request: Request) -> Response:
            limits: Limits = request.app.state.limits
            if right is None:
                limits.take(address_of(request))
                return await handle(request)
            callers: Callers = request.app.state.parts.callers
            try:
                caller = await callers.of(request)
            except MetricgovError:
                limits.take(address_of(request))
                raise
            limits.take(counted_as(caller, request))
            request.state.caller = caller
            caller.must(right)
            return await handle(request)

        return guarded


def counted_as(caller: Caller, request: Request) -> str:
    """Return as whom the limits count a request, over the API and the pages together."""
    if not caller.how:
        return address_of(request)
    return f"{caller.how} {caller.principal or caller.stranger} {caller.token}"


async def _found(request: Request) -> Caller:  # a plain function would cost a thread for every request
    caller: Caller = request.state.caller
    return caller


Asking = Annotated[Caller, Depends(_found)]
"""A parameter of an endpoint: who asks, and has the right that its route names."""
