"""Deciding on overrides: the first person calls, the second confirms, a third one reviews (INV-15)."""

from __future__ import annotations

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.moving import judged
from metricgov.domain.workflow.overriding import (
    OVERRIDES,
    WAIVED,
    Plans,
    identity_asked,
    latest_review,
    may_confirm,
    reviewers,
    roles_for_review,
)
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.roles import roles_of
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.verdicts import too_weak


def override(state: ChangeState, command: c.Override, context: Context) -> Plan:
    """Call for an override, or confirm the call of somebody else."""
    seen = command.seen
    named = {"revision": seen.revision, "cycle": seen.cycle, "digest": seen.digest, "reason": command.reason}
    person, now = context.actor.principal, max(context.now, context.not_before)
    found = state.override
    known = found is not None and (found.revision, found.cycle, found.digest) == (
        seen.revision,
        seen.cycle,
        seen.digest,
    )
    first = found.called.principal if known and found is not None else person
    plans = context.plans(state)
    unmet = [
        *_impossible(state, context, plans),
        *_people(state, context, first, plans),
        *too_weak(context, identity_asked(roles for _, roles in plans), "override"),
    ]
    if not known:
        return Plan((record(state, context, e.OverrideCalled.model_validate(named)),), tuple(unmet))
    assert found is not None
    if person == first and found.confirmed is None:
        return Plan(unmet=(*unmet, _second(state, context, first, plans)))
    if person in found.people:
        return Plan()
    due = latest_review(now, context.governance)
    payload = e.OverrideConfirmed.model_validate({**named, "review_due": due})
    return Plan(
        (record(state, context, payload, marked=(OVERRIDES,)),),
        tuple(unmet),
        may_confirm(state, first, plans, context.governance),
    )


def _impossible(state: ChangeState, context: Context, plans: Plans) -> list[Requirement]:
    """Return why there can be no override of this, whoever asks for it."""
    show = f"metricgov change show {shown(state.change)}"
    if context.contents.touches_governance:
        says = "a change of governance is never overridden; the council decides about it"
        return [Requirement(Code.NOT_ALLOWED, says, (), show)]
    if not context.governance.overrides.allowed:
        says = "the policy in force allows no override"
        return [Requirement(Code.NOT_ALLOWED, says, (), f"the policy can allow it (override: allowed); {show}")]
    if state.reviewable and plans:
        verdict = judged(state, context)
        if not verdict.override and not any(one.code in WAIVED for one in verdict.unmet):
            says = "nothing is missing that an override could stand in for"
            return [Requirement(Code.NOT_ALLOWED, says, (), show)]
    return []


def _people(state: ChangeState, context: Context, first: str, plans: Plans) -> list[Requirement]:
    """Return what stands against the two: each has to be able to, and somebody has to be left who can look at it."""
    able = may_confirm(state, first, plans, context.governance)
    person = context.actor.principal
    if not able:
        says = f"nobody could confirm it after {first}: that takes another person who did not contribute, and one of "
        says += "the two of the council, accountable or deputy"
        return [Requirement(Code.OVERRIDE, says, (), f"metricgov change show {shown(state.change)}")]
    if person not in (*able, first):
        says = f"{person or 'the program'} cannot confirm what {first} called for"
        return [Requirement(Code.RIGHT, says, able, _how(state))]
    seconds = [person] if person != first else able
    if not any(_left(state, context, (first, second)) for second in seconds):
        says = "nobody would be left who could review it: that takes an approver who is neither of the two"
        return [Requirement(Code.OVERRIDE, says, (), "change governance/raci.yaml or governance/people.yaml")]
    return []


def _left(state: ChangeState, context: Context, two: tuple[str, str]) -> tuple[str, ...]:
    barred = state.contributors | frozenset(two)
    roles = [one for touched in context.contents.definitions for one in roles_of(touched, barred, context.governance)]
    return reviewers(roles, barred)


def _second(state: ChangeState, context: Context, first: str, plans: Plans) -> Requirement:
    says = f"{first} called for it; it counts once a second, different person confirms"
    return Requirement("two_people", says, may_confirm(state, first, plans, context.governance), _how(state))


def _how(state: ChangeState) -> str:
    return f"metricgov override {shown(state.change)} -m REASON"


def review_override(state: ChangeState, command: c.ReviewOverride, context: Context) -> Plan:
    """Look at what was overridden, as an approver who is neither of the two and did not contribute."""
    found = state.override
    people = found.people if found else frozenset[str]()
    barred = state.contributors | people
    roles = list(roles_for_review(state, people, context.subjects, context.governance))
    may = reviewers(roles, barred)
    unmet = too_weak(context, identity_asked(roles), "review it")
    person = context.actor.principal
    if found is not None and person not in may and person not in barred:
        says = f"{person or 'the program'} may not review this override; that is for those who could approve it"
        unmet.append(Requirement(Code.RIGHT, says, may, f"metricgov review-override {shown(state.change)} -m WORDS"))
    payload = e.OverrideReviewed.model_validate(
        {
            "revision": len(state.revisions) or 1,
            "cycle": state.cycle or 1,
            "digest": state.digest or "0" * 64,
            "reason": command.reason,
            "outcome": "reverted" if command.revert else "kept",
            "revert": command.revert,
        }
    )
    return Plan((record(state, context, payload),), tuple(unmet), may)
