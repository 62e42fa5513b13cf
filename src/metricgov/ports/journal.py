"""The append-only log of everything people decide about changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from metricgov.domain.workflow.envelope import ZERO, Draft, Envelope


@dataclass(frozen=True, slots=True)
class JournalHead:
    """The tip of the journal: commit id ("" before the first event), last seq, its SHA-256, the main it saw."""

    commit: str = ""
    seq: int = 0
    sha256: str = ZERO
    main: str = ""


class Notices(Protocol):
    """Events of the registry by what they are about, so that nobody reads all of them; the journal serves it too."""

    def about(self, subject: str) -> tuple[Envelope, ...]:
        """Return the events of no change that name a subject (`kind:name`), in order of seq."""


class Journal(Notices, Protocol):
    """Reads come from the tip at the time of the call; `append` is the only write."""

    def head(self) -> JournalHead:
        """Return the tip."""

    def events(self, *, since: int = 0) -> Iterator[Envelope]:
        """Yield every event with seq > since, in order of seq."""

    def events_of(self, change: str | None) -> tuple[Envelope, ...]:
        """Return the events of one change (of the registry: None), in order of seq; () if unknown."""

    def touching(self, definition: str) -> tuple[str, ...]:
        """Return the ids of the changes that touch a definition (`kind:name`), oldest first."""

    def blob(self, change: str, sha256: str) -> bytes:
        """Return stored bytes; Undecidable if the journal does not hold them."""

    def append(self, decide: Callable[[], Sequence[Draft]]) -> tuple[Envelope, ...]:
        """Append what `decide` returns at the current tip, durably, as one batch.

        `decide` reads through this same journal and is called again after a lost race; what it raises ends the append
        with nothing written. An empty sequence appends nothing.
        """


class Signatures(Protocol):
    """The signatures beside the events; the journal's adapter serves them too."""

    def signatures(self, change: str | None) -> Mapping[int, bytes]:
        """Return the signature of each signed event of one change (of the registry: None) by its seq."""


class ChangeIds(Protocol):
    """Which changes exist, without reading their events; the journal's adapter serves it too."""

    def changes(self) -> tuple[str, ...]:
        """Return the id of every change, oldest first (the order of ULIDs)."""
