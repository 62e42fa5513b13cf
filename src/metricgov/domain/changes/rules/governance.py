"""Rules about who works how: workflows, objectives, scorecards, governance files, and files of other tools."""

from __future__ import annotations

from metricgov.domain.changes.rules.rows import (
    BREAKING,
    EDITORIAL,
    UNKNOWN,
    of,
    row,
    set_change,
)
from metricgov.domain.changes.values import Edit, Scope

ENGINE_FIELDS = ("dialect", "engines", "rules", "format", "opaque")


def _engine(edit: Edit, scope: Scope) -> bool:
    """Return whether metricgov.yaml changes how the texts of definitions are read."""
    top = edit.path.partition(".")[0].partition("[")[0]
    return scope.definition == "governance:metricgov" and top in ENGINE_FIELDS


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
