"""A starter registry as people with the standard policy find it, for tests of the desk; copied for every test."""

from __future__ import annotations

import subprocess
from pathlib import Path

from metricgov.desk.local import LocalDesk


def make_starter(root: Path) -> None:
    """Make the starter registry; git knows crm-lead here."""
    from metricgov.adapters.clock import SystemClock
    from metricgov.app.start import Person, Wishes, begin, plan, touched_paths
    from metricgov.assembly import outside, parts
    from metricgov.bootstrap import Workspace

    first = Person("crm-lead", "CRM lead", "crm-lead@example.com")
    wishes = Wishes((first,), None, (), "duckdb", "metricgov/journal", outside.starter_files(), True)
    seen = outside.survey(root, touched_paths(wishes))
    files = Workspace(root).files
    registry = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"
    beginning = plan(wishes, existing={}, target=parts.DEFAULT_TARGET, tip=seen.tip, registry=registry, files=files)
    with outside.begin_repository(root) as repository:
        begin(beginning, site=outside.site_of(repository), source=repository, clock=SystemClock())
    for words in (("user.email", "crm-lead@example.com"), ("user.name", "CRM lead")):
        subprocess.run(["git", "config", *words], cwd=root, check=True)


def desk_of(root: Path, person: str = "ops-lead") -> LocalDesk:
    """Return the desk of a person."""
    return LocalDesk(root, claimed=person)
