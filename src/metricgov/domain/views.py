"""What people are shown about changes and versions, as plain values.

Use cases fill them, renderers turn them into text.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from metricgov.domain.changes.findings import ChangeClass, Finding, Flag
from metricgov.domain.verdict import Consulted, LateReview, VersionStep
from metricgov.domain.workflow.envelope import Identity

if TYPE_CHECKING:
    pass

NO_STEP = VersionStep()


class Ask(StrEnum):
    """What an inbox row wants from its reader."""

    DECIDE = "decide"
    ANSWER = "answer"
    REVISE = "revise"
    APPLY = "apply"
    RE_DATE = "re_date"
    REVIEW = "review"
    REQUEST = "request"


class LinkStatus(StrEnum):
    """How the values of a version compare with those of the next one (model.md, "link")."""

    SAME = "same"
    RESTATED = "restated"
    BRIDGED = "bridged"
    BRIDGED_BY_SEGMENT = "bridged_by_segment"
    BROKEN = "broken"
    NOT_MEASURED = "not_measured"


@dataclass(frozen=True, slots=True)
class InboxRow:
    """One thing that waits for one person.

    `change` is the full id and `label` its short form (`chg-7f3kq2`); `definition` is `kind:name`, the gravest of
    the change, and `more` counts the others; `due` is UTC in seconds, "" without a date; `author` is the principal
    it comes from; `because` says in one sentence why it is this person; `why` are the words of the proposal;
    `missing` counts unmet requirements, `days_left` the working days until `due`; `waiting` says that others do not
    see some of it yet.
    """

    change: str
    label: str
    asked: Ask
    definition: str
    because: str
    author: str = ""
    change_class: ChangeClass | None = None
    due: str = ""
    version: VersionStep = NO_STEP
    effective_from: str = ""
    why: str = ""
    missing: int = 0
    more: int = 0
    days_left: int | None = None
    waiting: bool = False


@dataclass(frozen=True, slots=True)
class RequirementView:
    """One requirement of a change: what it says, whether it is met (and by whom), else who can meet it and how.

    `due` is UTC in seconds, "" without a deadline; `days_left` counts the working days until then, None once it is
    over.
    """

    code: str
    says: str
    met: bool
    met_by: tuple[str, ...] = ()
    who: tuple[str, ...] = ()
    how: str = ""
    due: str = ""
    days_left: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionView:
    """One decision so far; `decision` is a word of model.md (`approve`, `request_changes` …).

    `counts` says whether it still counts; where it does not, `note` says why ("revision 2 has other contents").
    `definitions` are those it is limited to; none: all of them.
    """

    principal: str
    decision: str
    revision: int
    at: str
    identity: Identity = Identity.CLAIMED
    words: str = ""
    counts: bool = True
    note: str = ""
    on_behalf_of: str = ""
    definitions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RemarkView:
    """What one person said in a discussion, and when (UTC in seconds)."""

    principal: str
    words: str
    at: str


@dataclass(frozen=True, slots=True)
class ThreadView:
    """One discussion; its first remark opened it."""

    id: str
    resolved: bool
    remarks: tuple[RemarkView, ...]
    path: str = ""
    field: str = ""


@dataclass(frozen=True, slots=True)
class RulingView:
    """What one person decided about one definition; `decision` is a word of model.md."""

    principal: str
    decision: str


@dataclass(frozen=True, slots=True)
class ChangedDefinition:
    """One definition of a change: `kind:name`, its path, what its edits mean and the version step.

    `decided` is what people decided about it, as far as that is about these contents; `missing` are the sentences of
    what this definition alone still lacks.
    """

    id: str
    path: str
    change_class: ChangeClass
    flags: frozenset[Flag] = frozenset()
    version: VersionStep = NO_STEP
    findings: tuple[Finding, ...] = ()
    decided: tuple[RulingView, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OverrideView:
    """Break-glass on one change: who called for it and why, who confirmed it ("": nobody yet), what it stands in for.

    `second` are those who can confirm. Once it is on main, `review_due` (UTC in seconds) says by when somebody looks at
    it and `reviewers` who can; `reviewed_by` is "" until then, `revert` the change that takes it back. `late` says that
    the day has passed.
    """

    called_by: str
    reason: str
    confirmed_by: str = ""
    second: tuple[str, ...] = ()
    waives: tuple[str, ...] = ()
    review_due: str = ""
    reviewers: tuple[str, ...] = ()
    reviewed_by: str = ""
    outcome: str = ""
    words: str = ""
    revert: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One line of `change list`; `state` is a word of model.md, `note` what it waits for, `moved_at` its last event."""

    change: str
    label: str
    state: str
    definition: str
    change_class: ChangeClass | None
    author: str
    moved_at: str = ""
    note: str = ""
    more: int = 0


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One change in full: state, why, definitions, every requirement (met and unmet), decisions so far.

    `contributors` are everybody barred from approving; `intent` and `treatment` are words of model.md, "" where
    none is stated; `effect` is one sentence ("effect not evaluated: no engine"); `at` is the time for which
    requirements were judged; `affected` are findings of
    definitions that only depend on it; `applied_as` the commit, "" before; `refs` the tickets; `due` the second it is
    scheduled for, `suspended_for` the codes of what was missing then, `expires` the second at which it ends by itself;
    `unsent` counts its events that wait in this clone; `late` the overrides anywhere whose review is overdue;
    `reverts` says which change it undoes, and whether that is all it does; `requested_by` and `implemented_by` who
    asked for it and who brings it, "" where nobody is named; `seq` is the last event that was about it.
    """

    change: str
    label: str
    state: str
    author: str
    why: str
    revision: int
    cycle: int
    at: str
    contributors: tuple[str, ...] = ()
    intent: str = ""
    treatment: str = ""
    effective_from: str = ""
    effect: str = ""
    definitions: tuple[ChangedDefinition, ...] = ()
    requirements: tuple[RequirementView, ...] = ()
    decisions: tuple[DecisionView, ...] = ()
    affected: tuple[Finding, ...] = ()
    threads: tuple[ThreadView, ...] = ()
    refs: tuple[str, ...] = ()
    applied_as: str = ""
    override: OverrideView | None = None
    reverts: str = ""
    requested_by: str = ""
    implemented_by: str = ""
    late: tuple[LateReview, ...] = ()
    due: str = ""
    suspended_for: tuple[str, ...] = ()
    expires: str = ""
    consulted: tuple[Consulted, ...] = ()
    notes: tuple[str, ...] = ()
    unsent: int = 0
    seq: int = 0


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """One line of `list`: `owner` is the accountable principal, `open_change` the short id of an open change.

    `people` are those of the accountable team, `sources` the names of the sources that it reads itself; `problem` is
    the first error of its file, with its line.
    """

    id: str
    path: str
    title: str = ""
    version: str = ""
    status: str = ""
    domain: str = ""
    owner: str = ""
    kpi: bool = False
    open_change: str = ""
    category: str = ""
    people: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class ImpactRow:
    """One thing that is computed from a definition or uses it; `steps` counts the links between (1 = directly)."""

    id: str
    relation: str
    steps: int
    owner: str = ""
    title: str = ""
    via: str = ""


@dataclass(frozen=True, slots=True)
class Then:
    """The past moment that an answer is about: main then, the digest of its governance, and the event that saw it.

    `next_seq` is the event that first saw another main after that, 0 where none did.
    """

    at: str
    commit: str
    governance: str
    seq: int
    seen_at: str
    next_seq: int = 0
    next_at: str = ""


@dataclass(frozen=True, slots=True)
class WhoView:
    """Who would have to agree to a change of a definition, for one class.

    `gap` says why nobody can, "" if somebody can. `then` is the past moment that is meant, None for now.
    """

    definition: str
    change_class: ChangeClass
    responsible: tuple[str, ...] = ()
    accountable: str = ""
    deputy: str = ""
    consulted: tuple[str, ...] = ()
    informed: tuple[str, ...] = ()
    requirements: tuple[RequirementView, ...] = ()
    gap: str = ""
    then: Then | None = None
    stand_ins: tuple[str, ...] = ()
