"""How an event moves a change: total, pure, and without judgement; whether it may happen is for admit.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from metricgov.domain import time
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.state import (
    Acceptance,
    Attempt,
    ChangeState,
    Correction,
    Decision,
    Ending,
    Escalation,
    Evaluated,
    Override,
    Overrider,
    Reassignment,
    Redaction,
    Remark,
    Retraction,
    Thread,
)
from metricgov.domain.workflow.statement import VERDICTS
from metricgov.domain.workflow.typed import Event
from metricgov.domain.workflow.vocabulary import ENDED, RAISES_CYCLE, REVIEWABLE, Stage, Verdict
from metricgov.domain.workflow.voice import Voice


def evolve(state: ChangeState, event: Event) -> ChangeState:
    """Return the change after an event that has already happened; what cannot be read moves nothing."""
    step = _STEPS.get(type(event.payload))
    if step is None:
        return state
    moved = step(state, event, event.payload)
    known: dict[str, Any] = {"last_seq": event.seq, "last_at": event.at}
    if moved.folded is not state.folded:
        known["stage_since"] = event.at
    if moved.folded in ENDED and state.folded not in ENDED:
        known |= {"ended_seq": event.seq, "ended_at": event.at}
    return replace(moved, **known)


def _requested(state: ChangeState, event: Event, payload: e.ChangeRequested) -> ChangeState:
    return replace(
        state,
        folded=Stage.REQUESTED,
        registry=payload.registry,
        target=payload.target,
        definition=payload.definition,
        refs=payload.refs,
        why=payload.why,
        created_by=event.actor.principal,
        created_at=event.at,
    )


def _created(state: ChangeState, event: Event, payload: e.ChangeCreated) -> ChangeState:
    asked_before = state.folded is Stage.REQUESTED
    return replace(
        state,
        folded=Stage.DRAFT,
        registry=payload.registry,
        target=payload.target,
        why=payload.why,
        reverts=payload.reverts,
        created_by=state.created_by if asked_before else event.actor.principal,
        created_at=state.created_at if asked_before else event.at,
    )


def _drafted(state: ChangeState, _event: Event, payload: e.RevisionDrafted) -> ChangeState:
    return replace(
        state, draft=payload, why=payload.why, contributors=state.contributors | frozenset(payload.contributors)
    )


def _submitted(state: ChangeState, event: Event, payload: e.RevisionSubmitted) -> ChangeState:
    return replace(
        state,
        folded=Stage.IN_REVIEW,
        why=payload.why,
        draft=None,
        revisions=(*state.revisions, payload),
        submitted_at=event.at,
        cycle=payload.cycle,
        contributors=state.contributors | frozenset(payload.contributors),
        conflicts=(),
        escalations=(),
        reminded=frozenset(),
        due="",
        suspended_for=(),
        unbroken_from=payload.cycle if state.folded in RAISES_CYCLE else state.unbroken_from,
    )


def _decided(state: ChangeState, event: Event, payload: e.Decided) -> ChangeState:
    revision = state.revision
    decision = Decision(
        **_voice(event, payload.reason),
        verdict=VERDICTS[type(payload)],
        revision=payload.revision,
        cycle=payload.cycle,
        digest=payload.digest,
        canonical=revision.canonical if revision else "",
        self_approved=isinstance(payload, e.Approved) and payload.self_approved,
        definitions=payload.definitions,
        on_behalf_of=payload.on_behalf_of or "",
    )
    spoken = _spoken_on(state, event, payload.definitions) if payload.definitions else _spoken(state, event)
    return replace(spoken, decisions=(*spoken.decisions, decision))


def _rejected(state: ChangeState, event: Event, payload: e.Rejected) -> ChangeState:
    return replace(_decided(state, event, payload), **_ended(Stage.REJECTED, event, payload.reason))


def _decision_withdrawn(state: ChangeState, event: Event, _payload: e.DecisionWithdrawn) -> ChangeState:
    return replace(_spoken(state, event), override=_taken_back(state.override, event.actor.principal))


def _objection_ended(state: ChangeState, event: Event, payload: e.ObjectionEnded) -> ChangeState:
    ended = {
        objection: Ending(objection=objection, **_voice(event, payload.reason))
        for objection in _objections_of(state, payload.principal)
    }
    return replace(
        state,
        decisions=tuple(one for one in state.decisions if one not in ended),
        endings=(*state.endings, *(one for objection, one in ended.items() if objection in state.decisions)),
        retractions=tuple(
            replace(one, ending=ended[one.objection]) if one.objection in ended else one for one in state.retractions
        ),
    )


def _override_called(state: ChangeState, event: Event, payload: e.OverrideCalled) -> ChangeState:
    called = Override(payload.revision, payload.cycle, payload.digest, _overrider(event, payload))
    return replace(state, override=called)


def _override_confirmed(state: ChangeState, event: Event, payload: e.OverrideConfirmed) -> ChangeState:
    if state.override is None:
        return state
    confirmed = replace(state.override, confirmed=_overrider(event, payload), review_due=payload.review_due)
    return replace(state, override=confirmed)


def _override_reviewed(state: ChangeState, event: Event, payload: e.OverrideReviewed) -> ChangeState:
    if state.override is None:
        return state
    reviewed = replace(
        state.override, reviewed=_overrider(event, payload), outcome=payload.outcome, revert=payload.revert
    )
    return replace(state, override=reviewed)


def _overrider(event: Event, payload: e.Decided) -> Overrider:
    return Overrider(main=event.main, **_voice(event, payload.reason))


def _taken_back(override: Override | None, person: str) -> Override | None:
    """Return an override without the word of a person; without its first one it is none."""
    if override is None or override.called.principal == person:
        return None
    if override.confirmed is not None and override.confirmed.principal == person:
        return replace(override, confirmed=None, review_due="")
    return override


def _commented(state: ChangeState, event: Event, payload: e.Commented) -> ChangeState:
    remark = Remark(event.actor.principal, payload.text, event.seq, event.at)
    known = state.thread(payload.thread)
    if known is None:
        return replace(state, threads=(*state.threads, Thread(payload.thread, payload.path, payload.field, (remark,))))
    return _with_thread(state, replace(known, remarks=(*known.remarks, remark)))


def _redacted(state: ChangeState, event: Event, payload: e.Redacted) -> ChangeState:
    one = Redaction(blobs=payload.blobs, **_voice(event, payload.reason))
    return replace(state, redactions=(*state.redactions, one))


def _thread_resolved(state: ChangeState, event: Event, payload: e.ThreadResolved) -> ChangeState:
    known = state.thread(payload.thread)
    return _with_thread(state, replace(known, resolved=True, resolved_by=event.actor.principal)) if known else state


def _thread_reopened(state: ChangeState, _event: Event, payload: e.ThreadReopened) -> ChangeState:
    known = state.thread(payload.thread)
    return _with_thread(state, replace(known, resolved=False, resolved_by="")) if known else state


def _effect_evaluated(state: ChangeState, event: Event, payload: e.EffectEvaluated) -> ChangeState:
    one = Evaluated(
        digest=payload.digest,
        evidence=payload.evidence,
        basis=payload.basis or "",
        engine=payload.engine,
        settings=payload.settings or "",
        methods=payload.methods,
        read=tuple(sorted(payload.read.items())),
        blocks=payload.blocks,
        links=payload.links,
        seq=event.seq,
        at=event.at,
    )
    return replace(state, effects=(*(old for old in state.effects if old.digest != one.digest), one))


def _warning_accepted(state: ChangeState, event: Event, payload: e.WarningAccepted) -> ChangeState:
    one = Acceptance(
        evidence=payload.evidence,
        metric=payload.metric,
        warning=payload.warning,
        **_voice(event, payload.reason),
    )
    return replace(state, accepted=(*state.accepted, one))


def _withdrawn(state: ChangeState, event: Event, payload: e.Withdrawn) -> ChangeState:
    return replace(state, **_ended(Stage.WITHDRAWN, event, payload.reason))


def _declined(state: ChangeState, event: Event, payload: e.Declined) -> ChangeState:
    return replace(state, **_ended(Stage.DECLINED, event, payload.reason))


def _superseded(state: ChangeState, event: Event, payload: e.Superseded) -> ChangeState:
    return replace(state, superseded_by=payload.by, **_ended(Stage.SUPERSEDED, event, payload.reason))


def _reassigned(state: ChangeState, event: Event, payload: e.Reassigned) -> ChangeState:
    handed = Reassignment(
        giver=payload.giver,
        to=payload.to,
        due=payload.due or "",
        **_voice(event, payload.reason),
    )
    return replace(state, reassignments=(*state.reassignments, handed))


def _escalated(state: ChangeState, event: Event, payload: e.Escalated) -> ChangeState:
    went = Escalation(payload.giver, payload.to, payload.due, event.seq, event.at)
    return replace(state, escalations=(*state.escalations, went))


def _reminded(state: ChangeState, _event: Event, payload: e.Reminded) -> ChangeState:
    told = (payload.whom, payload.due, payload.about, payload.passed)
    return replace(state, reminded=state.reminded | {told})


def _conflicted(state: ChangeState, _event: Event, payload: e.Conflicted) -> ChangeState:
    return replace(state, folded=Stage.CONFLICTED, conflicts=payload.paths, due="", suspended_for=())


def _notified(state: ChangeState, _event: Event, _payload: e.Notified) -> ChangeState:
    """Leave a change as it is: that somebody was told decides nothing."""
    return state


def _scheduled(state: ChangeState, _event: Event, payload: e.Scheduled) -> ChangeState:
    return replace(state, folded=Stage.SCHEDULED, due=payload.due, suspended_for=())


def _unscheduled(state: ChangeState, event: Event, _payload: e.Unscheduled) -> ChangeState:
    back = replace(state, folded=Stage.IN_REVIEW, due="", suspended_for=())
    if state.folded not in RAISES_CYCLE:
        return back
    return replace(back, cycle=state.cycle + 1, unbroken_from=state.cycle + 1, submitted_at=event.at)


def _suspended(state: ChangeState, _event: Event, payload: e.Suspended) -> ChangeState:
    return replace(state, folded=Stage.SUSPENDED, suspended_for=payload.unmet)


def _expired(state: ChangeState, event: Event, payload: e.Expired) -> ChangeState:
    return replace(state, due="", **_ended(Stage.EXPIRED, event, f"still open on {time.spoken(payload.due)}"))


def _times_corrected(state: ChangeState, event: Event, payload: e.TimesCorrected) -> ChangeState:
    """Take nothing from the times before: what was open is decided anew, and what they ended is open again."""
    known = Correction(**_voice(event, payload.reason), first=payload.first)
    said = replace(state, corrections=(*state.corrections, known), override=_redated(state.override, event.at))
    expired = state.folded is Stage.EXPIRED and state.ended_at > event.at and not state.redactions
    if state.folded not in REVIEWABLE and not expired:
        return said
    anew = replace(
        said,
        folded=Stage.IN_REVIEW,
        cycle=state.cycle + 1,
        unbroken_from=state.cycle + 1,
        submitted_at=event.at,
        stage_since=event.at,
        escalations=(),
        reminded=frozenset(),
        due="",
        suspended_for=(),
    )
    return replace(anew, ended_by="", ended_because="", ended_seq=0, ended_at="") if expired else anew


def _redated(one: Override | None, at: str) -> Override | None:
    """Return an override whose review is due at once where a clock that was ahead set its date."""
    if one is None or one.confirmed is None or one.confirmed.at <= at:
        return one
    return replace(one, review_due=min(one.review_due, at))


def _apply_started(state: ChangeState, event: Event, payload: e.ApplyStarted) -> ChangeState:
    attempt = Attempt(event.seq, event.at, payload.onto, payload.governance, payload.consulted)
    return replace(state, folded=Stage.APPLYING, attempt=attempt, override=_landing(state, payload.override))


def _applied(state: ChangeState, _event: Event, payload: e.Applied) -> ChangeState:
    return replace(state, folded=Stage.APPLIED, commit=payload.commit, landed_by="apply")


def _apply_abandoned(state: ChangeState, _event: Event, _payload: e.ApplyAbandoned) -> ChangeState:
    folded = Stage.SCHEDULED if state.due else Stage.IN_REVIEW
    return replace(state, folded=folded, attempt=None, override=_landing(state, False))


def _landed(state: ChangeState, _event: Event, payload: e.Landed) -> ChangeState:
    override = _landing(state, payload.override)
    return replace(state, folded=Stage.APPLIED, commit=payload.commit, landed_by="host", override=override)


def _landing(state: ChangeState, overridden: bool) -> Override | None:
    return replace(state.override, landed=overridden) if state.override else None


def _voice(event: Event, reason: str = "") -> dict[str, Any]:
    """Return what every record of a person's words holds of the event they stand in."""
    return {
        "principal": event.actor.principal,
        "identity": event.actor.identity,
        "seq": event.seq,
        "at": event.at,
        "reason": reason,
        "said": event.statement,
    }


