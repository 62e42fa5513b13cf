"""One query under construction: its definitions, relations, window and dimensions, and the rows that they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput
from metricgov.domain.query.aggregates import aggregate
from metricgov.domain.query.fragments import at, predicate
from metricgov.domain.query.rows import PERIOD, TIME, Reading, name, period_of, rows

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.calculation import Part, Simple, Sourced
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.query.catalogue import Catalogue
    from metricgov.domain.query.span import Window

VALUE = "value"


@dataclass(frozen=True, slots=True)
class Frame:
    """One query under construction: its definitions, relations, window and dimensions.

    `filters` are those of metrics around the one in hand, `later` the lengths of time by which its rows are moved.
    """

    catalogue: Catalogue
    reading: Reading
    window: Window
    dimensions: tuple[str, ...] = ()
    depth: int = 0
    filters: tuple[tuple[str, str], ...] = ()
    later: tuple[tuple[int, str], ...] = ()

    def named(self, wanted: str) -> Metric:
        """Return a metric of the catalogue; BadInput where it has none of that name."""
        found = self.catalogue.metrics.get(wanted)
        if found is None:
            raise BadInput("metric_missing", f"metric {wanted} is not in the registry")
        return found

    def part_rows(self, metric: Metric, whole: Sourced, part: Part, field: str) -> exp.Select:
        """Return the rows that one side of a calculation counts, under the metric's own conditions and its part's."""
        source, time = part.source or whole.source, part.time or whole.time
        assert source is not None
        assert time is not None
        shared = self.conditions(metric, whole.where)
        if metric.deduplicate is None:
            own = ((f"{metric.name}.{field}.where", part.where),) if part.where else ()
            return self.rows_of_source(metric, source, time, (*shared, *own))
        units = self.rows_of_source(metric, source, time, shared)
        if part.where is None:
            return units
        from sqlglot import exp

        own_condition = predicate(part.where, self.reading.dialect, f"{metric.name}.{field}.where")
        return exp.select("*").from_(units.subquery("metricgov_rows")).where(at(own_condition, self.reading.as_of))

    def rows_of_source(self, metric: Metric, source: str, time: str, where: Sequence[tuple[str, str]]) -> exp.Select:
        """Return the rows of a source that meet all conditions, with its time in local time."""
        found = self.catalogue.sources.get(source)
        if found is None:
            raise BadInput("source_missing", f"{metric.name} reads source {source}, which is not in the registry")
        return rows(found, time, where, self.reading, deduplicate=metric.deduplicate, later=self.later)

    def conditions(self, metric: Metric, where: str | None) -> tuple[tuple[str, str], ...]:
        """Return the conditions of a metric and of the metrics around it, each with the field it stands in."""
        own = ((f"{metric.name}.where", where),) if where else ()
        return (*own, *self.filters)

    def grouped(self, base: exp.Select, kind: str, measured: Simple | Part, field: str) -> exp.Select:
        """Return one aggregate of rows, by period and dimension."""
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
