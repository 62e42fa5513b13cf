"""A change as its events tell it: plain values, no rights and no rules; who may do what lives in roles and judge."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.domain.digest import ChangeSet
from metricgov.domain.workflow.events import Blocked, Heard, RevisionDrafted, RevisionSubmitted
from metricgov.domain.workflow.link_payload import LinkMeasured
from metricgov.domain.workflow.vocabulary import REVIEWABLE, Stage, Verdict
from metricgov.domain.workflow.voice import Voice


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Voice):
    """The current decision of a person, with the contents it was given on.

    `definitions` are those it is about, sorted; none: all. A person has one decision on each definition.
    """

    verdict: Verdict
    revision: int
    cycle: int
    digest: str
    canonical: str
    self_approved: bool = False
    definitions: tuple[str, ...] = ()
    on_behalf_of: str = ""

    def about(self, definition: str) -> bool:
        """Whether it is a decision on this definition."""
        return not self.definitions or definition in self.definitions


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassignment(Voice):
    """The accountable's place was handed from `giver` to `to`; whether its speaker might is judged, not folded."""

    giver: str
    to: str
    due: str


@dataclass(frozen=True, slots=True)
class Escalation:
    """Nobody answered for `giver`, so the place went to `to` as well, who has until `due`; judged, not folded."""

    giver: str
    to: str
    due: str
    seq: int
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending(Voice):
    """An objection that somebody else ended; whether they may is judged, not folded (INV-04, INV-08)."""

    objection: Decision