def _ended(stage: Stage, event: Event, reason: str) -> dict[str, Any]:
    return {"folded": stage, "ended_by": event.actor.principal, "ended_because": reason}


def _objections_of(state: ChangeState, person: str) -> tuple[Decision, ...]:
    """Return the objections of a person that somebody may end: the one that stands, and those they took back."""
    found = (*state.objections, *(one.objection for one in state.retractions))
    return tuple(dict.fromkeys(one for one in found if one.principal == person))


def _spoken(state: ChangeState, event: Event) -> ChangeState:
    """Return the change without the decision that a person had, and with their signed objections as taken back.

    Whoever took a signed objection back may have been somebody else: that is judged, once signatures are checked
    (INV-04). An objection that was only claimed goes with the claim that it is gone.
    """
    person, identity = event.actor.principal, event.actor.identity
    voice = Voice(**_voice(event))
    fresh = (
        *(Retraction(one, (voice,)) for one in state.objections if one.principal == person and _signed(one)),
        *(
            Retraction(one.objection, (voice,), one)
            for one in state.endings
            if one.objection.principal == person and _signed(one.objection)
        ),
    )
    older = (
        replace(one, voices=(*one.voices, voice))
        if one.objection.principal == person and identity is Identity.SIGNED
        else one
        for one in state.retractions
    )
    return replace(
        state,
        decisions=tuple(one for one in state.decisions if one.principal != person),
        endings=tuple(one for one in state.endings if one.objection.principal != person),
        retractions=(*older, *fresh),
    )


