"""Definitions that routing cannot tell apart, in groups; what is found out about a group lives in coverage.py."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import translate

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.governance import Hearing, Match
from metricgov.domain.workflow.presets import GOVERNANCE
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.roles import WILD, routes

GOVERNANCE_AREA = "governance files"
"""The area of what the council decides about; a domain has no space in its name."""


@dataclass(frozen=True, slots=True)
class Group:
    """Definitions of one area that the same people decide about; `new` is a definition that is yet to come.

    `area` is the domain, `all sources` for a kind without domains, or `governance files`. `sample` stands for all of
    them; `asked` are principals that a change of any of them asks as accountable for what is computed from it.
    """

    area: str
    sample: Subject
    definitions: tuple[str, ...]
    asked: frozenset[str] = frozenset()
    new: bool = False


def area_of(subject: Subject) -> str:
    """Return where a definition is counted."""
    if subject.is_governance:
        return GOVERNANCE_AREA
    return subject.domain or f"all {subject.kind}s"


def must_answer(governance: Governance) -> bool:
    """Say whether any class of change waits for answers without end, so that it matters who is asked."""
    rules = [governance.rule(key) for key in (*ChangeClass, GOVERNANCE)]
    stated = [one for scope in governance.policy.scopes for one in scope.classes.values()]
    hearing = [*(one.consulted for one in rules), *(one.consulted for one in stated)]
    return Hearing.ANSWERED in hearing


def group(
    subjects: Iterable[Subject], governance: Governance, *, asked: Mapping[str, frozenset[str]] | None = None
) -> tuple[Group, ...]:
    """Return the groups by area, the files of governance last.

    `asked` are the principals accountable for what is computed from a definition, by its id; they and the consulted
    only tell groups apart where the policy waits for answers.
    """
    facts = _Facts(governance)
    heard = must_answer(governance)
    found: dict[object, list[Subject]] = {}
    for one in subjects:
        key = (facts.of(one), frozenset(one.consulted), _asks(one, asked)) if heard else facts.of(one)
        found.setdefault(key, []).append(one)
    groups = [
        Group(
            area=area_of(some[0]),
            sample=replace(some[0], consulted=some[0].consulted if heard else (), informed=()),
            definitions=tuple(one.id for one in some),
            asked=_asks(some[0], asked) if heard else frozenset(),
        )
        for some in found.values()
    ]
    coming = _coming(groups, governance)
    return tuple(sorted((*groups, *coming), key=lambda one: (one.area == GOVERNANCE_AREA, " " in one.area, one.area)))


def _asks(subject: Subject, asked: Mapping[str, frozenset[str]] | None) -> frozenset[str]:
    return (asked or {}).get(subject.id, frozenset())


def _coming(groups: Sequence[Group], governance: Governance) -> list[Group]:
    """Return a group for new definitions wherever others decide about them than about those that are there."""
    known = {(one.area, _ways(one.sample, governance)) for one in groups}
    found: dict[tuple[str, str], Group] = {}
    for one in groups:
        about = one.sample
        key = (about.kind, about.domain)
        if about.is_governance or about.owner or key in found:
            continue
        new = Subject(f"{about.kind}:new", domain=about.domain)
        if (one.area, _ways(new, governance, new=True)) not in known:
            found[key] = Group(one.area, new, (), new=True)
    return list(found.values())


def _ways(subject: Subject, governance: Governance, *, new: bool = False) -> object:
    levels, tie = routes(subject, governance, new=new)
    rules = tuple(governance.rule(one, (subject,)) for one in ChangeClass)
    return tuple((one.name, one.accountable, one.deputy) for one in levels), bool(tie), rules


class _Facts:
    """What raci.yaml and policy.yaml look at in a definition, each entry read once."""

    def __init__(self, governance: Governance) -> None:
        matches: list[Match] = [one.match for one in governance.raci.entries]
        matches += [one.match for one in governance.policy.scopes]
        self._tags = frozenset(one.tag for one in matches if one.name is None and one.tag is not None)
        names = frozenset(one.name for one in matches if one.name is not None)
        self._exact = frozenset(name for name in names if not WILD & set(name))
        self._patterns = tuple(re.compile(translate(name)) for name in sorted(names - self._exact))

    def of(self, subject: Subject) -> object:
        name = subject.name
        return (
            subject.is_governance,
            subject.kind,
            subject.domain,
            subject.owner,
            subject.tags & self._tags,
            name if name in self._exact else "",
            tuple(number for number, one in enumerate(self._patterns) if one.match(name)),
        )
