"""Putting an approved change on the target: judged, announced in the journal, swapped, recorded; and recovery.

The normal path and recovery are the same steps: whatever stopped an attempt, the next call finds out from the target
and the journal how far it came, and finishes or abandons it. A change lands once or not at all (INV-50, INV-52).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out, keep_up
from metricgov.app.catching_up import PROGRAM, settle_others, settle_since
from metricgov.app.folding import state_of
from metricgov.app.moment import at_tip, known_change
from metricgov.domain.errors import Refused, Undecidable
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope
from metricgov.domain.workflow.events import ApplyStarted
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.requirements import RefusedUnmet, shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.typed import foresee, parse
from metricgov.domain.workflow.vocabulary import Stage
from metricgov.ports.landing import Barred, Landing, Outcome, Plan

ATTEMPTS = 5
"""Times that main may move away under one call before it gives up."""


@dataclass(frozen=True, slots=True)
class Landed:
    """The change is on the target as `commit`; `recovered` says that an earlier, interrupted call had put it there."""

    change: str
    commit: str
    recovered: bool = False


def apply(access: Access, *, landing: Landing, change: str, actor: Actor) -> Landed:
    """Apply a change, or finish what an interrupted call began.

    Raises RefusedUnmet with every unmet requirement; Refused where a work tree is in the way, and then nothing is
    written.
    """
    for _ in range(ATTEMPTS):
        with landing.turn():
            landed = _attempt(access, landing, change, actor)
        if landed is not None:
            return landed
    raise Undecidable(
        "main_busy", f"main moved {ATTEMPTS} times while {shown(change)} was being applied", hint="run it again"
    )


def _attempt(access: Access, landing: Landing, change: str, actor: Actor) -> Landed | None:
    """Try once to bring a change onto the target; None if main moved away or somebody else was quicker."""
    keep_up(access)
    state = known_change(access, change)
    if state.stage is Stage.APPLYING:
        settled = _settle(access, landing, state)
        if settled is not None:
            return Landed(change, settled, recovered=True)
        return None
    if state.stage is Stage.APPLIED:
        how = "merged on the host" if state.landed_by == "host" else "applied"
        raise Refused(
            "stage", f"{shown(change)} is {how} already, as {state.commit[:12]}", hint="nothing is to be done"
        )
    _check_work_trees(access, landing, state)
    try:
        carry_out(access, Errand.of(change, actor, commands.Apply()))
    except RefusedUnmet:
        if known_change(access, change).stage in {Stage.APPLYING, Stage.APPLIED}:  # somebody else was quicker
            return None
        raise
    state = known_change(access, change)
    if state.attempt is None:  # somebody else saw main move, and abandoned the attempt already
        return None
    settled = _settle(access, landing, state)
    return None if settled is None else Landed(change, settled)


def recover(access: Access, *, landing: Landing, changes: Sequence[str]) -> tuple[str, ...]:
    """Finish or abandon interrupted attempts of these changes; return those that were settled."""
    interrupted = [state for change in changes if (state := state_of(change, access.journal)).stage is Stage.APPLYING]
    for state in interrupted:
        _settle(access, landing, state)
    return tuple(state.change for state in interrupted)


def _check_work_trees(access: Access, landing: Landing, state: ChangeState) -> None:
    """Refuse before anything is announced if a work tree could not follow."""
    if state.revision is None:
        return
    tip = access.source.resolve(access.target)
    try:
        landing.check(Plan(access.target, tip, _writes(access, state), _now(access), ""))
    except Refused as error:
        error.hint = f"{error.hint}; then: metricgov apply {shown(state.change)}"
        raise


def _settle(access: Access, landing: Landing, state: ChangeState) -> str | None:
    """Bring one announced attempt to its end; return the commit if it is on the target, None if it was abandoned."""
    plan = _plan(access, state)
    if not access.ancestry.contains(landing.tip(plan.target), plan.tip):
        # Main was rewound. M stands on T, so it is not in main, and no swap on T can succeed; T may be gone for good.
        landing.settle(plan, "", give_up=lambda: _abandon(access, state, plan, landing))
        return None
    commit = landing.build(plan)
    try:
        lost = (
            not landing.landed(plan.target, commit)
            and landing.move(plan, commit, wanted=lambda: _runs(access, state)) is Outcome.LOST
        )
    except Barred as error:
        _record(access, state, commands.AbandonApply(reason=error.message), at=plan.tip)
        raise
    if lost and landing.settle(plan, commit, give_up=lambda: _abandon(access, state, plan, landing)):
        return None
    _record(access, state, commands.FinishApply(commit=commit), at=commit)
    return commit


def _runs(access: Access, state: ChangeState) -> bool:
    """Say whether the attempt is still the running one: somebody may have given it up while this worker slept."""
    now = state_of(state.change, access.journal)
    return now.stage is Stage.APPLYING and now.attempt == state.attempt


def _abandon(access: Access, state: ChangeState, plan: Plan, landing: Landing) -> None:
    now = landing.tip(plan.target)
    where = "away from and back" if now == plan.tip else f"from {plan.tip[:12]}"
    reason = f"main moved {where} to {now[:12]} before the change could land"
    _record(access, state, commands.AbandonApply(reason=reason), at=plan.tip)


def _record(
    access: Access, state: ChangeState, command: commands.FinishApply | commands.AbandonApply, *, at: str
) -> tuple[Envelope, ...]:
    """Append the end of an attempt, and what the step means for other changes of the same definitions.

    Somebody else may have recorded the same end meanwhile; then nothing is appended.
    """

    def decided() -> tuple[Draft, ...]:
        if not _runs(access, state):
            return ()
        now = state_of(state.change, access.journal)
        moment, seen = at_tip(access), access.journal.head().main
        if isinstance(command, commands.AbandonApply):
            moment = replace(moment, tip=seen)
            drafts = decide(now, command, moment.context(PROGRAM))
            freed = evolve(now, foresee(drafts[0], now.last_seq + 1))
            return (*drafts, *settle_since(moment, freed, since=at))
        moment = moment.at(at)
        if seen != at and access.ancestry.contains(seen, at):
            # Somebody recorded main beyond this commit, and what that means for other changes; main never goes back.
            return decide(now, command, replace(moment.context(PROGRAM), main=seen))
        drafts = decide(now, command, moment.context(PROGRAM))
        return (*drafts, *settle_others(moment, before=now.attempt.onto if now.attempt else at, but=state.change))

    return access.journal.append(decided)


def _plan(access: Access, state: ChangeState) -> Plan:
    """Return the plan of the running attempt, from the journal alone: equal in every process that finishes it."""
    attempt = state.attempt
    if attempt is None:
        raise Undecidable("no_attempt", f"{shown(state.change)} is not being applied")
    started = next(one for one in access.journal.events_of(state.change) if one.seq == attempt.started)
    return Plan(
        target=state.target,
        tip=attempt.onto,
        writes=_writes(access, state),
        at=attempt.at,
        message=_message(state, started),
    )


def _writes(access: Access, state: ChangeState) -> dict[str, bytes | None]:
    revision = state.revision
    assert revision is not None
    return {
        edit.path: access.journal.blob(state.change, edit.after.sha256) if edit.after else None
        for edit in revision.edits
    }


def _message(state: ChangeState, started: Envelope) -> str:
    """Return the commit message: what and why for people, and trailers that anchor the journal in main."""
    revision = state.revision
    assert revision is not None
    steps = [
        f"{one.id.partition(':')[2]} {one.version_before} -> {one.version_after}"
        if one.version_before and one.version_after and one.version_before != one.version_after
        else one.id.partition(":")[2]
        for one in revision.definitions
    ]
    subject = ", ".join(steps[:3]) + (f" and {len(steps) - 3} more" if len(steps) > 3 else "")
    payload = parse(started).payload
    approved = [one.principal for one in payload.approvals] if isinstance(payload, ApplyStarted) else []
    trailers = [
        f"Metricgov-Change: {state.change}",
        f"Metricgov-Journal: {started.seq} {started.sha256}",
        *(f"Approved-by: {principal}" for principal in dict.fromkeys(approved)),
    ]
    why = " ".join(revision.why.split())
    if re.match(r"[\w-]+:", why):  # words of people are no trailer, whatever they look like
        why = f"Why: {why}"
    return "\n".join([subject, "", why, "", *trailers, ""])


def _now(access: Access) -> str:
    from metricgov.domain import time

    return time.to_text(access.clock.now())
