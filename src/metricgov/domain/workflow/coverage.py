"""Whether every change can be approved, whoever writes it; the words for what cannot live in weaknesses.py.

People with the same roles and keys are interchangeable, so one of them stands for all. Only a person who fills a place
can be the one without whom nobody can: all other places stay filled when somebody else goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.definitions.governance import Hearing, Person, PersonStatus
from metricgov.domain.workflow.alike import Group
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.presets import GOVERNANCE
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import Roles, fill, routes, who


class Standing(StrEnum):
    """How surely changes can be approved."""

    OK = "ok"
    ONE_PERSON = "one_person"
    """Nobody can while a certain person is away, whoever writes it."""
    DEADLOCK = "deadlock"
    """Nobody can once a certain person writes it."""
    GAP = "gap"
    """Nobody can, whoever writes it."""


WEIGHT: dict[Standing, int] = {one: weight for weight, one in enumerate(Standing)}


@dataclass(frozen=True, slots=True)
class Attempt:
    """One change by these contributors: who would have to agree, and which principals must answer and cannot (`mute`).

    `gone` is who is away, "" for nobody; `alone` says that no deputy is there to stand in for them; `unsure` that it is
    stuck for want of keys or logins.
    """

    roles: Roles
    contributors: frozenset[str] = frozenset()
    mute: tuple[str, ...] = ()
    gone: str = ""
    alone: bool = False
    unsure: bool = False

    @property
    def stuck(self) -> bool:
        """Whether nobody can bring it to its end."""
        return bool(self.roles.gap or self.roles.tie or self.mute)

    @property
    def passes(self) -> bool:
        """Whether it asks nobody, as a change of form alone does."""
        return self.roles.rule.alone and not self.roles.slots and not self.stuck


@dataclass(frozen=True, slots=True)
class Stuck:
    """These authors' changes cannot be approved by anybody; one of them is in `attempt`."""

    authors: frozenset[str]
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Hinge:
    """While one of `people` is away, changes by one of `authors` cannot be approved; `attempt` is one without them."""

    people: frozenset[str]
    authors: frozenset[str]
    attempt: Attempt


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of changes of one class in one group, over all authors.

    `usual` is an attempt by somebody without a part in it. `whole` are the people without any one of whom nobody can
    approve, whoever writes it; `hinges` are all cases in which somebody's absence stops an author. `waits` are the
    people for whom an outsider's change waits while they are away without having left, because nobody stands in for
    somebody who is still there.
    """

    standing: Standing
    usual: Attempt
    stuck: tuple[Stuck, ...] = ()
    hinges: tuple[Hinge, ...] = ()
    whole: frozenset[str] = frozenset()
    waits: frozenset[str] = frozenset()


def attempt(
    subject: Subject,
    change_class: ChangeClass,
    contributors: Iterable[str],
    governance: Governance,
    *,
    new: bool = False,
    asked: frozenset[str] = frozenset(),
) -> Attempt:
    """Return what a change by these contributors meets; `asked` must answer where the policy waits for answers."""
    contributors = frozenset(contributors)
    roles = who(subject, change_class, contributors, governance, new=new)
    if roles.rule.consulted is not Hearing.ANSWERED:
        return Attempt(roles, contributors)
    mute = []
    for name in sorted({*roles.consulted, *asked}):
        people = governance.members(name)
        able = any(governance.can_be(one, roles.rule.identity) for one in people - contributors)
        if not able and not (people and people <= contributors):
            mute.append(name)
    return Attempt(roles, contributors, tuple(mute))


class Prover:
    """Tries every class by every author under one governance, and remembers what does not depend on the definition."""

    def __init__(self, governance: Governance) -> None:
        self.governance = governance
        self._without: dict[str, Governance] = {}
        self._known: dict[object, dict[str, Outcome]] = {}

    def outcomes(self, group: Group) -> Mapping[str, Outcome]:
        """Return the outcome of each class for a group, `governance` alone for what the council decides about."""
        rules = self.governance.under(self.governance.about(group.sample))
        shape = _shape(group, rules)
        if shape not in self._known:
            self._known[shape] = self._try_all(group, rules)
        return self._known[shape]

    def _try_all(self, group: Group, rules: Governance) -> dict[str, Outcome]:
        kinds = _kinds_of_people(group, rules)
        if group.sample.is_governance:
            return {GOVERNANCE: self._over_authors(group, ChangeClass.UNKNOWN, rules, kinds)}
        found: dict[str, Outcome] = {}
        known: dict[object, Outcome] = {}
        for change_class in ChangeClass:
            rule = rules.rule(change_class, (group.sample,))
            same = (rule, GRAVITY[change_class] > GRAVITY[ChangeClass.EDITORIAL])
            if same not in known:
                known[same] = self._over_authors(group, change_class, rules, kinds)
            found[change_class.value] = known[same]
        return found

    def _over_authors(
        self, group: Group, change_class: ChangeClass, rules: Governance, kinds: tuple[frozenset[str], ...]
    ) -> Outcome:
        stuck: list[Stuck] = []
        hinges: dict[tuple[frozenset[str], frozenset[str]], Hinge] = {}
        usual = _try(group, change_class, (), rules)
        for people in kinds:
            author = min(people)
            tried = _try(group, change_class, (author,), rules)
            if tried.stuck:
                stuck.append(Stuck(people, tried))
                continue
            for other, without in self._hinges(group, change_class, author, tried, rules):
                alike = next(one for one in kinds if other in one)
                hinges.setdefault((alike, people), Hinge(alike, people, without))
        found = tuple(hinges.values())
        writers = rules.active.difference(*(one.authors for one in stuck))
        whole = _whole(found, writers)
        return Outcome(
            standing=_standing(kinds, stuck, whole),
            usual=usual,
            stuck=tuple(stuck),
            hinges=found,
            whole=whole,
            waits=frozenset() if stuck or whole else _waits(usual),
        )

    def _hinges(
        self, group: Group, change_class: ChangeClass, author: str, tried: Attempt, rules: Governance
    ) -> Iterable[tuple[str, Attempt]]:
        """Yield who is needed for what this author writes, with what it meets without them."""
        seated = {one for one in fill(tried.roles.slots, tried.roles.approvers) if one is not None}
        asked = {*tried.roles.consulted, *group.asked} if tried.roles.rule.consulted is Hearing.ANSWERED else set()
        for name in asked:
            able = {one for one in rules.members(name) if rules.can_be(one, tried.roles.rule.identity)} - {author}
            seated |= able if len(able) == 1 else set()
        for other in sorted(seated - {author}):
            left = self._gone(other).under(rules.raci)
            missing = away(tried, _try(group, change_class, (author,), left), left)
            if missing.stuck:
                yield other, replace(missing, gone=other)

    def _gone(self, person: str) -> Governance:
        if person not in self._without:
            self._without[person] = without(self.governance, person)
        return self._without[person]


def _try(group: Group, change_class: ChangeClass, contributors: Iterable[str], governance: Governance) -> Attempt:
    graver = GRAVITY[change_class] > GRAVITY[ChangeClass.EDITORIAL]
    asked = group.asked if graver and not group.sample.is_governance else frozenset[str]()
    tried = attempt(group.sample, change_class, contributors, governance, new=group.new, asked=asked)
    if tried.stuck and tried.roles.rule.identity is not Identity.CLAIMED:
        surer = Attested(governance.people, governance.raci, governance.policy, governance.config, governance.raw)
        best = attempt(group.sample, change_class, contributors, surer, new=group.new, asked=asked)
        return replace(tried, unsure=not best.stuck)
    return tried


def away(there: Attempt, left: Attempt, governance: Governance) -> Attempt:
    """Return what a change meets while somebody is away: a deputy stands in for them, and nobody of a wider level.

    `there` is the same change while they are there, `left` if they had left, under the `governance` of then.
    """
    before, after = (one.roles.decides_as.partition(" of ")[2] for one in (there, left))
    if left.stuck or before == after:
        return left
    roles = left.roles
    named = frozenset[str]().union(*(governance.members(name) for name in roles.responsible))
    narrow: dict[Code, frozenset[str]] = {Code.APPROVAL_ACCOUNTABLE: frozenset(), Code.APPROVAL_RESPONSIBLE: named}
    slots = tuple(replace(one, people=one.people & narrow.get(one.code, one.people)) for one in roles.slots)
    people = frozenset(person for slot in slots for person in slot.people)
    if None not in fill(slots, people):
        return left
    gap = "nobody is named to stand in"
    return replace(left, roles=replace(roles, slots=slots, approvers=people, gap=gap), alone=True)


class Attested(Governance):
    """A governance as if everybody had a key and a login."""

    def can_be(self, principal: str, identity: Identity) -> bool:  # noqa: ARG002 - the signature is that of its base
        """Say whether a person has rights."""
        return self.person(principal) is not None


def without(governance: Governance, person: str) -> Governance:
    """Return the governance as if somebody had left."""
    people = tuple(_left(one) if one.id == person else one for one in governance.people.people)
    return replace(governance, people=governance.people.model_copy(update={"people": people}))


def _left(person: Person) -> Person:
    return person.model_copy(update={"status": PersonStatus.LEFT})


def _whole(hinges: Iterable[Hinge], writers: frozenset[str]) -> frozenset[str]:
    """Return those without whom none of the other writers gets a change approved."""
    stopped: dict[frozenset[str], set[str]] = {}
    for one in hinges:
        stopped.setdefault(one.people, set()).update(one.authors)
    return frozenset(
        person for people, authors in stopped.items() for person in people if authors | {person} >= writers
    )


def _standing(kinds: tuple[frozenset[str], ...], stuck: list[Stuck], whole: frozenset[str]) -> Standing:
    if len(stuck) == len(kinds):  # also where nobody is left who could write anything (INV-07)
        return Standing.GAP
    if stuck:
        return Standing.DEADLOCK
    return Standing.ONE_PERSON if whole else Standing.OK


def _waits(usual: Attempt) -> frozenset[str]:
    slots, people = usual.roles.slots, usual.roles.approvers
    seated = {one for one in fill(slots, people) if one is not None}
    return frozenset(one for one in seated if None in fill(slots, people - {one}))


def _names(group: Group, governance: Governance) -> tuple[str, ...]:
    """Return every principal with a part in a change of this group, in a fixed order."""
    levels, _ = routes(group.sample, governance, new=group.new)
    entry = levels[0].entry
    named = [name for level in levels for name in (level.accountable, level.deputy) if name is not None]
    if entry is not None:
        named += [*entry.responsible, *entry.consulted]
    named += [*group.sample.consulted, *sorted(group.asked)]
    return tuple(dict.fromkeys((*named, governance.raci.council)))


def _kinds_of_people(group: Group, governance: Governance) -> tuple[frozenset[str], ...]:
    """Return everybody with rights in sets of people whom no rule for this group tells apart."""
    sides = [governance.members(name) for name in _names(group, governance)]
    found: dict[object, set[str]] = {}
    for person in frozenset[str]().union(*sides):
        best = [governance.can_be(person, one) for one in (Identity.HOST, Identity.SIGNED)]
        found.setdefault((*(person in side for side in sides), *best), set()).add(person)
    kinds = sorted((frozenset(people) for people in found.values()), key=min)
    outsiders = governance.active.difference(*sides) if sides else governance.active
    return (*kinds, outsiders) if outsiders else tuple(kinds)


def _shape(group: Group, governance: Governance) -> object:
    """Return all that an outcome depends on, so that groups that differ in name alone are tried once."""
    levels, tie = routes(group.sample, governance, new=group.new)
    entry = levels[0].entry
    keys = (GOVERNANCE,) if group.sample.is_governance else tuple(ChangeClass)
    return (
        tuple((one.accountable, one.deputy) for one in levels),
        (entry.responsible, entry.consulted) if entry else (),
        (group.asked, group.sample.consulted),
        tuple(governance.rule(key, (group.sample,)) for key in keys),
        group.sample.is_governance,
        tie.replace(group.sample.id, "it"),
    )
