"""Who would have to agree to a change of one definition, and why them; whether they did is for judge.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from metricgov.domain.changes.findings import GRAVITY, ChangeClass, Flag
from metricgov.domain.definitions.governance import Hearing
from metricgov.domain.workflow.places import Deciders, Level, Place, deciders
from metricgov.domain.workflow.presets import GOVERNANCE, Rule
from metricgov.domain.workflow.proposal import Subject, Touched
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.rights import Governance, matches

WILD = frozenset("*?")


@dataclass(frozen=True, slots=True)
class Slot:
    """A place that one person's approval fills; `people` are those who may, `says` names them to others."""

    code: Code
    says: str
    people: frozenset[str]


@dataclass(frozen=True, slots=True)
class Roles:
    """Everybody with a part in a change of one definition.

    Principals (people or teams) stand in `responsible`, `accountable`, `deputy`, `consulted`, `informed`; people in
    `decides` (who can give the accountable's approval now), `approvers` (who can fill any slot) and `objectors` (who
    may request changes with effect). `because` says why `decides` are not simply the accountable, and `place` how the
    accountable's place stands. `gap` says why nobody can approve, "" where somebody can; `tie` names entries of
    raci.yaml that contradict each other.
    """

    definition: str
    change_class: ChangeClass
    matched: str
    accountable: str
    deputy: str | None
    responsible: tuple[str, ...]
    consulted: tuple[str, ...]
    informed: tuple[str, ...]
    place: Deciders
    enders: tuple[str, ...]
    approvers: frozenset[str]
    objectors: frozenset[str]
    rule: Rule
    slots: tuple[Slot, ...]
    gap: str = ""
    tie: str = ""

    @property
    def decides(self) -> tuple[str, ...]:
        """Who can give the accountable's approval now."""
        return self.place.people

    @property
    def because(self) -> str:
        """Why it is not simply the accountable, "" where it is."""
        return self.place.because

    @property
    def decides_as(self) -> str:
        """As what those decide whose place it is."""
        return self.place.role

    def acts_as(self, person: str) -> str:
        """Return as what a person decides: `deputy of domain crm_handoff`."""
        return next((one.role for one in self.place.substitutes if person in one.people), self.place.role)


UNTOUCHED = Place()


def who(
    subject: Subject,
    change_class: ChangeClass,
    contributors: Iterable[str],
    governance: Governance,
    *,
    new: bool = False,
    flags: frozenset[Flag] = frozenset(),
    other_side: Subject | None = None,
    place: Place = UNTOUCHED,
) -> Roles:
    """Return who would have to agree to a change of a definition by these contributors, and whether they can.

    `new` routes by domain and kind alone, because its author chose name and tags. `other_side` is the definition after
    the change, whose scopes and consulted count as well; `place` is what events of the change did to the accountable's
    place.
    """
    barred = frozenset() if governance.self_approval else frozenset(contributors)
    sides = (subject,) if other_side is None else (subject, other_side)
    by_council = subject.is_governance and change_class is not ChangeClass.IDENTICAL
    rule = governance.rule(GOVERNANCE if by_council else change_class, sides)
    levels, tie = routes(subject, governance, new=new)
    first = levels[0]
    entry = first.entry
    decided = deciders(levels, barred, governance, place, identity=rule.identity)
    decides, because = decided.people, decided.because
    responsible = entry.responsible if entry else ()
    consulted = _unique((*(entry.consulted if entry else ()), *(name for side in sides for name in side.consulted)))
    informed = _unique((*(entry.informed if entry else ()), *(name for side in sides for name in side.informed)))
    pool = frozenset(
        person
        for name in (*responsible, *(part for level in levels for part in (level.accountable, level.deputy)))
        for person in governance.members(name)
    )
    slots = _slots(subject, rule, flags, frozenset(decides), responsible, pool, barred, governance)
    approvers = frozenset(person for slot in slots for person in slot.people)
    heard = frozenset(person for name in consulted for person in governance.members(name))
    return Roles(
        definition=subject.id,
        change_class=change_class,
        matched=first.name,
        accountable=first.accountable,
        deputy=first.deputy,
        responsible=responsible,
        consulted=consulted,
        informed=informed,
        place=decided,
        enders=_enders(first, decides, barred, governance),
        approvers=approvers,
        objectors=pool | approvers | heard,
        rule=rule,
        slots=slots,
        gap=_gap(subject, change_class, rule, slots, because, barred),
        tie=tie,
    )


def roles_of(
    touched: Touched, contributors: Iterable[str], governance: Governance, place: Place = UNTOUCHED
) -> tuple[Roles, ...]:
    """Return the roles for a definition of a change: of its side before and, routed elsewhere, after (INV-22)."""
    contributors = frozenset(contributors)
    before, after = touched.before, touched.after
    if before is None:
        new = after or Subject(touched.id)
        return (who(new, touched.change_class, contributors, governance, new=True, flags=touched.flags, place=place),)
    kind, flags = touched.change_class, touched.flags
    first = who(before, kind, contributors, governance, flags=flags, other_side=after, place=place)
    if after is None or (after.domain, after.tags) == (before.domain, before.tags):
        return (first,)
    second = who(after, kind, contributors, governance, flags=flags, other_side=before, place=place)
    same = (first.matched, first.accountable) == (second.matched, second.accountable)
    return (first,) if same else (first, second)


def cost_of_contributing(person: str, roles: Iterable[Roles]) -> str:
    """Return what bringing contents costs this person, "" where it costs nothing; a warning, never a refusal."""
    lost = [one.definition for one in roles if person in one.approvers and not one.rule.alone]
    return f"revising costs {person} the right to approve {', '.join(dict.fromkeys(lost))}" if lost else ""


