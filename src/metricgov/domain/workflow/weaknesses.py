"""What stands in the way of an approval, in words: reason, how to mend it, who can; what is found is in coverage.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import assert_never

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import Enforce
from metricgov.domain.workflow.alike import GOVERNANCE_AREA, Group, group
from metricgov.domain.workflow.coverage import WEIGHT, Attempt, Outcome, Prover, Standing, Stuck
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.presets import GOVERNANCE
from metricgov.domain.workflow.proof import Cause, Cell, Coverage, Pair, Row, Weakness
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, Slot
from metricgov.domain.workflow.unattested import unattested

SHOWN = 4
"""Names that a sentence holds before it counts the rest."""


def prove(
    subjects: Iterable[Subject], governance: Governance, *, asked: Mapping[str, frozenset[str]] | None = None
) -> Coverage:
    """Try every class of change of every definition by every author; `asked` as in `group`."""
    subjects = tuple(subjects)
    groups = group(subjects, governance, asked=asked)
    prover = Prover(governance)
    rules = prover.outcomes(Group(GOVERNANCE_AREA, Subject("governance:people"), ()))[GOVERNANCE]
    wording = _Wording(governance, _agree(rules, governance))
    rows: dict[str, Row] = {}
    found: list[Weakness] = []
    keyless: dict[str, set[str]] = {}
    pairs: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, None]] = {}
    for one in groups:
        outcomes = prover.outcomes(one)
        rows[one.area] = _row(rows.get(one.area), one, outcomes, governance)
        found += wording.weaknesses(one, outcomes)
        for outcome in outcomes.values():
            if people := _unsure(outcome.usual, governance):
                keyless.setdefault(outcome.usual.roles.rule.identity.value, set()).update(people)
            for pair in _pairs(outcome):
                pairs.setdefault(pair, {})[one.area] = None
    return Coverage(
        preset=governance.policy.preset.value,
        definitions=sum(not one.is_governance for one in subjects),
        authors=len(governance.active),
        rows=tuple(rows.values()),
        weaknesses=tuple(sorted(_merged(found), key=_order)),
        keyless={identity: tuple(sorted(people)) for identity, people in keyless.items()},
        governance=_governance_words(rules, governance),
        pairs=tuple(Pair(gone, authors, tuple(areas)) for (gone, authors), areas in pairs.items()),
        unattested=unattested(governance),
    )


def _pairs(outcome: Outcome) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield whose absence stops whose changes, where neither is a weakness by itself."""
    for hinge in outcome.hinges:
        gone = hinge.people - outcome.whole
        if gone and not outcome.stuck:
            yield tuple(sorted(gone)), tuple(sorted(hinge.authors))


def _row(row: Row | None, group: Group, outcomes: Mapping[str, Outcome], governance: Governance) -> Row:
    row = row or Row(group.area, 0, {})
    cells = dict(row.cells)
    for key, outcome in outcomes.items():
        if outcome.usual.passes:
            continue
        old = cells.get(key, Cell(Standing.OK))
        standing = max(old.standing, outcome.standing, key=WEIGHT.__getitem__)
        cells[key] = Cell(standing, tuple(sorted({*old.waits, *outcome.waits})))
    observed = row.observed or governance.enforce((group.sample,)) is Enforce.OBSERVE
    return Row(row.area, row.definitions + len(group.definitions), cells, observed)


def _agree(rules: Outcome, governance: Governance) -> str:
    if rules.standing is Standing.GAP:
        return "nobody: governance cannot be changed either, so mend that first"
    needed = len(rules.usual.roles.slots)
    people = "1 person" if needed == 1 else f"{needed} people"
    return f"anybody can propose it; {people} of the council must agree ({_listed(governance.council)})"


def _governance_words(rules: Outcome, governance: Governance) -> str:
    slots = rules.usual.roles.slots
    able = frozenset(person for slot in slots for person in slot.people)
    return f"{len(slots)} of the council needed, {len(able)} can" if governance.council else "the council is empty"


def _unsure(tried: Attempt, governance: Governance) -> frozenset[str]:
    """Return people whose approval is asked for here and would not be sure enough."""
    roles = tried.roles
    if roles.rule.identity is Identity.CLAIMED:
        return frozenset()
    codes = {slot.code for slot in roles.slots}
    people = governance.council if Code.APPROVAL_COUNCIL in codes else frozenset[str]()
    if codes & {Code.APPROVAL_RESPONSIBLE, Code.APPROVAL_FURTHER}:
        people = people.union(*(governance.members(name) for name in roles.responsible))
    if codes - {Code.APPROVAL_COUNCIL}:
        people = people.union(roles.decides, governance.members(roles.accountable), governance.members(roles.deputy))
    return frozenset(one for one in people - tried.contributors if not governance.can_be(one, roles.rule.identity))


