"""How much one caller may ask: requests in a minute, bytes in a request."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from metricgov.api.problem_answers import problem_response
from metricgov.domain.errors import BadInput, Refused

CALLERS_KEPT: Final = 10_000
"""Callers whose last minute is remembered."""

FREE: Final = ("/health", "/ready", "/metrics")
"""Paths that watchers ask, which nobody limits."""


class Limits:
    """Refuses more requests than `per_minute` of one caller (a bucket that refills evenly; 0: no limit), and larger
    bodies than `body` bytes."""

    def __init__(self, app: ASGIApp, *, per_minute: int, body: int) -> None:
        self._app, self._per_minute, self._body = app, per_minute, body
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http" or scope["path"] in FREE:
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        if self._per_minute and (waits := self._waits(_who(request))):
            answer = problem_response(
                Refused("rate_limited", f"more than {self._per_minute} requests in a minute", hint="ask less often"),
                request,
            )
            answer.headers["Retry-After"] = str(max(1, round(waits)))
            await answer(scope, receive, send)
            return
        length = request.headers.get("content-length", "0")
        if length.isdigit() and int(length) > self._body:
            await problem_response(self._too_large(), request)(scope, receive, send)
            return
        await self._app(scope, self._counted(receive), send)

    def _waits(self, who: str) -> float:
        """Take one from a caller's bucket; return the seconds until there is one, 0 where there was."""
        now, rate = time.monotonic(), self._per_minute / 60
        held, at = self._buckets.pop(who, (float(self._per_minute), now))
        held = min(float(self._per_minute), held + (now - at) * rate)
        allowed = held >= 1
        self._buckets[who] = (held - 1 if allowed else held, now)
        if len(self._buckets) > CALLERS_KEPT:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - held) / rate

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


def _who(request: Request) -> str:
    """Return who is counted: the one who is signed in, else the address."""
    signed = request.headers.get("authorization", "") or request.headers.get("cookie", "")
    if signed:
        return hashlib.sha256(signed.encode()).hexdigest()
    return request.client.host if request.client else "-"
