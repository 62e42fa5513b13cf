"""The auditor's file as plain values: a first page, and a sheet for every change; their look is for the renderers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from metricgov.domain.changes.findings import ChangeClass, Finding
from metricgov.domain.errors import Problem
from metricgov.domain.past_views import StoryLine
from metricgov.domain.views import ThreadView
from metricgov.domain.walked import Judged
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.needs import Need


@dataclass(frozen=True, slots=True)
class Anchor:
    """A commit of main that names an event of the journal: what stood up to that event, stood when it was made."""

    seq: int
    sha256: str
    commit: str
    at: str


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision: claimed by the event, attested by its place in the chain.

    `counted` says that it was counted when the change landed; `anchor` is the first commit of main that vouches for its
    place, None where none does yet. `what` continues the name: "approved revision 1".
    """

    who: str
    type: str
    what: str
    words: str
    identity: Identity
    revision: int
    seq: int
    at: str
    counted: bool = False
    anchor: Anchor | None = None
    proof: str = ""
    """What the kind of identity was verified by, "" where nothing was."""


@dataclass(frozen=True, slots=True)
class Heard:
    """How somebody who was asked was heard; `late` says that they answered after silence had begun to count."""

    who: str
    definitions: tuple[str, ...]
    outcome: str
    due: str = ""
    answered_at: str = ""
    late: bool = False


class ExceptionKind(StrEnum):
    """What an auditor looks at one by one."""

    BYPASS = "bypass"
    OBSERVED = "observed"
    OVERRIDE = "override"
    SELF_APPROVAL = "self_approval"
    LATE_REVIEW = "late_review"
    LATE_ANSWER = "late_answer"
    SILENCE = "silence"
    EXPIRED = "expired"
    OBJECTION_ENDED = "objection_ended"
    WARNING_ACCEPTED = "warning_accepted"
    REWOUND = "rewound"
    REDACTED = "redacted"
    CONFLICT = "journal"


EXCEPTIONS: Mapping[ExceptionKind, str] = {
    ExceptionKind.BYPASS: "reached main without what the rules asked for",
    ExceptionKind.OBSERVED: "policy only observed: it would have been stopped",
    ExceptionKind.OVERRIDE: "applied by two people past what was missing",
    ExceptionKind.SELF_APPROVAL: "approved by somebody who wrote it",
    ExceptionKind.LATE_REVIEW: "the review of an override came late, or has not come",
    ExceptionKind.LATE_ANSWER: "somebody who was asked answered after silence had begun to count",
    ExceptionKind.SILENCE: "somebody who was asked did not answer in time",
    ExceptionKind.EXPIRED: "expired without a decision",
    ExceptionKind.OBJECTION_ENDED: "an objection was ended by somebody else",
    ExceptionKind.WARNING_ACCEPTED: "a warning about the numbers was let pass",
    ExceptionKind.REWOUND: "main went back or aside",
    ExceptionKind.REDACTED: "bytes were taken out of the journal's tip",
    ExceptionKind.CONFLICT: "an event that had no effect, or does not fit main",
}
"""What each kind of exception means, in the order in which they are listed."""


