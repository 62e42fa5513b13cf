"""The approver's report as one value: the change, what it does to the numbers, and what the metrics are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from metricgov.domain.comparability.evidence import Evidence
from metricgov.domain.comparability.over_time import Series
from metricgov.domain.views import ChangeView


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """What a report says of a metric besides its numbers; each is "" where nobody said."""

    title: str = ""
    unit: str = ""
    accountable: str = ""


@dataclass(frozen=True, slots=True)
class EffectReport:
    """What every form of the report shows; `facts` are by the name of the metric.

    `futures` are histories as they will read, by metric; none in a report from the record, which holds no values.
    """

    change: ChangeView
    evidence: Evidence
    facts: Mapping[str, MetricFacts]
    futures: Mapping[str, Series] = field(default_factory=dict)

    def of(self, metric: str) -> MetricFacts:
        """Return what is said of a metric besides its numbers."""
        return self.facts.get(metric, MetricFacts())


@dataclass(frozen=True, slots=True)
class EffectOnRecord:
    """An effect with the revision that it is of, and when it was computed (UTC in seconds).

    `current` says that the newest contents are those it was computed of, `anew` that it was put on record just now.
    """

    report: EffectReport
    revision: int
    at: str
    current: bool
    anew: bool = False
