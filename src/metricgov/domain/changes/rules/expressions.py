"""Rules about SQL: filters and expressions, equal, equal in other words, or different."""

from __future__ import annotations

from metricgov.domain.changes.composed import composition_equal, same_filter_both_sides
from metricgov.domain.changes.rules.rows import (
    ALL_SQL,
    BREAKING,
    COMPATIBLE,
    EDITORIAL,
    EXPRESSIONS,
    FILTERS,
    FREE_EXPRESSIONS,
    IDENTICAL,
    METRIC_FILTERS,
    UNKNOWN,
    added,
    differs,
    removed,
    row,
    smallest_part,
    sql_edit,
)
from metricgov.domain.changes.sql_compare import Difference
from metricgov.domain.changes.values import Edit, Predicate, Rule, Scope


def _spelled(name: str) -> Predicate:
    def applies(edit: Edit, scope: Scope) -> bool:
        found = sql_edit(edit, scope)
        return found is not None and found.difference is Difference.SPELLING and found.names[0] == name

    return applies


def _spelling(rule: str, name: str, says: str, because: str, before: str, after: str) -> Rule:
    at = "calculation:\n  where: " if rule.startswith("FILTER") else "calculation:\n  expression: "
    return row(
        rule, EDITORIAL, ALL_SQL, f"{{field}}: {says}", because, (at + before, at + after), applies=_spelled(name)
    )


def _where(before: str, after: str) -> tuple[str, str]:
    return (f"calculation:\n  where: {before}", f"calculation:\n  where: {after}")


def _expression(before: str, after: str) -> tuple[str, str]:
    return (f"calculation:\n  expression: {before}", f"calculation:\n  expression: {after}")


SPELLINGS = (
    row(
        "SQL_REFORMATTED", IDENTICAL, ALL_SQL,
        "{field} is written differently and means the same",
        "Both texts have the same canonical tree.",
        _where("a = 1 AND b = 2", "(b = 2) and a=1"),
        applies=differs(Difference.NONE),
    ),
    _spelling(
        "FILTER_DE_MORGAN", "de_morgan", "a negation is written out",
        "NOT (a AND b) and NOT a OR NOT b agree for true, false and NULL.",
        "NOT (a = 1 AND b = 2)", "a <> 1 OR b <> 2",
    ),
    _spelling(
        "FILTER_BETWEEN", "between", "BETWEEN is written out or put together",
        "BETWEEN includes both ends, as the two comparisons do.",
        "x BETWEEN 1 AND 5", "x >= 1 AND x <= 5",
    ),
    _spelling(
        "FILTER_IN_SINGLE", "in_single", "IN of one value and = are exchanged",
        "A list of one value is that value.",
        "x IN (1)", "x = 1",
    ),
    _spelling(
        "FILTER_PREFIX", "prefix_match", "a match of a plain prefix is spelled another way",
        "LIKE 'p%', STARTS_WITH and a comparison of the first letters agree where LIKE minds case.",
        "x LIKE 'de%'", "STARTS_WITH(x, 'de')",
    ),
    _spelling(
        "EXPR_COUNT_ROWS", "count_rows", "COUNT(1) and COUNT(*) are exchanged",
        "A constant is never NULL, so both count rows.",
        "COUNT(1)", "COUNT(*)",
    ),
    _spelling(
        "EXPR_COUNT_IF", "count_if", "a conditional count is spelled another way",
        "COUNT_IF, COUNT over CASE without ELSE, and FILTER count the same rows; SUM of 1 and 0 does not: of no rows "
        "it is NULL.",
        "COUNT(CASE WHEN ok THEN 1 END)", "COUNT(*) FILTER (WHERE ok)",
    ),
    _spelling(
        "EXPR_IF_CASE", "if_case", "IF and CASE with one branch are exchanged",
        "One condition, one value, one other value.",
        "IF(ok, 1, 2)", "CASE WHEN ok THEN 1 ELSE 2 END",
    ),
)  # fmt: skip