@dataclass(frozen=True, slots=True)
class Unusual:
    """One exception: where (a change, a commit or an event), who, when, and what in words."""

    kind: ExceptionKind
    says: str
    at: str = ""
    who: str = ""
    change: str = ""
    label: str = ""
    commit: str = ""
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Duty:
    """Who did what in one change that reached main; `conflicts` says in words where one person did two things."""

    change: str
    label: str
    definitions: tuple[str, ...]
    requested_by: str
    proposed_by: tuple[str, ...]
    approved_by: tuple[str, ...]
    applied_by: str
    landed_at: str
    conflicts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What one person did besides that no rule forbids."""
    commit: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One change, as it stood at the end of the period.

    `findings` stand by definition; `unread` says why they cannot be computed, "" if they can. `landed_at` is the second
    of the event that ended the landing; `base` the commit that the landing was judged on.
    """

    change: str
    label: str
    state: str
    change_class: ChangeClass | None
    definitions: tuple[tuple[str, str, str, str], ...]
    """Id, class, version before and after of each."""
    author: str
    why: str
    created_at: str
    first_seq: int
    last_seq: int
    revision: int = 0
    contributors: tuple[str, ...] = ()
    requested_by: str = ""
    implemented_by: str = ""
    refs: tuple[str, ...] = ()
    reverts: str = ""
    superseded_by: str = ""
    intent: str = ""
    treatment: str = ""
    effective_from: str = ""
    meaning_unchanged: bool = False
    effect: str = ""
    digest: str = ""
    rules: tuple[str, ...] = ()
    findings: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    unread: str = ""
    needs: tuple[Need, ...] = ()
    decisions: tuple[Decided, ...] = ()
    heard: tuple[Heard, ...] = ()
    threads: tuple[ThreadView, ...] = ()
    story: tuple[StoryLine, ...] = ()
    base: str = ""
    commit: str = ""
    landed_by: str = ""
    landed_at: str = ""
    governance: str = ""
    duty: Duty | None = None
    exceptions: tuple[Unusual, ...] = ()
    in_period: bool = True
    """Whether it landed within the period."""

    @property
    def file(self) -> str:
        """The path of its sheet within the file."""
        return f"changes/{self.label}.html"


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A step of main that changed policy, RACI, people or keys."""

    step: Judged
    digest_before: str
    digest_after: str
    findings: tuple[Finding, ...]
    change: str = ""
    label: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one person could do at one moment; None of it for somebody who was not there."""

    name: str = ""
    status: str = ""
    council: bool = False
    teams: tuple[str, ...] = ()
    accountable: tuple[str, ...] = ()
    deputy: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    consulted: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Access:
    """One person (or service) at the start and at the end of the period; None where they were not there."""

    principal: str
    before: Rights | None
    after: Rights | None

    @property
    def changed(self) -> bool:
        """Whether anything differs."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Standing:
    """The governance in force at one moment: main then, and the event that saw it there; "" before the journal."""

    at: str
    commit: str = ""
    governance: str = ""
    preset: str = ""
    seq: int = 0
    seen_at: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Deciders:
    """Who had to agree to a breaking change of one definition at the end of the period."""

    definition: str
    accountable: str
    deputy: str
    responsible: tuple[str, ...]
    consulted: tuple[str, ...]
    places: tuple[str, ...]
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The journal: how far it was read, and that every event follows the one before.

    `seqs` and `digests` are those of the first and the last event of the period (0 and "" without one).
    """

    events: int
    sha256: str
    changes: int
    first_seq: int = 0
    first_sha256: str = ""
    last_seq: int = 0
    last_sha256: str = ""
    anchored: int = 0
    note: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Line:
    """Main: from the commit in which the registry began to its tip, along first parents."""

    genesis: str
    began: str
    root: str
    pinned: bool
    tip: str
    steps: int
    governed: int
    bypasses: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Period:
    """The days that the file is about, UTC, both included."""

    first: str
    last: str
    start: str
    end: str
    """First second after it."""

    def holds(self, at: str) -> bool:
        """Say whether a UTC second lies in it."""
        return self.start <= at < self.end


@dataclass(slots=True)
class Report:
    """Everything but the sheets, which are written one by one while this fills."""

    period: Period
    at: str
    registry: str
    target: str
    program: str
    chain: Chain
    line: Line
    steps: list[Judged]
    start: Standing
    end: Standing
    duties: list[Duty] = field(default_factory=list)
    exceptions: list[Unusual] = field(default_factory=list)
    rule_changes: list[RuleChange] = field(default_factory=list)
    access: list[Access] = field(default_factory=list)
    deciders: list[Deciders] = field(default_factory=list)
    sheets: list[Sheet] = field(default_factory=list)
    """The sheets without their long parts: what the list of changes on the first page shows."""
    recorded: dict[Identity, int] = field(default_factory=dict)
    """Approvals recorded in the period, by kind of identity."""
    counted: dict[Identity, int] = field(default_factory=dict)
    """Approvals that were counted for changes that landed in the period, by kind of identity."""

    def tally(self) -> Mapping[str, int]:
        """Return the changes of the period by state, in alphabetical order."""
        return _counted(one.state for one in self.sheets)

    def outcomes(self) -> Mapping[str, int]:
        """Return the steps of the period by what let them through."""
        return _counted(outcome(one) for one in self.steps)


def outcome(step: Judged) -> str:
    """Return in one word what let a step of main through, or that nothing did."""
    if step.verdict is None:
        return "nothing governed"
    if step.verdict.value == "blocked":
        return "bypass"
    if step.verdict.value == "would_block":
        return "observed"
    found = {one.coverage.value for one in step.definitions}
    for word in ("override", "overridden", "approved", "baseline", "identical"):
        if word in found:
            return {"override": "overridden", "identical": "same meaning"}.get(word, word)
    return "restored" if step.governance else "nothing governed"


def _counted(words: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in words:
        found[one] = found.get(one, 0) + 1
    return dict(sorted(found.items()))
