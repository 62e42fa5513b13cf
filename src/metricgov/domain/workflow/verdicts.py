"""Deciding on decisions: approve, object, reject, acknowledge, abstain, take back, end an objection."""

from __future__ import annotations

from collections.abc import Iterable

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.hearing import questions
from metricgov.domain.workflow.in_a_name import name_for_approval, unspoken
from metricgov.domain.workflow.judge import graver
from metricgov.domain.workflow.objecting import retracted
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.roles import Roles
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.statement import VERDICTS
from metricgov.domain.workflow.unattested import met_by_a_key


def approve(state: ChangeState, command: c.Approve, context: Context) -> Plan:
    """Agree; only where the approval can fill a place, and as surely identified as the policy asks."""
    person = context.actor.principal
    limits = _limits(state, command)
    plans = tuple((touched, one) for touched, one in context.plans(state) if _within(one, limits))
    roles = [one for _, one in plans]
    giver, unmet = name_for_approval(state, command, context, plans)
    holder = giver or person
    payload = e.Approved(
        **_seen(command),
        definitions=limits,
        on_behalf_of=giver,
        self_approved=context.governance.self_approval and person in state.contributors and giver is None,
    )
    open_to = [one for one in roles if holder in one.approvers and not unmet]
    if unmet:
        pass
    elif not open_to and (asked := [one.rule.identity for one in roles if _keyless(state, person, one, context)]):
        unmet += too_weak(context, min(asked, key=RANK.__getitem__), "approve")
    elif not open_to and (person not in state.contributors or context.governance.self_approval):
        unmet.append(_no_place(state, holder, roles))
    elif open_to:
        unmet += too_weak(context, min((one.rule.identity for one in open_to), key=RANK.__getitem__), "approve")
    able = tuple(sorted({one for found in roles for one in found.approvers}))
    return _verdict(state, context, payload, unmet, able)


def too_weak(context: Context, least: Identity, what: str, asks: str = "this class of change") -> list[Requirement]:
    """Return what is wrong where the actor is not known as surely as this asks, and what makes them so (INV-17)."""
    actor = context.actor
    if RANK[actor.identity] >= RANK[least]:
        return []
    why = f" ({context.unsigned})" if context.unsigned else ""
    says = f"{actor.principal} is known here as {actor.identity}{why}; {asks} asks for {least}"
    says += "" if least is Identity.SIGNED else f" or surer{met_by_a_key(least)}"
    if not context.governance.can_be(actor.principal, Identity.SIGNED):
        how = f"add your key, metricgov key add FILE, and {what} once it is in governance/people.yaml on main"
    else:
        how = f"{what} with your key: --key FILE, METRICGOV_SIGNING_KEY, or git config user.signingkey FILE"
    return [Requirement(Code.IDENTITY, says, (actor.principal,), how)]


def _keyless(state: ChangeState, person: str, roles: Roles, context: Context) -> bool:
    """Say whether somebody would have a place here, if people.yaml held a key of theirs."""
    governance, codes = context.governance, {slot.code for slot in roles.slots}
    if governance.can_be(person, roles.rule.identity) or person in state.contributors:
        return False
    responsible = {one for name in roles.responsible for one in governance.members(name)}
    return (
        (Code.APPROVAL_COUNCIL in codes and person in governance.council)
        or (bool(codes - {Code.APPROVAL_COUNCIL}) and person in roles.decides)
        or (bool(codes & {Code.APPROVAL_RESPONSIBLE, Code.APPROVAL_FURTHER}) and person in responsible)
    )


def _least(roles: Iterable[Roles]) -> Identity:
    return max((one.rule.identity for one in roles), key=RANK.__getitem__, default=Identity.CLAIMED)


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
    unmet = unspoken(state, command, context) or _part(state, context, "request changes with effect", command)
    limits = _limits(state, command)
    payload = e.ChangesRequested(**_seen(command), definitions=limits, on_behalf_of=command.on_behalf_of)
    return _verdict(state, context, payload, unmet)


def abstain(state: ChangeState, command: c.Abstain, context: Context) -> Plan:
    """Decline to judge; for those who are asked."""
    unmet = _part(state, context, "abstain where nobody asks")
    unmet += too_weak(context, _asks(state, context, command), "abstain")
    return _verdict(state, context, e.Abstained(**_seen(command)), unmet)


def acknowledge(state: ChangeState, command: c.Acknowledge, context: Context) -> Plan:
    """Answer as a consulted person or for a dependant."""
    may = _asked(state, context)
    what = "acknowledge: it was not asked"
    unmet = unspoken(state, command, context) or _right(state, context, may, what, command.on_behalf_of)
    unmet += too_weak(context, _asks(state, context, command), "acknowledge") if not unmet else []
    payload = e.Acknowledged(**_seen(command), on_behalf_of=command.on_behalf_of)
    return _verdict(state, context, payload, unmet)


def reject(state: ChangeState, command: c.Reject, context: Context) -> Plan:
    """End the change; for the accountable and the deputy."""
    may = {person for _, roles in context.plans(state) for person in roles.enders}
    unmet = _right(state, context, may, "reject; that is for the accountable and the deputy")
    unmet += too_weak(context, _least(roles for _, roles in context.plans(state)), "reject") if not unmet else []
    return _verdict(state, context, e.Rejected(**_seen(command)), unmet, tuple(sorted(may)))


