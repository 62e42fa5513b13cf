"""Whether a result is allowed, by the governance of the base: every requirement, met or not; nothing is folded here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from metricgov.domain import time
from metricgov.domain.changes.findings import ChangeClass, gravest
from metricgov.domain.definitions.governance import Enforce
from metricgov.domain.workflow.admit import waits_until
from metricgov.domain.workflow.authoring import MOVES_NUMBERS, larger_steps, owed
from metricgov.domain.workflow.blocking import accepted, accepted_words, effect_of
from metricgov.domain.workflow.delegations import Delegation, Names
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.events import Blocked
from metricgov.domain.workflow.freezing import frozen
from metricgov.domain.workflow.hearing import Answer, hearing
from metricgov.domain.workflow.objecting import objecting
from metricgov.domain.workflow.overriding import WAIVED, ReviewDue, counts, overdue
from metricgov.domain.workflow.places import Place
from metricgov.domain.workflow.proposal import Proposal, Purity, Touched
from metricgov.domain.workflow.requirements import ONLY_TIME, Code, Requirement, doubted, merged, shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, roles_of
from metricgov.domain.workflow.state import Acceptance, ChangeState, Decision, Override, Thread
from metricgov.domain.workflow.vocabulary import IN_REVIEW, REVIEWABLE, Stage, Verdict
from metricgov.domain.workflow.votes import Vote, counted, current, seated


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one change at one tip.

    `stage` is what is shown (`approved` and `overridden` exist here alone). `unmet` is empty exactly when the
    change may be applied; `approvals` are those that fill a place; `objections` those that stand; `enforce` the
    strictest over its definitions; `notes` what approvers and auditors read besides. `override` stands in for what is
    `waived`. `purity` is what a revert was found to be, for whoever reads it; it decides nothing. `ruled` are the
    warnings of the effect that somebody let pass who may.
    """

    stage: Stage
    change_class: ChangeClass
    unmet: tuple[Requirement, ...]
    approvals: tuple[Vote, ...] = ()
    answers: tuple[Answer, ...] = ()
    objections: tuple[Decision, ...] = ()
    roles: tuple[Roles, ...] = ()
    enforce: Enforce = Enforce.BLOCK
    self_approved: bool = False
    notes: tuple[str, ...] = ()
    override: Override | None = None
    waived: tuple[Requirement, ...] = ()
    purity: Purity | None = None
    ruled: tuple[tuple[Blocked, Acceptance], ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether the change may be applied now."""
        return not self.unmet

    def waits_for(self, person: str) -> tuple[Requirement, ...]:
        """Return what this person can supply."""
        return tuple(one for one in self.unmet if person in one.who)


def judge(
    state: ChangeState,
    proposal: Proposal,
    governance: Governance,
    *,
    now: str,
    registry: str,
    target: str,
    delegations: tuple[Delegation, ...] = (),
    reviews: Iterable[ReviewDue] = (),
) -> Judgement:
    """Say whether a change may be applied, naming every unmet requirement at once (INV-17).

    `proposal` is recomputed from base and result, `governance` comes from the base tree alone (INV-08, INV-09),
    `now` is UTC in seconds, `registry` and `target` those of the journal; `delegations` are all that it records,
    `reviews` the overrides of these definitions that nobody has looked at. What is dated after `now` escalates nothing.
    """
    revision = state.revision
    state = replace(state, escalations=tuple(one for one in state.escalations if one.at <= now))
    proposal = graver(proposal, state)
    plans = tuple(
        (one, roles)
        for one in proposal.definitions
        for roles in roles_of(one, state.contributors, governance, Place.of(state, one.id))
    )
    enforce = enforcement(proposal, governance)
    change_class = proposal.change_class
    unmet: list[Requirement] = list(_position(state, registry, target, now=now))
    if revision is None:
        return Judgement(state.stage, change_class, tuple(unmet), roles=tuple(r for _, r in plans), enforce=enforce)
    ref = shown(state.change)
    authors = tuple(sorted(state.contributors))
    roles = tuple(roles for _, roles in plans)
    unmet += _contents(state, proposal, ref, authors)
    how = f"metricgov revise {ref}"
    unmet += owed(revision, proposal, roles, governance, now=now, authors=authors, how=how)
    votes = counted(state, proposal, governance)
    names = Names(delegations, state.contributors, governance, now)
    filled, lacking = seated(plans, votes, names, ref)
    unmet += lacking
    decisions = current(state, proposal, governance)
    answers, unheard = hearing(state, proposal, plans, governance, decisions, names, now=now)
    unmet += unheard
    standing, against = objecting(state, plans, answers, names, ref)
    unmet += against
    unmet += effect_of(state, proposal, plans, governance, ref)
    unmet += _discussed(state, roles, ref)
    unmet += _day(state, proposal, now)
    unmet += frozen(proposal, governance, now=now, ref=ref)
    unmet += overdue((one.id for one in proposal.definitions), reviews, now)
    unmet += _corrected(state, roles, governance)
    override, ignored = counts(state, plans, governance)
    ruled = accepted(state, proposal, plans, governance)
    final = merged(one for one in unmet if override is None or one.code not in WAIVED)
    return Judgement(
        stage=_shown_stage(state, final, objected=bool(standing), overridden=override is not None),
        change_class=change_class,
        unmet=final,
        approvals=filled,
        answers=answers,
        objections=standing,
        roles=roles,
        enforce=enforce,
        self_approved=any(vote.decision.self_approved for vote in filled),
        notes=(
            *_notes(state, proposal, filled, votes, standing),
            *accepted_words(ruled),
            *((f"the override of {ref} does not count: {ignored}",) if ignored else ()),
        ),
        override=override,
        purity=proposal.purity,
        ruled=ruled,
        waived=merged(one for one in unmet if override is not None and one.code in WAIVED),
    )


def graver(proposal: Proposal, state: ChangeState) -> Proposal:
    """Return the proposal with, for each definition, the graver of the recorded and the recomputed class."""
    recorded = {one.id: one.change_class for one in state.revision.definitions} if state.revision else {}
    definitions = tuple(
        replace(one, change_class=gravest((one.change_class, recorded.get(one.id, ChangeClass.IDENTICAL))))
        for one in proposal.definitions
    )
    return replace(proposal, definitions=definitions)


def enforcement(proposal: Proposal, governance: Governance) -> Enforce:
    """Return the strictest enforcement over the definitions of a change."""
    found = [enforced(one, governance) for one in proposal.definitions] or [governance.policy.enforce]
    return Enforce.BLOCK if Enforce.BLOCK in found else Enforce.OBSERVE


def enforced(one: Touched, governance: Governance) -> Enforce:
    """Return how findings about one definition of a change count: as strictly as the stricter of its sides."""
    sides = [side for side in (one.before, one.after) if side is not None]
    return governance.enforce(sides, new=one.before is None)


def moved_paths(state: ChangeState, proposal: Proposal) -> tuple[str, ...]:
    """Return the paths whose contents before are no longer those the revision was made against."""
    revision = state.revision
    if revision is None:
        return ()
    found = {edit.path: edit for edit in proposal.changes.edits}
    return tuple(
        edit.path
        for edit in (one.as_edit() for one in revision.edits)
        if edit.path in found and found[edit.path].before != edit.before
    )


def _corrected(state: ChangeState, roles: Iterable[Roles], governance: Governance) -> Iterator[Requirement]:
    """Yield what is wrong with who corrected the clock: everything since rests on the order of times from there."""
    asked = max((one.rule.identity for one in roles), key=RANK.__getitem__, default=Identity.CLAIMED)
    for one in state.corrections:
        if one.principal not in governance.council:
            says = f"{one.principal} corrected the clock with event {one.seq}, and is not of the council"
        elif RANK[one.identity] < RANK[asked]:
            says = f"{one.principal}{doubted(one.doubt)} corrected the clock with event {one.seq}; {asked} is asked for"
        else:
            continue
        how = f"propose it again, then: metricgov supersede {shown(state.change)} --by NEW -m WHY"
        yield Requirement(Code.CLOCK, says, tuple(sorted(governance.council)), how)


def _position(state: ChangeState, registry: str, target: str, *, now: str) -> Iterator[Requirement]:
    ref = shown(state.change)
    if state.stage is Stage.SCHEDULED and now < state.due:
        how = f"to apply it earlier: metricgov unschedule {ref} -m REASON"
        yield Requirement(Code.NOT_YET_DUE, waits_until(state.due), (), how)
    elif state.stage is Stage.SUSPENDED:
        says = f"it came due on {time.spoken(state.due)} and was suspended: {', '.join(state.suspended_for)}"
        how = f"metricgov schedule {ref} --at TIME once nothing else is missing; metricgov unschedule {ref} -m REASON"
        yield Requirement(Code.SUSPENDED, says, tuple(sorted(state.contributors)), how)
    elif state.stage not in REVIEWABLE | {Stage.APPLYING}:
        says = f"{ref} is {state.stage.replace('_', ' ')}, not in review"
        step = {Stage.DRAFT: f"metricgov submit {ref}", Stage.CONFLICTED: f"metricgov rebase {ref}"}.get(state.stage)
        yield Requirement(Code.STAGE, says, tuple(sorted(state.contributors)), step or "propose a new change")
    if (state.registry, state.target) != (registry, target):
        says = f"{ref} was made for registry {state.registry or 'none'} and {state.target or 'no target'}"
        yield Requirement(Code.REGISTRY, says, (), "propose it again here")


def _contents(state: ChangeState, proposal: Proposal, ref: str, authors: tuple[str, ...]) -> Iterator[Requirement]:
    revision = state.revision
    assert revision is not None
    if moved := moved_paths(state, proposal):
        says = f"the target moved under {', '.join(moved)}"
        yield Requirement(Code.BASE_MOVED, says, authors, f"metricgov rebase {ref}")
    elif proposal.changes.digest != revision.digest:
        says = f"the contents are not those of revision {revision.number}; no approval is for them"
        yield Requirement(Code.DIGEST, says, authors, f"metricgov revise {ref}")
    elif proposal.canonicaliser == revision.canonicaliser and proposal.canonical != revision.canonical:
        says = f"the canonical digest recorded for revision {revision.number} is not that of its contents"
        yield Requirement(Code.DIGEST, says, authors, f"metricgov revise {ref}")


def _discussed(state: ChangeState, roles: tuple[Roles, ...], ref: str) -> Iterator[Requirement]:
    enders = frozenset(person for one in roles for person in one.enders)
    unresolved = [
        one for one in state.threads if not one.resolved or one.resolved_by not in settlers(one, state, enders)
    ]
    if unresolved and any(one.rule.threads for one in roles):
        named = ", ".join(f"{one.id} ({one.field})" if one.field else one.id for one in unresolved)
        says = f"{len(unresolved)} unresolved: {named}"
        people = tuple(sorted({thread.opened_by for thread in unresolved}))
        yield Requirement(Code.THREADS, says, people, f"metricgov resolve {ref} THREAD")


def settlers(thread: Thread, state: ChangeState, enders: frozenset[str]) -> frozenset[str]:
    """Return who may resolve a thread: its opener, accountable, deputy; contributors only what one of them opened."""
    among = state.contributors if thread.opened_by in state.contributors else frozenset()
    return frozenset({thread.opened_by}) | enders | among


def _day(state: ChangeState, proposal: Proposal, now: str) -> Iterator[Requirement]:
    revision = state.revision
    assert revision is not None
    moves = any(one.change_class in MOVES_NUMBERS and not one.is_governance for one in proposal.definitions)
    if moves and revision.effective_from is not None and revision.effective_from > now[:10]:
        says = f"waits for its first day, {time.spoken(revision.effective_from)}"
        ref = shown(state.change)
        how = f"metricgov apply {ref} from that day on; metricgov schedule {ref} --at {revision.effective_from}"
        yield Requirement(Code.NOT_YET_EFFECTIVE, says, (), how)


def _shown_stage(state: ChangeState, unmet: tuple[Requirement, ...], *, objected: bool, overridden: bool) -> Stage:
    if state.stage not in IN_REVIEW:
        return state.stage
    if all(one.code in ONLY_TIME for one in unmet):
        return Stage.OVERRIDDEN if overridden else Stage.APPROVED
    return Stage.CHANGES_REQUESTED if objected else Stage.IN_REVIEW


def _notes(
    state: ChangeState,
    proposal: Proposal,
    filled: tuple[Vote, ...],
    votes: tuple[Vote, ...],
    standing: tuple[Decision, ...],
) -> Iterator[str]:
    revision = state.revision
    assert revision is not None
    if revision.effect_note and state.effect is None:
        yield revision.effect_note
    if revision.meaning_unchanged:
        yield "the author states: meaning unchanged"
    for vote in filled:
        if vote.decision.self_approved:
            yield f"self-approved by {vote.principal} (preset solo)"
        if vote.kept:
            yield f"approval of {vote.principal} on revision {vote.decision.revision} kept: only the form changed since"
        if vote.decision.on_behalf_of:
            yield f"{vote.principal} approved for {vote.holder}, who let them"
    for vote in votes:
        if vote not in filled:
            yield f"{vote.named} approved; no place asks for it"
    for decision in state.decisions:
        if decision.verdict is Verdict.APPROVE and decision.seq not in {vote.decision.seq for vote in votes}:
            yield f"the approval of {decision.principal} on revision {decision.revision} does not count"
    for ending in state.endings:
        if ending.objection not in standing:
            yield f"{ending.principal} ended the objection of {ending.objection.principal}: {ending.reason}"
    for decision in state.objections:
        if decision not in standing:
            yield f"{decision.principal} objects without a part in this change: {decision.reason}"
    yield from larger_steps(proposal)
    if proposal.purity is not None:
        yield reverting_words(proposal.purity)
        if revision.pure_revert and not proposal.purity.pure:
            yield "it was recorded as a pure revert, and is none"


def reverting_words(purity: Purity) -> str:
    """Return in a sentence whether a revert puts back exactly what stood before."""
    ref = shown(purity.change)
    if purity.pure:
        return f"pure revert of {ref}: every definition reads as before"
    return f"reverts {ref}, and not that alone: {'; '.join(purity.differs)}"
