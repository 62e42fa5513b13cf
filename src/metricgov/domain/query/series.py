"""From a metric to one query: period, dimensions, value; for all six types of calculation, as trees for any dialect.

Semantics follow MetricFlow's documentation for its five types. Intervals of time are half-open, weeks begin on Monday,
a period without rows is absent unless the definition asks for it, a quotient by zero is NULL.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, assert_never

from metricgov.domain.errors import BadInput
from metricgov.domain.query.aggregates import ADDITIVE, COUNTS, aggregate, quotient
from metricgov.domain.query.fragments import at, predicate, query, timestamp
from metricgov.domain.query.rows import PERIOD, ROW, TIME, Reading, name, period_of, rows, within
from metricgov.domain.query.span import ORDER, Grain, Window, after, parts, start_of

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.calculation import (
        Conversion,
        Cumulative,
        Derived,
        Part,
        RawSql,
        Simple,
        Sourced,
    )
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.definitions.source import Source

VALUE = "value"
SPINE = "metricgov_spine"
SPINE_END = "period_end"
DEEPEST = 12
"""Metrics within metrics."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The definitions that a query may go through, by name."""

    metrics: Mapping[str, Metric]
    sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class Compiler:
    """One query under construction: its definitions, relations, window and dimensions."""

    catalogue: Catalogue
    reading: Reading
    window: Window
    dimensions: tuple[str, ...] = ()
    depth: int = 0
    filters: tuple[tuple[str, str], ...] = ()

    def metric(self, metric: Metric) -> exp.Select:
        """Return the series of a metric, ordered by nothing; BadInput where it cannot be computed so."""
        self._check(metric)
        calculation = metric.calculation
        if ORDER[self.window.grain] < ORDER[calculation.grain]:
            says = f"{metric.name} is published by {calculation.grain}, not by {self.window.grain}"
            raise BadInput("grain_too_fine", says, hint=f"ask for {calculation.grain} or coarser")
        found = self._series(metric)
        return found if calculation.scale == 1 else self._scaled(found, calculation.scale)

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
                return self._combined({"above": above, "below": below}, quotient(name("above"), name("below")), counted)
            case "derived":
                return self._derived(metric, calculation)
            case "cumulative":
                return self._cumulative(metric, calculation)
            case "conversion":
                return self._conversion(metric, calculation)
            case "sql":
                return self._raw(metric, calculation)
            case _:
                assert_never(calculation.type)

    # One aggregate

    def _simple(self, metric: Metric, calculation: Simple) -> exp.Select:
        base = self._rows(metric, calculation.source, calculation.time, self._where(metric, calculation.where))
        base = within(base, self.window.start, self.window.end)
        return self._filled(self._grouped(base, calculation.aggregate, calculation, metric.name), calculation)

    def _part(self, metric: Metric, whole: Sourced, part: Part, field: str) -> exp.Select:
        """Return the series of one side: another metric, or an aggregate of its own rows."""
        if part.metric is not None:
            return self._inner(part.metric, f"{metric.name}.{field}", part.where).metric(self._metric(part.metric))
        base = within(self._part_rows(metric, whole, part, field), self.window.start, self.window.end)
        return self._filled(self._grouped(base, part.aggregate or "count", part, f"{metric.name}.{field}"), part)

    def _part_rows(self, metric: Metric, whole: Sourced, part: Part, field: str) -> exp.Select:
        source, time = part.source or whole.source, part.time or whole.time
        assert source is not None
        assert time is not None
        shared = self._where(metric, whole.where)
        if metric.deduplicate is None:
            own = ((f"{metric.name}.{field}.where", part.where),) if part.where else ()
            return self._rows(metric, source, time, (*shared, *own))
        units = self._rows(metric, source, time, shared)
        if part.where is None:
            return units
        from sqlglot import exp

        own_condition = predicate(part.where, self.reading.dialect, f"{metric.name}.{field}.where")
        return exp.select("*").from_(units.subquery("metricgov_rows")).where(at(own_condition, self.reading.as_of))

    def _rows(self, metric: Metric, source: str, time: str, where: Sequence[tuple[str, str]]) -> exp.Select:
        found = self.catalogue.sources.get(source)
        if found is None:
            raise BadInput("source_missing", f"{metric.name} reads source {source}, which is not in the registry")
        return rows(found, time, where, self.reading, deduplicate=metric.deduplicate)

    def _where(self, metric: Metric, where: str | None) -> tuple[tuple[str, str], ...]:
        own = ((f"{metric.name}.where", where),) if where else ()
        return (*own, *self.filters)

    def _grouped(self, base: exp.Select, kind: str, measured: Simple | Part, field: str) -> exp.Select:
        from sqlglot import exp

        value = aggregate(kind, measured, self.reading, field)
        tree = base
        if measured.non_additive is not None:
            tree = self._one_row_a_period(base, measured)
        keys = [exp.alias_(period_of(name(TIME), self.window.grain), PERIOD, quoted=True)]
        return (
            exp.select(*keys, *map(name, self.dimensions), exp.alias_(value, VALUE, quoted=True))
            .from_(tree.subquery("metricgov_rows"))
            .group_by(period_of(name(TIME), self.window.grain), *map(name, self.dimensions))
        )

    def _one_row_a_period(self, base: exp.Select, measured: Simple | Part) -> exp.Select:
        """Return the rows that stand for a period where values must not be summed over time."""
        from sqlglot import exp

        choice = measured.non_additive
        assert choice is not None
        best = exp.Max if choice.window_choice == "max" else exp.Min
        among = [period_of(name(TIME), self.window.grain), *map(name, choice.window_groupings)]
        edge = exp.Window(this=best(this=name(choice.dimension)), partition_by=among)
        marked = exp.select("*", exp.alias_(edge, "metricgov_edge", quoted=True)).from_(base.subquery("metricgov_all"))
        same = name(choice.dimension).eq(name("metricgov_edge"))
        return exp.select("*").from_(marked.subquery("metricgov_marked")).where(same)

    # Several series

    def _combined(self, series: Mapping[str, exp.Select], value: exp.Expr, counted: Collection[str] = ()) -> exp.Select:
        """Return several series side by side and one value of them; keys that are NULL meet as well.

        `counted` are those in which nothing is 0 wherever another series has a value.
        """
        from sqlglot import exp

        keys = (PERIOD, *self.dimensions)
        stacked: exp.Query | None = None
        for own, tree in series.items():
            columns = [exp.alias_(name(VALUE) if own == other else exp.Null(), other, quoted=True) for other in series]
            one = exp.select(*map(name, keys), *columns).from_(tree.subquery("metricgov_series"))
            stacked = one if stacked is None else exp.union(stacked, one, distinct=False)
        assert stacked is not None
        zero = exp.Literal.number(0)
        values: dict[str, exp.Expr] = {own: exp.Max(this=name(own)) for own in series}
        values |= {own: exp.Coalesce(this=values[own], expressions=[zero]) for own in counted}
        gathered = (
            exp.select(*map(name, keys), *(exp.alias_(one, own, quoted=True) for own, one in values.items()))
            .from_(stacked.subquery("metricgov_stacked"))
            .group_by(*map(name, keys))
        )
        return exp.select(*map(name, keys), exp.alias_(value, VALUE, quoted=True)).from_(
            gathered.subquery("metricgov_gathered")
        )

    def _derived(self, metric: Metric, calculation: Derived) -> exp.Select:
        from sqlglot import exp

        series = {}
        for place, one in enumerate(calculation.inputs):
            inner = self._inner(one.metric, f"{metric.name}.inputs[{place}]", one.where)
            found = self._metric(one.metric)
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
        for division in list(value.find_all(exp.Div)):
            division.set("this", exp.cast(division.this, exp.DType.DOUBLE))
        return self._combined(series, value)

    def _inner(self, wanted: str, field: str, where: str | None) -> Compiler:
        filters = (*self.filters, (f"{field}.where", where)) if where else self.filters
        found = self._metric(wanted)
        if strange := [one for one in self.dimensions if one not in found.dimensions]:
            raise BadInput("dimension_unknown", f"{field}: {wanted} has no dimension {', '.join(strange)}")
        return replace(self, depth=self.depth + 1, filters=filters)

    def _metric(self, wanted: str) -> Metric:
        found = self.catalogue.metrics.get(wanted)
        if found is None:
            raise BadInput("metric_missing", f"metric {wanted} is not in the registry")
        return found

    def _offset(self, metric: Metric, span: str) -> exp.Select:
        """Return a series read so long before, under the periods of today."""
        from sqlglot import exp

        number, unit = parts(span)
        earlier = replace(self, window=self.window.moved(-number, unit)).metric(metric)
        later = exp.Add(
            this=name(PERIOD), expression=exp.Interval(this=exp.Literal.string(str(number)), unit=exp.var(unit.upper()))
        )
        shifted = exp.select(
            exp.alias_(period_of(later, self.window.grain), PERIOD, quoted=True),
            *map(name, self.dimensions),
            name(VALUE),
        ).from_(earlier.subquery("metricgov_earlier"))
        inside = exp.and_(name(PERIOD) >= timestamp(self.window.start), name(PERIOD) < timestamp(self.window.end))
        return exp.select("*").from_(shifted.subquery("metricgov_shifted")).where(inside)

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
            .from_(self._spine())
            .join(series, on=name(PERIOD, "metricgov_series").eq(at_start))
        )

    # Time that adds up

    def _cumulative(self, metric: Metric, calculation: Cumulative) -> exp.Select:
        """Return a measure over a window that ends with each period, or since its start, or since ever."""
        own = replace(self, window=Window.around(self.window.start, self.window.end, calculation.grain))
        found = own._accumulated(metric, calculation)
        return found if calculation.grain == self.window.grain else self._coarser(found, calculation.period_aggregate)

    def _accumulated(self, metric: Metric, calculation: Cumulative) -> exp.Select:
        from sqlglot import exp

        part = calculation.measure
        if part.metric is not None:
            raise BadInput("cumulative_of_metric", f"{metric.name}: accumulate the aggregate that {part.metric} uses")
        field, kind = f"{metric.name}.measure", part.aggregate or "count"
        start = self._reaches_back(calculation)
        base = within(self._part_rows(metric, calculation, part, "measure"), start, self.window.end)
        value = aggregate(kind, part, self.reading, field)
        if kind in ADDITIVE and part.non_additive is None:
            day: Grain = calculation.grain
            early = replace(self, window=Window(self.window.start, self.window.end, day))
            daily = early._grouped(base, kind, part, field)
            base = exp.select("*", exp.alias_(name(PERIOD), TIME, quoted=True)).from_(daily.subquery("metricgov_daily"))
            base = exp.select(name(TIME), *map(name, self.dimensions), name(VALUE)).from_(
                base.subquery("metricgov_sums")
            )
            value = exp.Sum(this=name(VALUE, "metricgov_rows"))
        reach: list[exp.Expr] = [name(TIME, "metricgov_rows") < name(SPINE_END, SPINE)]
        if calculation.window is not None:
            number, unit = parts(calculation.window)
            length = exp.Interval(this=exp.Literal.string(str(number)), unit=exp.var(unit.upper()))
            lower: exp.Expr = exp.Sub(this=name(SPINE_END, SPINE), expression=length)
            reach.append(name(TIME, "metricgov_rows") >= lower)
        elif calculation.grain_to_date is not None:
            reach.append(name(TIME, "metricgov_rows") >= period_of(name(PERIOD, SPINE), calculation.grain_to_date))
        keys = [name(PERIOD, SPINE), *(name(one, "metricgov_rows") for one in self.dimensions)]
        return (
            exp.select(*keys, exp.alias_(value, VALUE, quoted=True))
            .from_(self._spine())
            .join(base.subquery("metricgov_rows"), on=exp.and_(*reach))
            .group_by(*keys)
        )

    def _reaches_back(self, calculation: Cumulative) -> datetime | None:
        if calculation.window is not None:
            number, unit = parts(calculation.window)
            return after(self.window.start, -number, unit)
        if calculation.grain_to_date is not None:
            return start_of(self.window.start, calculation.grain_to_date)
        return None

    def _coarser(self, series: exp.Select, choice: str) -> exp.Select:
        """Return the first, last or mean value of a fine series for each coarser period."""
        from sqlglot import exp

        coarse = period_of(name(PERIOD), self.window.grain)
        keys = [exp.alias_(coarse, PERIOD, quoted=True), *map(name, self.dimensions)]
        if choice == "average":
            mean = exp.Avg(this=exp.cast(name(VALUE), exp.DType.DOUBLE))
            return (
                exp.select(*keys, exp.alias_(mean, VALUE, quoted=True))
                .from_(series.subquery("metricgov_fine"))
                .group_by(coarse.copy(), *map(name, self.dimensions))
            )
        order = exp.Order(expressions=[exp.Ordered(this=name(PERIOD), desc=choice == "last", nulls_first=False)])
        place = exp.Window(this=exp.RowNumber(), partition_by=[coarse.copy(), *map(name, self.dimensions)], order=order)
        numbered = exp.select(*keys, name(VALUE), exp.alias_(place, ROW, quoted=True)).from_(
            series.subquery("metricgov_fine")
        )
        picked = exp.select(name(PERIOD), *map(name, self.dimensions), name(VALUE))
        return picked.from_(numbered.subquery("metricgov_numbered")).where(name(ROW).eq(1))

    # One thing after another

    def _conversion(self, metric: Metric, calculation: Conversion) -> exp.Select:
        """Return how many bases led to something else; each conversion belongs to the last base before it."""
        from sqlglot import exp

        base = within(
            self._part_rows(metric, calculation, calculation.base, "base"), self.window.start, self.window.end
        )
        bases = self._grouped(
            base.copy(), calculation.base.aggregate or "count", calculation.base, f"{metric.name}.base"
        )
        kind = calculation.conversion.aggregate or "count"
        value = aggregate(kind, calculation.conversion, self.reading, f"{metric.name}.conversion")
        paired = self._paired(metric, calculation, base)
        converted = (
            exp.select(name(PERIOD), *map(name, self.dimensions), exp.alias_(value, VALUE, quoted=True))
            .from_(paired.subquery("metricgov_pairs"))
            .where(name(ROW).eq(1))
            .group_by(name(PERIOD), *map(name, self.dimensions))
        )
        number = name("converted")
        value = number if calculation.result == "conversions" else quotient(number, name("bases"))
        return self._combined({"bases": bases, "converted": converted}, value, ("converted",))

    def _paired(self, metric: Metric, calculation: Conversion, base: exp.Select) -> exp.Select:
        """Return every conversion beside each base before it within the window, the last base first."""
        from sqlglot import exp

        end = self.window.end
        if calculation.window is not None:
            end = after(end, *parts(calculation.window))
        events = within(
            self._part_rows(metric, calculation, calculation.conversion, "conversion"),
            self.window.start,
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
            length = exp.Interval(this=exp.Literal.string(str(count)), unit=exp.var(unit.upper()))
            conditions.append(name(TIME, "c") <= exp.Add(this=name(TIME, "b"), expression=length))
        conditions += [name(one.conversion, "c").eq(name(one.base, "b")) for one in calculation.constant_properties]
        last = exp.Window(
            this=exp.RowNumber(),
            partition_by=[name("metricgov_event", "c")],
            order=exp.Order(expressions=[exp.Ordered(this=name(TIME, "b"), desc=True, nulls_first=False)]),
        )
        columns = self._columns_of(metric, calculation)
        own = [name(one, "c") for one in columns if one not in self.dimensions]
        return (
            exp.select(
                exp.alias_(period_of(name(TIME, "b"), self.window.grain), PERIOD, quoted=True),
                *(name(one, "b") for one in self.dimensions),
                *own,
                exp.alias_(last, ROW, quoted=True),
            )
            .from_(numbered.subquery("c"))
            .join(base.subquery("b"), on=exp.and_(*conditions))
        )

    def _columns_of(self, metric: Metric, calculation: Conversion) -> tuple[str, ...]:
        """Return the columns that the aggregate of the conversions reads."""
        from sqlglot import exp

        text = calculation.conversion.expression
        if text is None:
            return ()
        tree = predicate(text, self.reading.dialect, f"{metric.name}.conversion.expression")
        return tuple(dict.fromkeys(column.name for column in tree.find_all(exp.Column)))

    # A query of its own

    def _raw(self, metric: Metric, calculation: RawSql) -> exp.Select:
        """Return a query of the definition over its declared sources, cut to the window."""
        from sqlglot import exp

        tree = at(query(calculation.sql, self.reading.dialect, f"{metric.name}.sql"), self.reading.as_of)
        if self.filters:
            raise BadInput("filter_on_sql", f"{metric.name} is a query of its own; no filter can be put into it")
        if ORDER[self.window.grain] > ORDER[calculation.grain]:
            says = (
                f"{metric.name} is a query of its own, by {calculation.grain}; it has no value by {self.window.grain}"
            )
            raise BadInput("grain_fixed", says)
        tree = self._bound(metric, calculation, tree)
        period = calculation.time or PERIOD
        found = exp.select(
            exp.alias_(exp.cast(name(period), exp.DType.TIMESTAMP), PERIOD, quoted=True),
            *map(name, self.dimensions),
            name(VALUE),
        ).from_(tree.subquery("metricgov_query"))
        inside = exp.and_(name(PERIOD) >= timestamp(self.window.start), name(PERIOD) < timestamp(self.window.end))
        return exp.select("*").from_(found.subquery("metricgov_found")).where(inside)

    def _bound(self, metric: Metric, calculation: RawSql, tree: exp.Query) -> exp.Query:
        """Return the query with sources in place of their names; BadInput for any table that is not declared."""
        from sqlglot import exp

        local = {one.alias.lower() for one in tree.find_all(exp.CTE)}
        for table in list(tree.find_all(exp.Table)):
            if table.name.lower() in local and not table.db:
                continue
            source = self.catalogue.sources.get(table.name) if not table.db else None
            if source is None or source.name not in calculation.sources or isinstance(table.this, exp.Func):
                says = f"{metric.name}.sql reads `{table.sql()}`, which is not one of its sources"
                raise BadInput("source_undeclared", says, hint=f"sources: {', '.join(calculation.sources)}")
            everything = exp.select("*").from_(rows_of(source, self.reading))
            table.replace(everything.subquery(table.alias or table.name))
        return tree

    # Periods

    def _spine(self) -> exp.Expr:
        """Return every period of the window with its end."""
        from sqlglot import exp

        found: exp.Query | None = None
        for start, end in self.window.periods():
            row = exp.select(
                exp.alias_(timestamp(start), PERIOD, quoted=True), exp.alias_(timestamp(end), SPINE_END, quoted=True)
            )
            found = row if found is None else exp.union(found, row, distinct=False)
        if found is None:
            raise BadInput("window_empty", "there is no period between the two dates")
        return found.subquery(SPINE)

    def _filled(self, series: exp.Select, measured: Simple | Part) -> exp.Select:
        """Return a series in which periods without rows appear, where the definition asks for them."""
        from sqlglot import exp

        if not measured.join_to_timespine and measured.fill_nulls_with is None:
            return series
        value: exp.Expr = name(VALUE, "metricgov_series")
        if measured.fill_nulls_with is not None:
            value = exp.Coalesce(this=value, expressions=[exp.Literal.number(measured.fill_nulls_with)])
        if not measured.join_to_timespine:
            keys = [name(one, "metricgov_series") for one in (PERIOD, *self.dimensions)]
            return exp.select(*keys, exp.alias_(value, VALUE, quoted=True)).from_(series.subquery("metricgov_series"))
        spine: exp.Select = exp.select(name(PERIOD, SPINE)).from_(self._spine())
        if self.dimensions:
            groups = exp.select(*map(name, self.dimensions)).distinct().from_(series.copy().subquery("metricgov_known"))
            spine = exp.select(name(PERIOD, SPINE), *(name(one, "metricgov_groups") for one in self.dimensions))
            spine = spine.from_(self._spine()).join(groups.subquery("metricgov_groups"), join_type="cross")
        same = [
            exp.NullSafeEQ(this=name(one, "metricgov_keys"), expression=name(one, "metricgov_series"))
            for one in (PERIOD, *self.dimensions)
        ]
        keys = [name(one, "metricgov_keys") for one in (PERIOD, *self.dimensions)]
        return (
            exp.select(*keys, exp.alias_(value, VALUE, quoted=True))
            .from_(spine.subquery("metricgov_keys"))
            .join(series.subquery("metricgov_series"), on=exp.and_(*same), join_type="left")
        )

    def _scaled(self, series: exp.Select, scale: float) -> exp.Select:
        from sqlglot import exp

        keys = map(name, (PERIOD, *self.dimensions))
        value = exp.Mul(this=name(VALUE), expression=exp.Literal.number(scale))
        return exp.select(*keys, exp.alias_(value, VALUE, quoted=True)).from_(series.subquery("metricgov_unscaled"))


def sources_of(metric: Metric, catalogue: Catalogue, depth: int = 0) -> frozenset[str]:
    """Return the sources that a metric is computed from, through other metrics too."""
    calculation = metric.calculation
    found: set[str] = set()
    inner: list[str] = []
    match calculation.type:
        case "simple":
            found.add(calculation.source)
        case "sql":
            found.update(calculation.sources)
        case "derived":
            inner += [one.metric for one in calculation.inputs]
        case "ratio" | "cumulative" | "conversion":
            if calculation.source is not None:
                found.add(calculation.source)
            for part in _parts(calculation):
                found |= {part.source} if part.source is not None else set()
                inner += [part.metric] if part.metric is not None else []
        case _:
            assert_never(calculation.type)
    for name_ in inner if depth < DEEPEST else ():
        other = catalogue.metrics.get(name_)
        if other is not None:
            found |= sources_of(other, catalogue, depth + 1)
    return frozenset(found)


def _parts(calculation: Sourced) -> tuple[Part, ...]:
    names = ("numerator", "denominator", "measure", "base", "conversion")
    return tuple(part for one in names if (part := getattr(calculation, one, None)) is not None)


def rows_of(source: Source, reading: Reading) -> exp.Expr:
    """Return a source for a query of its own: its relation with computed columns, under its own filter."""
    from sqlglot import exp

    from metricgov.domain.query.rows import computed

    tree = exp.select("*").from_(computed(source, reading))
    if source.where:
        tree = tree.where(at(predicate(source.where, reading.dialect, f"source {source.name}.where"), reading.as_of))
    return tree.subquery("metricgov_rows")


def compile_metric(
    metric: Metric, catalogue: Catalogue, reading: Reading, window: Window, dimensions: Sequence[str] = ()
) -> exp.Select:
    """Return the query of a metric: columns `period`, the dimensions, `value`; ordered by period and dimensions.

    Periods are starts in local time of the source's zone. BadInput, naming the field, for whatever cannot be computed.
    """
    keys = (PERIOD, *dimensions)
    tree = Compiler(catalogue, reading, window, tuple(dimensions)).metric(metric)
    return tree.order_by(*map(name, keys))
