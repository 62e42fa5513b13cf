"""Every event type by name, and how an envelope becomes an event with a typed payload."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from metricgov.domain.digest import JSON
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow import registry_events as r
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope
from metricgov.domain.workflow.payload import Payload

TYPES: dict[str, type[Payload]] = {
    "change_requested": e.ChangeRequested,
    "change_created": e.ChangeCreated,
    "revision_drafted": e.RevisionDrafted,
    "revision_submitted": e.RevisionSubmitted,
    "approved": e.Approved,
    "changes_requested": e.ChangesRequested,
    "rejected": e.Rejected,
    "acknowledged": e.Acknowledged,
    "abstained": e.Abstained,
    "decision_withdrawn": e.DecisionWithdrawn,
    "objection_ended": e.ObjectionEnded,
    "override_called": e.OverrideCalled,
    "override_confirmed": e.OverrideConfirmed,
    "override_reviewed": e.OverrideReviewed,
    "warning_accepted": e.WarningAccepted,
    "commented": e.Commented,
    "thread_resolved": e.ThreadResolved,
    "thread_reopened": e.ThreadReopened,
    "effect_evaluated": e.EffectEvaluated,
    "withdrawn": e.Withdrawn,
    "declined": e.Declined,
    "superseded": e.Superseded,
    "reassigned": e.Reassigned,
    "escalated": e.Escalated,
    "reminded": e.Reminded,
    "notified": e.Notified,
    "scheduled": e.Scheduled,
    "unscheduled": e.Unscheduled,
    "suspended": e.Suspended,
    "expired": e.Expired,
    "times_corrected": e.TimesCorrected,
    "redacted": e.Redacted,
    "conflicted": e.Conflicted,
    "apply_started": e.ApplyStarted,
    "applied": e.Applied,
    "apply_abandoned": e.ApplyAbandoned,
    "landed": e.Landed,
    "registry_created": r.RegistryCreated,
    "baseline": r.Baseline,
    "main_moved": r.MainMoved,
    "main_rewound": r.MainRewound,
    "key_proved": r.KeyProved,
    "delegated": r.Delegated,
    "delegation_ended": r.DelegationEnded,
    "clock_corrected": r.ClockCorrected,
    "workflow_written": r.WorkflowWritten,
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
        "clock_corrected",
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