def _order(one: Weakness) -> tuple[int, bool, int]:
    return -WEIGHT[one.standing], one.areas != (GOVERNANCE_AREA,), -len(one.definitions)


def _merged(found: Iterable[Weakness]) -> Iterator[Weakness]:
    """Yield weaknesses that differ only in class, or only in where they are, as one."""
    by_class: dict[Weakness, tuple[str, ...]] = {}
    for one in found:
        key = replace(one, classes=())
        by_class[key] = tuple(dict.fromkeys((*by_class.get(key, ()), *one.classes)))
    by_place: dict[Weakness, list[Weakness]] = {}
    for one, classes in by_class.items():
        by_place.setdefault(replace(one, classes=classes, areas=(), definitions=()), []).append(one)
    for one, places in by_place.items():
        areas = tuple(dict.fromkeys(area for place in places for area in place.areas))
        yield replace(one, areas=areas, definitions=tuple(name for place in places for name in place.definitions))


class _Wording:
    """Puts what was found under one governance into words; `agree` says who can mend governance files."""

    def __init__(self, governance: Governance, agree: str) -> None:
        self._governance = governance
        self._agree = agree

    def weaknesses(self, group: Group, outcomes: Mapping[str, Outcome]) -> Iterator[Weakness]:
        """Yield what is wrong for a group, class by class."""
        passing = [key for key, one in outcomes.items() if one.standing is not Standing.GAP]
        for key, outcome in outcomes.items():
            if outcome.usual.passes:
                continue
            match outcome.standing:
                case Standing.GAP:
                    yield self._gap(group, key, outcome, passing)
                case Standing.DEADLOCK:
                    yield from self._deadlocks(group, key, outcome)
                case Standing.ONE_PERSON | Standing.OK:
                    pass
                case _ as unreachable:
                    assert_never(unreachable)
            # Whose own changes are stuck is missing in the same place when gone; that is not said twice.
            if gone := outcome.whole.difference(*(one.authors for one in outcome.stuck)):
                yield self._one_person(group, key, outcome, gone)

    def _gap(self, group: Group, key: str, outcome: Outcome, passing: list[str]) -> Weakness:
        tried = outcome.usual if outcome.usual.stuck or not outcome.stuck else outcome.stuck[0].attempt
        shown = [one for one in passing if one != ChangeClass.IDENTICAL] or passing
        until = f"only {_and(shown)} changes can pass there" if shown else "no change can pass there"
        says = f"nobody can approve it: {self._lack([tried])}"
        return self._weakness(group, key, tried, Standing.GAP, says, until)

    def _deadlocks(self, group: Group, key: str, outcome: Outcome) -> Iterator[Weakness]:
        by_cause: dict[Cause, list[Stuck]] = {}
        for one in outcome.stuck:
            by_cause.setdefault(_cause(one.attempt), []).append(one)
        for some in by_cause.values():
            authors = frozenset[str]().union(*(one.authors for one in some))
            lack = self._lack([one.attempt for one in some])
            says = f"once {_either(authors)} writes it, nobody can approve it: {lack}"
            until = "what others write can pass"
            tried = some[0].attempt
            yield self._weakness(group, key, tried, Standing.DEADLOCK, says, until, authors=authors)

    def _one_person(self, group: Group, key: str, outcome: Outcome, gone: frozenset[str]) -> Weakness:
        attempts = [one.attempt for one in outcome.hinges if one.people <= gone]
        says = f"while {_either(gone)} is away, nobody can approve it: {self._lack(attempts)}"
        until = (
            "everything can pass while they are there" if len(gone) == 1 else "everything can pass while all are there"
        )
        return self._weakness(group, key, attempts[0], Standing.ONE_PERSON, says, until, gone=gone)

    def _weakness(
        self,
        group: Group,
        key: str,
        tried: Attempt,
        standing: Standing,
        says: str,
        until: str,
        *,
        authors: frozenset[str] = frozenset(),
        gone: frozenset[str] = frozenset(),
    ) -> Weakness:
        cause = _cause(tried)
        return Weakness(
            standing=standing,
            cause=cause,
            areas=(group.area,),
            classes=(key,),
            definitions=group.definitions,
            authors=tuple(sorted(authors)),
            gone=tuple(sorted(gone)),
            says=says,
            mend=_mend(cause, standing, tried),
            who=self._agree,
            until=until,
            new=group.new,
        )

    def _lack(self, attempts: Sequence[Attempt]) -> str:
        """Say what is missing, in general where several attempts miss it in different ways."""
        reasons = dict.fromkeys(self._reason(one) for one in attempts)
        if len(reasons) == 1:
            return next(iter(reasons))
        needs = dict.fromkeys(_needs(one.roles) for one in attempts)
        return f"it needs {' or '.join(needs)}, and too few others can"

    def _reason(self, tried: Attempt) -> str:
        roles = tried.roles
        if roles.tie:
            return roles.tie.replace(f" {roles.definition} ", " it ")
        if not tried.stuck:
            return "nobody with rights is left to write it"
        if not roles.gap:
            verb = "must answer, and nobody who could is behind that name"
            return f"{_listed(tried.mute)} {verb}"
        if tried.alone:
            return f"no deputy is there to stand in ({roles.matched})"
        words = [*_passed(roles)]
        if roles.approvers:
            words += [f"it needs {_needs(roles)}", _left(roles)]
        elif not tried.unsure:
            words.append(f"nobody{' else' if tried.contributors else ''} has a role for it")
        if people := _unsure(tried, self._governance) - {tried.gone}:
            words.append(f"identity {roles.rule.identity} is asked for and {_listed(people)} cannot give it")
        return "; ".join(words)


