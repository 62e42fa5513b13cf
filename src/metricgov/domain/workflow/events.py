"""What has happened, one frozen payload per event type; how an event moves a change lives in evolve.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.definitions.governance import Match
from metricgov.domain.digest import JSON, BlobRef, ChangeSet, PathEdit
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope, Identity
from metricgov.domain.workflow.vocabulary import Intent, Treatment

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Oid = Annotated[str, Field(pattern=r"^([0-9a-f]{40}|[0-9a-f]{64})$")]
Ulid = Annotated[str, Field(pattern=r"^[0-9A-HJKMNP-TV-Z]{26}$")]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
Moment = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$")]
Count = Annotated[StrictInt, Field(ge=1, lt=2**53)]
Figure = Annotated[str, Field(pattern=r"^(-?\d+(\.\d+)?(e[+-]?\d+)?)?$")]
"""A number as text, unrounded, so that every reader has the same bytes; "" for none."""
Principal = Annotated[str, Field(min_length=1, max_length=80)]


class Payload(BaseModel):
    """Base of all payloads: unknown keys are refused, values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, populate_by_name=True)

    def as_json(self) -> dict[str, JSON]:
        """Return the object that goes into the envelope."""
        return self.model_dump(mode="json", by_alias=True)


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


class LinkFactor(Payload):
    """What moves the old values of one segment (None: rows without one) to the new basis; parts for a quotient."""

    segment: str | None
    factor: Figure
    se: Figure
    above: Figure = ""
    below: Figure = ""


class LinkScatter(Payload):
    """How much the factor scatters between periods of a grain: on the log scale, or in units for a difference."""

    grain: str
    tau: Figure


class LinkMeasured(Payload):
    """How old and new values of one metric compare, measured on an overlap; all figures unrounded.

    `low` and `high` say where the factor of another period is to be expected; `reason` why there is no factor.
    """

    metric: str
    status: str
    direction: str = "old_to_new"
    scale: str = ""
    factor: Figure = ""
    se: Figure = ""
    above: Figure = ""
    below: Figure = ""
    scatter: tuple[LinkScatter, ...] = ()
    low: Figure = ""
    high: Figure = ""
    dimension: str = ""
    segments: tuple[LinkFactor, ...] = ()
    uniform: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    grain: str = ""
    periods: Annotated[StrictInt, Field(ge=0, lt=2**53)] = 0
    estimator: str = ""
    rolls_up: StrictBool = True
    top: Figure = "1"
    reason: str = ""


class EffectEvaluated(Payload):
    """The effect of exactly these contents was computed; the evidence is a blob of the change."""

    digest: Sha256
    evidence: Sha256
    says: str = ""
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


class Delegated(Payload):
    """One person lets another fill their places for a while; `match` limits it to some definitions."""

    id: Ulid
    giver: Principal = Field(alias="from")
    to: Principal
    match: Match | None = None
    starts: Moment
    ends: Moment
    reason: str = Field(min_length=1)


class DelegationEnded(Payload):
    """A delegation ended before its time."""

    id: Ulid
    reason: str = ""


class RegistryCreated(Payload):
    """The journal begins."""

    registry: str
    target: str
    format: Count = 1


class BaselineEntry(Payload):
    """A path accepted as it was found."""

    path: str
    mode: str
    sha256: Sha256


class Baseline(Payload):
    """Contents accepted as found; shown as baseline, never as approved."""

    commit: Oid
    entries: tuple[BaselineEntry, ...]
    reason: str = ""


class MainMoved(Payload):
    """The target ref was found elsewhere; `governance` is the digest of the governance in force at `after`."""

    before: str
    after: Oid
    governance: Sha256 | None = None


class MainRewound(Payload):
    """The target ref went back or aside, on record."""

    before: str
    after: Oid
    reason: str = ""
    governance: Sha256 | None = None


class KeyProved(Payload):
    """Somebody showed with a signature that they hold a key; people.yaml says whether it counts."""

    principal: Principal
    key: str = Field(max_length=16_384, pattern=r"^[a-z0-9@.-]+ [A-Za-z0-9+/]+=*$")