def _spoken_on(state: ChangeState, event: Event, definitions: tuple[str, ...]) -> ChangeState:
    """Return the change without what a person had decided on some definitions; on the others it stays as it was."""
    person = event.actor.principal
    own = [one for one in state.decisions if one.principal == person]
    everything = {one.id for one in state.revision.definitions} if state.revision else set()
    voice = Voice(**_voice(event))
    kept: list[Decision] = []
    gone: list[Retraction] = []
    for one in own:
        about = set(one.definitions) or everything
        left, taken = sorted(about - set(definitions)), sorted(about & set(definitions))
        if not taken:
            kept.append(one)
            continue
        kept += [replace(one, definitions=tuple(left))] if left else []
        if one.verdict is Verdict.REQUEST_CHANGES and _signed(one):
            gone.append(Retraction(replace(one, definitions=tuple(taken)), (voice,)))
    others = (one for one in state.decisions if one.principal != person)
    return replace(state, decisions=(*others, *kept), retractions=(*state.retractions, *gone))


def _with_thread(state: ChangeState, thread: Thread) -> ChangeState:
    return replace(state, threads=tuple(thread if one.id == thread.id else one for one in state.threads))


def _signed(objection: Decision) -> bool:
    return objection.identity is Identity.SIGNED


_Step = Callable[[ChangeState, Event, Any], ChangeState]

_STEPS: dict[type, _Step] = {
    e.ChangeRequested: _requested,
    e.ChangeCreated: _created,
    e.RevisionDrafted: _drafted,
    e.RevisionSubmitted: _submitted,
    e.Approved: _decided,
    e.ChangesRequested: _decided,
    e.Rejected: _rejected,
    e.Acknowledged: _decided,
    e.Abstained: _decided,
    e.DecisionWithdrawn: _decision_withdrawn,
    e.ObjectionEnded: _objection_ended,
    e.OverrideCalled: _override_called,
    e.OverrideConfirmed: _override_confirmed,
    e.OverrideReviewed: _override_reviewed,
    e.Commented: _commented,
    e.ThreadResolved: _thread_resolved,
    e.ThreadReopened: _thread_reopened,
    e.EffectEvaluated: _effect_evaluated,
    e.WarningAccepted: _warning_accepted,
    e.Withdrawn: _withdrawn,
    e.Declined: _declined,
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
    e.Applied: _applied,
    e.ApplyAbandoned: _apply_abandoned,
    e.Landed: _landed,
}
"""One step for each event of a change; a test holds it complete."""
