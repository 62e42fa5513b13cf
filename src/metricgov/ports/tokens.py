"""Tokens by which people and programs sign in at a server: shown once, kept as digests, narrowed, revocable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

PREFIX: Final = "mgv_"
"""What every secret begins with, so that scanners of repositories and logs know one when they see it."""


@dataclass(frozen=True, slots=True)
class Token:
    """What is known of a token but its secret.

    `id` is public; `scopes` are rights in order; moments are UTC in seconds, "" for never or not yet. `parent` is the
    id of the token it was made with, "" where none was used.
    """

    id: str
    name: str
    principal: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: str
    expires_at: str = ""
    revoked_at: str = ""
    used_at: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A token that somebody asks for; `expires_at` is UTC in seconds, "" for never."""

    name: str
    principal: str
    scopes: tuple[str, ...]
    created_by: str
    expires_at: str = ""
    parent: str = ""


class Tokens(Protocol):
    """The tokens of a server."""

    def issue(self, wanted: Wanted, now: str) -> tuple[Token, str]:
        """Make a token; return it with its secret, which nobody can read afterwards."""
        ...

    def find(self, secret: str) -> Token | None:
        """Return the token of a secret, whatever its state; None where there is none."""
        ...

    def used(self, token: str, now: str) -> None:
        """Note that a token was used; to the minute is enough."""
        ...

    def listed(self, principal: str = "") -> tuple[Token, ...]:
        """Return the tokens of a principal ("": of everybody), the newest first."""
        ...

    def revoke(self, token: str, now: str) -> Token:
        """End a token and all that were made with it, at once and for good.

        Refused (`token_unknown`) where there is none of that id.
        """
        ...

    def prune(self, before: str) -> int:
        """Forget the tokens that ended before a moment; return how many."""
        ...