def _cause(tried: Attempt) -> Cause:
    roles = tried.roles
    if roles.tie:
        return Cause.TIE
    if tried.unsure:
        return Cause.IDENTITY
    if not roles.gap:
        return Cause.ANSWER if tried.stuck else Cause.NOBODY
    return Cause.QUORUM if all(slot.people for slot in roles.slots) else Cause.NOBODY


def _passed(roles: Roles) -> Iterator[str]:
    """Yield why not the accountable decides: who has nobody with rights, and who decides instead."""
    none = " has nobody with rights"
    parts = roles.because.split("; ") if roles.because else []
    if empty := [one.removesuffix(none) for one in parts if one.endswith(none)]:
        yield f"nobody with rights is behind {', '.join(empty)}"
    yield from (one.removeprefix("so ") for one in parts if one.startswith("so "))


def _needs(roles: Roles) -> str:
    parts = []
    for says, number in Counter(slot.says for slot in roles.slots).items():
        counted = f"{number} of {says}" if says == "the council" else f"{number} times {says}"
        parts.append(says if number == 1 and says != "the council" else counted)
    different = f" ({len(roles.slots)} different people)" if len(roles.slots) > 1 else ""
    return f"{_and(parts)}{different}"


def _short(roles: Roles) -> tuple[Slot, ...]:
    """Return the places for which there are too few people, each once; () where only all together have too few."""
    return tuple(slot for slot, number in Counter(roles.slots).items() if len(slot.people) < number)


def _left(roles: Roles) -> str:
    """Say who there is for the places that have too few people, or for all of them."""
    places = {"the council": "of the council ", "the accountable": "as the accountable "}
    short = [
        f"{places.get(slot.says, '')}{f'only {_listed(slot.people)}' if slot.people else 'nobody'} can"
        for slot in _short(roles)
    ]
    return ", ".join(short) or f"only {_listed(roles.approvers)} can"


def _mend(cause: Cause, standing: Standing, tried: Attempt) -> str:
    roles = tried.roles
    entry = f"governance/raci.yaml, {roles.matched}"
    match cause:
        case Cause.TIE:
            return "keep one of the entries in governance/raci.yaml, or add one that names the definition"
        case Cause.ANSWER:
            return f"name somebody with rights to consult in {entry}, or ask for `consulted: heard` in policy.yaml"
        case Cause.IDENTITY:
            return "let them add a key to governance/people.yaml (metricgov key add), or name people who have one"
        case Cause.QUORUM | Cause.NOBODY:
            return _mend_people(standing, roles, entry, alone=tried.alone)


def _mend_people(standing: Standing, roles: Roles, entry: str, *, alone: bool) -> str:
    if alone:
        return f"name a deputy, or a team as accountable, in {entry}"
    if not roles.approvers and roles.definition.partition(":")[0] != GOVERNANCE:
        council = "to the council in governance/people.yaml"
        if standing is Standing.GAP:
            return f"name people with rights in {entry}, and add some {council}"
        return f"name another person in {entry}, or add somebody {council}"
    short = {slot.code for slot in _short(roles)}
    if not short or Code.APPROVAL_COUNCIL in short:
        fewer = len(roles.slots) > 1 and roles.definition.partition(":")[0] != GOVERNANCE
        other = ", or ask for fewer people in governance/policy.yaml" if fewer else ""
        return f"add somebody to the council in governance/people.yaml{other}"
    deputy = "a deputy or " if standing is not Standing.GAP and roles.deputy is None else ""
    return f"name {deputy}another person with rights in {entry}"


def _listed(people: Collection[str]) -> str:
    names = sorted(people)
    if len(names) > SHOWN:
        return f"{', '.join(names[: SHOWN - 1])} and {len(names) - SHOWN + 1} more"
    return ", ".join(names) or "nobody"


def _either(people: Collection[str]) -> str:
    *most, last = sorted(people)
    if len(most) >= SHOWN:
        return f"one of {_listed(people)}"
    return f"{', '.join(most)} or {last}" if most else last


def _and(words: Collection[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
