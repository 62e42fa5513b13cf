"""Rows that no key names a unit of: how many of them a metric counts, each as a unit of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metricgov.app.ahead import timed

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.query.catalogue import Catalogue
    from metricgov.domain.query.rows import Reading
    from metricgov.domain.query.span import Window


def rows_without_key(metric: Metric, catalogue: Catalogue, reading: Reading, window: Window) -> Iterator[exp.Select]:
    """Yield, of each source, the number of rows that count with NULL in the metric's deduplication key, as a query."""
    from sqlglot import exp

    from metricgov.domain.query.rows import name, rows, within

    if metric.deduplicate is None:
        return
    shared = getattr(metric.calculation, "where", None)
    where = [(f"{metric.name}.where", shared)] if shared else []
    for source, time in sorted(set(timed(metric))):
        if source not in catalogue.sources:
            continue
        base = within(rows(catalogue.sources[source], time, where, reading), window.start, window.end)
        unknown = exp.or_(*(exp.Is(this=name(key), expression=exp.Null()) for key in metric.deduplicate.key))
        number = exp.alias_(exp.Count(this=exp.Star()), "number")
        yield exp.select(number).from_(base.subquery("metricgov_rows")).where(unknown)
