"""Whether a decision is possible here, from the journal alone; its complaints are those of admit.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.state import ChangeState, Override
from metricgov.domain.workflow.statement import differing, statement
from metricgov.domain.workflow.typed import Event

Complaints = Iterator[tuple[str, str]]
"""Codes with what they say."""


def decided(state: ChangeState, event: Event, payload: e.Decided) -> Complaints:
    """Complain of what makes any decision impossible: who it is of, what it is about, what its statement says."""
    revision = state.revision
    assert revision is not None
    if not event.actor.principal:
        yield "principal", "a decision is a person's, not the program's"
    if (payload.revision, payload.cycle) != (revision.number, state.cycle):
        yield (
            "stale",
            f"decided on revision {payload.revision} (cycle {payload.cycle}); "
            f"under review is revision {revision.number} (cycle {state.cycle})",
        )
    if payload.digest != revision.digest:
        yield "digest", "decided on other contents than those under review"
    yield from _limits(revision, payload)
    if payload.on_behalf_of is not None:
        yield from _in_anothers_name(event, payload, payload.on_behalf_of)
    if wrong := differing(event.statement, statement(state, payload, event.actor.principal)):
        yield "statement", f"the statement does not say what the event says: {', '.join(wrong)}"


def _limits(revision: e.RevisionSubmitted, payload: e.Decided) -> Complaints:
    """Yield what is wrong with the definitions that a decision is limited to."""
    known = {one.id for one in revision.definitions}
    if payload.definitions and not isinstance(payload, e.Approved | e.ChangesRequested):
        yield "definitions", "only approving and objecting can be limited to some definitions"
    if list(payload.definitions) != sorted(set(payload.definitions)):
        yield "definitions", "the definitions of a decision stand sorted, each once"
    if unknown := sorted(set(payload.definitions) - known):
        yield "definitions", f"not definitions of this change: {', '.join(unknown)}"


def _in_anothers_name(event: Event, payload: e.Decided, giver: str) -> Complaints:
    if giver == event.actor.principal:
        yield "delegation", "nobody stands in for themself"
    if not isinstance(payload, e.Approved | e.ChangesRequested | e.Acknowledged):
        yield "delegation", f"`{event.type}` is said in one's own name"
    elif isinstance(payload, e.Approved) and payload.self_approved:
        yield "delegation", "an approval of one's own is nobody else's"


def _approved(state: ChangeState, event: Event, payload: e.Approved) -> Complaints:
    yield from decided(state, event, payload)
    contributed = event.actor.principal in state.contributors
    if contributed and not payload.self_approved:
        yield "contributor", f"`{event.actor.principal}` contributed to this change and cannot approve it"
    if payload.self_approved and not contributed:
        yield "contributor", f"`{event.actor.principal}` did not contribute; this is no approval of one's own"
    if payload.on_behalf_of in state.contributors:
        yield "contributor", f"`{payload.on_behalf_of}` contributed, and nobody can approve it for them"


def _rejected(state: ChangeState, event: Event, payload: e.Rejected) -> Complaints:
    yield from decided(state, event, payload)
    if event.actor.principal in state.contributors:
        yield "contributor", f"`{event.actor.principal}` contributed; contributors withdraw a change"
    yield from reasoned(payload.reason)


def _objected(state: ChangeState, event: Event, payload: e.ChangesRequested) -> Complaints:
    yield from decided(state, event, payload)
    yield from reasoned(payload.reason)


def _decision_withdrawn(state: ChangeState, event: Event, payload: e.DecisionWithdrawn) -> Complaints:
    yield from decided(state, event, payload)
    person = event.actor.principal
    overrode = state.override is not None and person in state.override.people
    if state.decision_of(person) is None and person not in state.objected and not overrode:
        yield "no_decision", f"`{event.actor.principal}` has no decision to take back"


def _objection_ended(state: ChangeState, event: Event, payload: e.ObjectionEnded) -> Complaints:
    yield from decided(state, event, payload)
    taken_back = {one.objection.principal for one in state.retractions}
    if payload.principal not in {one.principal for one in state.objections} | taken_back:
        yield "no_objection", f"`{payload.principal}` has no standing objection"
    if payload.principal == event.actor.principal:
        yield "own_objection", "one's own objection is withdrawn, not ended"
    if event.actor.principal in state.contributors:
        yield "contributor", f"`{event.actor.principal}` contributed and cannot end an objection"
    yield from reasoned(payload.reason)


def _warning_accepted(state: ChangeState, event: Event, payload: e.WarningAccepted) -> Complaints:
    yield from decided(state, event, payload)
    yield from reasoned(payload.reason)
    effect = state.effect
    if effect is None or effect.evidence != payload.evidence:
        yield "stale", "the warning is not of the newest effect of these contents"
    elif (payload.metric, payload.warning) not in {(one.metric, one.id) for one in effect.blocks}:
        yield "no_warning", f"{payload.warning} does not stop {payload.metric} in that effect"


def _override_called(state: ChangeState, event: Event, payload: e.OverrideCalled) -> Complaints:
    yield from decided(state, event, payload)
    yield from reasoned(payload.reason)
    if _same(state, payload) is not None:
        yield "override", "somebody called for it already; a second, different person confirms"


def _override_confirmed(state: ChangeState, event: Event, payload: e.OverrideConfirmed) -> Complaints:
    yield from decided(state, event, payload)
    called = _same(state, payload)
    if called is None:
        yield "override", "nobody called for an override of these contents"
    elif called.confirmed is not None:
        yield "override", f"`{called.confirmed.principal}` confirmed it already"
    elif called.called.principal == event.actor.principal:
        yield "two_people", f"`{event.actor.principal}` called for it; the second person is somebody else"
    if event.actor.principal in state.contributors:
        yield "contributor", f"`{event.actor.principal}` contributed to this change and cannot confirm an override"
    if payload.review_due <= event.at:
        yield "due_order", "a review cannot be due before the override it looks at"


def _same(state: ChangeState, payload: e.Decided) -> Override | None:
    """Return the override of exactly the contents that a decision names."""
    one = state.override
    named = (payload.revision, payload.cycle, payload.digest)
    return one if one is not None and (one.revision, one.cycle, one.digest) == named else None


def _override_reviewed(state: ChangeState, event: Event, payload: e.OverrideReviewed) -> Complaints:
    yield from decided(state, event, payload)
    yield from reasoned(payload.reason)
    person, override = event.actor.principal, state.overridden
    if override is None:
        yield "override", "what landed was not overridden"
        return
    if override.reviewed is not None:
        yield "override", f"`{override.reviewed.principal}` reviewed it already"
    if person in override.people:
        yield "two_people", f"`{person}` is one of the two who overrode; somebody else looks at it"
    if person in state.contributors:
        yield "contributor", f"`{person}` contributed to this change and cannot review its override"
    if (payload.revert is None) is (payload.outcome == "reverted"):
        yield "outcome", "what is reverted names the change that reverts it, and only that"


def reasoned(reason: str) -> Complaints:
    """Complain of a reason that says nothing."""
    if not reason.strip():
        yield "reason", "a reason is needed"


Check = Callable[[ChangeState, Event, Any], Complaints]

DECISIONS: dict[type, Check] = {
    e.Approved: _approved,
    e.ChangesRequested: _objected,
    e.Rejected: _rejected,
    e.Acknowledged: decided,
    e.Abstained: decided,
    e.DecisionWithdrawn: _decision_withdrawn,
    e.ObjectionEnded: _objection_ended,
    e.WarningAccepted: _warning_accepted,
    e.OverrideCalled: _override_called,
    e.OverrideConfirmed: _override_confirmed,
    e.OverrideReviewed: _override_reviewed,
}
"""What is checked of each decision."""
