"""A provider of identities (OpenID Connect), as the server asks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class Provider(Protocol):
    """Whoever signs tokens of people."""

    async def signed(self, token: str) -> Mapping[str, Any]:
        """Return the claims of a token that the provider has signed; what they say is not looked at.

        Refused (`token_invalid`) where it has not, Undecidable (`provider_unreachable`, `provider_unusable`) where it
        cannot be asked for its keys.
        """
        ...
