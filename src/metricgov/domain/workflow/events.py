"""What has happened to a change, one frozen payload per event type; how an event moves a change lives in evolve.py."""

from __future__ import annotations

from pydantic import Field, StrictBool, StrictInt

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.digest import BlobRef, ChangeSet, PathEdit
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.link_payload import LinkMeasured
from metricgov.domain.workflow.payload import Count, Day, Moment, Oid, Payload, Principal, Sha256, Ulid
from metricgov.domain.workflow.vocabulary import Intent, Treatment


class Side(Payload):
    """One side of a path: git file mode and SHA-256 of the raw bytes."""

    mode: str
    sha256: Sha256


class Edit(Payload):
    """What a revision does to one path."""

    path: str
    before: Side | None
    after: Side | None

    def as_edit(self) -> PathEdit:
        """Return the value that digests are computed from."""

        def ref(side: Side | None) -> BlobRef | None:
            return None if side is None else BlobRef(side.mode, side.sha256)

        return PathEdit(self.path, ref(self.before), ref(self.after))


class DefinitionRecord(Payload):
    """What was found about one definition when the revision was recorded."""

    id: str
    path: str
    change_class: ChangeClass = Field(alias="class")
    flags: tuple[Flag, ...] = ()
    version_before: str | None = None
    version_after: str | None = None
    accountable: str = ""


class Asked(Payload):
    """A question to one consulted person or team, with the day from which silence counts (INV-16, INV-24)."""

    principal: Principal
    definitions: tuple[str, ...] = ()
    due: Moment | None = None


class Revised(Payload):
    """Contents and claims of a change at one moment: what drafts and submitted revisions share."""

    base: Oid
    edits: tuple[Edit, ...] = Field(min_length=1)
    digest: Sha256
    canonical: Sha256
    definitions: tuple[DefinitionRecord, ...]
    change_class: ChangeClass = Field(alias="class")
    rules: Count
    canonicaliser: Count
    why: str = Field(min_length=1)
    intent: Intent | None = None
    treatment: Treatment | None = None
    effective_from: Day | None = None
    meaning_unchanged: StrictBool = False
    contributors: tuple[Principal, ...] = ()
    requested_by: Principal | None = None
    implemented_by: Principal | None = None
    refs: tuple[str, ...] = ()
    effect_note: str = ""

    def change_set(self) -> ChangeSet:
        """Return the edits as the value that is digested; ValueError where a path appears twice."""
        return ChangeSet.of([edit.as_edit() for edit in self.edits])


class ChangeRequested(Payload):
    """Somebody asked the responsible people for a change, without contents."""

    registry: str
    target: str
    definition: str
    why: str = Field(min_length=1)
    refs: tuple[str, ...] = ()


class ChangeCreated(Payload):
    """A change exists; bound to one registry and one target ref."""

    registry: str
    target: str
    why: str = Field(min_length=1)
    reverts: Ulid | None = None


class RevisionDrafted(Revised):
    """Contents were kept that nobody is asked to judge yet."""


class RevisionSubmitted(Revised):
    """A numbered revision is up for review.

    Its deadlines are fixed here, once (INV-24): `respond_by` for the accountable, `expires` for the change.
    """

    number: Count
    cycle: Count
    asked: tuple[Asked, ...] = ()
    respond_by: Moment | None = None
    expires: Moment | None = None
    rebased: StrictBool = False
    pure_revert: StrictBool | None = None
    """Of a revert: whether every definition reads as before the change it reverts. Evidence, computed again by all."""


class Decided(Payload):
    """What every decision names (INV-02); the rest stands in its statement.

    `on_behalf_of` names whose place it fills, where that is not the person's own.
    """

    revision: Count
    cycle: Count
    digest: Sha256
    reason: str = ""
    on_behalf_of: Principal | None = None
    definitions: tuple[str, ...] = ()
    """The definitions it is limited to, sorted; none: all of them."""


class Approved(Decided):
    """One person agrees; `self_approved` marks a contributor under the preset solo."""

    self_approved: StrictBool = False


class ChangesRequested(Decided):
    """One person objects."""


class Rejected(Decided):
    """The accountable or the deputy ended the change."""


class Acknowledged(Decided):
    """A consulted person has seen it."""


class Abstained(Decided):
    """A person declines to judge."""


class DecisionWithdrawn(Decided):
    """A person took back the decision they had; none is left."""


class ObjectionEnded(Decided):
    """The accountable or the deputy ended the objection of `principal`, with a reason."""

    principal: Principal


class OverrideCalled(Decided):
    """One person says that these contents cannot wait for the agreements they lack; nothing follows from it alone."""

    reason: str = Field(min_length=1)


class OverrideConfirmed(Decided):
    """A second person says so too (INV-15); by `review_due` somebody else has to have looked at it."""

    review_due: Moment


class OverrideReviewed(Decided):
    """Somebody else looked at what was overridden: it is `kept`, or `reverted` by the change that `revert` names."""

    reason: str = Field(min_length=1)
    outcome: str = Field(pattern=r"^(kept|reverted)$")
    revert: Ulid | None = None


class WarningAccepted(Decided):
    """Somebody who answers for a metric lets the change pass in spite of a warning, for exactly this evidence."""

    evidence: Sha256
    metric: str = Field(min_length=1)
    warning: str = Field(pattern=r"^W\d\d$")
    reason: str = Field(min_length=1)


