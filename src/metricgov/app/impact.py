"""What a definition reaches: everything computed from it or using it, and who owns that; nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metricgov.app.owning import decides
from metricgov.domain.definitions.fields import Edge
from metricgov.domain.digest import JSON
from metricgov.domain.linted import Linted
from metricgov.domain.registry import Registry
from metricgov.domain.views import ImpactRow
from metricgov.domain.workflow.rights import Governance

COMPUTED, USES = "computed", "uses"


def impact(definition: str, linted: Linted, governance: Governance | None) -> tuple[ImpactRow, ...]:
    """Return what depends on a definition, nearest first.

    What is computed from it is followed on; what only uses something reached (a scorecard, a KPI it guards) ends
    there, and so do the dashboards, reports and contracts of `used_in`.
    """
    registry = linted.registry
    steps, via = _computed(definition, registry)
    rows = [_row(one, COMPUTED, steps[one], via[one], linted, governance) for one in steps if one != definition]
    users: dict[str, ImpactRow] = {}
    for one in steps:
        for reference in registry.referring(one):
            user = reference.origin
            if user not in steps and user not in users:
                users[user] = _row(user, USES, steps[one] + 1, _via(one, definition), linted, governance)
    consumers = [row for one in steps for row in _consumers(one, definition, steps[one], registry)]
    return tuple(sorted([*rows, *users.values(), *consumers], key=lambda row: (row.steps, _RANK.get(row.relation, 2))))


_RANK = {COMPUTED: 0, USES: 1}


def _computed(start: str, registry: Registry) -> tuple[dict[str, int], dict[str, str]]:
    """Return the distance of everything computed from a definition, and the neighbour on the way to it."""
    steps, via = {start: 0}, {start: ""}
    level = [start]
    while level:
        nearer: list[str] = []
        for one in level:
            for reference in registry.referring(one):
                if reference.edge is Edge.COMPUTED and reference.origin not in steps:
                    steps[reference.origin] = steps[one] + 1
                    via[reference.origin] = _via(one, start)
                    nearer.append(reference.origin)
        level = nearer
    return steps, via


def _via(neighbour: str, start: str) -> str:
    return "" if neighbour == start else neighbour


def _row(
    definition: str, relation: str, steps: int, via: str, linted: Linted, governance: Governance | None
) -> ImpactRow:
    entry = linted.registry[definition]
    level = decides(definition, entry.data, entry.path, governance)
    title = entry.data.get("title")
    return ImpactRow(
        id=definition,
        relation=relation,
        steps=steps,
        owner=level.accountable if level else "",
        title=title if isinstance(title, str) else "",
        via=via,
    )


def _consumers(definition: str, start: str, steps: int, registry: Registry) -> Iterator[ImpactRow]:
    entry = registry.get(definition)
    found = entry.data.get("used_in") if entry is not None else None
    for one in found if isinstance(found, list | tuple) else ():
        if isinstance(one, Mapping) and (name := _word(one, "name")):
            yield ImpactRow(
                id=name,
                relation=_word(one, "kind") or USES,
                steps=steps + 1,
                owner=_word(one, "owner"),
                title=_word(one, "url"),
                via=_via(definition, start),
            )


def _word(data: Mapping[str, JSON], field: str) -> str:
    found = data.get(field)
    return found if isinstance(found, str) else ""
