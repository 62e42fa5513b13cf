"""Who is signed in at a server's pages: a session is kept as a digest, and is as good as the token it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from metricgov.ports.tokens import Token


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who signed in: `how` by a `token` (its id), or in another way, which says who and what they may.

    `principal` and `scopes` count only where there is no token; moments are UTC in seconds.
    """

    how: str
    token: str
    principal: str
    scopes: tuple[str, ...]
    began_at: str
    ends_at: str


class Sessions(Protocol):
    """The sessions of a server's pages."""

    def begin(self, session: Session) -> str:
        """Keep a session; return its secret, which nobody can read afterwards. Those that are over are forgotten."""
        ...

    def find(self, secret: str) -> tuple[Session, Token | None] | None:
        """Return the session of a secret with its token as it stands now; None where there is none."""
        ...

    def end(self, secret: str) -> None:
        """End a session, at once and for good; nothing where there is none."""
        ...
