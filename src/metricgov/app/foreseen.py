"""History as it will read once a change is applied: the third plot of an approver's report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from metricgov.app.effects import catalogue_of
from metricgov.app.series import Version, Wanted, raw_data_from, read_series
from metricgov.domain.comparability.joining import CURRENT, Measuring
from metricgov.domain.errors import MetricgovError
from metricgov.domain.query.span import ORDER, Grain, after, start_of

if TYPE_CHECKING:
    from metricgov.app.assess import Assessment
    from metricgov.app.effects import Asked
    from metricgov.domain.comparability.evidence import Evidence, MetricEffect
    from metricgov.domain.comparability.over_time import Series
    from metricgov.domain.registry import Registry
    from metricgov.ports.warehouse import Warehouse

YEARS = 3
"""How far back the picture goes."""

FINEST: Grain = "month"
"""Finer periods are no picture over years."""


def foreseen(
    assessment: Assessment,
    whole: Registry,
    evidence: Evidence,
    versions: Callable[[str], Sequence[Version]],
    warehouse: Warehouse,
    asked: Asked,
) -> dict[str, Series]:
    """Return the history of each metric that changes itself, by name; none where it cannot be read.

    `versions` gives those in force of a metric. The proposed one begins with the last whole period, whatever its
    effective date: what is shown is what its link makes of the periods before.
    """
    changed = {one.touched.id: assessment.after.get(one.touched.id) for one in assessment.definitions}
    catalogue = catalogue_of(whole, changed)
    found: dict[str, Series] = {}
    for one in evidence.metrics:
        if one.cause or one.effect is None or one.link is None or one.metric not in catalogue.metrics:
            continue
        known = versions(one.metric)
        grain = max(catalogue.metrics[one.metric].calculation.grain, FINEST, key=ORDER.__getitem__)
        end = start_of(asked.as_of, grain)
        begins = f"{after(end, -1, grain):%Y-%m-%d}"
        proposed = Measuring("proposed", begins, "", reaches=raw_data_from(one.metric, catalogue))
        joined = [*_until(known, begins, one), Version(proposed, catalogue)]
        wanted = Wanted(
            one.metric, f"{after(end, -YEARS, 'year'):%Y-%m-%d}", f"{end:%Y-%m-%d}", grain, CURRENT, across_breaks=True
        )
        try:
            found[one.metric] = read_series(
                wanted,
                joined,
                warehouse,
                as_of=asked.as_of,
                dialect=asked.dialect,
                limits=asked.limits,
                told=asked.told,
            )
        except MetricgovError:
            continue  # the effect is whole without it, and what the engine cannot give stands there already
    return found


def _until(versions: Sequence[Version], day: str, one: MetricEffect) -> list[Version]:
    """Return the versions that begin before a day, the last of them linked to what comes as the effect measured."""
    kept = [each for place, each in enumerate(versions) if not place or each.measuring.start < day]
    if not kept or one.link is None:
        return kept
    last = kept[-1]
    ended = replace(last.measuring, end=day, link=one.link.status, change="this change", bridge=one.link)
    return [*kept[:-1], replace(last, measuring=ended)]
