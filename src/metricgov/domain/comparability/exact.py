"""Conversions that the two definitions prove by themselves: the factor follows from what they state, not from data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite

from metricgov.domain.changes.findings import Finding
from metricgov.domain.comparability.advice import EXACT
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.digest import JSON
from metricgov.domain.workflow.authoring import MOVES_NUMBERS


def conversion(
    metric: str, before: Mapping[str, JSON], after: Mapping[str, JSON], findings: Iterable[Finding]
) -> Linked | None:
    """Return the exact link between two definitions of a metric; None where more than unit or scale may differ.

    The scale is the last thing that a calculation applies, so each value is the old one times the quotient of the
    scales, in any period and segment. What the metric is computed from must be the same on both sides.
    """
    rules = {one.rule for one in findings if one.change_class in MOVES_NUMBERS}
    if not rules or not rules <= EXACT:
        return None
    old, new = _scale(before), _scale(after)
    if not old or not new or not isfinite(new / old) or not new / old:
        return None
    return Linked(metric, Status.BRIDGED, LinkScale.EXACT, Factor(new / old, 0.0), estimator="exact")


def _scale(data: Mapping[str, JSON]) -> float:
    """Return the scale that a definition states, 1 where it states none, 0 where it is no number."""
    calculation = data.get("calculation")
    found = calculation.get("scale", 1) if isinstance(calculation, Mapping) else 0
    if isinstance(found, bool) or not isinstance(found, int | float) or not isfinite(found):
        return 0.0
    return float(found)