class Commented(Payload):
    """A text: it opens `thread` or, where that exists, answers in it."""

    thread: str = Field(min_length=1, max_length=40)
    text: str = Field(min_length=1)
    path: str = ""
    field: str = ""


class ThreadResolved(Payload):
    """A thread was settled."""

    thread: str


class ThreadReopened(Payload):
    """A settled thread is open again."""

    thread: str


class Blocked(Payload):
    """A warning of an effect that stops the change until somebody who answers for the metric accepts it."""

    metric: str = Field(min_length=1)
    id: str = Field(pattern=r"^W\d\d$")
    code: str
    says: str


class EffectEvaluated(Payload):
    """The effect of exactly these contents was computed; the evidence is a blob of the change.

    `basis` is the digest of all that the figures depend on; `engine`, `settings`, `methods` and `read` (path and
    SHA-256 of the definitions that were read as they stood on main) are what can be looked at again without data.
    `blocks` are the warnings that stop the change, one a metric and id.
    """

    digest: Sha256
    evidence: Sha256
    says: str = ""
    basis: Sha256 | None = None
    engine: str = ""
    settings: Sha256 | None = None
    methods: StrictInt = 0
    read: dict[str, Sha256] = Field(default_factory=dict)
    blocks: tuple[Blocked, ...] = ()
    links: tuple[LinkMeasured, ...] = ()


class Withdrawn(Payload):
    """Its people took the change back."""

    reason: str = ""


class Declined(Payload):
    """The responsible people said no to a request."""

    reason: str = Field(min_length=1)


class Superseded(Payload):
    """Another change takes its place."""

    by: Ulid
    reason: str = ""


class Reassigned(Payload):
    """The accountable's place was handed over; `due` is until when the new one has time."""

    giver: Principal = Field(alias="from")
    to: Principal
    reason: str = Field(min_length=1)
    due: Moment | None = None


class Escalated(Payload):
    """Nobody answered for `from` in time: `to` may as well, and has until `due`."""

    giver: Principal = Field(alias="from")
    to: Principal
    due: Moment


class Reminded(Payload):
    """Somebody was told that they are asked; `passed` says that the deadline `due` is over."""

    whom: Principal
    due: Moment
    about: str = Field(pattern=r"^(answer|decide)$")
    passed: StrictBool = False


class Notified(Payload):
    """A notice of `event` reached a person over a kind of channel (`mailto`, `slack`); `notice` is its id."""

    whom: Principal
    channel: str = Field(pattern=r"^[a-z0-9][a-z0-9+.-]{0,39}$")
    event: Count
    notice: str = Field(pattern=r"^ntc_[0-9a-f]{32}$")


class Scheduled(Payload):
    """Somebody set the second from which the change is applied by itself, for exactly these contents."""

    due: Moment
    revision: Count
    cycle: Count
    digest: Sha256
    reason: str = ""


class Unscheduled(Payload):
    """Somebody took the date back."""

    reason: str = Field(min_length=1)


class Suspended(Payload):
    """The change came due and did not hold: `unmet` are the codes of what was missing (INV-14)."""

    due: Moment
    unmet: tuple[str, ...] = Field(min_length=1)


class TimesCorrected(Payload):
    """Events of the change from `first` on were dated ahead of time: it is decided anew, by days from now on."""

    first: Count
    reason: str = Field(min_length=1)


class Expired(Payload):
    """The change was open for longer than its policy lets it be: `due` is the date that its revision names."""

    due: Moment


class Redacted(Payload):
    """Bytes of the change were taken out of the journal's tip with this very append; older commits keep them."""

    blobs: tuple[Sha256, ...] = Field(min_length=1)
    reason: str = Field(min_length=1)


class Conflicted(Payload):
    """The target moved under at least one path of the change."""

    onto: Oid
    paths: tuple[str, ...] = Field(min_length=1)


class Counted(Payload):
    """An approval that was counted, with the event it stands in; `kept` where reformatting kept it (INV-03)."""

    principal: Principal
    seq: Count
    identity: Identity
    kept: StrictBool = False
    on_behalf_of: Principal | None = None


class Heard(Payload):
    """How a consulted person or team was heard: `answered`, `contributed` or `timed_out` (INV-16).

    `by` is the person who spoke for it and `at` when; `due` is from when silence counted.
    """

    principal: Principal
    outcome: str = Field(pattern=r"^(answered|contributed|timed_out)$")
    by: Principal | None = None
    at: Moment | None = None
    due: Moment | None = None


class ApplyStarted(Payload):
    """Applying began onto a tip of the target; the point of order between decisions and the target."""

    onto: Oid
    revision: Count
    cycle: Count
    digest: Sha256
    governance: Sha256
    approvals: tuple[Counted, ...] = ()
    consulted: tuple[Heard, ...] = ()
    self_approved: StrictBool = False
    override: StrictBool = False


class Applied(Payload):
    """The commit that holds the change is on the target; `started` is the seq of its apply_started."""

    commit: Oid
    started: Count


class ApplyAbandoned(Payload):
    """The attempt can no longer succeed (INV-52)."""

    started: Count
    reason: str = Field(min_length=1)


class Landed(Payload):
    """The target reached the contents of the change by other hands; `covered`, `override`: what judge said of it."""

    commit: Oid
    revision: Count
    digest: Sha256
    covered: StrictBool = False
    override: StrictBool = False
