"""What is known about a metric besides its figures, which warnings about them go by."""

from __future__ import annotations

from dataclasses import replace

from metricgov.app.measuring import adds_up, reclassified
from metricgov.domain.comparability.warned import Claimed
from metricgov.domain.definitions.metric import Metric
from metricgov.domain.query.dual import Side


def known_of(claimed: Claimed, old: Side, new: Side) -> Claimed:
    """Return what the author claims, with what both definitions say of this metric."""
    return replace(
        claimed,
        additive=adds_up(old.metric) and adds_up(new.metric),
        aggregate=getattr(new.metric.calculation, "aggregate", None) or "",
        reclassified=reclassified(old, new),
        starts=tuple(str(one.metric.effective_from) for one in (old, new) if one.metric.effective_from is not None),
        reported_from=str(old.metric.effective_from or ""),
    )


def tier(old: Metric, new: Metric) -> str | None:
    """Return the tier whose thresholds count: that of the KPI it is, else of the KPI it becomes."""
    kpi = old.kpi or new.kpi
    return kpi.tier if kpi is not None else None
