"""What a proposal would mean, before it is made: findings, version steps, and who would have to agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metricgov.domain.changes.findings import ChangeClass, Finding
from metricgov.domain.verdict import VersionStep
from metricgov.domain.workflow.requirements import Requirement
from metricgov.render.findings import findings_text
from metricgov.render.kit import Screen, clean


def preview_text(
    findings: Sequence[Finding],
    *,
    steps: Mapping[str, VersionStep],
    affected: Sequence[Finding],
    needed: Sequence[Requirement],
    change_class: ChangeClass,
    screen: Screen | None = None,
) -> str:
    """Return findings and, below them, everything that others would have to give."""
    screen = screen or Screen()
    text = findings_text(findings, steps=steps, affected=affected, screen=screen)
    return text + screen.text(_needed(needed, change_class, screen))


def _needed(needed: Sequence[Requirement], change_class: ChangeClass, screen: Screen) -> list[str]:
    if not needed:
        alone = change_class is ChangeClass.IDENTICAL
        return screen.wrap("Nobody has to agree: it means what it meant." if alone else "Nobody else has to agree.")
    lines = [screen.rule("Who will have to agree")]
    for one in needed:
        who = ", ".join(clean(name) for name in one.who) or "nobody can, as things stand"
        lines += screen.wrap(f"{clean(one.says)}: {who}", "  ", "    ")
    return lines