FILTER_RULES = (
    row(
        "FILTER_MOVED", EDITORIAL, METRIC_FILTERS,
        "{field} moved; the filters together are what they were",
        "What counts is the conjunction of source, metric and measure, each in parentheses, and that is equal.",
        (
            "calculation:\n  where: ok\n  numerator: {aggregate: count, where: won}\n  denominator: {aggregate: count}",
            "calculation:\n  numerator: {aggregate: count, where: won AND ok}\n"
            "  denominator: {aggregate: count, where: ok}",
        ),
        applies=lambda _edit, scope: composition_equal(scope),
    ),
    row(
        "FILTER_ON_BOTH_SIDES", UNKNOWN, METRIC_FILTERS,
        "{field}: the same condition on numerator and denominator",
        "Both counts move; whether their ratio does depends on the data.",
        (
            "calculation:\n  numerator:\n    where: a\n  denominator:\n    where: b",
            "calculation:\n  numerator:\n    where: a AND c\n  denominator:\n    where: b AND c",
        ),
        applies=same_filter_both_sides,
    ),
    row(
        "FILTER_ADDED", BREAKING, FILTERS,
        "{field}: filter added: {after}",
        "Another population is measured.",
        ("calculation:\n  grain: day", "calculation:\n  grain: day\n  where: NOT is_test"),
        applies=added,
    ),
    row(
        "FILTER_REMOVED", BREAKING, FILTERS,
        "{field}: filter removed: {before}",
        "Another population is measured.",
        ("calculation:\n  grain: day\n  where: NOT is_test", "calculation:\n  grain: day"),
        applies=removed,
    ),
    row(
        "FILTER_NOT_PARSED", UNKNOWN, FILTERS,
        "{field}: cannot be compared, one side is no SQL that can be read: {before} -> {after}",
        "What cannot be parsed explains nothing; without a dialect nothing can be parsed.",
        _where("a = = 1", "a = 1"),
        applies=differs(Difference.NOT_PARSED),
    ),
    row(
        "FILTER_WINDOW", BREAKING, FILTERS,
        "{field}: window {before} -> {after}",
        "A window in a filter decides which rows count: the population changes.",
        _where("t > as_of - INTERVAL '30' DAY", "t > as_of - INTERVAL '14' DAY"),
        applies=differs(Difference.WINDOW),
        narrow=smallest_part("{field}: window {before} -> {after}"),
    ),
    row(
        "FILTER_OPEN_OR", BREAKING, FILTERS,
        "{field}: OR added, so rows pass that the old filter kept out: {after}",
        "An OR beside conditions that all had to hold lets rows around them.",
        _where("is_paid", "is_paid OR is_partner"),
        applies=differs(Difference.OPEN_OR),
    ),
    row(
        "FILTER_DATED_BRANCH", BREAKING, FILTERS,
        "{field}: another rule from a fixed date on",
        "The definition carries its own break: before the date values hold, after it they are others.",
        _where("ok", "CASE WHEN d < '2026-01-01' THEN ok ELSE fine END"),
        applies=differs(Difference.DATED_BRANCH),
    ),
    row(
        "FILTER_NARROWED", BREAKING, FILTERS,
        "{field}: condition added, fewer rows count: {after}",
        "A subset of the population is measured.",
        _where("ok", "ok AND NOT is_test"),
        applies=differs(Difference.NARROWED),
    ),
    row(
        "FILTER_WIDENED", BREAKING, FILTERS,
        "{field}: condition dropped, more rows count: {after}",
        "A larger population is measured.",
        _where("ok AND NOT is_test", "ok"),
        applies=differs(Difference.WIDENED),
    ),
    row(
        "FILTER_LITERAL", BREAKING, FILTERS,
        "{field}: constant {before} -> {after}",
        "Constants are definitions.",
        _where("seconds < 60", "seconds < 1000"),
        applies=differs(Difference.LITERAL),
        narrow=smallest_part("{field}: constant {before} -> {after}"),
    ),
    row(
        "FILTER_CHANGED", BREAKING, FILTERS,
        "{field}: {before} -> {after}",
        "Another population is measured.",
        _where("channel = 'paid'", "medium = 'paid'"),
    ),
)  # fmt: skip

