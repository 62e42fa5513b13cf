"""From a metric to one query: period, dimensions, value; for all six types of calculation, as trees for any dialect.

Semantics follow MetricFlow's documentation for its five types. Intervals of time are half-open, weeks begin on Monday,
a period without rows is absent unless the definition asks for it, a quotient by zero is NULL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, assert_never

from metricgov.domain.errors import BadInput
from metricgov.domain.query.aggregates import COUNTS
from metricgov.domain.query.beside import SPINE, filled, moments, scaled, side_by_side, spine
from metricgov.domain.query.catalogue import DEEPEST
from metricgov.domain.query.conversion import conversion
from metricgov.domain.query.cumulative import cumulative
from metricgov.domain.query.fragments import predicate, quotient
from metricgov.domain.query.frame import VALUE, Frame
from metricgov.domain.query.once import rows_once
from metricgov.domain.query.own_query import own_query
from metricgov.domain.query.rows import PERIOD, Reading, name, period_of, within
from metricgov.domain.query.span import ORDER, Grain, Window, after, parts, start_of

if TYPE_CHECKING:
    from datetime import datetime

    from sqlglot import exp

    from metricgov.domain.definitions.calculation import Derived, Part, Simple, Sourced
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.query.catalogue import Catalogue

BEFORE = "metricgov_before"
"""The period that a value is looked up in."""


@dataclass(frozen=True, slots=True)
class Compiler(Frame):
    """A frame that becomes the series of a metric; metrics within metrics narrow it."""

    def metric(self, metric: Metric) -> exp.Select:
        """Return the series of a metric, ordered by nothing; BadInput where it cannot be computed so."""
        self._check(metric)
        calculation = metric.calculation
        if ORDER[self.window.grain] < ORDER[calculation.grain]:
            says = f"{metric.name} is published by {calculation.grain}, not by {self.window.grain}"
            raise BadInput("grain_too_fine", says, hint=f"ask for {calculation.grain} or coarser")
        found = self._series(metric)
        return found if calculation.scale == 1 else scaled(found, self.dimensions, calculation.scale)

    def components(self, metric: Metric) -> dict[str, exp.Select]:
        """Return the series that a metric is made of, unscaled: `above` and `below` of a ratio, else its `value`."""
        self._check(metric)
        calculation = metric.calculation
        if calculation.type != "ratio":
            return {"value": self._series(metric)}
        return {
            "above": self._part(metric, calculation, calculation.numerator, "numerator"),
            "below": self._part(metric, calculation, calculation.denominator, "denominator"),
        }

    def _check(self, metric: Metric) -> None:
        if self.depth > DEEPEST:
            raise BadInput("metrics_nested", f"{metric.name} is computed from metrics more than {DEEPEST} deep")
        if strange := [one for one in self.dimensions if one not in metric.dimensions]:
            hint = f"its dimensions: {', '.join(metric.dimensions) or 'none'}"
            raise BadInput("dimension_unknown", f"{metric.name} has no dimension {', '.join(strange)}", hint=hint)

    def _series(self, metric: Metric) -> exp.Select:
        calculation = metric.calculation
        match calculation.type:
            case "simple":
                return self._simple(metric, calculation)
            case "ratio":
                above = self._part(metric, calculation, calculation.numerator, "numerator")
                below = self._part(metric, calculation, calculation.denominator, "denominator")
                counted = {
                    own
                    for own, part in (("above", calculation.numerator), ("below", calculation.denominator))
                    if part.aggregate in COUNTS
                }
                share = quotient(name("above"), name("below"))
                return side_by_side({"above": above, "below": below}, self.dimensions, share, counted)
            case "derived":
                return self._derived(metric, calculation)
            case "cumulative":
                return cumulative(self, metric, calculation)
            case "conversion":
                return conversion(self, metric, calculation)
            case "sql":
                return own_query(self, metric, calculation)
            case _:
                assert_never(calculation.type)

    def _simple(self, metric: Metric, calculation: Simple) -> exp.Select:
        where = self.conditions(metric, calculation.where)
        base = self.rows_of_source(metric, calculation.source, calculation.time, where)
        base = within(base, self.window.start, self.window.end)
        counted = self.grouped(base, calculation.aggregate, calculation, metric.name)
        return filled(counted, calculation, self.window, self.dimensions)

    def _part(self, metric: Metric, whole: Sourced, part: Part, field: str) -> exp.Select:
        """Return the series of one side: another metric, or an aggregate of its own rows."""
        if part.metric is not None:
            return self._inner(part.metric, f"{metric.name}.{field}", part.where).metric(self.named(part.metric))
        base = within(self.part_rows(metric, whole, part, field), self.window.start, self.window.end)
        counted = self.grouped(base, part.aggregate or "count", part, f"{metric.name}.{field}")
        return filled(counted, part, self.window, self.dimensions)

    def _derived(self, metric: Metric, calculation: Derived) -> exp.Select:
        from sqlglot import exp

        series = {}
        for place, one in enumerate(calculation.inputs):
            inner = self._inner(one.metric, f"{metric.name}.inputs[{place}]", one.where)
            found = self.named(one.metric)
            if one.offset_window is not None:
                tree = inner._offset(found, one.offset_window)
            elif one.offset_to_grain is not None:
                tree = inner._from_start_of(found, one.offset_to_grain)
            else:
                tree = inner.metric(found)
            series[one.alias or one.metric] = tree
        value = predicate(calculation.expression, self.reading.dialect, f"{metric.name}.expression")
        known = set(series)
        for column in value.find_all(exp.Column):
            if column.name not in known:
                says = f"{metric.name}.expression: `{column.name}` is not one of its inputs"
                raise BadInput("input_unknown", says, hint=f"inputs: {', '.join(sorted(known))}")
            column.this.set("quoted", True)
        return side_by_side(series, self.dimensions, value)

    def _inner(self, wanted: str, field: str, where: str | None) -> Compiler:
        filters = (*self.filters, (f"{field}.where", where)) if where else self.filters
        found = self.named(wanted)
        if strange := [one for one in self.dimensions if one not in found.dimensions]:
            raise BadInput("dimension_unknown", f"{field}: {wanted} has no dimension {', '.join(strange)}")
        return replace(self, depth=self.depth + 1, filters=filters)

    def _offset(self, metric: Metric, span: str) -> exp.Select:
        """Return a series read so long before, under the periods of today.

        Where periods so long before are periods too, each is looked up; else (seven days before, by month) the rows are
        moved, each once, and counted in the periods that they come to.
        """
        number, unit = parts(span)
        before = [(start, after(start, -number, unit)) for start, _ in self.window.periods()]
        if any(start_of(one, self.window.grain) != one for _, one in before):
            return replace(self, later=(*self.later, (number, unit))).metric(metric)
        return self._looked_up(metric, before)

    def _looked_up(self, metric: Metric, before: Sequence[tuple[datetime, datetime]]) -> exp.Select:
        """Return for each period the value of another one."""
        from sqlglot import exp

        wanted = [one for _, one in before]
        window = Window(min(wanted), self.window.after(max(wanted)), self.window.grain)
        series = replace(self, window=window).metric(metric).subquery("metricgov_series")
        keys = [name(PERIOD, SPINE), *(name(one, "metricgov_series") for one in self.dimensions)]
        return (
            exp.select(*keys, name(VALUE, "metricgov_series"))
            .from_(moments(before, PERIOD, BEFORE))
            .join(series, on=name(PERIOD, "metricgov_series").eq(name(BEFORE, SPINE)))
        )

    def _from_start_of(self, metric: Metric, grain: Grain) -> exp.Select:
        """Return for each period the value at the start of the coarser period that holds it."""
        from sqlglot import exp

        window = Window.around(start_of(self.window.start, grain), self.window.end, self.window.grain)
        series = replace(self, window=window).metric(metric).subquery("metricgov_series")
        begins = start = period_of(name(PERIOD, SPINE), grain)
        keys = [name(PERIOD, SPINE), *(name(one, "metricgov_series") for one in self.dimensions)]
        at_start = period_of(begins, self.window.grain) if ORDER[self.window.grain] > ORDER[grain] else start
        return (
            exp.select(*keys, name(VALUE, "metricgov_series"))
            .from_(spine(self.window))
            .join(series, on=name(PERIOD, "metricgov_series").eq(at_start))
        )


def compile_metric(
    metric: Metric, catalogue: Catalogue, reading: Reading, window: Window, dimensions: Sequence[str] = ()
) -> exp.Select:
    """Return the query of a metric: columns `period`, the dimensions, `value`; ordered by period and dimensions.

    Periods are starts in local time of the source's zone. BadInput, naming the field, for whatever cannot be computed.
    """
    keys = (PERIOD, *dimensions)
    tree = Compiler(catalogue, reading, window, tuple(dimensions)).metric(metric)
    return rows_once(tree.order_by(*map(name, keys)))
