"""Who moved where the two definitions do not share their rows: the units of each, brought together by entity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metricgov.domain.query.dual import Side, day_of
from metricgov.domain.query.rows import PERIOD, TIME, Reading, name, period_of, rows, within
from metricgov.domain.query.span import Window

if TYPE_CHECKING:
    from sqlglot import exp

UNIT, OLD, NEW = "metricgov_unit", "metricgov_old", "metricgov_new"

Moved = dict[tuple[str, str | None, str], tuple[int, int, int]]
"""By (dimension, segment, period): units that both count, the new one alone, the old one alone."""


def units(old: Side, new: Side, reading: Reading, window: Window, dimension: str) -> exp.Select | None:
    """Return a query for who moved, by period and (where one is named) by a dimension; None where rows are no units.

    A unit that both count in different segments leaves one and enters the other. Units without a key are left out.
    """
    from sqlglot import exp

    sides = [_counted(side, reading, window, dimension, OLD if side is old else NEW) for side in (old, new)]
    if sides[0] is None or sides[1] is None or old.metric.entity != new.metric.entity:
        return None
    keys = [name(PERIOD), *([name(dimension)] if dimension else []), name(UNIT)]
    stacked = exp.union(sides[0], sides[1], distinct=False)
    flags = [exp.alias_(exp.Max(this=name(one)), one, quoted=True) for one in (OLD, NEW)]
    each = exp.select(*keys, *flags).from_(stacked.subquery("metricgov_sides")).group_by(*keys)
    counts = [
        exp.alias_(_number(one), label, quoted=True)
        for label, one in (
            ("both", exp.and_(name(OLD).eq(1), name(NEW).eq(1))),
            ("new_only", exp.and_(name(OLD).eq(0), name(NEW).eq(1))),
            ("old_only", exp.and_(name(OLD).eq(1), name(NEW).eq(0))),
        )
    ]
    return exp.select(*keys[:-1], *counts).from_(each.subquery("metricgov_units")).group_by(*keys[:-1])


def read_units(dimension: str, answer: Sequence[Sequence[object]]) -> Moved:
    """Return the rows of an answer to `units`."""
    found: Moved = {}
    for row in answer:
        segment = str(row[1]) if dimension and row[1] is not None else None
        both, new_only, old_only = (int(str(one or 0)) for one in row[-3:])
        found[dimension, segment, day_of(row[0])] = (both, new_only, old_only)
    return found


def _counted(side: Side, reading: Reading, window: Window, dimension: str, flag: str) -> exp.Select | None:
    """Return the units that one definition counts, each with its period; None where it does not count units."""
    from sqlglot import exp

    metric, calculation = side.metric, side.metric.calculation
    if calculation.type != "simple" or metric.entity is None or calculation.time is None:
        return None
    source = side.catalogue.sources.get(calculation.source or "")
    if source is None or calculation.non_additive is not None:
        return None
    unit = (metric.entity,)
    unique = source.primary_key == unit or (metric.deduplicate is not None and metric.deduplicate.key == unit)
    rows_count = calculation.aggregate == "count" and calculation.expression is None and unique
    distinct = calculation.aggregate == "count_distinct" and (calculation.expression or "").strip() == metric.entity
    if not rows_count and not distinct:
        return None
    where = [(f"{metric.name}.where", calculation.where)] if calculation.where else []
    base = within(
        rows(source, calculation.time, where, reading, deduplicate=metric.deduplicate), window.start, window.end
    )
    entity = name(metric.entity)
    columns = [
        exp.alias_(period_of(name(TIME), window.grain), PERIOD, quoted=True),
        *([name(dimension)] if dimension else []),
        exp.alias_(entity, UNIT, quoted=True),
        *(exp.alias_(exp.Literal.number(int(one == flag)), one, quoted=True) for one in (OLD, NEW)),
    ]
    known = exp.not_(exp.Is(this=entity.copy(), expression=exp.Null()))
    return exp.select(*columns).from_(base.subquery("metricgov_rows")).where(known)


def _number(condition: exp.Expr) -> exp.Expr:
    from sqlglot import exp

    yes = exp.If(this=condition, true=exp.Literal.number(1))
    return exp.Sum(this=exp.Case(ifs=[yes], default=exp.Literal.number(0)))
