"""People who come, go and take over, as texts of the governance files; they become a change like any other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metricgov.app.access import Access
from metricgov.app.addressing import Labels
from metricgov.app.drafting import Texts, main_texts
from metricgov.app.governing import governance_after
from metricgov.app.inbox import APPROVALS
from metricgov.app.listing_changes import OPEN_STAGES
from metricgov.app.moment import Moment
from metricgov.domain.definitions.governance import PATHS
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of
from metricgov.domain.definitions.problems import did_you_mean
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.people.enrolment import Enrolment, enrol
from metricgov.domain.people.handover import Handover, hand_over
from metricgov.domain.people.listed import Listed
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import REVIEWABLE, Verdict
from metricgov.ports.index import ChangeQuery, Lookup
from metricgov.ports.journal import ChangeIds

ASKED = APPROVALS | {Code.CONSULTED, Code.DEPENDANT}


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The text of people.yaml with a list taken into it, and what that means for each person."""

    texts: Texts
    enrolment: Enrolment


@dataclass(frozen=True, slots=True)
class Replaced:
    """The texts of the governance with one person in another's place; what it means for open work, in sentences."""

    texts: Texts
    handover: Handover
    open_work: tuple[str, ...]
    named_in: tuple[str, ...]


def enrolled(
    access: Access, governance: Governance, listed: Listed, *, complete: bool, hashed: bool, new_teams: bool
) -> Enrolled:
    """Return what a list of people makes of people.yaml on main; Refused where everybody stands there as listed."""
    found = enrol(listed, governance, complete=complete, hashed=hashed, new_teams=new_teams)
    if not found.fields:
        raise Refused("nothing_new", f"people.yaml says of everybody what {listed.path} says", hint="nothing is to do")
    texts = main_texts(access, (PATHS["people"],)).with_fields(PATHS["people"], found.fields, access)
    return Enrolled(texts, found)


def replaced(moment: Moment, *, old: str, new: str, lookup: Lookup, ids: ChangeIds) -> Replaced:
    """Return what it takes to put `new` in every place of `old`, and to end the rights of `old`.

    BadInput where one of them is nobody; Refused where it is one person, or `new` has no rights.
    """
    _check_people(moment.governance, old, new)
    found = hand_over(old, new, moment.governance)
    access = moment.access
    texts = main_texts(access, tuple(found.fields))
    for path, fields in found.fields.items():
        texts = texts.with_fields(path, fields, access)
    after, problems = governance_after(moment.governance, texts(moment), files=access.files)
    if after is None:
        raise Refused(problems[0].code, f"it would leave a governance that does not load: {problems[0].message}")
    sentences = tuple(_open_work(moment, after, old, new, lookup, ids))
    return Replaced(texts, found, sentences, _named_in(moment, old))


def _check_people(governance: Governance, old: str, new: str) -> None:
    known = {person.id for person in governance.people.people}
    for name in (old, new):
        if name not in known:
            hint = did_you_mean(name, sorted(known)) or "governance/people.yaml lists everybody"
            raise BadInput("principal_unknown", f"{name!r} is no person of people.yaml", hint=hint)
    if old == new:
        raise Refused("same_person", f"{old} cannot take the place of {old}", hint="name two people")
    if governance.person(new) is None:
        hint = "choose somebody else, or set their status to active with a change of its own first"
        raise Refused("actor_left", f"{new} has left and can take no place", hint=hint)


def _named_in(moment: Moment, old: str) -> tuple[str, ...]:
    """Return the definitions whose files name somebody: those are changed apart from governance (INV-09)."""
    lines = moment.access.source.mentioning(moment.tip, (old,))
    tree = moment.access.source.tree(moment.tip, GOVERNED_ROOTS)
    found = (id_of(path) for path in lines if path in tree and path not in PATHS.values())
    return tuple(sorted(one for one in found if one is not None and not one.startswith("governance:")))


def _open_work(moment: Moment, after: Governance, old: str, new: str, lookup: Lookup, ids: ChangeIds) -> Iterator[str]:
    later = Moment(moment.access, moment.tip, after, moment.now, moment.not_before)
    labels = Labels(ids.changes())
    for summary in lookup.changes(ChangeQuery(OPEN_STAGES)):
        state = moment.state(summary.change)
        label = labels.get(summary.change, summary.change)
        yield from _own(state, label, old, new)
        if state.stage in REVIEWABLE:
            yield from _asked(state, label, moment, later, old, new)


def _own(state: ChangeState, label: str, old: str, new: str) -> Iterator[str]:
    """Say who goes on with a change that somebody who leaves has written."""
    if old not in {*state.contributors, state.created_by}:
        return
    others = sorted({*state.contributors, state.created_by} - {old, ""})
    stage = state.stage.replace("_", " ")
    goes_on = f"{', '.join(others)} can go on with it" if others else f"{new} or anybody else can take it over"
    how = "" if others else f" (metricgov revise {label} --yes; whoever does cannot approve it)"
    yield f"{label} ({stage}) is {old}'s: it stays open, and {goes_on}{how}"


def _asked(state: ChangeState, label: str, moment: Moment, later: Moment, old: str, new: str) -> Iterator[str]:
    before, then = moment.judgement(state), later.judgement(state)
    if before is None or then is None:
        return
    if any(vote.principal == old for vote in before.approvals):
        who = sorted({person for one in then.unmet if one.code in ASKED for person in one.who})
        asks = f"; it asks {', '.join(who)} then" if who else ""
        yield f"{label}: the approval of {old} stops counting once this is on main{asks}"
    own = state.decision_of(old)
    if own is not None and own.verdict is Verdict.REQUEST_CHANGES:
        yield f"{label}: {old} objects; the objection stands until the accountable or the deputy ends it"
    for one in before.unmet:
        if one.code not in ASKED or old not in one.who:
            continue
        now = sorted({person for other in then.unmet if other.code == one.code for person in other.who})
        if new in state.contributors:
            decides = f"{', '.join(now)} decides instead" if now else "somebody else has to be named"
            yield f"{label} waits for {old}; {new} wrote it and so cannot approve it: {decides}"
        elif now:
            yield f"{label} waits for {old}, and then for {', '.join(now)}"
    for other in then.unmet:
        if other.code == Code.NOBODY_CAN_APPROVE and other.code not in {one.code for one in before.unmet}:
            yield f"{label}: {other.says}"
