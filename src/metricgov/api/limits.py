"""How much one caller may ask: requests in a minute, bytes in a request."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metricgov.api.problem_answers import problem_response
from metricgov.domain.errors import BadInput, Refused

CALLERS_KEPT: Final = 10_000
"""Callers whose last minute is remembered."""


class Limits:
    """Refuses more requests than `per_minute` of one caller: a bucket that refills evenly (0: no limit)."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, who: str) -> None:
        """Count one request of somebody; Refused (`rate_limited`) with the seconds to wait where there were too many.

        Somebody is who they were found to be, else their address: what a request merely claims would be another
        caller each time.
        """
        if not self._per_minute:
            return
        now, rate = time.monotonic(), self._per_minute / 60
        held, at = self._buckets.pop(who, (float(self._per_minute), now))
        held = min(float(self._per_minute), held + (now - at) * rate)
        allowed = held >= 1
        self._buckets[who] = (held - 1 if allowed else held, now)
        if len(self._buckets) > CALLERS_KEPT:
            self._buckets.popitem(last=False)
        if not allowed:
            says = f"more than {self._per_minute} requests in a minute"
            raise TooMany("rate_limited", says, hint="ask less often", seconds=max(1, round((1 - held) / rate)))


class TooMany(Refused):
    """More requests than one caller may send; `seconds` until the next one is let in."""

    def __init__(self, code: str, message: str, *, hint: str, seconds: int) -> None:
        super().__init__(code, message, hint=hint)
        self.seconds = seconds


def address_of(request: Request) -> str:
    """Return where a request comes from, as the limits count those who are not signed in."""
    return f"address {request.client.host if request.client else '-'}"


class Sizes:
    """Refuses bodies of more than `body` bytes, before they are read."""

    def __init__(self, app: ASGIApp, *, body: int) -> None:
        self._app, self._body = app, body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._body:
            await problem_response(self._too_large(), request)(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _counted(self, receive: Receive) -> Receive:
        """Count bytes of a body whose length nobody said."""
        seen = 0

        async def counting() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > self._body:
                raise self._too_large()
            return message

        return counting

    def _too_large(self) -> BadInput:
        return BadInput("too_large", f"a request has up to {self._body} bytes", hint="send less at once")
