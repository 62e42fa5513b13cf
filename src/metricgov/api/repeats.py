"""Commands that are sent twice with one Idempotency-Key: carried out once, answered twice the same."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request, Response

from metricgov.api.callers import Caller
from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.ports.idempotency import Answered, Idempotency

LONGEST: Final = 200
"""Characters of the longest key."""

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
        who = caller.principal or "-"
        body = await request.body()
        asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body
        digest = hashlib.sha256(asked).hexdigest()
        kept = await asyncio.to_thread(self._answers.begin, who, key, digest)
        if kept is not None:
            return Response(kept.body, kept.status, {REPEATED: "true"}, media_type=kept.media_type)
        try:
            response = await answer()
        except MetricgovError:
            await asyncio.to_thread(self._answers.drop, who, key)
            raise
        body = bytes(response.body)
        done = Answered(response.status_code, body, response.media_type or "application/json")
        await asyncio.to_thread(self._answers.finish, who, key, done)
        return response
