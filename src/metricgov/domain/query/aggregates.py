"""Aggregates as trees: what each one does with NULL and with no rows; which rows they see is decided elsewhere.

NULL never counts: `count` counts rows (with an expression, its values), all others leave NULL out and give NULL for
nothing but NULL.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput
from metricgov.domain.query.fragments import at, predicate
from metricgov.domain.query.rows import Reading

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.calculation import Measured

ADDITIVE: frozenset[str] = frozenset({"count", "sum", "sum_boolean"})
"""Aggregates whose values for parts of the rows sum to that for all of them."""

COUNTS: frozenset[str] = frozenset({"count", "count_distinct", "approx_count_distinct", "sum_boolean"})
"""Aggregates that say 0 where there is nothing to count; all others say nothing."""


def aggregate(kind: str, measured: Measured, reading: Reading, field: str) -> exp.Expr:
    """Return an aggregate of a measure; BadInput where its expression cannot be read."""
    from sqlglot import exp

    text = measured.expression
    if text is None:
        return exp.Count(this=exp.Star())
    value = at(predicate(text, reading.dialect, f"{field}.expression"), reading.as_of)
    match kind:
        case "count":
            return exp.Count(this=value)
        case "count_distinct":
            return exp.Count(this=exp.Distinct(expressions=[value]))
        case "approx_count_distinct":
            return exp.ApproxDistinct(this=value)
        case "sum":
            return exp.Sum(this=value)
        case "sum_boolean":
            yes = exp.Case(ifs=[exp.If(this=value, true=exp.Literal.number(1))], default=exp.Literal.number(0))
            return exp.Sum(this=yes)
        case "average":
            return exp.Avg(this=exp.cast(value, exp.DType.DOUBLE))
        case "min":
            return exp.Min(this=value)
        case "max":
            return exp.Max(this=value)
        case "median":
            return _quantile(value, 0.5, "continuous")
        case "percentile":
            return _quantile(value, float(measured.percentile or 0.5), measured.percentile_method)
        case _:
            raise BadInput("aggregate_unknown", f"{field}: no aggregate is called {kind}")


def _quantile(value: exp.Expr, share: float, method: str) -> exp.Expr:
    from sqlglot import exp

    number = exp.Literal.number(share)
    if method == "approximate":
        return exp.ApproxQuantile(this=value, quantile=number)
    kind = exp.PercentileDisc if method == "discrete" else exp.PercentileCont
    order = exp.Order(expressions=[exp.Ordered(this=value, desc=False, nulls_first=False)])
    return exp.WithinGroup(this=kind(this=number), expression=order)