def withdraw_decision(state: ChangeState, command: c.WithdrawDecision, context: Context) -> Plan:
    """Take back one's own decision; none is left, an older one does not revive (INV-04)."""
    person = context.actor.principal
    unmet: list[Requirement] = []
    own = [one for one in state.retractions if one.objection.principal == person]
    decision = state.decision_of(person)
    known = decision is not None or person in {one.objection.principal for one in state.endings}
    known = known or (state.override is not None and person in state.override.people)
    everybody = [roles for _, roles in context.plans(state)] if context.proposal is not None else []
    if not known and all(retracted(one, everybody) for one in own):
        unmet.append(Requirement("no_decision", f"`{person}` has no decision to take back", (), ""))
    raised = [one.identity for one in (decision, *(one.objection for one in own)) if one is not None]
    if least := max(raised, key=RANK.__getitem__, default=None):
        unmet += too_weak(context, min(least, _least(everybody), key=RANK.__getitem__), "withdraw it")
    return _verdict(state, context, e.DecisionWithdrawn(**_now(state), reason=command.reason), unmet)


def end_objection(state: ChangeState, command: c.EndObjection, context: Context) -> Plan:
    """End somebody else's objection, as accountable or deputy of what they object to; approvals stay."""
    plans = context.plans(state) if context.proposal is not None else ()
    at = [roles for _, roles in plans if command.principal in roles.objectors] or [roles for _, roles in plans]
    may = {person for roles in at for person in roles.enders} - {command.principal}
    unmet = _right(state, context, may, "end an objection; that is for the accountable and the deputy")
    unmet += too_weak(context, _least(at), "end it")
    gone = [one for one in state.retractions if one.objection.principal == command.principal]
    if command.principal not in {one.principal for one in state.objections} and all(retracted(one, at) for one in gone):
        unmet.append(Requirement("no_objection", f"`{command.principal}` has no standing objection", (), ""))
    payload = e.ObjectionEnded(**_now(state), reason=command.reason, principal=command.principal)
    return _verdict(state, context, payload, unmet, tuple(sorted(may)))


def _verdict(
    state: ChangeState,
    context: Context,
    payload: e.Decided,
    unmet: list[Requirement],
    able: tuple[str, ...] = (),
) -> Plan:
    own = state.decisions_of(context.actor.principal)
    old = next((one for one in own if one.definitions == payload.definitions), None)
    stood = None if old is None else (old.verdict, old.revision, old.cycle, old.digest, old.reason, old.on_behalf_of)
    same = stood == (
        VERDICTS[type(payload)],
        payload.revision,
        payload.cycle,
        payload.digest,
        payload.reason,
        payload.on_behalf_of or "",
    )
    if same and old is not None and RANK[old.identity] >= RANK[context.actor.identity] and state.reviewable:
        return Plan()
    return Plan((record(state, context, payload),), tuple(unmet), able)


def _limits(state: ChangeState, command: c.Limited) -> tuple[str, ...]:
    """Return the definitions that a decision is limited to; none where it names all that there are."""
    named = tuple(sorted(set(command.definitions)))
    everything = {one.id for one in state.revision.definitions} if state.revision else set()
    return () if set(named) == everything else named


def _within(roles: Roles, definitions: tuple[str, ...]) -> bool:
    return not definitions or roles.definition in definitions


def _seen(command: c.Verdictive) -> dict[str, object]:
    seen = command.seen
    return {"revision": seen.revision, "cycle": seen.cycle, "digest": seen.digest, "reason": command.reason}


def _now(state: ChangeState) -> dict[str, object]:
    return {"revision": len(state.revisions) or 1, "cycle": state.cycle or 1, "digest": state.digest or "0" * 64}


def _asked(state: ChangeState, context: Context, limits: tuple[str, ...] = ()) -> set[str]:
    asked = questions(graver(context.contents, state), context.plans(state), context.governance)
    about = [one for one in asked if not limits or set(limits) & set(one.definitions)]
    return {person for one in about for person in context.governance.members(one.principal)}


def _asks(state: ChangeState, context: Context, command: c.Verdictive) -> Identity:
    """Return how surely somebody who answers has to be known, over the questions that they can answer."""
    person = getattr(command, "on_behalf_of", None) or context.actor.principal
    asked = questions(graver(context.contents, state), context.plans(state), context.governance)
    mine = [one.identity for one in asked if person in context.governance.members(one.principal)]
    return min(mine, key=RANK.__getitem__, default=Identity.CLAIMED)


def _part(
    state: ChangeState, context: Context, what: str, command: c.RequestChanges | None = None
) -> list[Requirement]:
    limits = _limits(state, command) if command else ()
    plans = [roles for _, roles in context.plans(state) if _within(roles, limits)]
    may = {person for roles in plans for person in roles.objectors} | _asked(state, context, limits)
    return _right(state, context, may, what, command.on_behalf_of if command else None)


def _right(
    state: ChangeState, context: Context, may: Iterable[str], what: str, name: str | None = None
) -> list[Requirement]:
    people = tuple(sorted(may))
    if (name or context.actor.principal) in people:
        return []
    says = f"{name or context.actor.principal or 'the program'} may not {what}"
    return [Requirement(Code.RIGHT, says, people, f"metricgov comment {shown(state.change)} -m TEXT")]
