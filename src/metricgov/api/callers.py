"""Who asks, by what they send, and what they may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from fastapi import Request

from metricgov.desk.resources import Right
from metricgov.domain.errors import Refused


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who asks: a principal of the registry ("" for nobody it knows), their rights, and how that is known.

    `how` is token, oidc, cookie, or "" for somebody who sent nothing; `token` the id of the token.
    """

    principal: str
    rights: frozenset[Right]
    how: str = ""
    token: str = ""

    def must(self, right: Right) -> None:
        """Refuse what the caller has no right to; says what the token would need."""
        if right in self.rights:
            return
        if not self.how:
            raise Refused(
                "no_token",
                "this needs somebody who is signed in",
                hint="send Authorization: Bearer TOKEN; metricgov token create makes one, metricgov login gets one",
            )
        has = ", ".join(sorted(self.rights)) or "no right at all"
        raise Refused(
            "right_missing",
            f"this takes the right {right.value}, and you have {has}",
            hint=f"metricgov token create {self.principal or 'PERSON'} --scopes {right.value}",
        )


Identify = Callable[[Request], Awaitable[Caller | None]]
"""Finds the caller in a request: None where it holds nothing of this way, Refused (`token_invalid`) where it lies."""


class Callers:
    """Every way of knowing who asks, in order; `open_reading` lets people without any of them read."""

    def __init__(self, ways: Sequence[Identify], *, open_reading: bool = False) -> None:
        self._ways = tuple(ways)
        self._nobody = Caller("", frozenset({Right.READ}) if open_reading else frozenset())

    async def of(self, request: Request) -> Caller:
        """Return who asks."""
        for way in self._ways:
            if (caller := await way(request)) is not None:
                return caller
        return self._nobody


def bearer(request: Request) -> str:
    """Return the token in the header Authorization, "" where there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def with_right(right: Right) -> Callable[[Request], Awaitable[Caller]]:
    """Return what finds who asks, for endpoints that are written by hand, and refuses those without a right."""

    async def allowed(request: Request) -> Caller:
        callers: Callers = request.app.state.parts.callers
        caller = await callers.of(request)
        caller.must(right)
        return caller

    return allowed
