"""A measure that adds up over time: over a window that ends with each period, since its start, or since ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput
from metricgov.domain.query.aggregates import ADDITIVE, aggregate
from metricgov.domain.query.beside import SPINE, SPINE_END, spine
from metricgov.domain.query.fragments import length
from metricgov.domain.query.frame import VALUE, Frame
from metricgov.domain.query.rows import PERIOD, ROW, TIME, name, period_of, within
from metricgov.domain.query.span import Grain, Window, after, parts, start_of

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.calculation import Cumulative
    from metricgov.domain.definitions.metric import Metric


def cumulative(frame: Frame, metric: Metric, calculation: Cumulative) -> exp.Select:
    """Return a measure over a window that ends with each period, or since its start, or since ever."""
    own = replace(frame, window=Window.around(frame.window.start, frame.window.end, calculation.grain))
    found = _accumulated(own, metric, calculation)
    return found if calculation.grain == frame.window.grain else _coarser(frame, found, calculation.period_aggregate)


def _accumulated(frame: Frame, metric: Metric, calculation: Cumulative) -> exp.Select:
    from sqlglot import exp

    part = calculation.measure
    if part.metric is not None:
        raise BadInput("cumulative_of_metric", f"{metric.name}: accumulate the aggregate that {part.metric} uses")
    field, kind = f"{metric.name}.measure", part.aggregate or "count"
    start = _reaches_back(frame, calculation)
    base = within(frame.part_rows(metric, calculation, part, "measure"), start, frame.window.end)
    value = aggregate(kind, part, frame.reading, field)
    step = _step(calculation) if kind in ADDITIVE and part.non_additive is None else None
    if step is not None:
        early = replace(frame, window=Window(frame.window.start, frame.window.end, step))
        daily = early.grouped(base, kind, part, field)
        base = exp.select("*", exp.alias_(name(PERIOD), TIME, quoted=True)).from_(daily.subquery("metricgov_daily"))
        base = exp.select(name(TIME), *map(name, frame.dimensions), name(VALUE)).from_(base.subquery("metricgov_sums"))
        value = exp.Sum(this=name(VALUE, "metricgov_rows"))
    reach: list[exp.Expr] = [name(TIME, "metricgov_rows") < name(SPINE_END, SPINE)]
    if calculation.window is not None:
        number, unit = parts(calculation.window)
        lower: exp.Expr = exp.Sub(this=name(SPINE_END, SPINE), expression=length(number, unit))
        reach.append(name(TIME, "metricgov_rows") >= lower)
    elif calculation.grain_to_date is not None:
        reach.append(name(TIME, "metricgov_rows") >= period_of(name(PERIOD, SPINE), calculation.grain_to_date))
    keys = [name(PERIOD, SPINE), *(name(one, "metricgov_rows") for one in frame.dimensions)]
    return (
        exp.select(*keys, exp.alias_(value, VALUE, quoted=True))
        .from_(spine(frame.window))
        .join(base.subquery("metricgov_rows"), on=exp.and_(*reach))
        .group_by(*keys)
    )


def _step(calculation: Cumulative) -> Grain | None:
    """Return the period by which rows may be summed before windows are laid over them: none may cut one in two."""
    unit = parts(calculation.window)[1] if calculation.window is not None else "day"
    if unit == "minute" or (unit == "hour" and calculation.grain != "hour"):
        return None
    return "hour" if calculation.grain == "hour" else "day"


def _reaches_back(frame: Frame, calculation: Cumulative) -> datetime | None:
    if calculation.window is not None:
        number, unit = parts(calculation.window)
        return after(frame.window.start, -number, unit)
    if calculation.grain_to_date is not None:
        return start_of(frame.window.start, calculation.grain_to_date)
    return None


def _coarser(frame: Frame, series: exp.Select, choice: str) -> exp.Select:
    """Return the first, last or mean value of a fine series for each coarser period."""
    from sqlglot import exp

    coarse = period_of(name(PERIOD), frame.window.grain)
    keys = [exp.alias_(coarse, PERIOD, quoted=True), *map(name, frame.dimensions)]
    if choice == "average":
        mean = exp.Avg(this=exp.cast(name(VALUE), exp.DType.DOUBLE))
        return (
            exp.select(*keys, exp.alias_(mean, VALUE, quoted=True))
            .from_(series.subquery("metricgov_fine"))
            .group_by(coarse.copy(), *map(name, frame.dimensions))
        )
    order = exp.Order(expressions=[exp.Ordered(this=name(PERIOD), desc=choice == "last", nulls_first=False)])
    place = exp.Window(this=exp.RowNumber(), partition_by=[coarse.copy(), *map(name, frame.dimensions)], order=order)
    numbered = exp.select(*keys, name(VALUE), exp.alias_(place, ROW, quoted=True)).from_(
        series.subquery("metricgov_fine")
    )
    picked = exp.select(name(PERIOD), *map(name, frame.dimensions), name(VALUE))
    return picked.from_(numbered.subquery("metricgov_numbered")).where(name(ROW).eq(1))
