"""Another repository that many share: what it holds, and moving its branches only from where one saw them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from metricgov.domain.digest import JSON
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow.envelope import Draft, Envelope


class Answer(StrEnum):
    """What is known after a push.

    `LOST`: the branch is elsewhere, perhaps because this very push got there first: HTTP clients repeat a request whose
    answer was lost. `UNCLEAR`: no answer came. After both, a fetch shows what became of it (INV-53).
    """

    MOVED = "moved"
    LOST = "lost"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Head:
    """The branches of a remote: object id by full ref, and the full ref that its HEAD names ("" if none)."""

    tips: Mapping[str, str]
    default: str = ""


class Unreachable(Undecidable):
    """The remote did not answer: no network, no such host, or it fell silent. What is written meanwhile may wait."""


class Remote(Protocol):
    """One remote of this repository. Every method may raise Unreachable, or Undecidable where it will not let us in."""

    @property
    def name(self) -> str:
        """What git calls it here."""

    def look(self) -> Head:
        """Return the branches as they are there now."""

    def fetch(self, refs: Mapping[str, str]) -> Mapping[str, str]:
        """Bring commits: full refs there by the full refs they get here, forced; return what arrived, by ref there.

        A ref that the remote does not have is left out, and its name here stays as it was.
        """

    def push(self, ref: str, *, old: str, new: str) -> Answer:
        """Move a full ref there from `old` ("" = it must not exist) to `new`, or not at all.

        Refused where the remote will never take it: a protected branch, a hook, a reader without the right to write.
        """


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was decided here and not sent yet: its events as they stand here, the drafts they were made of, and what was
    asked, to decide it again; `intent` is None where the drafts are all there is.
    """

    events: tuple[Envelope, ...]
    drafts: tuple[Draft, ...]
    intent: Mapping[str, JSON] | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """What was decided here and is refused now, with everything somebody needs to do it again.

    `at` is when it was decided, `texts` the contents it would have brought, by path.
    """

    change: str
    principal: str
    at: str
    types: tuple[str, ...]
    code: str
    message: str
    hint: str = ""
    words: str = ""
    texts: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of what waited: events that are on the remote now, and what was refused."""

    sent: tuple[Envelope, ...] = ()
    refused: tuple[Rejection, ...] = ()


class Outbox(Protocol):
    """What waits here for the remote. Reading never talks to it."""

    @property
    def offline(self) -> bool:
        """Say whether nothing shall be sent now, because the person said so."""

    def seqs(self) -> range:
        """Return the places of the events that wait, for as long as they wait."""

    def waiting(self) -> tuple[Waiting, ...]:
        """Return what waits, in the order in which it was decided."""

    def refused(self) -> tuple[Rejection, ...]:
        """Return what was refused and not dropped yet, oldest first."""

    def settle(self, again: Callable[[Waiting], Sequence[Draft]]) -> Settled:
        """Fetch, decide everything that waits again at the remote's tip, and push it as one group.

        `again` reads through the journal, sees what came before it in the group, and raises what refuses it. Nothing is
        sent twice, wherever an earlier call was cut off (INV-53). Unreachable leaves everything as it was.
        """

    def drop(self, number: int) -> None:
        """Forget a refused one, counted from 1; 0 forgets all of them, and what waits is not touched."""
