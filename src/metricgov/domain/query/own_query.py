"""A query that a definition brings along, over its declared sources and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput
from metricgov.domain.query.fragments import at, predicate, query, timestamp
from metricgov.domain.query.frame import VALUE, Frame
from metricgov.domain.query.rows import PERIOD, Reading, computed, name
from metricgov.domain.query.span import ORDER

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.calculation import RawSql
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.definitions.source import Source


def own_query(frame: Frame, metric: Metric, calculation: RawSql) -> exp.Select:
    """Return a query of the definition over its declared sources, cut to the window."""
    from sqlglot import exp

    tree = at(query(calculation.sql, frame.reading.dialect, f"{metric.name}.sql"), frame.reading.as_of)
    if frame.later:
        raise BadInput("offset_on_sql", f"{metric.name} is a query of its own; its rows cannot be moved in time")
    if frame.filters:
        raise BadInput("filter_on_sql", f"{metric.name} is a query of its own; no filter can be put into it")
    if ORDER[frame.window.grain] > ORDER[calculation.grain]:
        says = f"{metric.name} is a query of its own, by {calculation.grain}; it has no value by {frame.window.grain}"
        raise BadInput("grain_fixed", says)
    tree = _bound(frame, metric, calculation, tree)
    period = calculation.time or PERIOD
    found = exp.select(
        exp.alias_(exp.cast(name(period), exp.DType.TIMESTAMP), PERIOD, quoted=True),
        *map(name, frame.dimensions),
        name(VALUE),
    ).from_(tree.subquery("metricgov_query"))
    inside = exp.and_(name(PERIOD) >= timestamp(frame.window.start), name(PERIOD) < timestamp(frame.window.end))
    return exp.select("*").from_(found.subquery("metricgov_found")).where(inside)


def _bound(frame: Frame, metric: Metric, calculation: RawSql, tree: exp.Query) -> exp.Query:
    """Return the query with sources in place of their names; BadInput for any table that is not declared."""
    from sqlglot import exp

    named_before = _named_before(tree)
    for table in list(tree.find_all(exp.Table)):
        if id(table) in named_before:
            continue
        source = frame.catalogue.sources.get(table.name) if not table.db else None
        if source is None or source.name not in calculation.sources or isinstance(table.this, exp.Func):
            says = f"{metric.name}.sql reads `{table.sql()}`, which is not one of its sources"
            raise BadInput("source_undeclared", says, hint=f"sources: {', '.join(calculation.sources)}")
        everything = exp.select("*").from_(_everything_of(source, frame.reading))
        table.replace(everything.subquery(table.alias or table.name))
    return tree


def _named_before(tree: exp.Query) -> frozenset[int]:
    """Return which tables (by identity) are names of a WITH clause where they stand; all others are relations."""
    from sqlglot.optimizer.scope import Scope, traverse_scope

    return frozenset(
        id(node)
        for scope in traverse_scope(tree)
        for node, meant in scope.selected_sources.values()
        if isinstance(meant, Scope)
    )


def _everything_of(source: Source, reading: Reading) -> exp.Expr:
    """Return a source for a query of its own: its relation with computed columns, under its own filter."""
    from sqlglot import exp

    tree = exp.select("*").from_(computed(source, reading))
    if source.where:
        tree = tree.where(at(predicate(source.where, reading.dialect, f"source {source.name}.where"), reading.as_of))
    return tree.subquery("metricgov_rows")
