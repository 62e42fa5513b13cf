"""Rows that lie after now: why a metric has no values although its source has rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from metricgov.domain.errors import Undecidable
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.query.catalogue import Catalogue
    from metricgov.domain.query.rows import Reading

DAY = timedelta(days=1)
"""How far ahead the newest row may be: days begin at another hour elsewhere."""


def rows_ahead(
    metric: Metric, catalogue: Catalogue, reading: Reading, warehouse: Warehouse, now: datetime, limits: Limits
) -> Undecidable | None:
    """Return which newest rows of a metric's sources lie more than a day after now (UTC), None where none do."""
    from sqlglot import exp

    from metricgov.domain.query.rows import TIME, name, rows

    for source, time in sorted(set(timed(metric))):
        if source not in catalogue.sources:
            continue
        base = rows(catalogue.sources[source], time, [], reading)
        newest = exp.select(exp.alias_(exp.Max(this=name(TIME)), "newest")).from_(base.subquery("metricgov_rows"))
        ((found,),) = warehouse.run(newest, limits).rows
        if found is None:
            continue
        moment = found if isinstance(found, datetime) else datetime.fromisoformat(str(found))
        if moment.replace(tzinfo=None) > now + DAY:
            return Undecidable(
                "rows_ahead",
                f"no rows lie in these periods, and the newest of source {source} lie on {moment:%Y-%m-%d}, after "
                f"today ({now:%Y-%m-%d}): a clock or a zone disagrees",
                hint=f"compare the clock of engine {warehouse.name} with this computer's (metricgov doctor), and how "
                f"{time} is filled",
            )
    return None


def timed(metric: Metric) -> Iterator[tuple[str, str]]:
    """Yield source and time column of each part of a metric that reads rows itself."""
    calculation = metric.calculation
    whole = (getattr(calculation, "source", None), getattr(calculation, "time", None))
    for one in ("numerator", "denominator", "measure", "base", "conversion"):
        part = getattr(calculation, one, None)
        if part is not None and part.metric is None:
            yield str(part.source or whole[0]), str(part.time or whole[1])
    if whole[0] and whole[1]:
        yield str(whole[0]), str(whole[1])
