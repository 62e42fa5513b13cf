"""Deciding on the accountable's place: handing it over, reminding those who are asked, escalating to the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from metricgov.domain import time
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.moving import judged
from metricgov.domain.workflow.places import Deciders, Place, may_hand_over
from metricgov.domain.workflow.proposal import Touched
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, roles_of, routes
from metricgov.domain.workflow.state import ChangeState, Reassignment
from metricgov.domain.workflow.vocabulary import REVIEWABLE

ASKED_TO_DECIDE = frozenset(
    {Code.APPROVAL_ACCOUNTABLE, Code.APPROVAL_RESPONSIBLE, Code.APPROVAL_COUNCIL, Code.APPROVAL_FURTHER}
)
ACCOUNTABLE = frozenset({Code.APPROVAL_ACCOUNTABLE, Code.APPROVAL_RESPONSIBLE})
"""Requirements that the accountable, or whoever has their place, can meet."""


def reassign(state: ChangeState, command: c.Reassign, context: Context) -> Plan:
    """Hand the accountable's place of this change to somebody who did not contribute.

    For the accountable, the deputy, whoever decides in their place, and the council; of a change with several
    accountable people, the places that the actor may hand over. Refused where nobody could approve it any more.
    """
    person, governance = context.actor.principal, context.governance
    ref = shown(state.change)
    places = [(touched, roles) for touched, roles in context.plans(state) if roles.place.holder]
    able = {touched.id: _may(touched, roles, state, governance) for touched, roles in places}
    mine = [(touched, roles) for touched, roles in places if person in able[touched.id]]
    may = tuple(sorted(frozenset().union(*able.values()))) if able else ()
    if governance.person(command.to) is None:
        says = f"{command.to} is not a person with rights in governance/people.yaml"
        return Plan(unmet=(Requirement(Code.PRINCIPAL, says, (), f"metricgov reassign {ref} --to PERSON -m WHY"),))
    if not places:
        says = "a change of governance is the council's; no single person holds its place"
        return Plan(unmet=(Requirement(Code.NOT_ALLOWED, says, (), f"metricgov change show {ref}"),))
    if not mine and person not in state.contributors:
        says = f"{person or 'the program'} may not hand over the accountable's place"
        return Plan(unmet=(Requirement(Code.RIGHT, says, may, f"metricgov comment {ref} -m TEXT"),))
    mine = mine or places  # a contributor is told so when the event is looked at
    now = max(context.now, context.not_before)
    days = governance.respond_days
    due = context.calendar().after(now, days) if days else None
    givers = dict.fromkeys(roles.place.holder for _, roles in mine if roles.place.holder != command.to)
    drafts = tuple(
        record(state, context, e.Reassigned(giver=giver, to=command.to, reason=command.reason, due=due))
        for giver in givers
    )
    if not drafts:
        return Plan()
    return Plan(drafts, tuple(_gaps(state, command, context, [touched for touched, _ in mine], tuple(givers))), may)


def _may(touched: Touched, roles: Roles, state: ChangeState, governance: Governance) -> frozenset[str]:
    side = touched.before or touched.after
    if side is None or touched.is_governance:
        return frozenset()
    level = routes(side, governance, new=touched.before is None)[0][0]
    return may_hand_over(level, roles.decides, Place.of(state), governance)


def _gaps(
    state: ChangeState, command: c.Reassign, context: Context, mine: Iterable[Touched], givers: tuple[str, ...]
) -> Iterator[Requirement]:
    """Yield the definitions that nobody could approve after this: a quorum needs as many people as before."""
    actor, now = context.actor, max(context.now, context.not_before)
    place = Place.of(state)
    handed = [
        Reassignment(
            giver=one,
            to=command.to,
            due="",
            principal=actor.principal,
            identity=actor.identity,
            reason=command.reason,
            seq=state.last_seq + 1,
            at=now,
        )
        for one in givers
    ]
    place = Place(
        (*place.reassigned, *handed), place.escalated, place.contributors, place.submitted_at, place.respond_by
    )
    for touched in mine:
        for roles in roles_of(touched, state.contributors, context.governance, place):
            if roles.gap:
                how = "choose somebody who fills no other place of it"
                yield Requirement(Code.NOBODY_CAN_APPROVE, roles.gap, (), how, (touched.id,))


def escalate(state: ChangeState, _command: c.Escalate, context: Context) -> Plan:
    """Let the next in line answer as well, wherever the time to answer is over; () where it is not."""
    now = max(context.now, context.not_before)
    drafts = tuple(
        record(
            state,
            context,
            e.Escalated(
                giver=place.holder, to=place.heir, due=context.calendar().after(now, context.governance.respond_days)
            ),
        )
        for place in overdue(state, context)
    )
    return Plan(drafts)


def overdue(state: ChangeState, context: Context) -> tuple[Deciders, ...]:
    """Return the places whose holder, and every substitute so far, had time and did not answer."""
    if state.stage not in REVIEWABLE or not context.governance.respond_days:
        return ()
    now = max(context.now, context.not_before)
    empty = {one for need in judged(state, context).unmet if need.code in ACCOUNTABLE for one in need.definitions}
    found = {
        (roles.place.holder, roles.place.heir): roles.place
        for touched, roles in context.plans(state)
        if touched.id in empty
        and roles.place.heir
        and roles.place.due <= now
        and not any(person in Place.of(state, touched.id).answered for person in roles.place.people)
    }
    return tuple(found.values())


def remind(state: ChangeState, _command: c.Remind, context: Context) -> Plan:
    """Record who is told that they are asked: once halfway to their deadline, once when it has passed."""
    if state.stage not in REVIEWABLE:
        return Plan()
    now = max(context.now, context.not_before)
    drafts = []
    for whom, about, since, due in dict.fromkeys(_asked(state, context)):
        passed = due <= now
        told = (whom, due, about, passed)
        if (passed or _halfway(since, due) <= now) and told not in state.reminded:
            payload = e.Reminded(whom=whom, due=due, about=about, passed=passed)
            drafts.append(record(state, context, payload))
    return Plan(tuple(drafts))


def _asked(state: ChangeState, context: Context) -> Iterator[tuple[str, str, str, str]]:
    """Yield who is asked for what: the principal, about what, since when and until when."""
    verdict = judged(state, context)
    for answer in verdict.answers:
        if answer.outcome == "open" and answer.due:
            yield answer.principal, "answer", state.submitted_at, answer.due
    empty = {one for need in verdict.unmet if need.code in ACCOUNTABLE for one in need.definitions}
    for touched, roles in context.plans(state):
        found, answered = roles.place, Place.of(state, touched.id).answered
        if touched.id not in empty or not found.due or any(person in answered for person in found.people):
            continue
        holder = found.substitutes[-1].principal if found.substitutes else found.holder
        since = [one.at for one in state.escalations if one.to == holder]
        since += [one.at for one in state.reassignments if one.to == holder]
        yield holder, "decide", max(since, default=state.submitted_at), found.due


def may_be_due(state: ChangeState, now: str) -> bool:
    """Say whether anybody may have to be reminded or passed over now, from the dates of a change alone."""
    revision = state.revision
    if revision is None:
        return False
    dates = [(state.submitted_at, one.due) for one in revision.asked if one.due]
    dates += [(state.submitted_at, revision.respond_by)] if revision.respond_by else []
    dates += [(one.at, one.due) for one in state.escalations]
    dates += [(one.at, one.due) for one in state.reassignments if one.due]
    return any(_halfway(since, due) <= now for since, due in dates)


def _halfway(since: str, due: str) -> str:
    first, last = time.from_text(since), time.from_text(due)
    return time.to_text(first + max(last - first, timedelta()) / 2)