def asks_dependants(touched: Touched) -> bool:
    """Say whether the accountable of what is computed from this definition are asked (INV-19)."""
    return not touched.is_governance and GRAVITY[touched.change_class] > GRAVITY[ChangeClass.EDITORIAL]


def hears(rule: Rule, *, dependant: bool) -> Hearing:
    """Return how strictly consulted people are heard; those of dependants always are (INV-19)."""
    return Hearing.HEARD if dependant and rule.consulted is Hearing.NONE else rule.consulted


def routes(subject: Subject, governance: Governance, *, new: bool = False) -> tuple[tuple[Level, ...], str]:
    """Return the levels that can decide, most specific first, the council last; and the tie ("": none)."""
    council = Level("council", governance.raci.council)
    if subject.is_governance:
        return (council,), ""
    levels: list[Level] = []
    tie = ""
    for name, entries in _matching(subject, governance, new=new):
        if len(entries) > 1:
            if not levels:
                tie = f"{len(entries)} entries of raci.yaml match {subject.id} by {name}; exactly one may"
                break
            continue
        levels.extend(entries)
    registry = governance.raci.registry
    return (*levels, Level("registry", registry.accountable, registry.deputy), council), tie


def _matching(subject: Subject, governance: Governance, *, new: bool) -> Iterator[tuple[str, list[Level]]]:
    found: dict[str, list[Level]] = {}
    for entry in governance.raci.entries:
        if not matches(entry.match, subject):
            continue
        match = entry.match
        if match.name is not None:
            key, word = ("pattern" if WILD & set(match.name) else "name"), match.name
        elif match.tag is not None:
            key, word = "tag", match.tag
        elif match.domain is not None:
            key, word = "domain", match.domain
        else:
            key, word = "kind", match.kind or ""
        found.setdefault(key, []).append(Level(f"{key} {word}", entry.accountable, entry.deputy, entry))
    if subject.owner:
        found["owner"] = [Level("owner in metricgov.yaml", subject.owner)]
    for key in ("domain", "owner", "kind") if new else ("name", "pattern", "tag", "domain", "owner", "kind"):
        if key in found:
            yield key, found[key]


def _enders(first: Level, decides: tuple[str, ...], barred: frozenset[str], governance: Governance) -> tuple[str, ...]:
    """Return who may end an objection or reject: accountable, deputy and whoever decides in their place."""
    named = governance.members(first.accountable) | governance.members(first.deputy)
    return tuple(sorted((named - barred) | set(decides)))


def _slots(
    subject: Subject,
    rule: Rule,
    flags: frozenset[Flag],
    decides: frozenset[str],
    responsible: Sequence[str],
    pool: frozenset[str],
    barred: frozenset[str],
    governance: Governance,
) -> tuple[Slot, ...]:
    def able(people: frozenset[str]) -> frozenset[str]:
        return frozenset(one for one in people - barred if governance.can_be(one, rule.identity))

    slots: list[Slot] = []
    council, number, further = able(governance.council), rule.council, rule.approvals
    if subject.is_governance:
        number = 0 if rule.alone else max(1, rule.council, min(2, len(council)))
    elif rule.accountable or Flag.GOVERNANCE in flags:
        # Where the class asks for any person and the flag for this one, the accountable is that person.
        further -= 0 if rule.accountable else min(1, further)
        slots.append(Slot(Code.APPROVAL_ACCOUNTABLE, "the accountable", able(decides)))
    elif rule.responsible:
        named = frozenset(person for name in responsible for person in governance.members(name))
        slots.append(Slot(Code.APPROVAL_RESPONSIBLE, "a responsible person or the accountable", able(named | decides)))
    slots.extend(Slot(Code.APPROVAL_COUNCIL, "the council", council) for _ in range(number))
    slots.extend(Slot(Code.APPROVAL_FURTHER, "somebody with a role for it", able(pool)) for _ in range(further))
    return tuple(slots)


def fill(slots: Sequence[Slot], people: Iterable[str]) -> tuple[str | None, ...]:
    """Return who fills each slot, one person at most one slot; as many slots as possible, earlier ones first.

    Augmenting paths (Kuhn): a slot that is filled stays filled, perhaps by somebody else.
    """
    present = sorted(set(people))
    place: dict[str, int] = {}

    def seat(slot: int, tried: set[str]) -> bool:
        for person in present:
            if person not in slots[slot].people or person in tried:
                continue
            tried.add(person)
            if person not in place or seat(place[person], tried):
                place[person] = slot
                return True
        return False

    for index in range(len(slots)):
        seat(index, set())
    filled = {slot: person for person, slot in place.items()}
    return tuple(filled.get(index) for index in range(len(slots)))


def _gap(
    subject: Subject,
    change_class: ChangeClass,
    rule: Rule,
    slots: Sequence[Slot],
    because: str,
    barred: frozenset[str],
) -> str:
    if rule.alone and not slots:
        return ""
    what = f"a {'' if subject.is_governance else f'{change_class} '}change of {subject.id}"
    if not slots:
        return f"the policy asks nobody about {what}"
    seats = fill(slots, frozenset(person for slot in slots for person in slot.people))
    empty = [slot for slot, person in zip(slots, seats, strict=True) if person is None]
    if not empty:
        return ""
    missing = ", ".join(dict.fromkeys(slot.says for slot in empty))
    reasons = []
    if because:
        reasons.append(because)
    if barred:
        reasons.append(f"contributed: {', '.join(sorted(barred))}")
    if not empty[0].people:
        reasons.append(f"of {missing} nobody is left who may")
    else:
        reasons.append("each place needs a different person")
    if rule.identity != "claimed":
        reasons.append(f"identity {rule.identity} is asked for")
    return f"nobody can approve {what} for {missing}: {'; '.join(reasons)}"


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
