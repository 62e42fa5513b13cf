"""Who is accountable for a definition at a commit, for readers; who may approve is for roles.py and judge.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from metricgov.app.access import Access
from metricgov.domain.definitions.kinds import domain_of, id_of
from metricgov.domain.digest import JSON
from metricgov.domain.errors import MetricgovError

if TYPE_CHECKING:
    from metricgov.domain.definitions.facts import Facts
    from metricgov.domain.workflow.places import Level
    from metricgov.domain.workflow.proposal import Subject
    from metricgov.domain.workflow.rights import Governance

CONSULTED = "consulted"


def governance_or_why(access: Access, commit: str) -> tuple[Governance | None, str]:
    """Return the governance of a commit, or None and why nobody can say who decides there."""
    from metricgov.app.governing import governance_at

    try:
        return governance_at(commit, source=access.source, files=access.files), ""
    except MetricgovError as error:
        return None, f"not known: {error.message}"


def decides(definition: str, data: Mapping[str, JSON] | None, path: str, governance: Governance | None) -> Level | None:
    """Return the level of raci.yaml that decides about a definition; None without governance, or where two tie."""
    if governance is None:
        return None
    from metricgov.domain.workflow.proposal import subject

    return _first(subject(definition, data, domain=domain_of(path) or "", owner=owner_of(path, governance)), governance)


def decides_by_facts(definition: str, facts: Facts | None, path: str, governance: Governance | None) -> Level | None:
    """Return the same from the facts of a definition alone, without reading its file."""
    return None if governance is None else _first(subject_of(definition, facts, path, governance), governance)


def subject_of(definition: str, facts: Facts | None, path: str, governance: Governance) -> Subject:
    """Return the routing facts of a definition from its facts, None for a file that has none."""
    from metricgov.domain.workflow.proposal import Subject

    if facts is None:
        return Subject(definition, domain=domain_of(path) or "", owner=owner_of(path, governance))
    return Subject(
        definition,
        domain=facts.domain or domain_of(path) or "",
        tags=frozenset(facts.tags),
        consulted=tuple(name for field, name in facts.people if field.partition("[")[0] == CONSULTED),
    )


def _first(about: Subject, governance: Governance) -> Level | None:
    from metricgov.domain.workflow.roles import routes

    levels, tie = routes(about, governance)
    return None if tie else levels[0]


def owner_of(path: str, governance: Governance) -> str:
    """Return whom metricgov.yaml names for another tool's file."""
    return next((one.owner for one in governance.config.opaque if one.owner and id_of(path, one.paths)), "") or ""
