"""Everything that is wrong in a registry, its governance taken together included; what a change means is assess.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from metricgov.app.contents import REGULAR, Content
from metricgov.app.governing import PATH_SET, load_governance
from metricgov.app.within import within
from metricgov.app.working_calendar import unknown_names
from metricgov.domain.definitions.problems import Severity
from metricgov.domain.linted import Complaint, Linted
from metricgov.ports.calendar import Calendars
from metricgov.ports.files import DefinitionFiles


def lint(linted: Linted, *, files: DefinitionFiles, calendars: Calendars) -> Linted:
    """Return a registry with all complaints, by path and line.

    Governance files are judged together once each loads by itself, and then what their calendar names.
    """
    found = list(linted.complaints)
    if not any(one.severity is Severity.ERROR and one.problem.place.path in PATH_SET for one in found):
        contents = {path: Content(REGULAR, data) for path, data in linted.governance.items()}
        governance, problems = load_governance(contents, files=files)
        problems += unknown_names(governance, contents, calendars=calendars, files=files)
        found += [Complaint(problem) for problem in problems]
    once = sorted(
        dict.fromkeys(found),
        key=lambda one: (one.problem.place.path, one.problem.place.line, one.problem.place.column),
    )
    return replace(linted, complaints=tuple(once))


def limited(linted: Linted, only: Sequence[str]) -> Linted:
    """Return a registry with the complaints about some files or folders alone; () keeps all."""
    return replace(linted, complaints=tuple(one for one in linted.complaints if within(one.problem.place.path, only)))
