"""Writing definitions: drafts that are begun, kept and discarded, and what a text in them means as it is typed.

What is asked and answered here are values; the answers from the registry here are given in `drafting.py` and `weighing.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from metricgov.desk.asked import Progress, silent
from metricgov.desk.beginning import Beginning
from metricgov.desk.forms import FormRow
from metricgov.domain.changes.findings import Finding
from metricgov.domain.verdict import Unmet, VersionStep

if TYPE_CHECKING:
    from metricgov.domain.comparability.evidence import Evidence


@dataclass(frozen=True, slots=True)
class DraftFile:
    """A file of a draft: its path, what main held when it was begun (None: nothing), its text now (None: it goes)."""

    path: str
    base: bytes | None
    text: bytes | None


@dataclass(frozen=True, slots=True)
class Answers:
    """What an author says about contents; "" where they have not said it yet."""

    why: str = ""
    intent: str = ""
    treatment: str = ""
    effective_from: str = ""
    meaning_unchanged: bool = False
    requested_by: str = ""
    implemented_by: str = ""
    refs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Writing:
    """Which draft it is: the key that it is kept under, and the change that it is to become or to revise."""

    key: str
    change: str
    revises: bool = False


@dataclass(frozen=True, slots=True)
class OtherChange:
    """An open change of the same definition: its label, whose it is, why, and where it stands."""

    label: str
    by: str
    why: str
    stage: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A draft, ready to be written in.

    `kept` is when it was begun before (UTC in seconds), "" where it begins now; `held` names the window that writes in
    it ("" for this one): then it can only be read. `label` is the change that it revises, `of` whose that is where
    revising it costs the right to approve it; `answers_request` names a request that it answers.
    """

    writing: Writing
    files: tuple[DraftFile, ...]
    answers: Answers
    definition: str
    kept: str = ""
    held: str = ""
    label: str = ""
    of: str = ""
    answers_request: str = ""
    others: tuple[OtherChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that is wrong (`grave`) or doubtful in a text: where, and the next step; line 0 is nowhere."""

    code: str
    says: str
    hint: str = ""
    path: str = ""
    line: int = 0
    column: int = 0
    field: str = ""
    grave: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """One text as it reads: its form, () where it cannot be read or has none, and what is wrong with it by line."""

    rows: tuple[FormRow, ...]
    marks: tuple[Mark, ...]
    readable: bool


@dataclass(frozen=True, slots=True)
class Advised:
    """What the decision table advises for an intent, why, and the first day to measure by it."""

    intent: str
    treatment: str
    reason: str
    row: int
    day: str


@dataclass(frozen=True, slots=True)
class Question:
    """Somebody who is heard and does not decide: who, about which definitions, and until when (`due`, "" for ever)."""

    principal: str
    definitions: tuple[str, ...]
    people: tuple[str, ...]
    due: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a draft means against main, and what stands between it and a change.

    `change_class` is "" where nothing differs or a file cannot be used (`marks` says where). `owed` is what the author
    still has to say, `barred` what no answer mends. `needed` and `asked` are whom it will wait for, known where
    `foreseen`; `you_wrote` says that the author would be among them, had they not written it. `answers` hold a date
    that the text states; `day` is the earliest that can still be meant where history is not restated.
    """

    change_class: str = ""
    findings: tuple[Finding, ...] = ()
    steps: Mapping[str, VersionStep] = field(default_factory=dict)
    affected: tuple[Finding, ...] = ()
    needed: tuple[Unmet, ...] = ()
    asked: tuple[Question, ...] = ()
    foreseen: bool = False
    you_wrote: bool = False
    owed: tuple[Unmet, ...] = ()
    barred: tuple[Unmet, ...] = ()
    moves_numbers: bool = False
    treatments: tuple[str, ...] = ()
    advice: tuple[Advised, ...] = ()
    stale: tuple[str, ...] = ()
    answers: Answers = Answers()
    day: str = ""
    marks: tuple[Mark, ...] = ()

    def owes(self, code: str) -> bool:
        """Say whether the author owes an answer of this kind."""
        return any(one.code == code for one in self.owed)

    def advised(self, intent: str) -> Advised | None:
        """Return what is advised for an intent ("" where none was said), None where numbers do not move."""
        return next((one for one in self.advice if one.intent == intent), None)


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a draft: the change and its label, what it waits for, and whether others can see it already."""

    change: str
    label: str
    revision: int
    stage: str
    missing: tuple[Unmet, ...] = ()
    sent: bool = True


@dataclass(frozen=True, slots=True)
class Choices:
    """What a new definition can be made of: kinds, types of calculation with their words, and names that exist."""

    kinds: tuple[str, ...]
    calculations: Mapping[str, str]
    domains: tuple[str, ...]
    sources: tuple[str, ...]
    people: tuple[str, ...]


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

    def read_text(self, path: str, text: bytes) -> Reading:
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
