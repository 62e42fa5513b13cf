"""Who is asked about a change, and how each was heard (INV-16, INV-19); approvals live in judge.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metricgov.domain import time
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import Hearing
from metricgov.domain.workflow.delegations import Delegation, Names, instead, spoken_for
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
    """How a question stands: answered, contributed, timed_out or open; `people` are those behind the principal.

    `by` answered (`ann for bob` where in another's name) and `at` says when; of silence that counts, since when.
    """

    principal: str
    outcome: str
    people: frozenset[str]
    definitions: tuple[str, ...]
    due: str | None = None
    by: str = ""
    at: str = ""


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
    names: Names,
    *,
    now: str,
) -> tuple[tuple[Answer, ...], list[Requirement]]:
    """Return how each question stands, and what is still to be heard; `current` are decisions on these contents."""
    ref = shown(state.change)
    current = tuple(current)
    plans = tuple(plans)
    about = {one.id: Touched(one.id, "", one, one, ChangeClass.IDENTICAL, frozenset()) for one in proposal.dependants}
    about |= {touched.id: touched for touched, _ in plans}
    answers: list[Answer] = []
    unheard: list[Requirement] = []
    due = _deadlines(state, governance)
    for question in questions(proposal, plans, governance):
        people = governance.members(question.principal)
        touched = [about[one] for one in question.definitions if one in about]
        answer = _answer(question, people, state, current, names, touched, due.get(question.principal), now)
        answers.append(answer)
        if answer.outcome == "open":
            helpers = [one for each in touched for one in names.helpers(people, each)]
            said = sorted(current, key=lambda one: one.principal)
            weak = {one.principal: one.doubt for one in said if one.principal in people and _covers((one,), question)}
            unheard.append(_unheard(question, answer, people - state.contributors, helpers, ref, weak))
    return tuple(answers), unheard


def _deadlines(state: ChangeState, governance: Governance) -> dict[str, str | None]:
    """Return from when silence counts, by principal: as the event says, and never before the days that policy gives.

    Nobody signs a question, so a date that was only written down cannot shorten what the base asks for (INV-08).
    """
    if state.revision is None:
        return {}
    earliest = least(state.submitted_at, governance.consulted_days)
    return {one.principal: one.due and max(one.due, earliest) for one in state.revision.asked}


def _answer(
    question: Question,
    people: frozenset[str],
    state: ChangeState,
    current: Iterable[Decision],
    names: Names,
    touched: Sequence[Touched],
    due: str | None,
    now: str,
) -> Answer:
    def found(outcome: str, by: str = "", at: str = "") -> Answer:
        return Answer(question.principal, outcome, people, question.definitions, due, by, at)

    sure = [one for one in sorted(current, key=lambda one: one.seq) if RANK[one.identity] >= RANK[question.identity]]
    for one in sure:
        name = (one.principal, one.on_behalf_of)
        if not _covers([each for each in sure if (each.principal, each.on_behalf_of) == name], question):
            continue
        if one.principal in people:
            return found("answered", one.principal, one.at)
        if one.on_behalf_of in people and touched and all(names.speaks(one, each) for each in touched):
            return found("answered", spoken_for(one), one.at)
    if people and people <= state.contributors:
        return found("contributed")
    if question.hearing is Hearing.HEARD and due is not None and due <= now:
        return found("timed_out", at=due)
    return found("open")


def _covers(decisions: Sequence[Decision], question: Question) -> bool:
    """Whether a person's decisions answer a question: each of its definitions, where they are limited to some."""
    return all(any(one.about(name) for one in decisions) for name in question.definitions)


def _unheard(
    question: Question,
    answer: Answer,
    people: frozenset[str],
    helpers: Sequence[Delegation],
    ref: str,
    weak: Mapping[str, str],
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
    able = tuple(sorted(people | {one.to for one in helpers}))
    how = f"metricgov acknowledge {ref}" + instead(helpers, f"metricgov acknowledge {ref}")
    return Requirement(code, says, able, how, question.definitions)
