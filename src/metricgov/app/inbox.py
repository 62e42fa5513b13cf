"""What waits for one person, oldest due first, each with the reason why it is them; nothing is decided here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from metricgov.app.addressing import Labels
from metricgov.app.deadlines import ASKED_TO_ANSWER, Left, days_left, due_of
from metricgov.app.listing_changes import OPEN_STAGES
from metricgov.app.moment import Moment
from metricgov.app.rights import answerers
from metricgov.domain import time
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import Ask, InboxRow
from metricgov.domain.workflow.delegations import Delegation
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.overriding import ReviewDue
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.summary import ChangeSummary, summarise
from metricgov.domain.workflow.vocabulary import REVIEWABLE, Stage
from metricgov.ports.index import ChangeQuery, Lookup
from metricgov.ports.journal import ChangeIds

APPROVALS = frozenset(
    {Code.APPROVAL_ACCOUNTABLE, Code.APPROVAL_RESPONSIBLE, Code.APPROVAL_COUNCIL, Code.APPROVAL_FURTHER}
)

LAST = "9999"
"""Sorts what has no date after everything that has one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What one change wants of one person, and why them."""

    asked: Ask
    because: str
    due: str = ""


def inbox(lookup: Lookup, moment: Moment, ids: ChangeIds, *, person: str) -> tuple[InboxRow, ...]:
    """Return what waits for a person: to decide, to answer, to revise, to apply; oldest due first."""
    labels, left = Labels(ids.changes()), days_left(moment)
    rows = []
    for summary in lookup.changes(ChangeQuery(OPEN_STAGES)):
        state = moment.state(summary.change)
        judgement = moment.judgement(state) if summary.stage in REVIEWABLE else None
        wanted = next(_wanted(state, judgement, moment, person), None)
        if wanted is not None:
            rows.append(_row(summary, wanted, judgement, labels.get(summary.change, summary.change), left))
    rows += [_to_review(one, moment, labels) for one in moment.reviews() if person in one.reviewers]
    return tuple(sorted(rows, key=lambda row: (row.due or LAST, row.change)))


def _to_review(one: ReviewDue, moment: Moment, labels: Mapping[str, str]) -> InboxRow:
    """Return the review of an override, which waits although its change is over (INV-15)."""
    label, summary = labels.get(one.change, one.change), summarise(moment.state(one.change))
    by = " and ".join(one.people)
    wanted = Wanted(Ask.REVIEW, f'{by} overrode what it lacked ("{one.reason}"). Look at it: {one.how}.', one.due)
    return _row(summary, wanted, None, label)


def _row(
    summary: ChangeSummary, wanted: Wanted, judgement: Judgement | None, label: str, left: Left = lambda _due: None
) -> InboxRow:
    first = summary.definitions[0] if summary.definitions else None
    return InboxRow(
        change=summary.change,
        label=label,
        asked=wanted.asked,
        definition=summary.definition,
        because=wanted.because,
        author=summary.author,
        change_class=judgement.change_class if judgement else summary.change_class,
        due=wanted.due,
        version=VersionStep(first.version_before, first.version_after) if first else VersionStep(),
        effective_from=summary.effective_from,
        why=summary.why,
        missing=len(judgement.unmet) if judgement else 0,
        more=max(0, len(summary.definitions) - 1),
        days_left=left(wanted.due),
    )


def _wanted(state: ChangeState, judgement: Judgement | None, moment: Moment, person: str) -> Iterator[Wanted]:
    """Yield what a change wants of a person, the most urgent first."""
    mine = person in state.contributors or person == state.created_by
    if judgement is None:
        yield from _before_review(state, moment, person, mine=mine)
        return
    yield from _decide(state, judgement, moment, person)
    yield from _answer(state, judgement, moment, person)
    if not mine:
        return
    if state.stage is Stage.SUSPENDED:
        codes = ", ".join(code.replace("_", " ") for code in state.suspended_for)
        because = f"You wrote it; it came due on {time.spoken(state.due)} and was suspended, because of {codes}."
        yield Wanted(Ask.RE_DATE, because, state.due)
    for objection in judgement.objections:
        yield Wanted(Ask.REVISE, f"You wrote it, and {objection.principal} asks for changes: {objection.reason}")
    for one in judgement.waits_for(person):
        yield Wanted(Ask.REVISE, f"You wrote it, and something is missing: {one.says}.")
    if judgement.allowed:
        missing = "two people overrode what it lacks" if judgement.override else "nothing is missing any more"
        yield Wanted(Ask.APPLY, f"You wrote it, and {missing}.")


def _before_review(state: ChangeState, moment: Moment, person: str, *, mine: bool) -> Iterator[Wanted]:
    match state.stage:
        case Stage.REQUESTED:
            if person in set(answerers(state.definition, moment)) - {state.created_by}:
                ref, name = shown(state.change), state.definition.partition(":")[2]
                how = f"metricgov edit {name} --request {ref}, or metricgov decline {ref} -m WHY"
                yield Wanted(
                    Ask.REQUEST,
                    f"{state.created_by} asks for a change of {state.definition}, which is yours. Answer with: {how}.",
                )
        case Stage.DRAFT if mine:
            yield Wanted(Ask.REVISE, "You began it and have not submitted it.")
        case Stage.CONFLICTED if mine:
            yield Wanted(Ask.REVISE, f"You wrote it, and main moved under {', '.join(state.conflicts)}: rebase it.")
        case Stage.APPLYING if mine:
            yield Wanted(Ask.APPLY, "Applying it was interrupted; apply it again to finish.")
        case _:
            return


def _decide(state: ChangeState, judgement: Judgement, moment: Moment, person: str) -> Iterator[Wanted]:
    day = _effective(state)
    for one in judgement.waits_for(person):
        if one.code in APPROVALS:
            due = min(filter(None, (day, due_of(one, judgement, state, moment))), default="")
            yield Wanted(Ask.DECIDE, _why_decide(one, judgement, person, _lent(state, moment, person)), due)
    revision = state.revision
    own = next((one for one in judgement.objections if one.principal == person), None)
    if revision is not None and own is not None and own.revision < revision.number:
        because = f"You asked for changes of revision {own.revision}; revision {revision.number} is the answer."
        yield Wanted(Ask.DECIDE, because, day)


def _lent(state: ChangeState, moment: Moment, person: str) -> dict[str, Delegation]:
    """Return the delegations that somebody holds now, by whose place they may fill."""
    now = max(moment.now, moment.not_before)
    return {
        one.giver: one
        for one in moment.delegations
        if one.to == person and one.runs(now) and not state.contributors & {one.giver, one.to, one.principal}
    }


def _why_decide(requirement: Requirement, judgement: Judgement, person: str, lent: Mapping[str, Delegation]) -> str:
    if not any(person in one.approvers for one in judgement.roles):
        for giver in requirement.who:
            if giver in lent:
                return f"You stand in for {giver} until {time.spoken(lent[giver].ends[:10])}: {requirement.says}."
    if requirement.code == Code.APPROVAL_ACCOUNTABLE:
        roles = next((one for one in judgement.roles if person in one.decides), None)
        if roles is not None:
            why = f": {roles.because}" if roles.because else ""
            return f"You decide about {roles.definition} as {roles.acts_as(person)}{why}."
    if requirement.code == Code.APPROVAL_COUNCIL:
        return "You are on the council, and one of the council has to agree."
    return f"Your approval would count: {requirement.says}."


def _answer(state: ChangeState, judgement: Judgement, moment: Moment, person: str) -> Iterator[Wanted]:
    waiting = {one.definitions for one in judgement.waits_for(person) if one.code in ASKED_TO_ANSWER}
    lent = _lent(state, moment, person)
    open_answers = [
        one
        for one in judgement.answers
        if one.outcome == "open" and (person in one.people or (one.definitions in waiting and one.people & {*lent}))
    ]
    dependants = {name for one in judgement.unmet if one.code == Code.DEPENDANT for name in one.definitions}
    first = judgement.roles[0].definition if judgement.roles else "it"
    for one in open_answers:
        if person in state.contributors:
            continue
        theirs = ", ".join(one.definitions)
        via = "" if one.principal == person else f" as part of {one.principal}"
        if person not in one.people:
            via = f", in the name of {min(one.people & {*lent})},"
        if dependants.issuperset(one.definitions):
            because = f"You are asked{via} because {theirs}, which is yours, is computed from {first}."
        else:
            because = f"You are consulted{via} about {theirs}."
        yield Wanted(Ask.ANSWER, because, one.due or "")


def _effective(state: ChangeState) -> str:
    """Return the day from which it shall hold as the date by which to decide; a past one asks for nothing."""
    day = (state.revision.effective_from if state.revision else "") or ""
    return f"{day}T00:00:00Z" if day > state.created_at[:10] else ""
