"""Deciding on dates: schedule, unschedule, and what time makes of a change that was scheduled or left lying."""

from __future__ import annotations

from collections.abc import Iterator

from metricgov.domain import time
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.moving import judged
from metricgov.domain.workflow.requirements import ONLY_TIME, Code, Requirement, shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import EXPIRABLE, Stage
from metricgov.domain.working_days import least

BY_THEN = frozenset({Code.NOT_YET_EFFECTIVE, Code.EFFECTIVE_DATE_PASSED, Code.FROZEN})
"""What a date alone can make missing; asked as of the date that is set."""


def expires_at(state: ChangeState, governance: Governance) -> str:
    """Return when a change ends unless somebody moves it, "" for never.

    As its revision says; nobody signs that date, so it is never sooner than as many plain days of today's policy after
    the change was submitted, came back, conflicted or was suspended (INV-08).
    """
    due, days = state.revision.expires if state.revision else None, governance.expire_days
    if due is None or not days or state.stage not in EXPIRABLE:
        return ""
    return max(due, least(max(state.submitted_at, state.stage_since), days))


def schedule(state: ChangeState, command: c.Schedule, context: Context) -> Plan:
    """Set the date; for who has a part in the change, once nothing but time is missing, now and on that date."""
    revision = state.revision
    if revision is None:
        says = f"{shown(state.change)} is {state.stage.replace('_', ' ')} and has nothing to schedule yet"
        return Plan(unmet=(Requirement(Code.STAGE, says, (), f"metricgov submit {shown(state.change)}"),))
    if state.stage is Stage.SCHEDULED and state.due == command.due:
        return Plan()
    payload = e.Scheduled(
        due=command.due,
        revision=revision.number,
        cycle=state.cycle,
        digest=revision.digest,
        reason=command.reason,
    )
    missing = [one for one in judged(state, context).unmet if one.code not in ONLY_TIME | {Code.SUSPENDED}]
    known = {one.code for one in missing}
    by_then = [one for one in _by_then(state, command.due, context) if one.code not in known]
    return Plan((record(state, context, payload),), (*_right(state, context, "schedule it"), *missing, *by_then))


def unschedule(state: ChangeState, command: c.Unschedule, context: Context) -> Plan:
    """Take the date back, with a reason; what was suspended goes back into review."""
    return Plan(
        (record(state, context, e.Unscheduled(reason=command.reason)),), _right(state, context, "take its date back")
    )


def suspend(state: ChangeState, _command: c.Suspend, context: Context) -> Plan:
    """Record what is missing of a change that is due; judged in full, nothing where it holds (INV-14)."""
    if state.stage is not Stage.SCHEDULED or _now(context) < state.due:
        return Plan()
    codes = tuple(dict.fromkeys(str(one.code) for one in judged(state, context).unmet))
    if not codes:
        return Plan()
    return Plan((record(state, context, e.Suspended(due=state.due, unmet=codes)),))


def expire(state: ChangeState, _command: c.Expire, context: Context) -> Plan:
    """End a change that was open for too long; one that everybody agreed to only waits and stays (INV-11)."""
    due, at = state.revision.expires if state.revision else None, expires_at(state, context.governance)
    if due is None or not at or _now(context) < at:
        return Plan()
    if judged(state, context).stage in {Stage.APPROVED, Stage.OVERRIDDEN}:
        return Plan()
    return Plan((record(state, context, e.Expired(due=due)),))


def _by_then(state: ChangeState, due: str, context: Context) -> Iterator[Requirement]:
    """Yield what the date would make missing, with the next date to try."""
    ref, revision = shown(state.change), state.revision
    day = (revision.effective_from if revision else "") or ""
    for one in judged(state, context, at=due).unmet:
        if one.code not in BY_THEN:
            continue
        match one.code:
            case Code.NOT_YET_EFFECTIVE:
                says = f"{time.spoken(due)} lies before its first day, {time.spoken(day)}"
                how = f"metricgov schedule {ref} --at {day}"
            case Code.EFFECTIVE_DATE_PASSED:
                says = f"its first day, {time.spoken(day)}, would have passed on {time.spoken(due)}"
                how = f"name a time on {day}; or: metricgov revise {ref} --effective DATE"
            case _:
                says, how = one.says, one.how
        yield Requirement(one.code, says, one.who, how, one.definitions)


def _now(context: Context) -> str:
    return max(context.now, context.not_before)


def _right(state: ChangeState, context: Context, what: str) -> tuple[Requirement, ...]:
    """Authors, approvers, responsible people, accountable and deputy may set a date and take it back."""
    may = {*state.contributors, state.created_by} - {""}
    for _, roles in context.plans(state):
        may.update(roles.enders, roles.approvers)
        may |= {person for name in roles.responsible for person in context.governance.members(name)}
    if context.actor.principal in may:
        return ()
    says = f"{context.actor.principal or 'the program'} may not {what}"
    how = f"metricgov comment {shown(state.change)} -m TEXT"
    return (Requirement(Code.RIGHT, says, tuple(sorted(may)), how),)
