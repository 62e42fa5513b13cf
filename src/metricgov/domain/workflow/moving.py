"""Deciding on everything else: talk, taking back, superseding, applying, and what a moved target does to a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from metricgov.domain.digest import BlobRef
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.envelope import Draft
from metricgov.domain.workflow.judge import Judgement, judge, moved_paths, settlers
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import OPEN, REVIEWABLE, WITH_CONTENTS, Stage


def comment(state: ChangeState, command: c.Comment, context: Context) -> Plan:
    """Open a thread or answer in one."""
    thread = command.thread or f"t{len(state.threads) + 1}"
    payload = e.Commented(thread=thread, text=command.text, path=command.path, field=command.field)
    unmet: tuple[Requirement, ...] = ()
    if command.thread is not None and state.thread(thread) is None:
        says = f"there is no thread {thread} in {shown(state.change)}"
        unmet = (Requirement(Code.NOT_ALLOWED, says, (), f"metricgov change show {shown(state.change)}"),)
    return Plan((record(state, context, payload),), unmet)


def resolve_thread(state: ChangeState, command: c.ResolveThread, context: Context) -> Plan:
    """Settle a thread; for who opened it, for the accountable and deputy, for contributors among themselves."""
    unmet = _settles(state, command.thread, context)
    return Plan((record(state, context, e.ThreadResolved(thread=command.thread)),), unmet)


def reopen_thread(state: ChangeState, command: c.ReopenThread, context: Context) -> Plan:
    """Open a settled thread again; for anybody."""
    return Plan((record(state, context, e.ThreadReopened(thread=command.thread)),))


def _settles(state: ChangeState, name: str, context: Context) -> tuple[Requirement, ...]:
    thread = state.thread(name)
    if thread is None:
        return ()
    plans = context.plans(state) if context.proposal is not None else ()
    may = settlers(thread, state, frozenset(person for _, roles in plans for person in roles.enders))
    return _right(context, may, f"resolve {name}", f"metricgov comment {shown(state.change)} -m TEXT")


def withdraw(state: ChangeState, command: c.Withdraw, context: Context) -> Plan:
    """Take the change back; for its people."""
    unmet = _right(context, _owners(state), "withdraw it", f"metricgov request-changes {shown(state.change)}")
    return Plan((record(state, context, e.Withdrawn(reason=command.reason)),), unmet)


def supersede(state: ChangeState, command: c.Supersede, context: Context) -> Plan:
    """Let another change take its place; for its people, the accountable and the deputy."""
    may = _owners(state)
    if context.proposal is not None:
        may |= {person for _, roles in context.plans(state) for person in roles.enders}
    unmet = list(_right(context, may, "supersede it", f"metricgov comment {shown(state.change)} -m TEXT"))
    other = context.other
    if other is None or other.stage not in OPEN | {Stage.APPLYING, Stage.APPLIED}:
        says = "what supersedes a change must be another change that is open or applied"
        return Plan(unmet=(*unmet, Requirement(Code.NOT_ALLOWED, says, (), "metricgov change list")))
    return Plan((record(state, context, e.Superseded(by=other.change, reason=command.reason)),), tuple(unmet))


def mark_conflicted(state: ChangeState, _command: c.MarkConflicted, context: Context) -> Plan:
    """Send the whole change back because the target moved under a path of it (INV-20)."""
    moved = moved_paths(state, context.contents)
    if not moved:
        says = f"the target did not move under {shown(state.change)}"
        return Plan(unmet=(Requirement(Code.NOT_ALLOWED, says, (), "nothing is to be done"),))
    return Plan((record(state, context, e.Conflicted(onto=context.main, paths=moved)),))


def apply(state: ChangeState, _command: c.Apply, context: Context) -> Plan:
    """Begin applying: judged in full at this tip, whatever was shown before (INV-08)."""
    verdict = judged(state, context)
    revision = state.revision
    if revision is None:
        return Plan(unmet=verdict.unmet)
    governance = context.governance
    payload = e.ApplyStarted(
        onto=context.main,
        revision=revision.number,
        cycle=state.cycle,
        digest=revision.digest,
        governance=governance.digest,
        approvals=tuple(
            e.Counted(
                principal=vote.principal,
                seq=vote.decision.seq,
                identity=vote.decision.identity,
                kept=vote.kept,
                on_behalf_of=vote.decision.on_behalf_of or None,
            )
            for vote in verdict.approvals
        ),
        consulted=tuple(
            e.Heard(
                principal=one.principal, outcome=one.outcome, by=one.by or None, at=one.at or None, due=one.due or None
            )
            for one in verdict.answers
            if one.outcome != "open"
        ),
        self_approved=verdict.self_approved,
        override=verdict.override is not None,
    )
    blobs = {governance.digest: governance.to_bytes()}
    return Plan((record(state, context, payload, blobs=blobs),), verdict.unmet)


def judged(state: ChangeState, context: Context, *, at: str = "") -> Judgement:
    """Return the judgement in this context, as of another UTC second if one is named."""
    return judge(
        state,
        context.contents,
        context.governance,
        now=at or max(context.now, context.not_before),
        registry=context.registry,
        target=context.target,
        delegations=context.delegations,
        reviews=context.reviews,
    )


def finish_apply(state: ChangeState, command: c.FinishApply, context: Context) -> Plan:
    """Record that the commit is on the target."""
    started = state.attempt.started if state.attempt else 1
    return Plan((record(state, context, e.Applied(commit=command.commit, started=started)),))


def abandon_apply(state: ChangeState, command: c.AbandonApply, context: Context) -> Plan:
    """Record that the attempt can no longer succeed; decisions stay as they were."""
    started = state.attempt.started if state.attempt else 1
    return Plan((record(state, context, e.ApplyAbandoned(started=started, reason=command.reason)),))


def settle(
    state: ChangeState,
    at_tip: Mapping[str, BlobRef | None],
    context: Context,
    *,
    commit: str,
    covered: bool = False,
    override: bool = False,
) -> Draft | None:
    """Return what a moved target does to a change: `landed`, `conflicted`, or nothing.

    `at_tip` holds the contents of the change's paths at the new tip (absent: None), `commit` the step that reached
    them, `covered` and `override` what judge said of that step. Goes into the batch of `main_moved`. A
    change that is being applied is settled by recovery first.
    """
    changes = state.change_set
    if changes is None or state.stage not in WITH_CONTENTS:
        return None
    revision = state.revisions[-1]
    if all(at_tip.get(edit.path) == edit.after for edit in changes.edits):
        landed = e.Landed(
            commit=commit, revision=revision.number, digest=revision.digest, covered=covered, override=override
        )
        return record(state, context, landed)
    moved = tuple(edit.path for edit in changes.edits if at_tip.get(edit.path) != edit.before)
    if not moved or state.stage not in REVIEWABLE:
        return None
    return record(state, context, e.Conflicted(onto=context.main, paths=moved))


def _owners(state: ChangeState) -> set[str]:
    return {*state.contributors, state.created_by} - {""}


def _right(context: Context, may: Iterable[str], what: str, how: str) -> tuple[Requirement, ...]:
    people = tuple(sorted(may))
    if context.actor.principal in people:
        return ()
    says = f"{context.actor.principal or 'the program'} may not {what}"
    return (Requirement(Code.RIGHT, says, people, how),)
