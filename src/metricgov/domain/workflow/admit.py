"""Whether an event is possible here, from the journal alone; whether its result is allowed is for judge.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from metricgov.domain import time
from metricgov.domain.errors import Place, Problem
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.admit_decisions import DECISIONS, Check, Complaints, reasoned
from metricgov.domain.workflow.needed import needed
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.statement import correcting, differing, handing_over, taking_out
from metricgov.domain.workflow.typed import Event, Unreadable
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
    e.Notified: frozenset(Stage) - {Stage.ABSENT},
    e.Scheduled: REVIEWABLE,
    e.Unscheduled: frozenset({Stage.SCHEDULED, Stage.SUSPENDED}),
    e.Suspended: frozenset({Stage.SCHEDULED}),
    e.Expired: EXPIRABLE,
    e.TimesCorrected: frozenset(Stage) - {Stage.ABSENT},
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
    if event.at < state.last_at and not isinstance(event.payload, e.TimesCorrected):
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
    yield from reasoned(payload.reason)


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


def _notified(_state: ChangeState, event: Event, payload: e.Notified) -> Complaints:
    if event.actor.principal:
        yield "principal", "that somebody was told is recorded by the program, not by a person"
    if payload.event >= event.seq:
        yield "order", f"nobody can be told of event {payload.event} before it happened"


def _scheduled(state: ChangeState, event: Event, payload: e.Scheduled) -> Complaints:
    yield from _names_the_revision(state, payload)
    if not _is_moment(payload.due):
        yield "due_form", f"`{payload.due}` is not a time in UTC seconds"
    elif payload.due <= event.at:
        yield Code.DUE_PASSED, f"{time.spoken(payload.due)} has passed"


def _unscheduled(_state: ChangeState, _event: Event, payload: e.Unscheduled) -> Complaints:
    yield from reasoned(payload.reason)


def _suspended(state: ChangeState, event: Event, payload: e.Suspended) -> Complaints:
    if payload.due != state.due:
        yield "due", f"the change is scheduled for {state.due}, not for {payload.due}"
    yield from _not_early(event, state.due)


def _expired(state: ChangeState, event: Event, payload: e.Expired) -> Complaints:
    expires = state.revision.expires if state.revision else None
    if payload.due != expires:
        yield "due", f"the revision under review expires {expires or 'never'}, not {payload.due}"
    yield from _not_early(event, payload.due)


def _times_corrected(state: ChangeState, event: Event, payload: e.TimesCorrected) -> Complaints:
    if not event.actor.principal:
        yield "principal", "a clock is corrected by a person, not by the program"
    if payload.first > state.last_seq or event.at >= state.last_at:
        yield "clock", "no event of the change is dated ahead of this one"
    said = correcting(payload.first, payload.reason, event.actor.principal, state.registry)
    if wrong := differing(event.statement, said):
        yield "statement", f"the statement does not say what the event says: {', '.join(wrong)}"
    yield from reasoned(payload.reason)


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
    if wrong := differing(event.statement, taking_out(state, payload, event.actor.principal)):
        yield "statement", f"the statement does not say what the event says: {', '.join(wrong)}"
    yield from reasoned(payload.reason)


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


_CHECKS: dict[type, Check] = {
    **DECISIONS,
    e.ChangeCreated: _bound,
    e.RevisionDrafted: _revised,
    e.RevisionSubmitted: _submitted,
    e.Commented: _commented,
    e.ThreadResolved: _thread,
    e.ThreadReopened: _thread,
    e.EffectEvaluated: _effect,
    e.Superseded: _superseded,
    e.Reassigned: _reassigned,
    e.Escalated: _escalated,
    e.Reminded: _reminded,
    e.Notified: _notified,
    e.Scheduled: _scheduled,
    e.Unscheduled: _unscheduled,
    e.Suspended: _suspended,
    e.Expired: _expired,
    e.TimesCorrected: _times_corrected,
    e.Redacted: _redacted,
    e.Conflicted: _conflicted,
    e.ApplyStarted: _apply_started,
    e.Applied: _attempt,
    e.ApplyAbandoned: _attempt,
    e.Landed: _landed,
}
