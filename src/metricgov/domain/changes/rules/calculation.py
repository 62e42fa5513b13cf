"""Rules about what a metric computes apart from its SQL: type, measures, windows, inputs, time, grain, identity."""

from __future__ import annotations

from metricgov.domain.changes.aliases import same_but_for_aliases
from metricgov.domain.changes.rules.rows import (
    BREAKING,
    COMPATIBLE,
    EDITORIAL,
    PARTS,
    UNKNOWN,
    added,
    edited,
    measures,
    of,
    row,
    set_change,
    text_at,
)
from metricgov.domain.changes.values import Edit, Scope

GRAINS = ("hour", "day", "week", "month", "quarter", "year")


def _one_of(*names: str) -> frozenset[str]:
    return frozenset(names)


def _counts(edit: Edit, _scope: Scope) -> bool:
    return {edit.before, edit.after} == _one_of("count", "count_distinct")


def _approximate(edit: Edit, _scope: Scope) -> bool:
    return "approx_count_distinct" in (edit.before, edit.after)


def _coarser(edit: Edit, _scope: Scope) -> bool:
    if edit.before not in GRAINS or edit.after not in GRAINS:
        return False
    return GRAINS.index(str(edit.after)) > GRAINS.index(str(edit.before))


def _source_renamed(edit: Edit, scope: Scope) -> bool:
    new = scope.context.others_after.get(f"source:{edit.after}", {})
    return isinstance(edit.before, str) and text_at(new, "renamed_from") == edit.before


def _aggregate(before: str, after: str) -> tuple[str, str]:
    return (f"calculation:\n  aggregate: {before}", f"calculation:\n  aggregate: {after}")


def _part(name: str) -> tuple[str, ...]:
    return of("metric", f"calculation.{name}", f"calculation.{name}.**")


