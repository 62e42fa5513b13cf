"""Ids of changes: ULIDs, whose order is that of their creation."""

from __future__ import annotations

import secrets
from datetime import datetime

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32."""


def new_ulid(moment: datetime) -> str:
    """Return 26 letters: 48 bits of milliseconds, 80 random bits (the ULID specification)."""
    number = int(moment.timestamp() * 1000) << 80 | secrets.randbits(80)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