class WorkflowWritten(Payload):
    """The host's workflow beside the journal was written; its bytes are a blob of the registry."""

    path: str = Field(pattern=r"^\.github/workflows/metricgov\.yml$")
    sha256: Sha256


TYPES: dict[str, type[Payload]] = {
    "change_requested": ChangeRequested,
    "change_created": ChangeCreated,
    "revision_drafted": RevisionDrafted,
    "revision_submitted": RevisionSubmitted,
    "approved": Approved,
    "changes_requested": ChangesRequested,
    "rejected": Rejected,
    "acknowledged": Acknowledged,
    "abstained": Abstained,
    "decision_withdrawn": DecisionWithdrawn,
    "objection_ended": ObjectionEnded,
    "override_called": OverrideCalled,
    "override_confirmed": OverrideConfirmed,
    "override_reviewed": OverrideReviewed,
    "commented": Commented,
    "thread_resolved": ThreadResolved,
    "thread_reopened": ThreadReopened,
    "effect_evaluated": EffectEvaluated,
    "withdrawn": Withdrawn,
    "declined": Declined,
    "superseded": Superseded,
    "reassigned": Reassigned,
    "escalated": Escalated,
    "reminded": Reminded,
    "scheduled": Scheduled,
    "unscheduled": Unscheduled,
    "suspended": Suspended,
    "expired": Expired,
    "redacted": Redacted,
    "conflicted": Conflicted,
    "apply_started": ApplyStarted,
    "applied": Applied,
    "apply_abandoned": ApplyAbandoned,
    "landed": Landed,
    "registry_created": RegistryCreated,
    "baseline": Baseline,
    "main_moved": MainMoved,
    "main_rewound": MainRewound,
    "key_proved": KeyProved,
    "delegated": Delegated,
    "delegation_ended": DelegationEnded,
    "workflow_written": WorkflowWritten,
}
"""Every event type this version understands."""

TYPE_OF: dict[type[Payload], str] = {payload: name for name, payload in TYPES.items()}

REGISTRY_TYPES: frozenset[str] = frozenset(
    {
        "registry_created",
        "baseline",
        "main_moved",
        "main_rewound",
        "workflow_written",
        "delegated",
        "delegation_ended",
        "key_proved",
    }
)
"""Types of the registry; all others belong to one change."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Stands in for a payload that cannot be read; it is reported and has no effect."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Event:
    """A typed payload with who, when and where in the journal."""

    type: str
    payload: Payload | Unreadable
    seq: int
    change: str | None
    actor: Actor
    at: str
    main: str = ""
    statement: Mapping[str, JSON] | None = None


def parse(envelope: Envelope) -> Event:
    """Return the typed event; never raises: what cannot be read carries an `Unreadable` payload."""
    return Event(
        type=envelope.type,
        payload=_payload(envelope.type, envelope.change, envelope.payload),
        seq=envelope.seq,
        change=envelope.change,
        actor=envelope.actor,
        at=envelope.at,
        main=envelope.main,
        statement=envelope.statement,
    )


def foresee(draft: Draft, seq: int) -> Event:
    """Return the event that a draft would become at a place in the journal."""
    return Event(
        type=draft.type,
        payload=_payload(draft.type, draft.change, draft.payload),
        seq=seq,
        change=draft.change,
        actor=draft.actor,
        at=draft.at,
        main=draft.main,
        statement=draft.statement,
    )


def _payload(name: str, change: str | None, raw: Mapping[str, JSON]) -> Payload | Unreadable:
    model = TYPES.get(name)
    if model is None:
        return Unreadable("event_type_unknown", f"event type `{name}` is not known to this version")
    if (change is None) != (name in REGISTRY_TYPES):
        owner = "the registry" if name in REGISTRY_TYPES else "a change"
        return Unreadable("event_misplaced", f"an event `{name}` belongs to {owner}")
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        return Unreadable("event_payload_invalid", f"payload of `{name}`: {field}: {first['msg'].lower()}")
