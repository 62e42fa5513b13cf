"""Deciding on decisions: approve, object, reject, acknowledge, abstain, take back, end an objection."""

from __future__ import annotations

from collections.abc import Iterable

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.hearing import questions
from metricgov.domain.workflow.judge import graver
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.roles import Roles
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.statement import VERDICTS


def approve(state: ChangeState, command: c.Approve, context: Context) -> Plan:
    """Agree; only where the approval can fill a place, and as surely identified as the policy asks."""
    person = context.actor.principal
    payload = e.Approved(
        **_seen(command),
        self_approved=context.governance.self_approval and person in state.contributors,
    )
    unmet: list[Requirement] = []
    roles = [one for _, one in context.plans(state)]
    open_to = [one for one in roles if person in one.approvers]
    if not open_to and (person not in state.contributors or context.governance.self_approval):
        unmet.append(_no_place(state, person, roles))
    elif open_to and all(RANK[context.actor.identity] < RANK[one.rule.identity] for one in open_to):
        least = min((one.rule.identity for one in open_to), key=RANK.__getitem__)
        unmet.append(_too_weak(context, least, "approve"))
    able = tuple(sorted({one for found in roles for one in found.approvers}))
    return _verdict(state, context, payload, unmet, able)


def _too_weak(context: Context, least: Identity, what: str) -> Requirement:
    actor = context.actor
    says = f"{actor.principal} is known here as {actor.identity}; this class of change asks for {least}"
    return Requirement(Code.IDENTITY, says, (actor.principal,), f"{what} as {least}")


def _no_place(state: ChangeState, person: str, roles: Iterable[Roles]) -> Requirement:
    roles = tuple(roles)
    may = tuple(sorted({one for found in roles for one in found.approvers}))
    reasons = [found.because for found in roles if found.because]
    gaps = [found.gap or found.tie for found in roles if found.gap or found.tie]
    says = f"{person} has no place to fill with an approval of {shown(state.change)}"
    if gaps or reasons:
        says += f": {'; '.join(dict.fromkeys(gaps or reasons))}"
    how = f"metricgov comment {shown(state.change)} -m TEXT" if may else "change governance/raci.yaml"
    return Requirement(Code.RIGHT, says, may, how)


def request_changes(state: ChangeState, command: c.RequestChanges, context: Context) -> Plan:
    """Object with effect; for responsible, accountable, consulted and approvers."""
    unmet = _part(state, context, "request changes with effect")
    return _verdict(state, context, e.ChangesRequested(**_seen(command)), unmet)


def abstain(state: ChangeState, command: c.Abstain, context: Context) -> Plan:
    """Decline to judge; for those who are asked."""
    unmet = _part(state, context, "abstain where nobody asks")
    return _verdict(state, context, e.Abstained(**_seen(command)), unmet)


def acknowledge(state: ChangeState, command: c.Acknowledge, context: Context) -> Plan:
    """Answer as a consulted person or for a dependant."""
    may = _asked(state, context)
    unmet = _right(state, context, may, "acknowledge: it was not asked")
    return _verdict(state, context, e.Acknowledged(**_seen(command)), unmet)


def reject(state: ChangeState, command: c.Reject, context: Context) -> Plan:
    """End the change; for the accountable and the deputy."""
    may = {person for _, roles in context.plans(state) for person in roles.enders}
    unmet = _right(state, context, may, "reject; that is for the accountable and the deputy")
    return _verdict(state, context, e.Rejected(**_seen(command)), unmet, tuple(sorted(may)))


def withdraw_decision(state: ChangeState, command: c.WithdrawDecision, context: Context) -> Plan:
    """Take back one's own decision; none is left, an older one does not revive (INV-04)."""
    return _verdict(state, context, e.DecisionWithdrawn(**_now(state), reason=command.reason), [])


def end_objection(state: ChangeState, command: c.EndObjection, context: Context) -> Plan:
    """End somebody else's objection, as accountable or deputy of what they object to; approvals stay."""
    plans = context.plans(state)
    at = [roles for _, roles in plans if command.principal in roles.objectors] or [roles for _, roles in plans]
    may = {person for roles in at for person in roles.enders} - {command.principal}
    unmet = _right(state, context, may, "end an objection; that is for the accountable and the deputy")
    least = max((roles.rule.identity for roles in at), key=RANK.__getitem__, default=Identity.CLAIMED)
    if RANK[context.actor.identity] < RANK[least]:
        unmet.append(_too_weak(context, least, "end it"))
    payload = e.ObjectionEnded(**_now(state), reason=command.reason, principal=command.principal)
    return _verdict(state, context, payload, unmet, tuple(sorted(may)))


def _verdict(
    state: ChangeState,
    context: Context,
    payload: e.Decided,
    unmet: list[Requirement],
    able: tuple[str, ...] = (),
) -> Plan:
    old = state.decision_of(context.actor.principal)
    same = old is not None and (old.verdict, old.revision, old.cycle, old.digest, old.reason) == (
        VERDICTS[type(payload)],
        payload.revision,
        payload.cycle,
        payload.digest,
        payload.reason,
    )
    if same and old is not None and RANK[old.identity] >= RANK[context.actor.identity] and state.reviewable:
        return Plan()
    return Plan((record(state, context, payload),), tuple(unmet), able)


def _seen(command: c.Verdictive) -> dict[str, object]:
    seen = command.seen
    return {"revision": seen.revision, "cycle": seen.cycle, "digest": seen.digest, "reason": command.reason}


def _now(state: ChangeState) -> dict[str, object]:
    return {"revision": len(state.revisions) or 1, "cycle": state.cycle or 1, "digest": state.digest or "0" * 64}


def _asked(state: ChangeState, context: Context) -> set[str]:
    asked = questions(graver(context.contents, state), context.plans(state), context.governance)
    return {person for one in asked for person in context.governance.members(one.principal)}


def _part(state: ChangeState, context: Context, what: str) -> list[Requirement]:
    may = {person for _, roles in context.plans(state) for person in roles.objectors} | _asked(state, context)
    return _right(state, context, may, what)


def _right(state: ChangeState, context: Context, may: Iterable[str], what: str) -> list[Requirement]:
    people = tuple(sorted(may))
    if context.actor.principal in people:
        return []
    says = f"{context.actor.principal or 'the program'} may not {what}"
    return [Requirement(Code.RIGHT, says, people, f"metricgov comment {shown(state.change)} -m TEXT")]
