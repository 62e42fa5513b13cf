"""Whether a result is allowed, by the governance of the base: every requirement, met or not; nothing is folded here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from metricgov.domain import time
from metricgov.domain.changes.findings import ChangeClass, gravest
from metricgov.domain.definitions.governance import Enforce
from metricgov.domain.workflow.admit import waits_until
from metricgov.domain.workflow.authoring import MOVES_NUMBERS, larger_steps, owed
from metricgov.domain.workflow.blocking import accepted, accepted_words, effect_of
from metricgov.domain.workflow.delegations import Delegation, Names, instead, spoken_for
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.events import Blocked
from metricgov.domain.workflow.freezing import frozen
from metricgov.domain.workflow.hearing import Answer, hearing
from metricgov.domain.workflow.overriding import WAIVED, ReviewDue, counts, overdue
from metricgov.domain.workflow.places import Place
from metricgov.domain.workflow.proposal import Proposal, Purity, Touched
from metricgov.domain.workflow.requirements import ONLY_TIME, Code, Requirement, approving, doubted, merged, shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, Slot, fill, roles_of
from metricgov.domain.workflow.state import Acceptance, ChangeState, Decision, Override, Retraction, Thread
from metricgov.domain.workflow.vocabulary import IN_REVIEW, REVIEWABLE, Stage, Verdict

@dataclass(frozen=True, slots=True)
class Vote:
    """An approval that counts; `kept` where reformatting kept it from an earlier revision (INV-03)."""

    principal: str
    decision: Decision
    kept: bool = False

    @property
    def holder(self) -> str:
        """Whose place it fills: the person's own, or that of whom they stand in for."""
        return self.decision.on_behalf_of or self.principal

    @property
    def named(self) -> str:
        """Who agreed, and for whom if not for themself: `ann for bob`."""
        return spoken_for(self.decision)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict on one change at one tip.

    `stage` is what is shown (`approved` and `overridden` exist here alone). `unmet` is empty exactly when the
    change may be applied; `approvals` are those that fill a place; `objections` those that stand; `enforce` the
    strictest over its definitions; `notes` what approvers and auditors read besides. `override` stands in for what is
    `waived`. `purity` is what a revert was found to be, for whoever reads it; it decides nothing. `ruled` are the warnings of the
    effect that somebody let pass who may.
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
    `reviews` the overrides of these definitions that nobody has looked at.
    """
    revision = state.revision
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
    votes = _votes(state, proposal, governance)
    names = Names(delegations, state.contributors, governance, now)
    filled, lacking = _approvals(plans, votes, names, ref)
    unmet += lacking
    current = _current(state, proposal, governance)
    answers, unheard = hearing(state, proposal, plans, governance, current, names, now=now)
    unmet += unheard
    standing, against = _objections(state, plans, answers, names, ref)
    unmet += against
    unmet += effect_of(state, proposal, plans, governance, ref)
    unmet += _discussed(state, roles, ref)
    unmet += _day(state, proposal, now)
    unmet += frozen(proposal, governance, now=now, ref=ref)
    unmet += overdue((one.id for one in proposal.definitions), reviews, now)
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


def _current(state: ChangeState, proposal: Proposal, governance: Governance) -> tuple[Decision, ...]:
    """Return the decisions that were given on the contents under review."""
    return tuple(one for one in state.decisions if _exact(state, one) or _kept(state, one, proposal, governance))


def _exact(state: ChangeState, decision: Decision) -> bool:
    revision = state.revision
    return revision is not None and (decision.revision, decision.cycle, decision.digest) == (
        revision.number,
        state.cycle,
        revision.digest,
    )


def _kept(state: ChangeState, decision: Decision, proposal: Proposal, governance: Governance) -> bool:
    """Whether only the form changed since the decision, the policy lets that pass, and both forms were recomputed."""
    revision = state.revision
    if not governance.policy.reformatting_keeps_approval or revision is None or decision.revision >= revision.number:
        return False
    if decision.cycle < state.unbroken_from:
        return False
    seen = state.revisions[decision.revision - 1]
    if proposal.earlier.get(seen.digest) != proposal.canonical or decision.digest != seen.digest:
        return False
    claims = ("intent", "treatment", "effective_from", "meaning_unchanged", "implemented_by", "requested_by")
    return (
        all(getattr(seen, name) == getattr(revision, name) for name in claims)
        and [(one.path, one.before) for one in seen.edits] == [(one.path, one.before) for one in revision.edits]
        and [one.after and one.after.mode for one in seen.edits]
        == [one.after and one.after.mode for one in revision.edits]
    )


def _votes(state: ChangeState, proposal: Proposal, governance: Governance) -> tuple[Vote, ...]:
    """Return approvals of people who have rights and did not contribute (INV-05), one a person and definition."""
    return tuple(
        Vote(one.principal, one, kept=not _exact(state, one))
        for one in _current(state, proposal, governance)
        if one.verdict is Verdict.APPROVE
        and governance.person(one.principal) is not None
        and (
            not state.contributors & {one.principal, one.on_behalf_of}
            or (governance.self_approval and one.self_approved)
        )
    )


def _approvals(
    plans: Iterable[tuple[Touched, Roles]], votes: tuple[Vote, ...], names: Names, ref: str
) -> tuple[tuple[Vote, ...], list[Requirement]]:
    """Return the votes that fill a place, and the places that are still empty.

    Places are filled by those whose they are, one each (INV-06): where somebody agreed themself, or two stand in for
    the same person, one vote counts.
    """
    used: set[int] = set()
    lacking: list[Requirement] = []
    for touched, roles in plans:
        about = [vote for vote in votes if vote.decision.about(touched.id)]
        if roles.tie:
            how = "mend governance/raci.yaml"
            lacking.append(Requirement(Code.RACI_TIE, roles.tie, (), how, (touched.id,)))
        strong = _strong(about, touched, roles, names)
        doubts = {vote.holder: vote.decision.doubt for vote in about}
        seats = fill(roles.slots, strong)
        used |= {strong[holder].decision.seq for holder in seats if holder is not None}
        empty = [slot for slot, person in zip(roles.slots, seats, strict=True) if person is None]
        if roles.gap and (empty or not roles.slots):
            how = "change governance/raci.yaml or governance/people.yaml"
            lacking.append(Requirement(Code.NOBODY_CAN_APPROVE, roles.gap, (), how, (touched.id,)))
        weak = {vote.holder for vote in about if RANK[vote.decision.identity] < RANK[roles.rule.identity]} - {*strong}
        for slot in dict.fromkeys(empty):
            free = slot.people - {person for person in seats if person is not None}
            if free:
                helpers = names.helpers(free, touched, roles.rule.identity)
                says = _place(slot, roles, empty.count(slot), {one: doubts[one] for one in sorted(free & weak)})
                how = approving(ref, roles.rule.identity) + instead(helpers, f"metricgov approve {ref}")
                able = tuple(sorted(free | {one.to for one in helpers}))
                lacking.append(Requirement(slot.code, says, able, how, (touched.id,)))
    return tuple(vote for vote in votes if vote.decision.seq in used), lacking


def _strong(votes: Iterable[Vote], touched: Touched, roles: Roles, names: Names) -> dict[str, Vote]:
    """Return the votes that are as sure as the rule asks, by whose place they fill; one's own before a substitute's.

    Whoever spoke in their own name and in another's, about different parts of a change, counts once where these meet.
    """
    strong: dict[str, Vote] = {}
    spoken: set[str] = set()
    for vote in sorted(votes, key=lambda one: (bool(one.decision.on_behalf_of), one.decision.seq)):
        if RANK[vote.decision.identity] < RANK[roles.rule.identity] or vote.holder in strong:
            continue
        if vote.principal not in spoken and names.speaks(vote.decision, touched, roles.rule.identity):
            strong[vote.holder] = vote
            spoken.add(vote.principal)
    return strong


def _place(slot: Slot, roles: Roles, number: int, weak: Mapping[str, str]) -> str:
    match slot.code:
        case Code.APPROVAL_ACCOUNTABLE:
            says = (
                f"{', '.join(sorted(slot.people))} has to approve: {roles.because or f'accountable, {roles.matched}'}"
            )
        case Code.APPROVAL_COUNCIL:
            says = f"{number} of the council {'has' if number == 1 else 'have'} to approve, as further people"
        case Code.APPROVAL_RESPONSIBLE:
            says = f"a responsible person or the accountable of {roles.matched} has to approve"
        case _:
            says = f"{number} more {'person' if number == 1 else 'people'} with a role for it must approve"
    if weak:
        names = ", ".join(f"{person}{doubted(why)}" for person, why in weak.items())
        says += f" ({names} approved, but not as sure as {roles.rule.identity}, which is asked for)"
    return says


def _objections(
    state: ChangeState,
    plans: tuple[tuple[Touched, Roles], ...],
    answers: tuple[Answer, ...],
    names: Names,
    ref: str,
) -> tuple[tuple[Decision, ...], list[Requirement]]:
    """Return the objections that stand (INV-04): of people who have a part in the change, on whatever revision."""
    asked = frozenset(person for answer in answers for person in answer.people)
    standing: list[Decision] = []
    against: list[Requirement] = []
    for objection in _raised(state):
        one, ending = objection.objection, objection.ending
        about = [(touched, roles) for touched, roles in plans if one.about(touched.id)]
        at = [roles for touched, roles in about if names.voices(one, touched) & roles.objectors]
        heard = any(names.voices(one, touched) & asked for touched, _ in about)
        if not about:  # what it is about was taken out of the change
            continue
        if names.governance.person(one.principal) is None or not (at or heard):
            continue
        at = at or [roles for _, roles in about]
        enders = {person for roles in at for person in roles.enders} - state.contributors - {one.principal}
        if ending is not None and ending.by in enders and _sure_enough(ending.identity, at):
            continue
        if retracted(objection, at):
            continue
        standing.append(one)
        against.append(_objection(objection, tuple(sorted(enders)), ref))
    return tuple(standing), against


def _raised(state: ChangeState) -> Iterator[Retraction]:
    """Yield every objection that may stand, with what was said against it."""
    yield from (Retraction(one, ()) for one in state.objections)
    yield from (Retraction(one.objection, (), one) for one in state.endings)
    yield from state.retractions


def retracted(one: Retraction, roles: Iterable[Roles]) -> bool:
    """Say whether its author took an objection back, as surely as they raised it or as the policy asks."""
    asked = max((RANK[one.rule.identity] for one in roles), default=0)
    least = min(asked, RANK[one.objection.identity])
    return any(RANK[voice.identity] >= least for voice in one.voices)


def _sure_enough(identity: Identity, roles: Iterable[Roles]) -> bool:
    return all(RANK[identity] >= RANK[one.rule.identity] for one in roles)


def _objection(objection: Retraction, enders: tuple[str, ...], ref: str) -> Requirement:
    one, ending = objection.objection, objection.ending
    about = f", {', '.join(one.definitions)}" if one.definitions else ""
    says = f"{spoken_for(one)} objects (revision {one.revision}{about}): {one.reason}"
    if ending is not None:
        says += f" ({ending.by} may not end it{doubted(ending.doubt)})"
    if objection.voices:
        says += f" (it was taken back in their name{doubted(objection.voices[-1].doubt) or ', not as sure as raised'})"
    how = f"{one.principal}: metricgov withdraw-decision {ref}"
    if enders:
        how += f"; {', '.join(enders)}: metricgov end-objection {ref} {one.principal} -m REASON"
    if one.definitions:
        how += f"; or go on without: metricgov revise {ref} --without {' --without '.join(map(bare, one.definitions))}"
    return Requirement(Code.OBJECTION, says, (one.principal, *enders), how, one.definitions)


def bare(definition: str) -> str:
    """Return the name of a definition, as commands take it."""
    return definition.partition(":")[2]


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
            yield f"{ending.by} ended the objection of {ending.objection.principal}: {ending.reason}"
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
