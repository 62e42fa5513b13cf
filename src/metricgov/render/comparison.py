"""`diff` as text and as JSON; each finding is laid out in findings.py."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.changes.findings import Finding
from metricgov.domain.digest import JSON
from metricgov.domain.errors import Problem
from metricgov.domain.views import ChangedDefinition
from metricgov.render.as_json import changed_definition, finding_row
from metricgov.render.findings import findings_text
from metricgov.render.gate_json import problem_json
from metricgov.render.json_text import json_text
from metricgov.render.kit import Screen, clean

FORMAT = 1


def comparison_text(
    definitions: Sequence[ChangedDefinition], *, affected: Sequence[Finding], screen: Screen | None = None
) -> str:
    """Return the findings of all definitions, and which of them are only written differently."""
    screen = screen or Screen()
    found = [finding for one in definitions for finding in one.findings]
    same = [one for one in definitions if not one.findings]
    lines = [line for one in same for line in screen.ends(f"= {clean(one.id)}", "only written differently")]
    if not found and not affected and same:
        return screen.text(lines)
    steps = {one.id: one.version for one in definitions}
    return findings_text(found, steps=steps, affected=affected, screen=screen) + screen.text(lines)


def comparison_json(
    definitions: Sequence[ChangedDefinition],
    *,
    base: tuple[str, str],
    head: tuple[str, str],
    affected: Sequence[Finding],
    problems: Sequence[Problem],
) -> str:
    """Return `diff --json`; `base` and `head` are name and commit, "" for that of the work tree."""
    body: dict[str, JSON] = {
        "format": FORMAT,
        "base": {"ref": base[0], "commit": base[1] or None},
        "head": {"ref": head[0] or None, "commit": head[1] or None},
        "definitions": [changed_definition(one) for one in definitions],
        "affected": [finding_row(one) for one in affected],
        "problems": [problem_json(one) for one in problems],
    }
    return json_text(body)
