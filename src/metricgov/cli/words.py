"""Words that go on record, as options bring them."""

from __future__ import annotations

from metricgov.domain.errors import BadInput


def spoken(message: str, what: str) -> str:
    """Return words that must be there; BadInput, naming the option, where they are not."""
    if not message.strip():
        raise BadInput("words_missing", f"{what} goes on record and needs words", hint="say them with: -m 'WORDS'")
    return message.strip()
