"""Which approvals count, and which places they fill; an empty place is a requirement (INV-03, INV-05, INV-06)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from metricgov.domain.workflow.delegations import Names, instead, spoken_for
from metricgov.domain.workflow.envelope import RANK
from metricgov.domain.workflow.proposal import Proposal, Touched
from metricgov.domain.workflow.requirements import Code, Requirement, approving, doubted
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, Slot, fill
from metricgov.domain.workflow.state import ChangeState, Decision
from metricgov.domain.workflow.vocabulary import Verdict


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


def counted(state: ChangeState, proposal: Proposal, governance: Governance) -> tuple[Vote, ...]:
    """Return approvals of people who have rights and did not contribute (INV-05), one a person and definition."""
    return tuple(
        Vote(one.principal, one, kept=not _exact(state, one))
        for one in current(state, proposal, governance)
        if one.verdict is Verdict.APPROVE
        and governance.person(one.principal) is not None
        and (
            not state.contributors & {one.principal, one.on_behalf_of}
            or (governance.self_approval and one.self_approved)
        )
    )


def seated(
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


def current(state: ChangeState, proposal: Proposal, governance: Governance) -> tuple[Decision, ...]:
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
