"""Whether an event is possible here, from the journal alone; whether its result is allowed is for judge.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from metricgov.domain import time
from metricgov.domain.errors import Place, Problem
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.events import Event, Unreadable
from metricgov.domain.workflow.needed import needed
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.state import ChangeState, Override
from metricgov.domain.workflow.statement import differing, handing_over, statement
from metricgov.domain.workflow.vocabulary import (
    APPLICABLE,
    ENDED,
    EXPIRABLE,
    OPEN,
    RAISES_CYCLE,
    REVIEWABLE,
    WITH_CONTENTS,
    Stage,
)

Complaints = Iterator[tuple[str, str]]

STAGES: dict[type, frozenset[Stage]] = {
    e.ChangeRequested: frozenset({Stage.ABSENT}),
    e.ChangeCreated: frozenset({Stage.ABSENT, Stage.REQUESTED}),
    e.RevisionDrafted: frozenset({Stage.DRAFT}),
    e.RevisionSubmitted: WITH_CONTENTS | {Stage.DRAFT},
    e.Approved: REVIEWABLE,
    e.ChangesRequested: REVIEWABLE,
    e.Rejected: REVIEWABLE,
    e.Acknowledged: REVIEWABLE,
    e.Abstained: REVIEWABLE,
    e.DecisionWithdrawn: REVIEWABLE | {Stage.CONFLICTED},
    e.ObjectionEnded: REVIEWABLE | {Stage.CONFLICTED},
    e.OverrideCalled: REVIEWABLE,
    e.OverrideConfirmed: REVIEWABLE,
    e.OverrideReviewed: frozenset({Stage.APPLIED}),
    e.WarningAccepted: REVIEWABLE,
    e.Commented: frozenset(Stage) - {Stage.ABSENT},
    e.ThreadResolved: frozenset(Stage) - {Stage.ABSENT},
    e.ThreadReopened: frozenset(Stage) - {Stage.ABSENT},
    e.EffectEvaluated: REVIEWABLE,
    e.Withdrawn: OPEN,
    e.Declined: frozenset({Stage.REQUESTED}),
    e.Superseded: OPEN,
    e.Reassigned: REVIEWABLE,
    e.Escalated: REVIEWABLE,
    e.Reminded: REVIEWABLE,
    e.Scheduled: REVIEWABLE,
    e.Unscheduled: frozenset({Stage.SCHEDULED, Stage.SUSPENDED}),
    e.Suspended: frozenset({Stage.SCHEDULED}),
    e.Expired: EXPIRABLE,
    e.Redacted: ENDED,
    e.Conflicted: REVIEWABLE,
    e.ApplyStarted: APPLICABLE,
    e.Applied: frozenset({Stage.APPLYING}),
    e.ApplyAbandoned: frozenset({Stage.APPLYING}),
    e.Landed: WITH_CONTENTS,
}
"""The stages from which each event is possible."""


def admit(state: ChangeState, event: Event) -> Problem | None:
    """Return why an event is not possible after this state, None where it is."""
    return next(iter(inadmissible(state, event)), None)


def inadmissible(state: ChangeState, event: Event) -> tuple[Problem, ...]:
    """Return everything that makes an event impossible after this state."""
    return tuple(Problem(code, message, Place(f"event {event.seq}")) for code, message in _complaints(state, event))


def _complaints(state: ChangeState, event: Event) -> Complaints:
    payload = event.payload
    if isinstance(payload, Unreadable):
        yield payload.code, payload.message
        return
    if event.change != state.change:
        yield "event_misplaced", f"event {event.seq} is not of change {state.change}"
        return
    stages = STAGES.get(type(payload))
    if stages is None:
        yield "event_misplaced", f"`{event.type}` is not an event of a change"
        return
    yield from _order(state, event)
    if state.stage not in stages:
        yield "stage", f"the change is {state.stage.replace('_', ' ')}; no `{event.type}` event can follow"
        return
    check = _CHECKS.get(type(payload))
    if check is not None:
        yield from check(state, event, payload)


def _order(state: ChangeState, event: Event) -> Complaints:
    try:
        time.from_text(event.at)
    except ValueError:
        yield "time_form", f"`{event.at}` is not a time in UTC seconds"
        return
    if event.seq <= state.last_seq:
        yield "order", f"event {event.seq} does not come after event {state.last_seq}"
    if event.at < state.last_at:
        yield "time_order", f"{event.at} lies before {state.last_at}, the time of the event before it"


def _bound(state: ChangeState, _event: Event, payload: Any) -> Complaints:
    if state.folded is Stage.REQUESTED and (payload.registry, payload.target) != (state.registry, state.target):
        yield "registry", "the change was requested for another registry or target"


def _revised(state: ChangeState, event: Event, payload: e.Revised) -> Complaints:
    try:
        digest = payload.change_set().digest
    except ValueError:
        yield "paths_twice", "a path may appear once in a revision"
        return
    if digest != payload.digest:
        yield "digest", "the digest is not that of the edits it stands beside"
    if any(edit.before == edit.after for edit in payload.edits):
        yield "edit_empty", "an edit must change its path"
    if payload.effective_from is not None and not _is_day(payload.effective_from):
        yield "effective_date", f"`{payload.effective_from}` is not a date"
    if event.actor.principal not in payload.contributors and not _moves_only_the_base(state, payload):
        yield "contributor", f"`{event.actor.principal}` brought contents and is not named as contributor"


def _moves_only_the_base(state: ChangeState, payload: e.Revised) -> bool:
    """Whether what is proposed stays as it was: every path's contents after are those of the last revision (INV-05)."""
    last = state.revision
    if last is None:
        return False
    after = {edit.path: edit.after for edit in last.edits}
    return all(edit.path in after and after[edit.path] == edit.after for edit in payload.edits)


