"""The questions that doors ask, as Protocols by topic; `Desk` is all of them.

Arguments and answers are values that can be sent to another process or over HTTP. What cannot be done is raised as a
MetricgovError with its code, words and next step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from metricgov.domain.views import ChangeRow, ChangeView, ImpactRow, InboxRow

if TYPE_CHECKING:
    from metricgov.desk.beginning import Beginning
    from metricgov.domain.comparability.evidence import Evidence
    from metricgov.domain.draft_views import (
        Answers,
        Choices,
        DraftFile,
        Opened,
        Submitted,
        TextRead,
        Weighed,
        Writing,
    )
    from metricgov.domain.edited_views import EditedDefinition
    from metricgov.domain.effect_report import EffectOnRecord
    from metricgov.domain.past_views import StoryLine

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is (0: nobody knows)."""


def silent(what: str, done: int, total: int) -> None:
    """A Progress that tells nobody."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, and where: `principal` and `name` of the person, `proof` how decisions are proved.

    `registry` is the id of the registry and `title` its name for people; `council` says whether the person is on it;
    `unsigned` why decisions are not signed, "" where they are.
    """

    principal: str
    name: str
    registry: str
    title: str
    proof: str
    council: bool = False
    unsigned: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far this clone is with the others: what waits to be sent, and when it last heard from the remote.

    `remote` is "" where there is none, `fetched_at` UTC in seconds ("" never); `offline` that everything waits here;
    `mark` changes whenever anything that the desk answers from has moved.
    """

    mark: str
    unsent: int = 0
    remote: str = ""
    fetched_at: str = ""
    offline: bool = False


class Entrance(Protocol):
    """What every door asks first."""

    def reader(self) -> Reader:
        """Return who asks; raises BadInput where git's user.email is nobody's."""
        ...

    def standing(self) -> Standing:
        """Return how far this clone is; cheap enough to ask every second."""
        ...

    def inbox(self) -> tuple[InboxRow, ...]:
        """Return what waits for the reader, oldest due first."""
        ...

    def change_rows(
        self, *, ended: bool = False, state: str = "", person: str = "", definition: str = "", most: int = 0
    ) -> tuple[ChangeRow, ...]:
        """Return changes, the one that moved last first; open ones, or with `ended` all; 0 for `most` is no limit."""
        ...


class Changes(Protocol):
    """What can be asked about one change; it is named by its id, its label or the name of a definition."""

    def change(self, change: str) -> ChangeView:
        """Return the change as it stands: contents, requirements, decisions, talk."""
        ...

    def edits(self, change: str, *, since: int = 0) -> tuple[EditedDefinition, ...]:
        """Return what it does to the texts of definitions, gravest first.

        With `since`, the number of a revision: what differs between that one and the newest, as its reader needs it
        who read that one.
        """
        ...

    def effect(self, change: str) -> EffectOnRecord:
        """Return the effect on record, of earlier contents where there is none of the newest.

        Refused (no_effect) where none is; its report has no `futures`: the record holds no values.
        """
        ...

    def evaluate(
        self, change: str, *, engine: str = "", as_of: str = "", progress: Progress = silent
    ) -> EffectOnRecord:
        """Compute the effect of the contents and record it; `as_of` is an ISO day, "" for today.

        An exception raised by `progress` stops it, and nothing is recorded.
        """
        ...

    def impact(self, change: str) -> tuple[tuple[str, tuple[ImpactRow, ...]], ...]:
        """Return each changed definition with everything that is computed from it or uses it, nearest first."""
        ...

    def story(self, change: str) -> tuple[StoryLine, ...]:
        """Return what happened, oldest first; `seq` of a line tells whether its reader has seen it."""
        ...


class Drafting(Protocol):
    """The drafts of one person on one machine. `window` is who writes: `host:process:start`, one draft each."""

    def open_draft(self, of: str, window: str, *, anew: bool = False, take: bool = False) -> Opened:
        """Return the draft of a definition, of a change to revise or of a request, begun where there is none.

        With `anew` an older one is put aside; with `take` it is taken from the window that holds it.
        """
        ...

    def begin_draft(self, wanted: Beginning, window: str) -> Opened:
        """Return the draft of a new definition, from the template of its kind and type."""
        ...

    def keep_draft(self, writing: Writing, window: str, files: tuple[DraftFile, ...], answers: Answers) -> None:
        """Keep what was typed; Refused where another window has taken the draft, Undecidable where the disk is full."""
        ...

    def close_draft(self, writing: Writing, window: str, *, discard: bool = False) -> None:
        """Let go of a draft; one that nothing was typed into is deleted, with `discard` any is put aside."""
        ...

    def choices(self) -> Choices:
        """Return what a new definition can be made of."""
        ...

    def request_change(self, name: str, why: str, refs: tuple[str, ...] = ()) -> Submitted:
        """Ask the responsible people for a change of a definition, in words."""
        ...


class Editing(Protocol):
    """What a text in a draft says, and what comes of it."""

    def read_text(self, path: str, text: bytes) -> TextRead:
        """Return one text as it reads by itself; never raises for any text."""
        ...

    def with_value(self, path: str, text: bytes, field: str, typed: str) -> bytes:
        """Return a text with one field as somebody typed it, everything else as it was written."""
        ...

    def weigh(self, writing: Writing, files: tuple[DraftFile, ...], answers: Answers) -> Weighed:
        """Return what a draft means against main; never raises for any text."""
        ...

    def submit_draft(
        self, writing: Writing, window: str, files: tuple[DraftFile, ...], answers: Answers, *, as_draft: bool = False
    ) -> Submitted:
        """Record a draft as a change or its next revision; RefusedUnmet with all that is missing, nothing recorded."""
        ...

    def effect_of_draft(
        self,
        writing: Writing,
        files: tuple[DraftFile, ...],
        answers: Answers,
        *,
        progress: Progress = silent,
    ) -> Evidence:
        """Return what a draft does to the numbers, computed on the registry's engine; nothing is recorded."""
        ...


class Desk(Entrance, Changes, Drafting, Editing, Protocol):
    """Everything that can be asked."""
