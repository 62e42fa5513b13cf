"""The approver's report: the change as it stands, its effect, and what people call the metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from metricgov.app.change_view import change_view
from metricgov.app.moment import at_tip
from metricgov.app.rights import roles_for
from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.effect_report import EffectReport, MetricFacts

if TYPE_CHECKING:
    from metricgov.app.access import Access
    from metricgov.app.moment import Moment
    from metricgov.domain.comparability.evidence import Evidence
    from metricgov.domain.comparability.over_time import Series
    from metricgov.domain.registry import Registry


def effect_report(
    access: Access,
    change: str,
    evidence: Evidence,
    whole: Registry,
    futures: Mapping[str, Series],
    *,
    label: str,
) -> EffectReport:
    """Return the report on the effect of a change; `whole` is the registry at its base."""
    moment = at_tip(access)
    facts = {one.metric: _facts(moment, whole, one.metric) for one in evidence.metrics}
    return EffectReport(change_view(access, change, label=label), evidence, facts, futures)


def _facts(moment: Moment, whole: Registry, metric: str) -> MetricFacts:
    from metricgov.domain.definitions.metric import Metric

    entry = whole.get(f"metric:{metric}")
    if entry is None:
        return MetricFacts()
    roles = roles_for(entry.id, moment)
    accountable = roles.accountable if roles else ""
    try:
        model = entry.model
    except DefinitionErrors:
        return MetricFacts(accountable=accountable)
    assert isinstance(model, Metric)
    return MetricFacts(model.title, model.unit or "", accountable)
