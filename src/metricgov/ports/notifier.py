"""What carries a message to somebody, over whatever channel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from metricgov.domain.notices.words import Message


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one attempt: `says` why not ("": it arrived), `final` that trying again cannot help.

    `wait` are the seconds that the receiver asked to be left alone, 0 where it said nothing.
    """

    says: str = ""
    final: bool = False
    wait: float = 0.0


class Notifier(Protocol):
    """The channels of one set-up; names are those of `channels`."""

    def channels(self, person: str, email: str) -> tuple[str, ...]:
        """Return the names of a person's channels, () where there are none."""
        ...

    def subscribers(self, event: str) -> tuple[str, ...]:
        """Return the names of the webhooks that hear of a type of event."""
        ...

    def send(self, channel: str, message: Message, data: bytes) -> Sent:
        """Try once; never raises for what the other side does. `data` is the notice as JSON, for programs."""
        ...
