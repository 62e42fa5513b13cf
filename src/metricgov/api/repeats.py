"""Commands that are sent twice with one Idempotency-Key: carried out once, answered twice the same."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from typing import Final

from fastapi import Request, Response

from metricgov.api.asking import Answer
from metricgov.api.callers import Caller
from metricgov.api.problem_answers import bug_response, problem_response
from metricgov.domain.errors import BadInput, MetricgovError, Refused
from metricgov.ports.idempotency import Answered, Claim, Idempotency

log = logging.getLogger("metricgov.api")

LONGEST: Final = 200
"""Characters of the longest key."""

RENEWED_EVERY: Final = 20.0
"""Seconds between two renewals of the claim of a command that takes long."""

REPEATED: Final = "Idempotency-Replayed"
"""Header of an answer that was given before."""


class StoredRepeats:
    """Keeps answers in the store of the server.

    What is refused was not carried out: it is not kept, and may be asked again; so may what failed before there was
    anything to write. Any other error may come from after the event was recorded, so it is kept as the answer: nothing
    is done a second time under the same key.
    """

    def __init__(self, answers: Idempotency) -> None:
        self._answers = answers
        self._running: set[asyncio.Task[Response]] = set()

    async def once(self, request: Request, caller: Caller, answer: Answer, *, ends: bool = False) -> Response:
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
        return await self.keyed(request, caller, (key, digest), answer, ends=ends)

    async def keyed(
        self, request: Request, caller: Caller, asked: tuple[str, str], answer: Answer, *, ends: bool = False
    ) -> Response:
        """Return the answer to what is asked under a key (key, digest of what), that of the first time if it was."""
        key, digest = asked
        who = caller.principal or f"token {caller.token}"
        kept = await asyncio.to_thread(self._answers.begin, who, key, digest)
        if isinstance(kept, Answered):
            return Response(kept.body, kept.status, {REPEATED: "true"}, media_type=kept.media_type)
        task = asyncio.create_task(self._carried_out(request, kept, answer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        if not ends:
            return await asyncio.shield(task)
        try:
            return await task
        except asyncio.CancelledError:
            await asyncio.shield(asyncio.to_thread(self._answers.drop, kept))
            raise

    async def _carried_out(self, request: Request, claim: Claim, answer: Answer) -> Response:
        """Carry a request out and keep its answer; nobody else takes it for dead meanwhile."""
        holding = asyncio.create_task(self._hold(claim))
        try:
            response = await answer()
        except (Refused, BadInput):
            await asyncio.to_thread(self._answers.drop, claim)
            raise
        except MetricgovError as error:
            if error.undone:
                await asyncio.to_thread(self._answers.drop, claim)
                raise
            response = problem_response(error, request)
        except Exception as error:  # noqa: BLE001 - a bug after the event was recorded must not record it again
            response = bug_response(error, request)
        finally:
            holding.cancel()
        done = Answered(response.status_code, bytes(response.body), response.media_type or "application/json")
        try:
            await asyncio.to_thread(self._answers.finish, claim, done)
        except MetricgovError as error:  # it is done: whoever asked must hear so, even if it cannot be kept
            log.warning("an answer could not be kept: %s", error)
        return response

    async def _hold(self, claim: Claim) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY)
            with contextlib.suppress(MetricgovError):
                await asyncio.to_thread(self._answers.renew, claim)
