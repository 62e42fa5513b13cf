"""Whether every change of a registry could be approved under its governance; the proof itself is coverage.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from metricgov.app.contents import REGULAR, Content
from metricgov.app.governing import load_governance
from metricgov.app.owning import subject_of
from metricgov.domain.errors import InvalidFiles
from metricgov.domain.linted import Linted
from metricgov.domain.workflow.alike import must_answer
from metricgov.domain.workflow.proof import Coverage
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.roles import routes
from metricgov.domain.workflow.weaknesses import prove
from metricgov.ports.files import DefinitionFiles

if TYPE_CHECKING:
    from metricgov.domain.registry import Registry
    from metricgov.domain.workflow.rights import Governance


def policy_check(linted: Linted, governance: Governance) -> Coverage:
    """Try every class of change of every definition by every author.

    A definition that does not load is routed by its place alone.
    """
    subjects = {one.id: one for one in _subjects(linted, governance)}
    asked = _asked(subjects, linted.registry, governance) if must_answer(governance) else None
    return prove(subjects.values(), governance, asked=asked)


def own_governance(linted: Linted, *, files: DefinitionFiles) -> Governance:
    """Return the governance among files that were read; InvalidFiles carries every problem where it does not load."""
    contents = {path: Content(REGULAR, data) for path, data in linted.governance.items()}
    governance, problems = load_governance(contents, files=files)
    if governance is None:
        raise InvalidFiles(problems)
    return governance


def _subjects(linted: Linted, governance: Governance) -> Iterator[Subject]:
    for definition, path in linted.paths.items():
        entry = linted.registry.get(definition)
        yield subject_of(definition, entry.facts if entry else None, path, governance)


def _asked(subjects: Mapping[str, Subject], registry: Registry, governance: Governance) -> dict[str, frozenset[str]]:
    """Return who is accountable for what is computed from each definition; they are asked about it (INV-19)."""
    accountable = {one: routes(subject, governance)[0][0].accountable for one, subject in subjects.items()}
    return {
        one: frozenset(
            accountable[other] for other in registry.dependants(one, transitive=True) if other in accountable
        )
        for one in subjects
    }
