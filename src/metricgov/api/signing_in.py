"""Callers by the server's own tokens."""

from __future__ import annotations

import asyncio
from typing import Final

from fastapi import Request

from metricgov.api.callers import Caller, bearer
from metricgov.domain import time
from metricgov.domain.errors import Refused
from metricgov.domain.people.tokens import Right
from metricgov.ports.clock import Clock
from metricgov.ports.tokens import PREFIX, Token, Tokens

NOTED_EVERY: Final = 60.0
"""Seconds between two notes that a token was used."""


class TokenCallers:
    """Finds the caller of a request by a token of this server."""

    def __init__(self, tokens: Tokens, clock: Clock) -> None:
        self._tokens, self._clock = tokens, clock
        self._noted: dict[str, float] = {}

    async def __call__(self, request: Request) -> Caller | None:
        """Return the caller, None where the request holds no token of ours; Refused where it is not valid."""
        secret = bearer(request)
        if not secret.startswith(PREFIX):
            return None
        return await asyncio.to_thread(self.of, secret)

    def of(self, secret: str) -> Caller:
        """Return whose token a secret is; Refused where it opens nothing."""
        return self.let_in(self._tokens.find(secret))

    def let_in(self, token: Token | None) -> Caller:
        """Return whose token it is, and note that it was used; Refused where it opens nothing any more."""
        now = time.to_text(self._clock.now())
        if why := invalid(token, now):
            hint = "whoever runs the server makes another: metricgov token create"
            raise Refused("token_invalid", f"this token {why}", hint=hint)
        assert token is not None
        self._note(token, now)
        return Caller(
            token.principal, frozenset(Right(one) for one in token.scopes), "token", token.id, token.expires_at
        )

    def _note(self, token: Token, now: str) -> None:
        import time as clocks

        at = clocks.monotonic()
        if at - self._noted.get(token.id, -NOTED_EVERY) >= NOTED_EVERY:
            self._noted[token.id] = at
            self._tokens.used(token.id, now)


def invalid(token: Token | None, now: str) -> str:
    """Return why a token opens nothing, "" where it does."""
    if token is None:
        return "is none of this server's"
    if token.revoked_at:
        return f"was revoked on {time.spoken(token.revoked_at)}"
    if token.expires_at and token.expires_at <= now:
        return f"expired on {time.spoken(token.expires_at)}"
    return ""