EXPRESSION_RULES = (
    row(
        "EXPR_NOT_PARSED", UNKNOWN, EXPRESSIONS,
        "{field}: cannot be compared, one side is no SQL that can be read: {before} -> {after}",
        "What cannot be parsed explains nothing. That the old text did not parse is evidence that it never ran, and "
        "a person weighs evidence.",
        _expression("SUM(amount", "SUM(amount)"),
        applies=differs(Difference.NOT_PARSED),
    ),
    row(
        "EXPR_LITERAL", BREAKING, FREE_EXPRESSIONS,
        "{field}: constant {before} -> {after}",
        "Constants are definitions.",
        _expression("seconds / 60", "seconds / 1000"),
        applies=differs(Difference.LITERAL, Difference.WINDOW),
        narrow=smallest_part("{field}: constant {before} -> {after}"),
    ),
    row(
        "EXPR_DATED_BRANCH", BREAKING, FREE_EXPRESSIONS,
        "{field}: another rule from a fixed date on",
        "The definition carries its own break: before the date values hold, after it they are others.",
        _expression("amount", "CASE WHEN day < '2026-01-01' THEN amount ELSE net END"),
        applies=differs(Difference.DATED_BRANCH),
    ),
    row(
        "EXPR_ZERO_GUARD", COMPATIBLE, FREE_EXPRESSIONS,
        "{field}: division by zero gives NULL now",
        "Where there was a number, the number is the same.",
        _expression("a / b", "a / NULLIF(b, 0)"),
        applies=differs(Difference.ZERO_GUARD),
    ),
    row(
        "EXPR_NULL_DEFAULT", UNKNOWN, FREE_EXPRESSIONS,
        "{field}: NULL is replaced, or no longer: {before} -> {after}",
        "A sum stays, an average, a ratio or a count of days does not.",
        _expression("amount", "COALESCE(amount, 0)"),
        applies=differs(Difference.NULL_DEFAULT),
    ),
    row(
        "EXPR_CAST", BREAKING, FREE_EXPRESSIONS,
        "{field}: a conversion of type is added, removed or changed: {before} -> {after}",
        "Whole numbers divide and round otherwise than decimals.",
        _expression("a / b", "CAST(a AS DECIMAL) / b"),
        applies=differs(Difference.CAST),
    ),
    row(
        "EXPR_DISTINCT", BREAKING, FREE_EXPRESSIONS,
        "{field}: COUNT and COUNT DISTINCT are exchanged",
        "Repeats count or do not; equal only where every value is unique.",
        _expression("COUNT(id)", "COUNT(DISTINCT id)"),
        applies=differs(Difference.DISTINCT),
    ),
    row(
        "EXPR_APPROXIMATE", BREAKING, FREE_EXPRESSIONS,
        "{field}: exact and approximate are exchanged",
        "Values move within a band of noise; a dual run with a tolerance can lower this.",
        _expression("COUNT(DISTINCT id)", "APPROX_COUNT_DISTINCT(id)"),
        applies=differs(Difference.APPROXIMATE),
    ),
    row(
        "EXPR_AGGREGATE", BREAKING, FREE_EXPRESSIONS,
        "{field}: aggregate {before} -> {after}",
        "Another statistic.",
        _expression("SUM(amount)", "AVG(amount)"),
        applies=differs(Difference.AGGREGATE),
        narrow=smallest_part("{field}: aggregate {before} -> {after}"),
    ),
    row(
        "EXPR_CHANGED", UNKNOWN, FREE_EXPRESSIONS,
        "{field}: {before} -> {after}",
        "No rule explains this difference; evidence or a person decides.",
        _expression("amount - discount", "amount - rebate"),
    ),
)  # fmt: skip

RULES = (*SPELLINGS, *FILTER_RULES, *EXPRESSION_RULES)
