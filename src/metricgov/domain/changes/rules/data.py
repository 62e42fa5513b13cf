"""Rules about what metrics are computed from: sources and events."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.domain.changes.rules.rows import (
    BREAKING,
    COMPATIBLE,
    EDITORIAL,
    UNKNOWN,
    added,
    becomes,
    of,
    only_gains,
    removed,
    row,
    set_change,
)
from metricgov.domain.changes.values import Edit, Scope

WIDER = frozenset({("integer", "decimal"), ("integer", "number")})
"""Changes of type that keep every value."""


def _wider(edit: Edit, _scope: Scope) -> bool:
    return (edit.before, edit.after) in WIDER


def _column_renamed(edit: Edit, scope: Scope) -> bool:
    """Return whether a column appears with `renamed_from`, or is the one that another names there, all else equal."""
    if not (edit.added or edit.removed) or not _renames(edit, scope):
        return False
    old, new = _columns(scope.before), _columns(scope.after)
    for name, column in new.items():
        was = column.get("renamed_from")
        if name in old or not isinstance(was, str) or was not in old or was in new:
            continue
        parts = [{key: value for key, value in side.items() if key in _BODY} for side in (old[was], column)]
        if parts[0] == parts[1] and edit.path in {f"columns[{name}]", f"columns[{was}]"}:
            return True
    return False


def _renames(edit: Edit, scope: Scope) -> bool:
    """Return whether there is a `renamed_from` to look at: that of the column itself, or of any where one is gone."""
    if edit.added:
        return isinstance(edit.after, Mapping) and "renamed_from" in edit.after
    listed = scope.after.get("columns")
    items = listed if isinstance(listed, list | tuple) else ()
    return any("renamed_from" in item for item in items if isinstance(item, Mapping))


_BODY = frozenset({"type", "nullable", "values", "expression"})


def _columns(data: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    listed = data.get("columns")
    items = listed if isinstance(listed, list | tuple) else ()
    return {str(item["name"]): item for item in items if isinstance(item, Mapping) and "name" in item}


def _required(edit: Edit, _scope: Scope) -> bool:
    return edit.added and isinstance(edit.after, Mapping) and edit.after.get("required") is True


def _shortened(edit: Edit, _scope: Scope) -> bool:
    return edit.added or (isinstance(edit.before, str) and isinstance(edit.after, str) and edit.after > edit.before)


def _column(body: str) -> str:
    return f"columns:\n  - {{name: email, {body}}}"


SOURCE_RULES = (
    row(
        "SOURCE_RENAMED", COMPATIBLE, of("source", "renamed_from"),
        "this source was named {after} before",
        "A rename map that people agreed on is the proof that rows are the same.",
        ("name: crm_leads", "name: crm_leads\nrenamed_from: crm_contacts"),
        flags="N",
    ),
    row(
        "RELATION_ADDED", COMPATIBLE, of("source", "relations.*"),
        "{field}: also readable as {after}",
        "One more engine; what the others read stays.",
        ("relations: {duckdb: crm.leads}", "relations: {duckdb: crm.leads, bigquery: crm.leads}"),
        flags="N", applies=added,
    ),
    row(
        "RELATION_REMOVED", COMPATIBLE, of("source", "relations.*"),
        "{field}: no longer readable as {before}",
        "Who computes in that engine loses the source; what the others read stays.",
        ("relations: {duckdb: crm.leads, bigquery: crm.leads}", "relations: {duckdb: crm.leads}"),
        flags="R", applies=removed,
    ),
    row(
        "RELATION_SWAPPED", UNKNOWN, of("source", "relations", "relations.*", "files", "files.**"),
        "{field} {before} -> {after}",
        "Whether another relation holds the same rows cannot be read from a name, nor from a version in it.",
        ("relations: {duckdb: crm.leads_v1}", "relations: {duckdb: crm.leads_v2}"),
    ),
    row(
        "COLUMN_RENAMED", COMPATIBLE, of("source", "columns[]"),
        "{field}: renamed, with everything else equal",
        "The new column says what it was named before. Metrics that use the old name have to follow.",
        (_column("type: string"), "columns:\n  - {name: mail, type: string, renamed_from: email}"),
        flags="R", applies=_column_renamed,
    ),
    row(
        "COLUMN_ADDED", COMPATIBLE, of("source", "columns[]"),
        "{field} added",
        "What was there is untouched.",
        (_column("type: string"), _column("type: string") + "\n  - {name: country, type: string}"),
        applies=added,
    ),
    row(
        "COLUMN_REMOVED", BREAKING, of("source", "columns", "columns[]"),
        "{field} removed",
        "What is computed from it can no longer be computed.",
        (_column("type: string") + "\n  - {name: country, type: string}", _column("type: string")),
        flags="R",
    ),
    row(
        "COLUMN_WIDENED", COMPATIBLE, of("source", "columns[].type"),
        "{field} {before} -> {after}",
        "Every value of the old type is one of the new.",
        (_column("type: integer"), _column("type: decimal")), applies=_wider,
    ),
    row(
        "COLUMN_RETYPED", BREAKING, of("source", "columns[].type"),
        "{field} {before} -> {after}",
        "Values round, or compare and sort otherwise.",
        (_column("type: decimal"), _column("type: integer")),
    ),
    row(
        "COLUMN_NAME_CHANGED", BREAKING, of("source", "columns[].name"),
        "{field} {before} -> {after}",
        "What is computed from the old name can no longer be computed.",
        (
            "columns:\n  - {name: a, type: date}\n  - {name: a, type: date}",
            "columns:\n  - {name: b, type: date}\n  - {name: b, type: date}",
        ),
        flags="R",
    ),
    row(
        "COLUMN_DESCRIBED", EDITORIAL, of("source", "columns[].description"),
        "{field} edited",
        "Text only.",
        (_column("type: string"), _column("type: string, description: Work address.")),
    ),
    row(
        "COLUMN_CONSTRAINT_CHANGED", EDITORIAL, of("source", "columns[].nullable"),
        "{field} {before} -> {after}",
        "A promise about the data, checked but not computed with.",
        (_column("nullable: true"), _column("nullable: false")),
        flags="N",
    ),
    row(
        "PERSONAL_DATA_CHANGED", EDITORIAL,
        of("source", "columns[].personal") + of("event", "properties[].personal"),
        "{field} {before} -> {after}",
        "Whoever answers for data protection is asked.",
        (_column("personal: false"), _column("personal: true")),
        flags="GN",
    ),
    row(
        "VALUES_ADDED", COMPATIBLE, of("source", "columns[].values") + of("event", "properties[].values"),
        "{field} {before} -> {after}",
        "Old values keep their meaning.",
        (_column("values: [a]"), _column("values: [a, b]")), applies=only_gains, narrow=set_change,
    ),
    row(
        "VALUES_CHANGED", BREAKING, of("source", "columns[].values") + of("event", "properties[].values"),
        "{field} {before} -> {after}",
        "Values are merged, split or gone: breakdowns need a concordance.",
        (_column("values: [a, b]"), _column("values: [a, c]")), flags="R", narrow=set_change,
    ),
    row(
        "COLUMN_RENAME_NOTED", EDITORIAL, of("source", "columns[].renamed_from"),
        "{field} {before} -> {after}",
        "A note on a column that stays.",
        (_column("type: string"), _column("type: string, renamed_from: mail")),
    ),
    row(
        "PRIMARY_KEY_CHANGED", BREAKING, of("source", "primary_key"),
        "{field} {before} -> {after}",
        "One row stands for something else.",
        ("primary_key: [lead_id]", "primary_key: [lead_id, day]"), narrow=set_change,
    ),
    row(
        "SOURCE_TIME_CHANGED", BREAKING, of("source", "time", "time.column"),
        "{field} {before} -> {after}",
        "The same rows fall into other periods.",
        ("time: {column: created_at}", "time: {column: updated_at}"),
    ),
    row(
        "TIMEZONE_CHANGED", BREAKING, of("source", "time.zone"),
        "{field} {before} -> {after}",
        "Days begin and end at other moments.",
        ("time: {column: created_at, zone: UTC}", "time: {column: created_at, zone: Europe/Berlin}"),
    ),
    row(
        "FRESHNESS_CHANGED", EDITORIAL, of("source", "freshness", "freshness.**"),
        "{field} {before} -> {after}",
        "When data should have arrived, not what they say.",
        ("freshness: {within: 24 hours}", "freshness: {within: 6 hours}"),
    ),
    row(
        "RETENTION_SHORTENED", COMPATIBLE, of("source", "recomputable_from"),
        "{field} {before} -> {after}: less history can be computed again",
        "Old definitions can no longer be evaluated there: keep their series first.",
        ("recomputable_from: 2020-01-01", "recomputable_from: 2024-01-01"),
        flags="N", applies=_shortened,
    ),
    row(
        "RETENTION_EXTENDED", EDITORIAL, of("source", "recomputable_from"),
        "{field} {before} -> {after}",
        "More history can be computed again; no number moves.",
        ("recomputable_from: 2024-01-01", "recomputable_from: 2020-01-01"),
    ),
    row(
        "SOURCE_OF_TRUTH_CHANGED", EDITORIAL, of("source", "source_of_truth"),
        "{field} {before} -> {after}",
        "Others are reconciled against it: the accountable person agrees.",
        ("source_of_truth: false", "source_of_truth: true"),
        flags="G",
    ),
)  # fmt: skip


def _property(body: str) -> str:
    return f"properties:\n  - {{name: plan, {body}}}"


EVENT_RULES = (
    row(
        "PROPERTY_REQUIRED", BREAKING, of("event", "properties[]"),
        "{field} added and required",
        "Events without it no longer count as sent.",
        (_property("type: string"), _property("type: string") + "\n  - {name: seat, type: string, required: true}"),
        applies=_required,
    ),
    row(
        "PROPERTY_ADDED", COMPATIBLE, of("event", "properties[]"),
        "{field} added, optional",
        "What was sent is untouched.",
        (_property("type: string"), _property("type: string") + "\n  - {name: seat, type: string}"),
        applies=added,
    ),
    row(
        "PROPERTY_REMOVED", BREAKING, of("event", "properties", "properties[]"),
        "{field} removed",
        "Metrics that use it lose it.",
        (_property("type: string") + "\n  - {name: seat, type: string}", _property("type: string")),
        flags="R",
    ),
    row(
        "PROPERTY_WIDENED", COMPATIBLE, of("event", "properties[].type"),
        "{field} {before} -> {after}",
        "Every value of the old type is one of the new.",
        (_property("type: integer"), _property("type: number")), applies=_wider,
    ),
    row(
        "PROPERTY_RETYPED", BREAKING, of("event", "properties[].type", "properties[].name"),
        "{field} {before} -> {after}",
        "Values compare and sort otherwise.",
        (_property("type: string"), _property("type: integer")),
    ),
    row(
        "PROPERTY_MADE_REQUIRED", BREAKING, of("event", "properties[].required"),
        "{field}: required now",
        "Events without it no longer count as sent.",
        (_property("required: false"), _property("required: true")), applies=becomes(True),
    ),
    row(
        "PROPERTY_MADE_OPTIONAL", UNKNOWN, of("event", "properties[].required"),
        "{field}: may be missing now",
        "Metrics that group or filter by it may lose rows.",
        (_property("required: true"), _property("required: false")),
    ),
    row(
        "PROPERTY_DESCRIBED", EDITORIAL, of("event", "properties[].description"),
        "{field} edited",
        "Text only.",
        (_property("type: string"), _property("type: string, description: The plan bought.")),
    ),
    row(
        "CAMPAIGN_PARAMETER_ADDED", COMPATIBLE, of("event", "campaign_parameters"),
        "{field} {before} -> {after}",
        "What was sent is untouched.",
        ("campaign_parameters: [utm_source]", "campaign_parameters: [utm_source, utm_medium]"),
        applies=only_gains, narrow=set_change,
    ),
    row(
        "CAMPAIGN_PARAMETER_REMOVED", BREAKING, of("event", "campaign_parameters"),
        "{field} {before} -> {after}",
        "Attribution that used it loses it.",
        ("campaign_parameters: [utm_source, utm_medium]", "campaign_parameters: [utm_source]"),
        flags="R", narrow=set_change,
    ),
    row(
        "CONSENT_CHANGED", EDITORIAL, of("event", "consent", "destinations"),
        "{field} {before} -> {after}",
        "On what basis data are collected and where they go: whoever answers for data protection is asked.",
        ("consent: consent", "consent: legitimate_interest"),
        flags="GN", narrow=set_change,
    ),
    row(
        "IMPLEMENTER_CHANGED", EDITORIAL, of("event", "implemented_by"),
        "{field} {before} -> {after}",
        "Who has to act on the next change of it.",
        ("implemented_by: [web-team]", "implemented_by: [app-team]"),
        flags="G", narrow=set_change,
    ),
    row(
        "EVENT_KEY_CHANGED", BREAKING, of("event", "deduplication_key"),
        "{field} {before} -> {after}",
        "Other repeats are dropped.",
        ("deduplication_key: [id]", "deduplication_key: [id, day]"), narrow=set_change,
    ),
)  # fmt: skip

RULES = (*SOURCE_RULES, *EVENT_RULES)
