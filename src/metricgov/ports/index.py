"""Questions about many changes at once, and the store that answers them; it is computed from git and may be deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.summary import ChangeSummary, Step
from metricgov.domain.workflow.vocabulary import Stage

Progress = Callable[[str, int, int], None]
"""Called with what is done, how many of it are done, and how many there are."""


def silent(_what: str, _done: int, _total: int) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True, slots=True)
class ChangeQuery:
    """Which changes: in one of these stages (any, if empty), touching a definition, involving a person.

    A person is involved as author, contributor, decider, or as somebody who was asked.
    """

    stages: frozenset[Stage] = frozenset()
    definition: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class EventQuery:
    """Which events: `since` inclusive and `until` exclusive as the journal writes moments; "" asks for no limit.

    `changes` limits to events of these changes (None: of any, and of the registry). `last` keeps only the newest.
    """

    since: str = ""
    until: str = ""
    person: str = ""
    type: str = ""
    changes: tuple[str, ...] | None = None
    last: int = 0


class Lookup(Protocol):
    """Answers about many changes; each equals what folding the whole journal says."""

    def changes(self, query: ChangeQuery) -> tuple[ChangeSummary, ...]:
        """Return matching changes, the one that moved last first."""

    def events(self, query: EventQuery) -> tuple[Envelope, ...]:
        """Return matching events in order of seq."""

    def steps(self, *, since: str = "", definition: str = "") -> tuple[Step, ...]:
        """Return what reached the target, oldest first; `since` is a moment, inclusive."""


@dataclass(frozen=True, slots=True)
class DefinitionRecord:
    """One definition at the tip of the target, as the index keeps it; `problem` says why it does not load."""

    id: str
    path: str
    oid: str
    title: str = ""
    version: str = ""
    status: str = ""
    domain: str = ""
    effective_from: str = ""
    kpi: bool = False
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Followed:
    """What a catch-up did: events and definition files read; `rebuilt` says why all was read again, else ""."""

    events: int
    definitions: int
    rebuilt: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that is not what git says: its table, its key, and how it differs."""

    table: str
    key: str
    says: str


class Index(Protocol):
    """Keeps answers ready; nothing in it is a source of truth."""

    def catch_up(self, progress: Progress = silent) -> Followed:
        """Read what is new in the journal and on the target, all or nothing."""

    def rebuild(self, progress: Progress = silent) -> Followed:
        """Forget everything and read all of it again, all or nothing."""

    def verify(self, progress: Progress = silent) -> tuple[Difference, ...]:
        """Compare every row with what git says now; () if none differs."""

    def definitions(self, *, kind: str = "") -> tuple[DefinitionRecord, ...]:
        """Return the definitions at the tip that was read last, by id."""

    def dependants(self, definition: str) -> tuple[str, ...]:
        """Return the ids that refer to a definition directly."""
