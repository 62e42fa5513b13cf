"""The steps of a tick that bring changes to main: an interrupted attempt is finished, what is due applied or suspended.

What is due goes the way of `apply`: judged in full at today's main by today's rules (INV-14).
"""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.applying import apply, recover
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.catching_up import PROGRAM
from metricgov.app.folding import state_of
from metricgov.domain import time
from metricgov.domain.errors import MetricgovError, Refused
from metricgov.domain.ticked import Did, Done, Failed, Ticked, Waits
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import Stage
from metricgov.ports.index import ChangeQuery, Lookup
from metricgov.ports.landing import Landing

LOOKS = 3
"""Times that a change may become whole and broken again between two looks at it in one tick."""


def finish_interrupted(access: Access, ticked: Ticked, *, landing: Landing, lookup: Lookup) -> None:
    """Finish or abandon every attempt to apply that is under way."""
    for one in lookup.changes(ChangeQuery(frozenset({Stage.APPLYING}))):
        try:
            if not recover(access, landing=landing, changes=(one.change,)):
                continue
        except MetricgovError as error:
            ticked.failed.append(failed(error, one.change, one.definition))
            continue
        state = state_of(one.change, access.journal)
        if state.stage is Stage.APPLIED:
            done = Done(Did.APPLY_FINISHED, f"on main as {state.commit[:12]}", one.change, one.definition)
        else:
            done = Done(Did.APPLY_ABANDONED, "main moved before it could land", one.change, one.definition)
        ticked.done.append(done)


def apply_due(access: Access, ticked: Ticked, *, landing: Landing, lookup: Lookup) -> None:
    """Apply every scheduled change whose date has come, the oldest date first, or suspend it; tell of the others."""
    found = lookup.changes(ChangeQuery(frozenset({Stage.SCHEDULED, Stage.APPLYING})))
    states = [state_of(one.change, access.journal) for one in found]
    named = {one.change: one.definition for one in found}
    for state in sorted(states, key=lambda state: (state.due, state.last_seq)):
        if _is_due(access, state):
            try:
                done = _apply_or_suspend(access, landing, state.change, named[state.change])
            except MetricgovError as error:
                ticked.failed.append(failed(error, state.change, named[state.change]))
                continue
            if done is not None:
                ticked.done.append(done)
        elif state.stage is Stage.SCHEDULED:
            ticked.waits.append(Waits(state.change, named[state.change], "apply", state.due))


def _apply_or_suspend(access: Access, landing: Landing, change: str, definition: str) -> Done | None:
    """Return what became of a change that is due; None where somebody else has dealt with it meanwhile."""
    for _ in range(LOOKS):
        due = state_of(change, access.journal).due
        try:
            landed = apply(access, landing=landing, change=change, actor=PROGRAM)
        except RefusedUnmet as refusal:
            last = refusal
            if suspension := _suspend(access, change):
                codes = ", ".join(code.replace("_", " ") for code in suspension)
                return Done(Did.SUSPENDED, f"was due {time.spoken(due)} and lacks: {codes}", change, definition)
        except Refused:
            if _is_due(access, state_of(change, access.journal)):
                raise
        else:
            return Done(Did.APPLIED, f"as {landed.commit[:12]}, due {time.spoken(due)}", change, definition)
        if not _is_due(access, state_of(change, access.journal)):
            return None
    raise last


def _suspend(access: Access, change: str) -> tuple[str, ...]:
    """Record that a change does not hold; return what it lacks, () where there is nothing to record."""
    events = carry_out(access, Errand.of(change, PROGRAM, commands.Suspend()))
    return state_of(change, access.journal).suspended_for if any(one.type == "suspended" for one in events) else ()


def _is_due(access: Access, state: ChangeState) -> bool:
    return state.stage is Stage.SCHEDULED and state.due <= time.to_text(access.clock.now())


def failed(error: MetricgovError, change: str, definition: str) -> Failed:
    """Return an error about one change as what a tick could not do."""
    return Failed(error.code, error.message, error.hint, error.exit_code, change, definition)
