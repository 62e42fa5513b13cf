"""The definitions of one commit, filtered, with accountable person and open change; one in full is showing.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from metricgov.app.owning import decides_by_facts
from metricgov.domain.definitions.fields import Edge
from metricgov.domain.definitions.kinds import NATIVE, Kind, domain_of, split_id
from metricgov.domain.definitions.problems import Severity, did_you_mean
from metricgov.domain.linted import Linted
from metricgov.domain.views import DefinitionRow
from metricgov.domain.workflow.rights import Governance
from metricgov.ports.index import ChangeQuery, Lookup
from metricgov.ports.journal import ChangeIds

UNREADABLE = "unreadable"
"""The status of a definition whose file does not load."""

ORDER = {kind: rank for rank, kind in enumerate((*NATIVE, Kind.OPAQUE, Kind.GOVERNANCE))}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which definitions: "" asks for any. An owner is the accountable, or a person of the accountable team."""

    kind: str = ""
    domain: str = ""
    owner: str = ""
    status: str = ""
    tag: str = ""
    kpi: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """The rows that were asked for, and a sentence about each filter whose value occurs nowhere."""

    rows: tuple[DefinitionRow, ...]
    misses: tuple[str, ...] = ()


def list_definitions(
    linted: Linted, wanted: Wanted, *, governance: Governance | None, open_changes: Mapping[str, str]
) -> Listing:
    """Return definitions by kind, domain and name; governance files only where that kind is asked for.

    `open_changes` gives the label of an open change by definition id; without governance nobody is accountable.
    """
    every = every_definition(linted, governance=governance, open_changes=open_changes)
    fitting = tuple(row for row in every if _fits(row, wanted))
    return Listing(fitting, tuple(_misses(every, wanted)))


def every_definition(
    linted: Linted, *, governance: Governance | None, open_changes: Mapping[str, str]
) -> tuple[DefinitionRow, ...]:
    """Return a line for every definition there is, governance files and those of other tools last."""
    problems = _problems(linted)
    return in_order(_row(one, path, linted, governance, open_changes, problems) for one, path in linted.paths.items())


def in_order(rows: Iterable[DefinitionRow]) -> tuple[DefinitionRow, ...]:
    """Return rows by kind, domain and name, governance files and those of other tools last."""
    return tuple(sorted(rows, key=lambda row: (ORDER[split_id(row.id)[0]], row.domain, row.id)))


def open_labels(lookup: Lookup, ids: ChangeIds) -> dict[str, str]:
    """Return the label of the newest open change of each definition that has one."""
    from metricgov.app.addressing import Labels
    from metricgov.app.listing_changes import OPEN_STAGES

    known = ids.changes()
    if not known:
        return {}
    labels = Labels(known)
    found: dict[str, str] = {}
    for summary in lookup.changes(ChangeQuery(OPEN_STAGES)):
        for one in (*(each.id for each in summary.definitions), summary.requested):
            if one:
                found.setdefault(one, labels.get(summary.change, summary.change))
    return found


def _row(
    definition: str,
    path: str,
    linted: Linted,
    governance: Governance | None,
    open_changes: Mapping[str, str],
    problems: Mapping[str, str],
) -> DefinitionRow:
    """Return a line from the facts that are kept of each file: nothing is read for it."""
    kind = split_id(definition)[0]
    entry = linted.registry.get(definition)
    facts = entry.facts if entry is not None else None
    level = decides_by_facts(definition, facts, path, governance)
    broken = facts is None and kind in NATIVE
    owner = level.accountable if level else ""
    row = DefinitionRow(
        id=definition,
        path=path,
        status=UNREADABLE if broken else "",
        domain=domain_of(path) or "",
        owner=owner,
        open_change=open_changes.get(definition, ""),
        people=tuple(sorted(_owners(owner, governance) - {owner})),
        problem=problems.get(path, ""),
    )
    if facts is None:
        return row
    return replace(
        row,
        title=facts.title,
        version=facts.version,
        status=facts.status,
        domain=facts.domain or row.domain,
        kpi=kind is Kind.METRIC and facts.kpi,
        category=facts.category,
        sources=tuple(dict.fromkeys(name for _, target, edge in facts.references if (name := _source(target, edge)))),
        tags=facts.tags,
    )


def _source(target: str, edge: Edge) -> str:
    """Return the name of a source whose rows are read, "" for another reference."""
    kind, _, name = target.partition(":")
    return name if edge is Edge.COMPUTED and kind == Kind.SOURCE else ""


def _problems(linted: Linted) -> dict[str, str]:
    """Return the first error of each file that has one, with its line."""
    found: dict[str, str] = {}
    for one in linted.complaints:
        place, message = one.problem.place, one.problem.message
        if one.severity is Severity.ERROR:
            found.setdefault(place.path, f"line {place.line}: {message}" if place.line else message)
    return found


def _fits(row: DefinitionRow, wanted: Wanted) -> bool:
    kind = split_id(row.id)[0]
    return (
        (kind == wanted.kind if wanted.kind else kind is not Kind.GOVERNANCE)
        and (not wanted.domain or row.domain == wanted.domain)
        and (not wanted.status or row.status == wanted.status)
        and (not wanted.tag or wanted.tag in row.tags)
        and (not wanted.kpi or row.kpi)
        and (not wanted.owner or wanted.owner in (row.owner, *row.people))
    )


def _owners(accountable: str, governance: Governance | None) -> frozenset[str]:
    return frozenset({accountable}) | (governance.members(accountable) if governance and accountable else frozenset())


def _misses(rows: Sequence[DefinitionRow], wanted: Wanted) -> Iterable[str]:
    """Say which filter can match nothing here, and what was perhaps meant."""
    asked = (
        ("domain", wanted.domain, {row.domain for row in rows}),
        ("tag", wanted.tag, {tag for row in rows for tag in row.tags}),
        ("owner", wanted.owner, {name for row in rows for name in (row.owner, *row.people)}),
    )
    for what, value, known in asked:
        if value and value not in known:
            near = did_you_mean(value, sorted(one for one in known if one))
            yield f"No definition has the {what} {value!r}" + (f"; {near}" if near else ".")
