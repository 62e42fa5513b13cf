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


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to carry a request out: whose key it is, and the mark of this one attempt."""

    who: str
    key: str
    mark: str


class Idempotency(Protocol):
    """What was asked under which key, and what came of it; kept for a day."""

    def begin(self, who: str, key: str, digest: str) -> Answered | Claim:
        """Claim a key; return the claim, or the answer of the first time where there is one.

        Refused as `key_reused` where the key stood for another request (another `digest`), as `key_in_use` while the
        first is still being carried out. Undecidable (`outcome_unknown`) from a minute after its holder died, for a
        day: nobody can say whether it was recorded, and nothing is done a second time under one key.
        """
        ...

    def renew(self, claim: Claim) -> None:
        """Hold a claim for another minute: the request is still being carried out."""
        ...

    def finish(self, claim: Claim, answer: Answered) -> None:
        """Keep the answer; nothing where the claim is another's by now."""
        ...

    def drop(self, claim: Claim) -> None:
        """Let a claim go of a request that was not carried out; nothing where it is another's by now."""
        ...
