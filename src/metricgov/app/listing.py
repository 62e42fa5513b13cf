"""The definitions of one commit, filtered, with accountable person and open change; one in full is showing.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metricgov.app.owning import decides
from metricgov.domain.definitions.kinds import NATIVE, Kind, domain_of, split_id
from metricgov.domain.definitions.problems import did_you_mean
from metricgov.domain.digest import JSON
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
    every = [_row(one, path, linted, governance, open_changes) for one, path in linted.paths.items()]
    tags = {row.id: _tags(linted, row.id) for row in every}
    fitting = [row for row in every if _fits(row, tags[row.id], wanted, governance)]
    fitting.sort(key=lambda row: (ORDER[split_id(row.id)[0]], row.domain, row.id))
    return Listing(tuple(fitting), tuple(_misses(every, tags, wanted, governance)))


def open_labels(lookup: Lookup, ids: ChangeIds) -> dict[str, str]:
    """Return the label of the newest open change of each definition that has one."""
    from metricgov.app.addressing import labels_of
    from metricgov.app.listing_changes import OPEN_STAGES

    known = ids.changes()
    if not known:
        return {}
    labels = labels_of(known)
    found: dict[str, str] = {}
    for summary in lookup.changes(ChangeQuery(OPEN_STAGES)):
        for one in (*(each.id for each in summary.definitions), summary.requested):
            if one:
                found.setdefault(one, labels.get(summary.change, summary.change))
    return found


def _row(
    definition: str, path: str, linted: Linted, governance: Governance | None, open_changes: Mapping[str, str]
) -> DefinitionRow:
    kind = split_id(definition)[0]
    entry = linted.registry.get(definition)
    data = entry.data if entry is not None else {}
    level = decides(definition, data or None, path, governance)
    broken = entry is None and kind in NATIVE
    return DefinitionRow(
        id=definition,
        path=path,
        title=_word(data, "title"),
        version=_word(data, "version"),
        status=UNREADABLE if broken else _word(data, "status"),
        domain=_word(data, "domain") or domain_of(path) or "",
        owner=level.accountable if level else "",
        kpi=kind is Kind.METRIC and "kpi" in data,
        open_change=open_changes.get(definition, ""),
    )


def _fits(row: DefinitionRow, tags: frozenset[str], wanted: Wanted, governance: Governance | None) -> bool:
    kind = split_id(row.id)[0]
    return (
        (kind == wanted.kind if wanted.kind else kind is not Kind.GOVERNANCE)
        and (not wanted.domain or row.domain == wanted.domain)
        and (not wanted.status or row.status == wanted.status)
        and (not wanted.tag or wanted.tag in tags)
        and (not wanted.kpi or row.kpi)
        and (not wanted.owner or wanted.owner in _owners(row.owner, governance))
    )


def _owners(accountable: str, governance: Governance | None) -> frozenset[str]:
    return frozenset({accountable}) | (governance.members(accountable) if governance and accountable else frozenset())


def _misses(
    rows: Sequence[DefinitionRow], tags: Mapping[str, frozenset[str]], wanted: Wanted, governance: Governance | None
) -> Iterable[str]:
    """Say which filter can match nothing here, and what was perhaps meant."""
    asked = (
        ("domain", wanted.domain, {row.domain for row in rows}),
        ("tag", wanted.tag, frozenset().union(*tags.values()) if tags else frozenset()),
        ("owner", wanted.owner, {name for row in rows for name in _owners(row.owner, governance)}),
    )
    for what, value, known in asked:
        if value and value not in known:
            near = did_you_mean(value, sorted(one for one in known if one))
            yield f"No definition has the {what} {value!r}" + (f"; {near}" if near else ".")


def _tags(linted: Linted, definition: str) -> frozenset[str]:
    entry = linted.registry.get(definition)
    found = entry.data.get("tags") if entry is not None else None
    return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list | tuple) else frozenset()


def _word(data: Mapping[str, JSON], field: str) -> str:
    found = data.get(field)
    return found if isinstance(found, str) else ""
