"""How far the journal was told, and what became of each notice; durable before anything is sent (INV-54)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Stood(StrEnum):
    """How a delivery stands."""

    WAITING = "waiting"
    SENT = "sent"
    DEAD = "dead"
    UNDELIVERABLE = "undeliverable"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice to one person over one channel; `id` is the same however often it is made.

    `digest` is `daily` or `weekly` for what waits for one. `body` is the notice as JSON. `attempts` counts those begun;
    `next_at` is in seconds since 1970 by the store's clock. `sent_at` is UTC in seconds, "" before.
    """

    id: str
    seq: int
    change: str
    person: str
    channel: str
    kind: str
    body: str
    digest: str = ""
    state: Stood = Stood.WAITING
    attempts: int = 0
    next_at: float = 0.0
    sent_at: str = ""
    says: str = ""
    holder: str = ""


class Deliveries(Protocol):
    """The notices of one registry."""

    def position(self) -> int | None:
        """Return the last event that was taken in, None before the first time."""
        ...

    def take_in(self, expected: int | None, position: int, made: Sequence[Delivery]) -> bool:
        """Store deliveries and move the position, all or nothing; False where it is not `expected` any more.

        One that is there already stays as it is.
        """
        ...

    def claim(self, digest: str, seconds: float, limit: int) -> tuple[Delivery, ...]:
        """Take what is due, so that nobody else tries it for so many seconds; an attempt is counted."""
        ...

    def settle(self, delivery: Delivery, state: Stood, *, at: str = "", says: str = "", wait: float = 0.0) -> None:
        """Write down what became of an attempt; nothing where somebody else has taken it over since."""
        ...

    def redeliver(self, ident: str) -> bool:
        """Let one wait again, as if never tried; False where there is none of that id."""
        ...

    def listed(self, states: Sequence[Stood]) -> tuple[Delivery, ...]:
        """Return those in one of these states, in order of the journal."""
        ...