def _submitted(state: ChangeState, event: Event, payload: e.RevisionSubmitted) -> Complaints:
    yield from _revised(state, event, payload)
    if payload.number != len(state.revisions) + 1:
        yield "revision", f"the next revision is {len(state.revisions) + 1}, not {payload.number}"
    if payload.cycle != next_cycle(state, payload.digest):
        yield "cycle", f"the review cycle is {next_cycle(state, payload.digest)}, not {payload.cycle}"
    dates = (*(asked.due for asked in payload.asked), payload.respond_by, payload.expires)
    if any(due is not None and due < event.at for due in dates):
        yield "due_order", "nothing can be due before it is asked"


def next_cycle(state: ChangeState, digest: str) -> int:
    """Return the cycle of the next revision: raised by new contents, a conflict or a suspension (INV-02)."""
    same = state.folded not in RAISES_CYCLE and state.digest == digest
    return state.cycle if same and state.cycle else state.cycle + 1


def _decided(state: ChangeState, event: Event, payload: e.Decided) -> Complaints:
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
    yield from _decided(state, event, payload)
    contributed = event.actor.principal in state.contributors
    if contributed and not payload.self_approved:
        yield "contributor", f"`{event.actor.principal}` contributed to this change and cannot approve it"
    if payload.self_approved and not contributed:
        yield "contributor", f"`{event.actor.principal}` did not contribute; this is no approval of one's own"
    if payload.on_behalf_of in state.contributors:
        yield "contributor", f"`{payload.on_behalf_of}` contributed, and nobody can approve it for them"


def _rejected(state: ChangeState, event: Event, payload: e.Rejected) -> Complaints:
    yield from _decided(state, event, payload)
    if event.actor.principal in state.contributors:
        yield "contributor", f"`{event.actor.principal}` contributed; contributors withdraw a change"
    yield from _reason(payload.reason)


def _objected(state: ChangeState, event: Event, payload: e.ChangesRequested) -> Complaints:
    yield from _decided(state, event, payload)
    yield from _reason(payload.reason)


def _decision_withdrawn(state: ChangeState, event: Event, payload: e.DecisionWithdrawn) -> Complaints:
    yield from _decided(state, event, payload)
    person = event.actor.principal
    overrode = state.override is not None and person in state.override.people
    if state.decision_of(person) is None and person not in state.objected and not overrode:
        yield "no_decision", f"`{event.actor.principal}` has no decision to take back"


def _objection_ended(state: ChangeState, event: Event, payload: e.ObjectionEnded) -> Complaints:
    yield from _decided(state, event, payload)
    taken_back = {one.objection.principal for one in state.retractions}
    if payload.principal not in {one.principal for one in state.objections} | taken_back:
        yield "no_objection", f"`{payload.principal}` has no standing objection"
    if payload.principal == event.actor.principal:
        yield "own_objection", "one's own objection is withdrawn, not ended"
    if event.actor.principal in state.contributors:
        yield "contributor", f"`{event.actor.principal}` contributed and cannot end an objection"
    yield from _reason(payload.reason)


