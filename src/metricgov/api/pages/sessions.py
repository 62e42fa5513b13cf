"""Who is signed in at the pages: a cookie that names a session, which is as good as the token it came from.

The cookie holds a secret of its own, never the token; what a form and a notice are bound to is computed from it. A
session is made here alone, so that other ways of signing in (OIDC in the browser) only have to say who it is.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final

from fastapi import Request, Response

from metricgov.api.callers import Caller
from metricgov.api.signing_in import TokenCallers
from metricgov.domain import time
from metricgov.domain.errors import Refused
from metricgov.domain.people.tokens import Right
from metricgov.ports.clock import Clock
from metricgov.ports.sessions import Session, Sessions

PLAIN: Final = "metricgov-session"
SECURED: Final = "__Host-metricgov-session"
"""Over https: no other host, and no page that came over http, can put a cookie of this name here."""

SALT: Final = 8
"""Random bytes at the start of every word."""

ENDED: Final = "session_ended"


class CookieCallers:
    """Finds the caller of a page by the cookie of a session; made for the pages only, so no other route reads it."""

    def __init__(self, sessions: Sessions, tokens: TokenCallers, clock: Clock, *, hours: float = 12) -> None:
        self._sessions, self._tokens, self._clock, self._hours = sessions, tokens, clock, hours

    async def __call__(self, request: Request) -> Caller | None:
        """Return the caller, None without a cookie; Refused where the session, or its token, is over."""
        secret = secret_of(request)
        return await asyncio.to_thread(self._of, secret) if secret else None

    def _of(self, secret: str) -> Caller:
        found = self._sessions.find(secret)
        if found is None or found[0].ends_at <= self._now():
            raise Refused(ENDED, "you are not signed in any more", hint="sign in again")
        session, token = found
        if session.token:
            return self._tokens.let_in(token)
        return Caller(session.principal, frozenset(Right(one) for one in session.scopes), session.how, "", "")

    def with_token(self, secret: str) -> Caller:
        """Return whose token it is; Refused where it opens nothing."""
        return self._tokens.of(secret)

    def begin(self, request: Request, response: Response, caller: Caller) -> None:
        """Let a caller be signed in from now on; a session that the browser had is over, so nobody can plant one."""
        if before := secret_of(request):
            self._sessions.end(before)
        now = self._clock.now()
        latest = time.to_text(now + timedelta(hours=self._hours))
        ends = min(caller.until, latest) if caller.until else latest
        rights = tuple(sorted(one.value for one in caller.rights))
        secret = self._sessions.begin(
            Session(caller.how, caller.token, caller.principal, rights, time.to_text(now), ends)
        )
        secure = _secure(request)
        response.set_cookie(_name(request), secret, httponly=True, secure=secure, samesite="lax", path="/")

    def end(self, request: Request, response: Response) -> None:
        """Sign out."""
        if secret := secret_of(request):
            self._sessions.end(secret)
        response.delete_cookie(_name(request), path="/", httponly=True, secure=_secure(request), samesite="lax")

    def _now(self) -> str:
        return time.to_text(self._clock.now())


def secret_of(request: Request) -> str:
    """Return the secret of the session that a request names, "" where it names none."""
    return request.cookies.get(_name(request), "")


def bound(request: Request, what: str) -> str:
    """Return a word that only this session has for something, "" without one: nobody else can make it up.

    It is another one each time, so that the length of a compressed page tells nothing about it.
    """
    secret = secret_of(request)
    return _word(secret, secrets.token_hex(SALT), what) if secret else ""


def is_bound(request: Request, what: str, word: str) -> bool:
    """Say whether a word is that of this session."""
    secret = secret_of(request)
    expected = _word(secret, word[: 2 * SALT], what)
    return bool(secret) and hmac.compare_digest(expected.encode(), word.encode())


def _word(secret: str, salt: str, what: str) -> str:
    return salt + hmac.new(secret.encode(), f"{salt} {what}".encode(), hashlib.sha256).hexdigest()


def _secure(request: Request) -> bool:
    return request.url.scheme == "https"


def _name(request: Request) -> str:
    return SECURED if _secure(request) else PLAIN
