"""Rules about who works how: workflows, objectives, scorecards, governance files, and files of other tools."""

from __future__ import annotations

import re
from collections.abc import Mapping

from metricgov.domain.changes.rules.rows import (
    BREAKING,
    EDITORIAL,
    UNKNOWN,
    of,
    row,
    set_change,
    short,
)
from metricgov.domain.changes.values import Edit, Scope

ENGINE_FIELDS = ("dialect", "engines", "rules", "format", "opaque")


def _engine(edit: Edit, scope: Scope) -> bool:
    """Return whether metricgov.yaml changes how the texts of definitions are read."""
    top = edit.path.partition(".")[0].partition("[")[0]
    return scope.definition == "governance:metricgov" and top in ENGINE_FIELDS


_GLOBS = re.compile(r"opaque(?:\[\d+\](?:\.paths(?:\[\d+\])?)?)?", re.ASCII)


def _opaque_paths(edit: Edit, scope: Scope) -> bool:
    return scope.definition == "governance:metricgov" and _GLOBS.fullmatch(edit.path) is not None


def _globs(value: object) -> tuple[str, ...]:
    """Return the patterns of paths in a part of `opaque`."""
    if isinstance(value, str):
        return (value,)
    if isinstance(value, Mapping):
        return _globs(value.get("paths"))
    return tuple(glob for item in value for glob in _globs(item)) if isinstance(value, list | tuple) else ()


def _governed(edit: Edit, scope: Scope) -> str:
    """Say which patterns of paths are governed now, and which no longer; one that only moved in the list is neither."""
    old, new = (_globs(side.get("opaque")) for side in (scope.before, scope.after))
    come = [one for one in _globs(edit.after) if one not in old]
    gone = [one for one in _globs(edit.before) if one not in new]
    parts = []
    for globs, words in ((come, "now"), (gone, "no longer")):
        if globs:
            many = "1 pattern of paths is" if len(globs) == 1 else f"{len(globs)} patterns of paths are"
            parts.append(f"{many} {words} governed: {short(globs)}")
    return "; ".join(parts)


RULES = (
    row(
        "WORKFLOW_CHANGED", EDITORIAL, of("workflow", "team", "hands_over_to", "steps"),
        "{field} {before} -> {after}",
        "Whose work a metric measures decides whose scorecard may hold it.",
        ("team: sales-operations", "team: marketing-operations"),
        flags="G", narrow=set_change,
    ),
    row(
        "OBJECTIVE_CHANGED", EDITORIAL,
        of("objective", "statement", "owner", "period", "period.**", "parent"),
        "{field} {before} -> {after}",
        "What a KPI serves; no number moves.",
        ("statement: Grow pipeline.", "statement: Grow qualified pipeline."),
        flags="G",
    ),
    row(
        "SCORECARD_CHANGED", EDITORIAL,
        of("scorecard", "team", "rhythm", "sections", "sections[]", "sections[].**"),
        "{field} {before} -> {after}",
        "What a team is looked at by; no number moves.",
        ("rhythm: week", "rhythm: month"),
        flags="G",
    ),
    row(
        "OPAQUE_PATHS_CHANGED", UNKNOWN, of("governance", "**"),
        "paths of other formats are governed otherwise: {before} -> {after}",
        "Which files count as definitions changes; what they mean cannot be read from a format that is not known here.",
        ("kind: metricgov\nopaque: []", "kind: metricgov\nopaque:\n  - paths: [\"models/**/*.sql\"]"),
        flags="G", applies=_opaque_paths, narrow=_governed,
    ),
    row(
        "ENGINE_CHANGED", UNKNOWN, of("governance", "**"),
        "{field} {before} -> {after}: texts are read in another way",
        "The same text can mean another number in another engine, dialect or rule set.",
        ("kind: metricgov\ndialect: duckdb", "kind: metricgov\ndialect: bigquery"),
        flags="G", applies=_engine,
    ),
    row(
        "GOVERNANCE_REMOVED", BREAKING, of("governance", ""),
        "{name} is removed",
        "Without its rules nobody could say who decides.",
        ("kind: raci\ncouncil: metrics-council", "# no file"),
        flags="BG", applies=lambda edit, scope: edit.removed and scope.definition != "governance:gitattributes",
    ),
    row(
        "GOVERNANCE_CHANGED", EDITORIAL, of("governance", "", "**"),
        "{field} {before} -> {after}",
        "Who may decide what is judged by the rules in force before.",
        ("kind: raci\ncouncil: metrics-council", "kind: raci\ncouncil: data-council"),
        flags="G",
    ),
    row(
        "OPAQUE_CHANGED", UNKNOWN, of("opaque", "**"),
        "{field} {before} -> {after}",
        "The format is not known here, so what the field means is not either.",
        ("a: 1", "a: 2"),
    ),
)  # fmt: skip
