"""Commands that are sent twice with one Idempotency-Key: carried out once, answered twice the same."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request, Response

from metricgov.api.callers import Caller
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.ports.idempotency import Answered, Claim, Idempotency

LONGEST: Final = 200
"""Characters of the longest key."""

RENEWED_EVERY: Final = 20.0
"""Seconds between two renewals of the claim of a command that takes long."""

REPEATED: Final = "Idempotency-Replayed"
"""Header of an answer that was given before."""


class StoredRepeats:
    """Keeps answers in the store of the server; what the rules refuse is not kept, and may be asked again."""

    def __init__(self, answers: Idempotency) -> None:
        self._answers = answers

    async def once(self, request: Request, caller: Caller, answer: Callable[[], Awaitable[Response]]) -> Response:
        """Return the answer, that of the first time where it was asked before."""
        key = request.headers.get("idempotency-key", "")
        if not key:
            return await answer()
        if len(key) > LONGEST or not key.isprintable():
            raise BadInput(
                "bad_key", f"an Idempotency-Key has up to {LONGEST} printable characters", hint="send a UUID"
            )
        if not caller.how:
            raise BadInput(
                "bad_key", "keys are kept for people who are signed in", hint="leave the Idempotency-Key out"
            )
        body = await request.body()
        asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
        digest = hashlib.sha256(asked).hexdigest()
        return await self.keyed(caller, key, digest, answer)

    async def keyed(self, caller: Caller, key: str, digest: str, answer: Callable[[], Awaitable[Response]]) -> Response:
        """Return the answer to what `digest` stands for, that of the first time where it was asked under this key."""
        who = caller.principal or f"token {caller.token}"
        kept = await asyncio.to_thread(self._answers.begin, who, key, digest)
        if isinstance(kept, Answered):
            return Response(kept.body, kept.status, {REPEATED: "true"}, media_type=kept.media_type)
        return await self._carried_out(kept, answer)

    async def _carried_out(self, claim: Claim, answer: Callable[[], Awaitable[Response]]) -> Response:
        """Carry a request out and keep its answer; nobody else takes it for dead meanwhile."""
        holding = asyncio.create_task(self._hold(claim))
        try:
            response = await answer()
        except MetricgovError:
            await asyncio.to_thread(self._answers.drop, claim)
            raise
        finally:
            holding.cancel()
        done = Answered(response.status_code, bytes(response.body), response.media_type or "application/json")
        await asyncio.to_thread(self._answers.finish, claim, done)
        return response

    async def _hold(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY)
            with contextlib.suppress(MetricgovError):
                await asyncio.to_thread(self._answers.renew, claim)