def _override_called(state: ChangeState, event: Event, payload: e.OverrideCalled) -> Complaints:
    yield from _decided(state, event, payload)
    yield from _reason(payload.reason)
    if _same(state, payload) is not None:
        yield "override", "somebody called for it already; a second, different person confirms"


def _override_confirmed(state: ChangeState, event: Event, payload: e.OverrideConfirmed) -> Complaints:
    yield from _decided(state, event, payload)
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
    yield from _decided(state, event, payload)
    yield from _reason(payload.reason)
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


def _reason(reason: str) -> Complaints:
    if not reason.strip():
        yield "reason", "a reason is needed"


def _commented(state: ChangeState, _event: Event, payload: e.Commented) -> Complaints:
    known = state.thread(payload.thread)
    if (
        known is not None
        and (payload.path or payload.field)
        and (payload.path, payload.field) != (known.path, known.field)
    ):
        yield "thread", f"thread {payload.thread} is about something else"


def _thread(state: ChangeState, _event: Event, payload: e.ThreadResolved | e.ThreadReopened) -> Complaints:
    known = state.thread(payload.thread)
    if known is None:
        yield "thread", f"there is no thread {payload.thread}"
    elif known.resolved is isinstance(payload, e.ThreadResolved):
        yield "thread", f"thread {payload.thread} is {'resolved' if known.resolved else 'open'} already"


def _effect(state: ChangeState, _event: Event, payload: e.EffectEvaluated) -> Complaints:
    if payload.digest != state.digest:
        yield "digest", "the effect is of other contents than those under review"


def _warning_accepted(state: ChangeState, event: Event, payload: e.WarningAccepted) -> Complaints:
    yield from _decided(state, event, payload)
    yield from _reason(payload.reason)
    effect = state.effect
    if effect is None or effect.evidence != payload.evidence:
        yield "stale", "the warning is not of the newest effect of these contents"
    elif (payload.metric, payload.warning) not in {(one.metric, one.id) for one in effect.blocks}:
        yield "no_warning", f"{payload.warning} does not stop {payload.metric} in that effect"


def _superseded(state: ChangeState, _event: Event, payload: e.Superseded) -> Complaints:
    if payload.by == state.change:
        yield "superseded", "a change cannot take its own place"


def _reassigned(state: ChangeState, event: Event, payload: e.Reassigned) -> Complaints:
    if not event.actor.principal:
        yield "principal", "handing over is a person's doing, not the program's"
    if payload.giver == payload.to:
        yield "reassigned", f"`{payload.to}` has the place already"
    for person, what in ((event.actor.principal, "hand over the place"), (payload.to, "take the place")):
        if person in state.contributors:
            yield "contributor", f"`{person}` contributed to this change and cannot {what}"
    if payload.due is not None and payload.due < event.at:
        yield "due_order", "nothing can be due before it is asked"
    if wrong := differing(event.statement, handing_over(state, payload, event.actor.principal)):
        yield "statement", f"the statement does not say what the event says: {', '.join(wrong)}"
    yield from _reason(payload.reason)


def _escalated(state: ChangeState, event: Event, payload: e.Escalated) -> Complaints:
    revision = state.revision
    if revision is None or revision.respond_by is None or event.at < revision.respond_by:
        yield "not_due", "nobody's time to answer is over"
    if payload.due < event.at:
        yield "due_order", "nothing can be due before it is asked"


def _reminded(state: ChangeState, event: Event, payload: e.Reminded) -> Complaints:
    if payload.passed and event.at < payload.due:
        yield "not_due", f"{payload.due} has not passed"
    if (payload.whom, payload.due, payload.about, payload.passed) in state.reminded:
        yield "reminded", f"`{payload.whom}` was reminded of that"


def _scheduled(state: ChangeState, event: Event, payload: e.Scheduled) -> Complaints:
    yield from _names_the_revision(state, payload)
    if not _is_moment(payload.due):
        yield "due_form", f"`{payload.due}` is not a time in UTC seconds"
    elif payload.due <= event.at:
        yield Code.DUE_PASSED, f"{time.spoken(payload.due)} has passed"


def _unscheduled(_state: ChangeState, _event: Event, payload: e.Unscheduled) -> Complaints:
    yield from _reason(payload.reason)


def _suspended(state: ChangeState, event: Event, payload: e.Suspended) -> Complaints:
    if payload.due != state.due:
        yield "due", f"the change is scheduled for {state.due}, not for {payload.due}"
    yield from _not_early(event, state.due)


