"""The one door for every command (INV-12): possible here, allowed by the rules, or refused with all that is unmet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from metricgov.domain import time
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow import (
    accepting,
    breaking_glass,
    handing,
    moving,
    redacting,
    submitting,
    timing,
    verdicts,
)
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.admit import inadmissible
from metricgov.domain.workflow.context import Context, Plan
from metricgov.domain.workflow.envelope import Draft
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.requirements import Code, RefusedUnmet, Requirement, merged, shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.typed import foresee
from metricgov.domain.workflow.vocabulary import Stage

_WRONG_CLOCK = (
    "set the clock here; if it is right, that of the last event was wrong (metricgov audit log --limit 1): "
    "one of the council puts that on record with metricgov correct-clock -m WHY"
)

SKEW = timedelta(minutes=5)
"""How far a writer's clock may lie behind the journal; within it the event takes the journal's time."""

PROGRAMS = (c.Apply, c.FinishApply, c.AbandonApply, c.MarkConflicted, c.RecordEffect, c.Escalate, c.Remind)
"""Commands that a service account may give."""

UNSIGNED = (c.FinishApply, c.AbandonApply, c.MarkConflicted, c.Suspend, c.Expire, c.Escalate, c.Remind)
"""Commands that record what git or the clock already shows; the program itself gives them."""


def decide(state: ChangeState, command: c.Command, context: Context) -> tuple[Draft, ...]:
    """Return the events that a command leads to, () where it only repeats what stands.

    Raises RefusedUnmet naming everything that stands against it at once, with who can mend it and how (INV-17), and
    BadInput for words that no event can hold. Pure: after a lost race it is called again with the state and the
    context of the new tip.
    """
    handler = _HANDLERS[type(command)]
    try:
        plan = handler(state, command, context)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        raise BadInput("command_invalid", f"{_NAMES[type(command)]}: {field}: {first['msg'].lower()}") from error
    unmet = [*_actor(state, command, context), *_clock(context), *plan.unmet, *_impossible(state, plan)]
    if unmet:
        raise RefusedUnmet(f"{_NAMES[type(command)]} {shown(state.change)}: refused", merged(unmet))
    return plan.drafts


def _actor(state: ChangeState, command: c.Command, context: Context) -> Iterator[Requirement]:
    principal, governance = context.actor.principal, context.governance
    if principal == "" and (isinstance(command, UNSIGNED) or _comes_due(state, command)):
        return
    if governance.person(principal) is not None:
        return
    if governance.is_service(principal) and isinstance(command, PROGRAMS):
        return
    says = f"{principal or 'the program'} is not a person with rights in governance/people.yaml"
    yield Requirement(Code.PRINCIPAL, says, (), "set git's user.email to an address of people.yaml, or --as PRINCIPAL")


def _comes_due(state: ChangeState, command: c.Command) -> bool:
    """Whether it is the date that somebody with rights set that applies the change."""
    return isinstance(command, c.Apply) and state.stage is Stage.SCHEDULED


def _clock(context: Context) -> Iterator[Requirement]:
    if context.not_before and context.now < context.not_before:
        behind = time.from_text(context.not_before) - time.from_text(context.now)
        if behind > SKEW:
            says = f"the clock here ({context.now}) lies behind the journal ({context.not_before})"
            yield Requirement(Code.CLOCK, says, tuple(sorted(context.governance.council)), _WRONG_CLOCK)


def _impossible(state: ChangeState, plan: Plan) -> Iterator[Requirement]:
    """Yield what `admit` has against the drafts, one after the other."""
    for draft in plan.drafts:
        event = foresee(draft, state.last_seq + 1)
        problems = inadmissible(state, event)
        for problem in problems:
            how = _HOW.get(problem.code, "metricgov change show {ref}").format(ref=shown(state.change))
            able = plan.able if problem.code == "contributor" else ()
            yield Requirement(problem.code, problem.message, able, how)
        if problems:
            return
        state = evolve(state, event)


_HOW: dict[str, str] = {
    "stale": "look at it again: metricgov change show {ref}",
    "contributor": "metricgov comment {ref} -m TEXT; metricgov change show {ref} names who can",
    "reason": "-m REASON",
    "not_yet_due": "to apply it earlier: metricgov unschedule {ref} -m REASON",
    "due_passed": "name a later time; or: metricgov apply {ref}",
}

_Handler = Callable[[ChangeState, Any, Context], Plan]

_HANDLERS: dict[type[c.CommandModel], _Handler] = {
    c.Request: submitting.request,
    c.Decline: submitting.decline,
    c.Create: submitting.create,
    c.Revise: submitting.revise,
    c.Submit: submitting.submit,
    c.Rebase: submitting.rebase,
    c.Revert: submitting.revert,
    c.Approve: verdicts.approve,
    c.RequestChanges: verdicts.request_changes,
    c.Reject: verdicts.reject,
    c.Acknowledge: verdicts.acknowledge,
    c.Abstain: verdicts.abstain,
    c.WithdrawDecision: verdicts.withdraw_decision,
    c.EndObjection: verdicts.end_objection,
    c.Reassign: handing.reassign,
    c.Escalate: handing.escalate,
    c.Remind: handing.remind,
    c.Override: breaking_glass.override,
    c.ReviewOverride: breaking_glass.review_override,
    c.Comment: moving.comment,
    c.ResolveThread: moving.resolve_thread,
    c.ReopenThread: moving.reopen_thread,
    c.RecordEffect: accepting.record_effect,
    c.AcceptWarning: accepting.accept_warning,
    c.Withdraw: moving.withdraw,
    c.Supersede: moving.supersede,
    c.Schedule: timing.schedule,
    c.Unschedule: timing.unschedule,
    c.Suspend: timing.suspend,
    c.Expire: timing.expire,
    c.Redact: redacting.redact,
    c.MarkConflicted: moving.mark_conflicted,
    c.Apply: moving.apply,
    c.FinishApply: moving.finish_apply,
    c.AbandonApply: moving.abandon_apply,
}
"""One handler a command; a test holds it complete."""

_NAMES: dict[type[c.CommandModel], str] = {
    command: handler.__name__.replace("_", "-") for command, handler in _HANDLERS.items()
}
