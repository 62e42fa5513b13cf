"""Commands that are sent again because no answer came: each is carried out once, and answered the same twice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer that was given the first time."""

    status: int
    body: bytes
    media_type: str


class Idempotency(Protocol):
    """What was asked under which key, and what came of it; kept for a day."""

    def begin(self, who: str, key: str, digest: str) -> Answered | None:
        """Claim a key; return the answer of the first time where there is one.

        Refused as `key_reused` where the key stood for another request (another `digest`), as `key_in_use` while the
        first is still being carried out; a claim whose holder died is free after a minute.
        """
        ...

    def finish(self, who: str, key: str, answer: Answered) -> None:
        """Keep the answer."""
        ...

    def drop(self, who: str, key: str) -> None:
        """Let a claim go of a request that was not carried out."""
        ...
