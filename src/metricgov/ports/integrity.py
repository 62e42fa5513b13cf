"""Whether the journal's bytes are whole; what its events mean is replayed elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from metricgov.domain.errors import Problem
from metricgov.domain.workflow.envelope import Envelope
from metricgov.ports.journal import JournalHead


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found: problems in the order of events, the first bad seq if any, the last seq that is anchored.

    `anchors` are the places that commits of the target vouch for: seq, SHA-256 and commit, oldest commit first.
    """

    head: JournalHead
    problems: tuple[Problem, ...] = ()
    first_bad: int | None = None
    anchored: int = 0
    anchors: tuple[tuple[int, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Point:
    """The event behind which a check begins: it and what came before are not checked. `at` is its time."""

    head: JournalHead
    at: str = ""


class Integrity(Protocol):
    """Checks chain, bytes, growth, markers and anchors of one journal."""

    def point(self, seq: int) -> Point:
        """Return the last event up to `seq` behind which no commit of the journal appended more than new ones.

        BadInput where there is no such event, Undecidable where this clone does not reach back so far.
        """

    def check(
        self,
        *,
        subjects_of: Callable[[Envelope], Iterable[str]],
        expected: tuple[int, str] | None = None,
        beside: Callable[[Envelope], object] | None = None,
        since: Point | None = None,
    ) -> Checked:
        """Return everything that is wrong (with `since`: that is new and wrong, at a cost of what is new).

        `subjects_of` derives the definitions an event touches.

        `beside` is shown every event that can be read, in order: nobody has to read the journal twice. `expected` is a
        seq and the SHA-256 that somebody kept of it. Anchors on the target are found by the check.
        """
