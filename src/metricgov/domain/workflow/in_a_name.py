"""In whose name somebody decides: what stands against speaking for another, and who it is where nobody said."""

from __future__ import annotations

from collections.abc import Iterable

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.context import Context
from metricgov.domain.workflow.delegations import Names
from metricgov.domain.workflow.proposal import Touched
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.roles import Roles
from metricgov.domain.workflow.state import ChangeState


def name_for_approval(
    state: ChangeState, command: c.Approve, context: Context, plans: Iterable[tuple[Touched, Roles]]
) -> tuple[str | None, list[Requirement]]:
    """Return in whose name an approval is given (None: the actor's own), and what stands against that name.

    Where nobody is named and the actor has no place of their own, it is the one person who let them.
    """
    plans, person = tuple(plans), context.actor.principal
    if command.on_behalf_of is not None:
        return command.on_behalf_of, _unauthorised(state, command.on_behalf_of, context, plans)
    if person in state.contributors or any(person in roles.approvers for _, roles in plans):
        return None, []
    names = _names(state, context)
    helpers = [
        one
        for touched, roles in plans
        for one in names.helpers(roles.approvers, touched, roles.rule.identity)
        if one.to == person
    ]
    givers = sorted({one.giver for one in helpers})
    if len(givers) < 2:
        return (givers[0] if givers else None), []
    says = f"{person} stands in for {' and for '.join(givers)}; an approval fills one place"
    how = " or ".join(f"metricgov approve {shown(state.change)} --for {one}" for one in givers)
    return None, [Requirement(Code.DELEGATION, says, (person,), how)]


def _names(state: ChangeState, context: Context) -> Names:
    now = max(context.now, context.not_before)
    return Names(context.delegations, state.contributors, context.governance, now)


def _unauthorised(
    state: ChangeState, giver: str, context: Context, plans: Iterable[tuple[Touched, Roles]]
) -> list[Requirement]:
    """Return why the actor may not speak for somebody about this change, [] where they may about a part of it."""
    person = context.actor.principal
    if giver == person:
        return [Requirement(Code.DELEGATION, "nobody stands in for themself", (person,), "leave --for out")]
    names = _names(state, context)
    found = [names.helpers((giver,), touched, roles.rule.identity) for touched, roles in plans]
    if any(one.to == person for helpers in found for one in helpers):
        return []
    barred = sorted(state.contributors & {giver, person})
    says = f"no delegation lets {person} answer for {giver} about this now"
    if barred:
        says = f"{' and '.join(barred)} contributed, and a delegation never helps a contributor"
    how = f"{giver}: metricgov delegate --to {person} --ends DATE -m WHY"
    return [Requirement(Code.DELEGATION, says, () if barred else (giver,), "" if barred else how)]


def unspoken(state: ChangeState, command: c.InAName, context: Context) -> list[Requirement]:
    """Return why a decision may not be given in the name that it is given in."""
    if command.on_behalf_of is None:
        return []
    asked = [Touched(one.id, "", one, one, ChangeClass.IDENTICAL, frozenset()) for one in context.contents.dependants]
    plans = context.plans(state)
    about = [(one, plans[0][1]) for one in asked] if plans else []
    return _unauthorised(state, command.on_behalf_of, context, (*plans, *about))
