"""Who is asked about a change, and how each was heard (INV-16, INV-19); approvals live in judge.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metricgov.domain import time
from metricgov.domain.definitions.governance import Hearing
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.presets import HEARING_RANK
from metricgov.domain.workflow.proposal import Proposal, Touched
from metricgov.domain.workflow.requirements import Code, Requirement, doubted, shown
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, asks_dependants, hears, routes
from metricgov.domain.workflow.state import ChangeState, Decision
from metricgov.domain.working_days import least


@dataclass(frozen=True, slots=True)
class Question:
    """One question to one person or team, whatever the number of definitions it is about."""

    principal: str
    hearing: Hearing
    definitions: tuple[str, ...]
    identity: Identity
    dependant: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """How a question stands: answered, contributed, timed_out or open; `people` are those behind the principal."""

    principal: str
    outcome: str
    people: frozenset[str]
    definitions: tuple[str, ...]
    due: str | None = None


def questions(
    proposal: Proposal, plans: Iterable[tuple[Touched, Roles]], governance: Governance
) -> tuple[Question, ...]:
    """Return whom the policy wants heard about a change, one question each."""
    plans = tuple(plans)
    found: dict[str, Question] = {}

    def ask(principal: str, kind: Hearing, definition: str, identity: Identity, dependant: bool) -> None:
        old = found.get(principal)
        if old is None:
            found[principal] = Question(principal, kind, (definition,), identity, dependant)
            return
        found[principal] = Question(
            principal,
            max(old.hearing, kind, key=HEARING_RANK.__getitem__),
            tuple(dict.fromkeys((*old.definitions, definition))),
            max(old.identity, identity, key=RANK.__getitem__),
            old.dependant and dependant,
        )

    for touched, roles in plans:
        if roles.rule.consulted is not Hearing.NONE:
            for principal in roles.consulted:
                ask(principal, roles.rule.consulted, touched.id, roles.rule.identity, False)
    causes = [roles.rule for touched, roles in plans if asks_dependants(touched)]
    if causes:
        kind = max((hears(rule, dependant=True) for rule in causes), key=HEARING_RANK.__getitem__)
        identity = max((rule.identity for rule in causes), key=RANK.__getitem__)
        for dependant in proposal.dependants:
            accountable = routes(dependant, governance)[0][0].accountable
            ask(accountable, kind, dependant.id, identity, True)
    return tuple(found.values())


def hearing(
    state: ChangeState,
    proposal: Proposal,
    plans: Iterable[tuple[Touched, Roles]],
    governance: Governance,
    current: Iterable[Decision],
    *,
    now: str,
) -> tuple[tuple[Answer, ...], list[Requirement]]:
    """Return how each question stands, and what is still to be heard; `current` are decisions on these contents."""
    ref = shown(state.change)
    current = tuple(current)
    answers: list[Answer] = []
    unheard: list[Requirement] = []
    due = _deadlines(state, governance)
    for question in questions(proposal, plans, governance):
        people = governance.members(question.principal)
        answer = Answer(
            question.principal,
            _outcome(question, people, state, current, due.get(question.principal), now),
            people,
            question.definitions,
            due.get(question.principal),
        )
        answers.append(answer)
        if answer.outcome == "open":
            said = sorted(current, key=lambda one: one.principal)
            weak = {one.principal: one.doubt for one in said if one.principal in people and _covers((one,), question)}
            unheard.append(_unheard(question, answer, people - state.contributors, ref, weak))
    return tuple(answers), unheard


def _deadlines(state: ChangeState, governance: Governance) -> dict[str, str | None]:
    """Return from when silence counts, by principal: as the event says, and never before the days that policy gives.

    Nobody signs a question, so a date that was only written down cannot shorten what the base asks for (INV-08).
    """
    if state.revision is None:
        return {}
    earliest = least(state.submitted_at, governance.consulted_days)
    return {one.principal: one.due and max(one.due, earliest) for one in state.revision.asked}


def _outcome(
    question: Question,
    people: frozenset[str],
    state: ChangeState,
    current: tuple[Decision, ...],
    due: str | None,
    now: str,
) -> str:
    sure = [one for one in current if RANK[one.identity] >= RANK[question.identity]]
    if any(_covers([one for one in sure if one.principal == person], question) for person in people):
        return "answered"
    if people and people <= state.contributors:
        return "contributed"
    if question.hearing is Hearing.HEARD and due is not None and due <= now:
        return "timed_out"
    return "open"


def _covers(decisions: Sequence[Decision], question: Question) -> bool:
    """Whether a person's decisions answer a question: each of its definitions, where they are limited to some."""
    return all(any(one.about(name) for one in decisions) for name in question.definitions)


def _unheard(
    question: Question, answer: Answer, people: frozenset[str], ref: str, weak: Mapping[str, str]
) -> Requirement:
    about = ", ".join(question.definitions)
    if not people and question.hearing is Hearing.ANSWERED:
        says = f"{question.principal} must answer about {about}, and nobody with rights is behind that name"
        how = "change governance/raci.yaml or governance/people.yaml"
        return Requirement(Code.NOBODY_CAN_ANSWER, says, (), how, question.definitions)
    code = Code.DEPENDANT if question.dependant else Code.CONSULTED
    role = f"accountable for {about}, which is computed from what changes" if question.dependant else "consulted"
    until = ""
    if answer.due and question.hearing is Hearing.HEARD:
        until = f"; silence counts from {time.spoken(answer.due)}"
    says = f"{question.principal} ({role}) has not answered{until}"
    if weak:
        names = ", ".join(f"{person}{doubted(why)}" for person, why in weak.items())
        says += f" ({names} answered, but not as sure as {question.identity}, which is asked for)"
    return Requirement(code, says, tuple(sorted(people)), f"metricgov acknowledge {ref}", question.definitions)