RULES = (
    row(
        "CALCULATION_REPLACED", BREAKING, of("metric", "calculation"),
        "the calculation is added or removed as a whole",
        "Nothing remains that old values could be compared with.",
        ("title: Routing speed", "title: Routing speed\ncalculation:\n  type: simple"),
    ),
    row(
        "TYPE_CHANGED", BREAKING, of("metric", "calculation.type"),
        "type {before} -> {after}",
        "Another kind of number.",
        ("calculation:\n  type: simple", "calculation:\n  type: ratio"),
    ),
    row(
        "INPUT_ALIAS_RENAMED", EDITORIAL,
        of("metric", "calculation.inputs[]", "calculation.inputs[].**", "calculation.expression"),
        "{field}: aliases renamed together with the expression",
        "A name that only the expression uses means whatever it stands for.",
        (
            "calculation:\n  type: derived\n  expression: a / b\n  inputs:\n"
            "    - {metric: cost, alias: a}\n    - {metric: leads, alias: b}",
            "calculation:\n  type: derived\n  expression: c / l\n  inputs:\n"
            "    - {metric: cost, alias: c}\n    - {metric: leads, alias: l}",
        ),
        applies=same_but_for_aliases,
    ),
    row(
        "AGGREGATE_DISTINCT", BREAKING, measures("aggregate"),
        "{field} {before} -> {after}",
        "Repeats count or do not; equal only where every value is unique.",
        _aggregate("count", "count_distinct"), applies=_counts,
    ),
    row(
        "AGGREGATE_APPROXIMATE", BREAKING, measures("aggregate"),
        "{field} {before} -> {after}",
        "Values move within a band of noise; a dual run with a tolerance can lower this.",
        _aggregate("count_distinct", "approx_count_distinct"), applies=_approximate,
    ),
    row(
        "AGGREGATE_CHANGED", BREAKING, measures("aggregate"),
        "{field} {before} -> {after}",
        "Another statistic.",
        _aggregate("sum", "average"),
    ),
    row(
        "PERCENTILE_CHANGED", BREAKING, measures("percentile"),
        "{field} {before} -> {after}",
        "Another statistic.",
        ("calculation:\n  percentile: 0.5", "calculation:\n  percentile: 0.9"),
    ),
    row(
        "PERCENTILE_METHOD_CHANGED", BREAKING, measures("percentile_method"),
        "{field} {before} -> {after}",
        "Values between two observations are found in another way.",
        ("calculation:\n  percentile_method: continuous", "calculation:\n  percentile_method: discrete"),
    ),
    row(
        "NON_ADDITIVE_CHANGED", BREAKING, measures("non_additive", "non_additive.**"),
        "{field} {before} -> {after}",
        "Which moment of a period stands for it decides its value.",
        (
            "calculation:\n  non_additive: {dimension: day, window_choice: max}",
            "calculation:\n  non_additive: {dimension: day, window_choice: min}",
        ),
    ),
    row(
        "MISSING_VALUES_CHANGED", BREAKING, measures("join_to_timespine", "fill_nulls_with"),
        "{field} {before} -> {after}",
        "A missing value is not zero: averages and ratios move.",
        ("calculation:\n  fill_nulls_with: null", "calculation:\n  fill_nulls_with: 0"),
    ),
    row(
        "NUMERATOR_CHANGED", BREAKING, _part("numerator"),
        "numerator: {field} {before} -> {after}",
        "The rate moves.",
        ("calculation:\n  numerator: {metric: wins}", "calculation:\n  numerator: {metric: deals}"),
    ),
    row(
        "DENOMINATOR_CHANGED", BREAKING, _part("denominator"),
        "denominator: {field} {before} -> {after}",
        "The rate moves and no count does, so nobody notices.",
        ("calculation:\n  denominator: {metric: leads}", "calculation:\n  denominator: {metric: visits}"),
    ),
    row(
        "MEASURE_CHANGED", BREAKING, [field for part in PARTS[2:] for field in _part(part)],
        "{field} {before} -> {after}",
        "What is accumulated or converted is another thing.",
        ("calculation:\n  base: {metric: trials}", "calculation:\n  base: {metric: visits}"),
    ),
    row(
        "INPUT_CHANGED", BREAKING,
        of("metric", "calculation.inputs", "calculation.inputs[]", "calculation.inputs[].metric"),
        "{field} {before} -> {after}",
        "The metric is computed from other metrics.",
        (
            "calculation:\n  inputs:\n    - {metric: cost, alias: a}",
            "calculation:\n  inputs:\n    - {metric: spend, alias: a}",
        ),
    ),
    row(
        "INPUT_ALIAS_CHANGED", BREAKING, of("metric", "calculation.inputs[].alias"),
        "{field} {before} -> {after}",
        "The expression names its inputs by alias.",
        (
            "calculation:\n  inputs:\n    - {metric: cost, alias: a}\n    - {metric: cost, alias: a}",
            "calculation:\n  inputs:\n    - {metric: cost, alias: b}\n    - {metric: cost, alias: b}",
        ),
    ),
    row(
        "OFFSET_CHANGED", BREAKING,
        of("metric", "calculation.inputs[].offset_window", "calculation.inputs[].offset_to_grain"),
        "{field} {before} -> {after}",
        "Another period is compared.",
        (
            "calculation:\n  inputs:\n    - {metric: cost, alias: a, offset_window: 7 days}",
            "calculation:\n  inputs:\n    - {metric: cost, alias: a, offset_window: 28 days}",
        ),
    ),
    row(
        "WINDOW_CHANGED", BREAKING, of("metric", "calculation.window", "calculation.grain_to_date"),
        "{field} {before} -> {after}",
        "More or fewer days are added up.",
        ("calculation:\n  window: 30 days", "calculation:\n  window: 14 days"),
    ),
    row(
        "PERIOD_AGGREGATE_CHANGED", BREAKING, of("metric", "calculation.period_aggregate"),
        "{field} {before} -> {after}",
        "Another moment stands for the period.",
        ("calculation:\n  period_aggregate: first", "calculation:\n  period_aggregate: last"),
    ),
    row(
        "CONVERSION_CHANGED", BREAKING,
        of(
            "metric", "calculation.entity", "calculation.result", "calculation.constant_properties",
            "calculation.constant_properties[]", "calculation.constant_properties[].**",
        ),
        "{field} {before} -> {after}",
        "Other pairs count as a conversion.",
        ("calculation:\n  entity: user_id", "calculation:\n  entity: account_id"),
    ),
    row(
        "TIME_ANCHOR_CHANGED", BREAKING, of("metric", "calculation.time"),
        "{field} {before} -> {after}",
        "The same events fall into other periods.",
        ("calculation:\n  time: ordered_at", "calculation:\n  time: shipped_at"),
    ),
    row(
        "GRAIN_COARSENED", COMPATIBLE, of("metric", "calculation.grain"),
        "grain {before} -> {after}: readers of the finer grain lose their rows",
        "Totals stay; nobody can rebuild a day from a month.",
        ("calculation:\n  grain: day", "calculation:\n  grain: week"),
        flags="R", applies=_coarser,
    ),
    row(
        "GRAIN_REFINED", COMPATIBLE, of("metric", "calculation.grain"),
        "grain {before} -> {after}: charts without a grain of their own change",
        "Values at a stated grain are what they were.",
        ("calculation:\n  grain: week", "calculation:\n  grain: day"),
        flags="R", applies=edited,
    ),
    row(
        "SOURCE_RENAMED_HERE", COMPATIBLE, of("metric", "calculation.source"),
        "source {before} -> {after}, which is the same source renamed",
        "The new source says what it was named before, and that name stood here.",
        ("calculation:\n  source: crm_leads", "calculation:\n  source: crm_leads_renamed"),
        applies=_source_renamed,
    ),
    row(
        "SOURCE_SWAPPED", UNKNOWN, of("metric", "calculation.source", "calculation.sources"),
        "{field} {before} -> {after}",
        "Whether another relation holds the same rows cannot be read from a name.",
        ("calculation:\n  source: crm_leads", "calculation:\n  source: crm_contacts"),
        narrow=set_change,
    ),
    row(
        "ENTITY_CHANGED", BREAKING, of("metric", "entity"),
        "entity {before} -> {after}",
        "Another unit is counted.",
        ("entity: lead_id", "entity: person_id"), applies=edited,
    ),
    row(
        "ENTITY_STATED", EDITORIAL, of("metric", "entity"),
        "entity: {before} -> {after}",
        "It names the pairing key of comparisons; the calculation stays.",
        ("title: Routing speed", "title: Routing speed\nentity: lead_id"),
        flags="N", applies=added,
    ),
    row(
        "ENTITY_DROPPED", BREAKING, of("metric", "entity"),
        "entity {before} is no longer stated",
        "Comparisons lose their pairing key.",
        ("title: Routing speed\nentity: lead_id", "title: Routing speed"),
    ),
    row(
        "DEDUPLICATION_CHANGED", BREAKING, of("metric", "deduplicate", "deduplicate.**"),
        "{field} {before} -> {after}",
        "Which repeats count decides the number.",
        ("deduplicate: {key: [lead_id], keep: first}", "deduplicate: {key: [lead_id], keep: last}"),
    ),
)  # fmt: skip
