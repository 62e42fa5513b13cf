"""Who fills the accountable's place of a change: by raci.yaml, handed over, or escalated; what they say is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from metricgov.domain import time
from metricgov.domain.definitions.governance import RaciEntry
from metricgov.domain.workflow.envelope import RANK, Identity
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState, Escalation, Reassignment
from metricgov.domain.workflow.vocabulary import Verdict
from metricgov.domain.working_days import least

ANSWERS = frozenset({Verdict.APPROVE, Verdict.REQUEST_CHANGES, Verdict.REJECT})
"""With these the accountable has answered; an abstention leaves the place as empty as silence does."""


@dataclass(frozen=True, slots=True)
class Level:
    """One level of raci.yaml that can decide about a definition, most specific first."""

    name: str
    accountable: str
    deputy: str | None = None
    entry: RaciEntry | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """What the events of one change did to the accountable's place since its revision was submitted.

    `answered` gives the seq of the answer to the contents under review, by person.
    """

    reassigned: tuple[Reassignment, ...] = ()
    escalated: tuple[Escalation, ...] = ()
    contributors: frozenset[str] = frozenset()
    submitted_at: str = ""
    respond_by: str = ""
    answered: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, state: ChangeState, definition: str = "") -> Place:
        """Return the place as the events of a change leave it, with the answers about one definition ("": any)."""
        revision = state.revision
        if revision is None:
            return cls(contributors=state.contributors)
        seen = (revision.number, state.cycle, revision.digest)
        return cls(
            reassigned=state.reassignments,
            escalated=state.escalations,
            contributors=state.contributors,
            submitted_at=state.submitted_at,
            respond_by=revision.respond_by or "",
            answered={
                one.principal: one.seq
                for one in state.decisions
                if one.verdict in ANSWERS
                and (one.revision, one.cycle, one.digest) == seen
                and (not definition or one.about(definition))
            },
        )


@dataclass(frozen=True, slots=True)
class Substitute:
    """Somebody whom the place went to because nobody answered: a principal of raci.yaml and the people behind it."""

    principal: str
    people: tuple[str, ...]
    role: str
    because: str


@dataclass(frozen=True, slots=True)
class Deciders:
    """Who can give the accountable's approval.

    `people` are all of them, substitutes included; `holder` is the principal whose place it is, `role` as what, and
    `because` why not simply the accountable. `due` is until when they have time ("": for ever), and `heir` the
    principal whom the place goes to then, with `heirs`, the people behind it.
    """

    people: tuple[str, ...] = ()
    role: str = ""
    because: str = ""
    holder: str = ""
    substitutes: tuple[Substitute, ...] = ()
    due: str = ""
    heir: str = ""
    heirs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Candidate:
    principal: str
    role: str
    people: frozenset[str]


def deciders(
    levels: Sequence[Level], barred: frozenset[str], governance: Governance, place: Place, *, identity: Identity
) -> Deciders:
    """Return who decides, from the base's raci.yaml and what rightly happened to the place since."""
    line, passed = _line(levels, barred, governance)
    if not line:
        return Deciders(because="; ".join(dict.fromkeys(passed)))
    first = line[0]
    because = f"{'; '.join(passed)}; so {first.principal} decides ({_comma(first.role)})" if passed else ""
    base = Deciders(tuple(sorted(first.people)), first.role, because, first.principal)
    rest = line[1:]
    found, due, since = _handed_over(base, levels[0], barred, governance, place, identity)
    return _escalated(found, rest, governance, place, due, since)


def _line(
    levels: Sequence[Level], barred: frozenset[str], governance: Governance
) -> tuple[list[_Candidate], list[str]]:
    """Return everybody who could decide, in the order in which they are asked, and who was passed over before."""
    line: list[_Candidate] = []
    passed: list[str] = []
    for name, principal, role in _named(levels):
        people = governance.members(principal)
        if free := people - barred:
            line.append(_Candidate(principal, f"{role} of {name}", free))
        elif not line:
            passed.append(f"{principal} contributed" if people else f"{principal} has nobody with rights")
    return line, passed


def _named(levels: Sequence[Level]) -> Iterator[tuple[str, str, str]]:
    for level in levels:
        yield level.name, level.accountable, "accountable"
        if level.deputy is not None:
            yield level.name, level.deputy, "deputy"


def may_hand_over(level: Level, holders: Sequence[str], place: Place, governance: Governance) -> frozenset[str]:
    """Return who may give the place to somebody else: accountable, deputy, who decides instead, the council.

    Whoever brought contents would choose their own judge, and may not (INV-05).
    """
    named = governance.members(level.accountable) | governance.members(level.deputy) | governance.council
    return (named | frozenset(holders)) - place.contributors


def _handed_over(
    base: Deciders,
    level: Level,
    barred: frozenset[str],
    governance: Governance,
    place: Place,
    identity: Identity,
) -> tuple[Deciders, str, int]:
    """Return who holds the place after it was reassigned, until when they have time, and since which event."""
    days = governance.respond_days
    due = max(place.respond_by, least(place.submitted_at, days)) if place.respond_by and days else ""
    found, since = base, 0
    for one in place.reassigned:
        may = may_hand_over(level, (*base.people, *found.people), place, governance)
        fits = one.giver == found.holder and one.principal in may and RANK[one.identity] >= RANK[identity]
        if not fits or one.to in barred | place.contributors or governance.person(one.to) is None:
            continue
        whose = "" if one.principal == one.giver else f"from {one.giver} "
        because = f"{one.principal} handed it {whose}to {one.to}: {one.reason}"
        found, since = Deciders((one.to,), f"holder of the place of {one.giver}", because, one.to), one.seq
        due = max(one.due, least(one.at, days)) if one.due and days else due
    return found, due, since


def _escalated(
    found: Deciders, rest: Sequence[_Candidate], governance: Governance, place: Place, due: str, since: int
) -> Deciders:
    """Return the deciders with the substitutes whom the place rightly went to, and who would be next."""
    people = set(found.people)
    substitutes: list[Substitute] = []
    waiting = [one for one in rest if one.principal != found.holder]
    events = [one for one in place.escalated if one.seq > since and one.giver == found.holder]
    while waiting:
        heir = waiting.pop(0)
        fresh = heir.people - people
        if not fresh:
            continue
        event = next((one for one in events if one.to == heir.principal and due and one.at >= due), None)
        if event is None or any(place.answered.get(one, event.seq) < event.seq for one in people):
            return _with(found, people, substitutes, due, heir.principal, tuple(sorted(fresh)))
        because = f"{found.holder} did not answer until {time.spoken(due)}; so {heir.principal} may decide as well"
        substitutes.append(Substitute(heir.principal, tuple(sorted(fresh)), heir.role, because))
        people |= fresh
        due = max(event.due, least(event.at, governance.respond_days))
    return _with(found, people, substitutes, due, "", ())


def _with(
    found: Deciders,
    people: set[str],
    substitutes: Sequence[Substitute],
    due: str,
    heir: str,
    heirs: tuple[str, ...],
) -> Deciders:
    because = "; ".join(filter(None, (found.because, *(one.because for one in substitutes))))
    return Deciders(
        tuple(sorted(people)), found.role, because, found.holder, tuple(substitutes), due, heir if due else "", heirs
    )


def _comma(role: str) -> str:
    return role.replace(" of ", ", ", 1)
