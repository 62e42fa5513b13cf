"""What doors and the desk say to each other about drafts: texts, answers, forms, what a draft means; values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from metricgov.domain.changes.findings import Finding
from metricgov.domain.verdict import Unmet, VersionStep


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
class DraftRow:
    """A draft that somebody has typed in and not submitted: `key` opens it.

    `definition` is what it is about (`kind:name`), `label` the change that it revises, "" for a new one; `touched` the
    UTC second at which it was written in last. `held` names the window that writes in it now; `note` what has happened
    meanwhile to what it began with, "" where nothing has.
    """

    key: str
    definition: str
    label: str
    touched: str
    held: str = ""
    note: str = ""


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


TEXT, CHOICE, NUMBER, FLAG, DATE, LIST, BLOCK, ITEMS, STRANGE = (
    "text",
    "choice",
    "number",
    "flag",
    "date",
    "list",
    "block",
    "items",
    "strange",
)
"""What a row takes: words or SQL, one of its choices, …; `block` and `items` hold rows, `strange` is no field."""


@dataclass(frozen=True, slots=True)
class FormRow:
    """One field of a form, or the head of a block of them.

    `path` is dotted (`calculation.numerator.where`), `value` what the file says on one line, `stands` whether it says
    anything; `line` and `column` count from 1, 0 where the field is not there. `says` is the schema's sentence,
    `refers` the kind of definition that it names ("" for none).
    """

    path: str
    label: str
    depth: int
    takes: str
    value: str = ""
    stands: bool = False
    required: bool = False
    default: str = ""
    choices: tuple[str, ...] = ()
    says: str = ""
    refers: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True, slots=True)
class TextRead:
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
