"""A provider of identities (OpenID Connect), as the server asks it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


class Provider(Protocol):
    """Whoever signs tokens of people."""

    async def signed(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token that the provider has signed; what they say is not looked at.

        Refused (`token_invalid`) where it has not, Undecidable (`provider_unreachable`, `provider_unusable`) where it
        cannot be asked for its keys.
        """
        ...


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a browser leaves for a provider with: where it comes back to, and three words that are made for this time.

    `state` shows that whoever comes back is whoever left, `nonce` that the token was made for that, and `verifier` that
    whoever changes the code for it is whoever asked.
    """

    back: str
    state: str
    nonce: str
    verifier: str


class CodeFlow(Protocol):
    """Signing in from a browser at a provider (OpenID Connect Core 1.0, 3.1, with RFC 7636)."""

    def address(self, leaving: Leaving) -> str:
        """Return where the browser is to go; Undecidable where the provider cannot be asked."""
        ...

    def token(self, leaving: Leaving, came: Mapping[str, str]) -> str:
        """Return the ID token for what the browser came back with; what it says is not looked at.

        Refused (`login_foreign`, `login_refused`) where there is none, Undecidable where the provider cannot be asked.
        """
        ...