def _expired(state: ChangeState, event: Event, payload: e.Expired) -> Complaints:
    expires = state.revision.expires if state.revision else None
    if payload.due != expires:
        yield "due", f"the revision under review expires {expires or 'never'}, not {payload.due}"
    yield from _not_early(event, payload.due)


def _not_early(event: Event, due: str) -> Complaints:
    if event.at < due:
        yield Code.NOT_YET_DUE, waits_until(due)


def waits_until(due: str) -> str:
    """Return the sentence for what is due only later (INV-24)."""
    return f"waits for its date, {time.spoken(due)}"


def _conflicted(state: ChangeState, _event: Event, payload: e.Conflicted) -> Complaints:
    revision = state.revision
    known = {edit.path for edit in revision.edits} if revision else set()
    if unknown := sorted(set(payload.paths) - known):
        yield "paths", f"not paths of the change: {', '.join(unknown)}"


def _redacted(state: ChangeState, event: Event, payload: e.Redacted) -> Complaints:
    if not event.actor.principal:
        yield "principal", "texts are redacted by a person, not by the program"
    if list(payload.blobs) != sorted(set(payload.blobs)):
        yield "paths_twice", "each digest stands once, in order"
    kept = needed(state)
    for one in payload.blobs:
        if one in kept:
            yield "blob_needed", f"{one[:12]} has to stay: {kept[one]}"
    yield from _reason(payload.reason)


def _names_the_revision(state: ChangeState, payload: e.ApplyStarted | e.Scheduled) -> Complaints:
    revision = state.revision
    if revision is None or (payload.revision, payload.cycle, payload.digest) != (
        revision.number,
        state.cycle,
        revision.digest,
    ):
        what = "applying" if isinstance(payload, e.ApplyStarted) else "the date"
        yield "stale", f"{what} names another revision than the one under review"


def _apply_started(state: ChangeState, event: Event, payload: e.ApplyStarted) -> Complaints:
    yield from _names_the_revision(state, payload)
    yield from _not_early(event, state.due)
    if payload.onto != event.main:
        yield "onto", f"applying builds on {payload.onto}, and its writer saw {event.main or 'no target'}"
    if payload.override and state.overridden is None:
        yield "override", "no two people overrode what these contents lack"


def _attempt(state: ChangeState, _event: Event, payload: e.Applied | e.ApplyAbandoned) -> Complaints:
    if state.attempt is None or payload.started != state.attempt.started:
        yield "attempt", f"the attempt of event {payload.started} is not the one that runs"


def _landed(state: ChangeState, _event: Event, payload: e.Landed) -> Complaints:
    revision = state.revision
    if revision is None or (payload.revision, payload.digest) != (revision.number, revision.digest):
        yield "stale", "what landed is not the revision under review"
    if payload.override and state.overridden is None:
        yield "override", "no two people overrode what these contents lack"


def _is_day(text: str) -> bool:
    return _reads(time.day, text)


def _is_moment(text: str) -> bool:
    return _reads(time.from_text, text)


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


_Check = Callable[[ChangeState, Event, Any], Complaints]

_CHECKS: dict[type, _Check] = {
    e.ChangeCreated: _bound,
    e.RevisionDrafted: _revised,
    e.RevisionSubmitted: _submitted,
    e.Approved: _approved,
    e.ChangesRequested: _objected,
    e.Rejected: _rejected,
    e.Acknowledged: _decided,
    e.Abstained: _decided,
    e.DecisionWithdrawn: _decision_withdrawn,
    e.ObjectionEnded: _objection_ended,
    e.OverrideCalled: _override_called,
    e.OverrideConfirmed: _override_confirmed,
    e.OverrideReviewed: _override_reviewed,
    e.Commented: _commented,
    e.ThreadResolved: _thread,
    e.ThreadReopened: _thread,
    e.EffectEvaluated: _effect,
    e.WarningAccepted: _warning_accepted,
    e.Superseded: _superseded,
    e.Reassigned: _reassigned,
    e.Escalated: _escalated,
    e.Reminded: _reminded,
    e.Scheduled: _scheduled,
    e.Unscheduled: _unscheduled,
    e.Suspended: _suspended,
    e.Expired: _expired,
    e.Redacted: _redacted,
    e.Conflicted: _conflicted,
    e.ApplyStarted: _apply_started,
    e.Applied: _attempt,
    e.ApplyAbandoned: _attempt,
    e.Landed: _landed,
}
