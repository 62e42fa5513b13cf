"""One thing after another: how many bases led to something else; a conversion belongs to the last base before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.domain.query.aggregates import aggregate
from metricgov.domain.query.beside import side_by_side
from metricgov.domain.query.fragments import length, predicate, quotient
from metricgov.domain.query.frame import VALUE, Frame
from metricgov.domain.query.rows import PERIOD, ROW, TIME, name, period_of, within
from metricgov.domain.query.span import after, parts

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.calculation import Conversion
    from metricgov.domain.definitions.metric import Metric


def conversion(frame: Frame, metric: Metric, calculation: Conversion) -> exp.Select:
    """Return how many bases led to something else; each conversion belongs to the last base before it."""
    from sqlglot import exp

    base = within(frame.part_rows(metric, calculation, calculation.base, "base"), frame.window.start, frame.window.end)
    bases = frame.grouped(base.copy(), calculation.base.aggregate or "count", calculation.base, f"{metric.name}.base")
    kind = calculation.conversion.aggregate or "count"
    value = aggregate(kind, calculation.conversion, frame.reading, f"{metric.name}.conversion")
    paired = _paired(frame, metric, calculation, base)
    converted = (
        exp.select(name(PERIOD), *map(name, frame.dimensions), exp.alias_(value, VALUE, quoted=True))
        .from_(paired.subquery("metricgov_pairs"))
        .where(name(ROW).eq(1))
        .group_by(name(PERIOD), *map(name, frame.dimensions))
    )
    number = name("converted")
    value = number if calculation.result == "conversions" else quotient(number, name("bases"))
    return side_by_side({"bases": bases, "converted": converted}, frame.dimensions, value, ("converted",))


def _paired(frame: Frame, metric: Metric, calculation: Conversion, base: exp.Select) -> exp.Select:
    """Return every conversion beside each base before it within the window, the last base first."""
    from sqlglot import exp

    end = frame.window.end
    if calculation.window is not None:
        end = after(end, *parts(calculation.window))
    events = within(
        frame.part_rows(metric, calculation, calculation.conversion, "conversion"),
        frame.window.start,
        end if calculation.window is not None else None,
    )
    number = exp.Window(
        this=exp.RowNumber(), order=exp.Order(expressions=[exp.Ordered(this=name(TIME), nulls_first=False)])
    )
    numbered = exp.select("*", exp.alias_(number, "metricgov_event", quoted=True)).from_(
        events.subquery("metricgov_events")
    )
    conditions: list[exp.Expr] = [
        name(calculation.entity, "c").eq(name(calculation.entity, "b")),
        name(TIME, "c") >= name(TIME, "b"),
    ]
    if calculation.window is not None:
        count, unit = parts(calculation.window)
        reach = exp.Add(this=name(TIME, "b"), expression=length(count, unit))
        conditions.append(name(TIME, "c") < reach)
    conditions += [name(one.conversion, "c").eq(name(one.base, "b")) for one in calculation.constant_properties]
    last = exp.Window(
        this=exp.RowNumber(),
        partition_by=[name("metricgov_event", "c")],
        order=exp.Order(expressions=[exp.Ordered(this=name(TIME, "b"), desc=True, nulls_first=False)]),
    )
    columns = _columns_of(frame, metric, calculation)
    own = [name(one, "c") for one in columns if one not in frame.dimensions]
    return (
        exp.select(
            exp.alias_(period_of(name(TIME, "b"), frame.window.grain), PERIOD, quoted=True),
            *(name(one, "b") for one in frame.dimensions),
            *own,
            exp.alias_(last, ROW, quoted=True),
        )
        .from_(numbered.subquery("c"))
        .join(base.subquery("b"), on=exp.and_(*conditions))
    )


def _columns_of(frame: Frame, metric: Metric, calculation: Conversion) -> tuple[str, ...]:
    """Return the columns that the aggregate of the conversions reads."""
    from sqlglot import exp

    text = calculation.conversion.expression
    if text is None:
        return ()
    tree = predicate(text, frame.reading.dialect, f"{metric.name}.conversion.expression")
    return tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))