@dataclass(frozen=True, slots=True)
class Retraction:
    """A signed objection that was taken back or replaced; whether its author did that is judged, not folded.

    `voices` are what was said in their name since; `ending` is that of somebody else, where it had come before.
    """

    objection: Decision
    voices: tuple[Voice, ...]
    ending: Ending | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrider(Voice):
    """One of the people of an override, and the tip of the target that they saw."""

    main: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """Contents that two people let through without the agreements they lack (INV-15).

    `confirmed` is None until the second person says so; `review_due` is UTC in seconds. `landed` says that the target
    took these contents by it. Whether the two may is judged, not folded (INV-08).
    """

    revision: int
    cycle: int
    digest: str
    called: Overrider
    confirmed: Overrider | None = None
    review_due: str = ""
    landed: bool = False
    reviewed: Overrider | None = None
    outcome: str = ""
    revert: str | None = None

    @property
    def people(self) -> frozenset[str]:
        """The one or two people of it."""
        return frozenset(one.principal for one in (self.called, self.confirmed) if one is not None)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """An effect of the contents with this digest: which evidence, what it was computed from, and what it blocks.

    `read` are the definitions that were read as they stood on main, (path, SHA-256), sorted; `basis` is "" where the
    record does not say what it was computed from.
    """

    digest: str
    evidence: str
    basis: str
    engine: str
    settings: str
    methods: int
    read: tuple[tuple[str, str], ...]
    blocks: tuple[Blocked, ...]
    seq: int
    at: str
    links: tuple[LinkMeasured, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance(Voice):
    """A warning that somebody lets pass, of exactly one evidence; whether they may is judged, not folded (INV-08)."""

    evidence: str
    metric: str
    warning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction(Voice):
    """Bytes that were taken out of the journal's tip."""

    blobs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction(Voice):
    """Events from `first` on were dated ahead of time; whether the person may say so is judged, not folded."""

    first: int


@dataclass(frozen=True, slots=True)
class Remark:
    """One text in a thread."""

    principal: str
    text: str
    seq: int
    at: str


@dataclass(frozen=True, slots=True)
class Thread:
    """A discussion; its first remark opened it."""

    id: str
    path: str
    field: str
    remarks: tuple[Remark, ...]
    resolved: bool = False
    resolved_by: str = ""

    @property
    def opened_by(self) -> str:
        """Who began it."""
        return self.remarks[0].principal


@dataclass(frozen=True, slots=True)
class Attempt:
    """A running or finished attempt to apply: the seq of its apply_started and the tip it builds on."""

    started: int
    at: str
    onto: str
    governance: str
    consulted: tuple[Heard, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeState:
    """The fold of one change's events.

    `definition` and `refs` are those of a request. `contributors` only grows (INV-05). `decisions` holds one entry a
    person (or several, on different definitions), in order of their decision; approvals of an earlier revision stay in
    it and do not count (judge.py). `endings` are objections that others ended, `retractions` signed ones that were
    taken back or replaced.
    `stage_since` is the second since which it is in its folded stage, `submitted_at` that at which its contents came
    under review last, `unbroken_from` the review cycle that began with the last conflict or suspension. `due` is the
    second it is scheduled for, "" without one; `suspended_for` are the codes of what was missing then, () unless it is
    suspended. `reassignments` hold for the change, `escalations` and `reminded` (whom, due, about, whether it had
    passed) for the revision under review. `landed_by` is "apply" or "host" once applied. `ended_seq` and `ended_at`
    are those of the event that ended it, `last_*` of the last one (texts may follow).
    """

    change: str
    folded: Stage = Stage.ABSENT
    registry: str = ""
    target: str = ""
    why: str = ""
    definition: str = ""
    refs: tuple[str, ...] = ()
    created_by: str = ""
    created_at: str = ""
    reverts: str | None = None
    contributors: frozenset[str] = frozenset()
    draft: RevisionDrafted | None = None
    revisions: tuple[RevisionSubmitted, ...] = ()
    stage_since: str = ""
    submitted_at: str = ""
    cycle: int = 0
    decisions: tuple[Decision, ...] = ()
    endings: tuple[Ending, ...] = ()
    reassignments: tuple[Reassignment, ...] = ()
    escalations: tuple[Escalation, ...] = ()
    reminded: frozenset[tuple[str, str, str, bool]] = frozenset()
    override: Override | None = None
    retractions: tuple[Retraction, ...] = ()
    threads: tuple[Thread, ...] = ()
    redactions: tuple[Redaction, ...] = ()
    corrections: tuple[Correction, ...] = ()
    kept: frozenset[str] = frozenset()
    """Digests that may not be redacted, where the contents that say so were let go to save memory."""
    effects: tuple[Evaluated, ...] = ()
    accepted: tuple[Acceptance, ...] = ()
    conflicts: tuple[str, ...] = ()
    unbroken_from: int = 1
    due: str = ""
    suspended_for: tuple[str, ...] = ()
    attempt: Attempt | None = None
    commit: str = ""
    landed_by: str = ""
    superseded_by: str = ""
    ended_by: str = ""
    ended_because: str = ""
    ended_seq: int = 0
    ended_at: str = ""
    last_seq: int = 0
    last_at: str = ""

    @property
    def stage(self) -> Stage:
        """The folded stage; objections show as `changes_requested`, never as `approved` (that is judged)."""
        if self.folded is Stage.IN_REVIEW and self.objections:
            return Stage.CHANGES_REQUESTED
        return self.folded

    @property
    def revision(self) -> RevisionSubmitted | None:
        """The revision under review, None before the first."""
        return self.revisions[-1] if self.revisions else None

    @property
    def digest(self) -> str:
        """Digest of the revision under review, "" before the first."""
        return self.revisions[-1].digest if self.revisions else ""

    @property
    def change_set(self) -> ChangeSet | None:
        """What the revision under review does to paths."""
        return self.revisions[-1].change_set() if self.revisions else None

    @property
    def objections(self) -> tuple[Decision, ...]:
        """Objections that nobody withdrew or ended, whatever revision they were raised on (INV-04)."""
        return tuple(one for one in self.decisions if one.verdict is Verdict.REQUEST_CHANGES)

    @property
    def overridden(self) -> Override | None:
        """The override of exactly the contents under review that two people agree on; whether they may is judged."""
        one, last = self.override, self.revision
        if one is None or one.confirmed is None or last is None:
            return None
        return one if (one.revision, one.cycle, one.digest) == (last.number, self.cycle, last.digest) else None

    @property
    def effect(self) -> Evaluated | None:
        """The newest effect of the contents under review, None where none was recorded."""
        digest = self.digest
        return next((one for one in reversed(self.effects) if one.digest == digest), None)

    @property
    def reviewable(self) -> bool:
        """Whether decisions can be taken."""
        return self.stage in REVIEWABLE

    def decision_of(self, principal: str) -> Decision | None:
        """The current decision of a person; an objection, where they decided differently on different definitions."""
        own = self.decisions_of(principal)
        return next((one for one in own if one.verdict is Verdict.REQUEST_CHANGES), own[-1] if own else None)

    def decisions_of(self, principal: str) -> tuple[Decision, ...]:
        """The current decisions of a person: one on everything, or several on different definitions."""
        return tuple(one for one in self.decisions if one.principal == principal)

    @property
    def objected(self) -> frozenset[str]:
        """Everybody who ever objected: standing, ended, or taken back."""
        ended = (*(one.objection for one in self.endings), *(one.objection for one in self.retractions))
        return frozenset(one.principal for one in (*self.objections, *ended))

    def thread(self, name: str) -> Thread | None:
        """The thread of that id."""
        return next((one for one in self.threads if one.id == name), None)


def absent(change: str) -> ChangeState:
    """Return the state before the first event."""
    return ChangeState(change=change)
