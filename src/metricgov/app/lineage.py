"""What a definition is made from and what is made from it, one step each way; all that it reaches is impact.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from metricgov.app.impact import COMPUTED, USES
from metricgov.app.owning import decides_by_facts
from metricgov.domain.definitions.fields import Edge
from metricgov.domain.digest import JSON
from metricgov.domain.linted import Linted
from metricgov.domain.reading_views import Lineage, Neighbour
from metricgov.domain.registry import Reference, Registry
from metricgov.domain.workflow.rights import Governance


def lineage(definition: str, linted: Linted, governance: Governance | None) -> Lineage:
    """Return both sides of a definition: what its numbers come from first, what is only named after it.

    Dashboards, alerts, contracts and the like of `used_in` stand last.
    """
    registry = linted.registry
    sources = _edges((one.target, one) for one in registry.references(definition))
    users = _edges((one.origin, one) for one in registry.referring(definition))
    return Lineage(
        definition,
        tuple(_near(one, edge, _behind(one, registry), linted, governance) for one, edge in sources),
        (
            *(_near(one, edge, _beyond(one, registry), linted, governance) for one, edge in users),
            *_consumers(definition, registry),
        ),
    )


def _edges(found: Iterable[tuple[str, Reference]]) -> list[tuple[str, Edge]]:
    """Return each neighbour once, by the strongest of its references, what is computed first."""
    strongest: dict[str, Edge] = {}
    for one, reference in found:
        if strongest.get(one) is not Edge.COMPUTED:
            strongest[one] = reference.edge
    return sorted(strongest.items(), key=lambda one: one[1] is not Edge.COMPUTED)


def _behind(definition: str, registry: Registry) -> int:
    return len({one.target for one in registry.references(definition)})


def _beyond(definition: str, registry: Registry) -> int:
    """Count the definitions; what is outside of the registry stands in the file, which is read when it is opened."""
    return len({one.origin for one in registry.referring(definition)})


def _near(definition: str, edge: Edge, more: int, linted: Linted, governance: Governance | None) -> Neighbour:
    relation = COMPUTED if edge is Edge.COMPUTED else USES
    path = linted.paths.get(definition)
    if path is None:
        return Neighbour(definition, relation, there=False)
    entry = linted.registry.get(definition)
    facts = entry.facts if entry is not None else None
    level = decides_by_facts(definition, facts, path, governance)
    owner = level.accountable if level else ""
    if facts is None:
        return Neighbour(definition, relation, owner=owner, more=more)
    return Neighbour(definition, relation, facts.title, facts.version, facts.status, owner, more)


def _consumers(definition: str, registry: Registry) -> Iterator[Neighbour]:
    for one in _used_in(definition, registry):
        yield Neighbour(
            _word(one, "name"), _word(one, "kind") or USES, title=_word(one, "url"), owner=_word(one, "owner")
        )


def _used_in(definition: str, registry: Registry) -> Iterator[Mapping[str, JSON]]:
    entry = registry.get(definition)
    found = entry.data.get("used_in") if entry is not None else None
    for one in found if isinstance(found, list | tuple) else ():
        if isinstance(one, Mapping) and _word(one, "name"):
            yield one


def _word(data: Mapping[str, JSON], field: str) -> str:
    found = data.get(field)
    return found if isinstance(found, str) else ""
