"""Callers by the server's own tokens."""

from __future__ import annotations

import asyncio
import time as clocks
from typing import Final

from fastapi import Request

from metricgov.api.callers import Caller, bearer
from metricgov.domain import time
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import Refused
from metricgov.domain.people.tokens import Right
from metricgov.ports.clock import Clock
from metricgov.ports.tokens import PREFIX, Token, Tokens, Wanted

NOTED_EVERY: Final = 60.0
"""Seconds between two notes that a token was used."""


KNOWN_FOR: Final = 1.0
"""Seconds for which a token is not looked up again: so long one may still open that another process has ended."""

KNOWN_AT_MOST: Final = 10_000
"""Tokens that are known at one time."""


class RecentTokens:
    """Implements the port Tokens over another: those found a moment ago are not looked up again.

    What is ended here is ended at once.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens = tokens
        self._known: dict[str, tuple[float, Token]] = {}

    def recent(self, secret: str) -> Token | None:
        """Return the token of a secret that was found a moment ago."""
        until, token = self._known.get(digest_of(secret), (0.0, None))
        return token if clocks.monotonic() < until else None

    def find(self, secret: str) -> Token | None:
        """Return the token of a secret, whatever its state; None where there is none."""
        if (token := self.recent(secret)) is not None:
            return token
        found = self._tokens.find(secret)
        if found is not None:
            if len(self._known) >= KNOWN_AT_MOST:
                self._known.clear()
            self._known[digest_of(secret)] = clocks.monotonic() + KNOWN_FOR, found
        return found

    def revoke(self, token: str, now: str) -> Token:
        """End a token and all that were made with it, at once and for good."""
        try:
            return self._tokens.revoke(token, now)
        finally:
            self._known.clear()

    def issue(self, wanted: Wanted, now: str) -> tuple[Token, str]:
        """Make a token; return it with its secret."""
        return self._tokens.issue(wanted, now)

    def used(self, token: str, now: str) -> None:
        """Note that a token was used."""
        self._tokens.used(token, now)

    def listed(self, principal: str = "") -> tuple[Token, ...]:
        """Return the tokens of a principal, the newest first."""
        return self._tokens.listed(principal)

    def prune(self, before: str) -> int:
        """Forget the tokens that ended before a moment; return how many."""
        return self._tokens.prune(before)


class TokenCallers:
    """Finds the caller of a request by a token of this server."""

    def __init__(self, tokens: RecentTokens, clock: Clock) -> None:
        self._tokens, self._clock = tokens, clock
        self._noted: dict[str, float] = {}

    async def __call__(self, request: Request) -> Caller | None:
        """Return the caller, None where the request holds no token of ours; Refused where it is not valid."""
        secret = bearer(request)
        if not secret.startswith(PREFIX):
            return None
        known = self._tokens.recent(secret)
        if known is not None and not self._due(known):
            return self.let_in(known)
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

    def _due(self, token: Token) -> bool:
        """Whether it is to be noted again that a token was used."""
        return clocks.monotonic() - self._noted.get(token.id, -NOTED_EVERY) >= NOTED_EVERY

    def _note(self, token: Token, now: str) -> None:
        if self._due(token):
            self._noted[token.id] = clocks.monotonic()
            self._tokens.used(token.id, now)


def digest_of(secret: str) -> str:
    """Return what is kept of a secret in memory: no dump of it opens anything."""
    return sha256_hex(secret.encode())


def invalid(token: Token | None, now: str) -> str:
    """Return why a token opens nothing, "" where it does."""
    if token is None:
        return "is none of this server's"
    if token.revoked_at:
        return f"was revoked on {time.spoken(token.revoked_at)}"
    if token.expires_at and token.expires_at <= now:
        return f"expired on {time.spoken(token.expires_at)}"
    return ""
