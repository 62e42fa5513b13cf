"""Which objections stand, and who can end them (INV-04)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metricgov.domain.workflow.delegations import Names, spoken_for
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.hearing import Answer
from metricgov.domain.workflow.proposal import Touched
from metricgov.domain.workflow.requirements import Code, Requirement, doubted
from metricgov.domain.workflow.roles import Roles
from metricgov.domain.workflow.state import ChangeState, Decision, Retraction


def objecting(
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
        if ending is not None and ending.principal in enders and _sure_enough(ending.identity, at):
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
        says += f" ({ending.principal} may not end it{doubted(ending.doubt)})"
    if objection.voices:
        says += f" (it was taken back in their name{doubted(objection.voices[-1].doubt) or ', not as sure as raised'})"
    how = f"{one.principal}: metricgov withdraw-decision {ref}"
    if enders:
        how += f"; {', '.join(enders)}: metricgov end-objection {ref} {one.principal} -m REASON"
    if one.definitions:
        how += f"; or go on without: metricgov revise {ref} --without {' --without '.join(map(_bare, one.definitions))}"
    return Requirement(Code.OBJECTION, says, (one.principal, *enders), how, one.definitions)


def _bare(definition: str) -> str:
    """Return the name of a definition, as commands take it."""
    return definition.partition(":")[2]
