"""From where on a figure of an effect is worth a warning; the defaults of the method pages, settings of a registry."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.domain.comparability.paired import SUPPRESSED
from metricgov.domain.comparability.verdict import MARGIN


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Shares between 0 and 1, numbers of things, and probabilities; which warning each belongs to stands beside it.

    `margin` is what a number may move without mattering (W03, W06, W08, W13); `coverage` the least share judged by both
    definitions (W01); `units` and `periods` the least that an overlap holds (W04); `drift_p` (W06) the probability
    below which a slope is no chance, `break_percent` (W18) that of a step, in percent; `churn` the share of other units
    behind an equal total (W08); `vague` the relative error of a bridged value (W12, W15); `segments` (W20) and
    `bridges` (W15) how many are still easy to read.
    """

    margin: float = MARGIN
    coverage: float = 0.98
    units: int = SUPPRESSED
    periods: int = 7
    drift_p: float = 0.05
    break_percent: int = 1
    churn: float = 0.05
    vague: float = 0.10
    segments: int = 10
    bridges: int = 2


DEFAULTS = Thresholds()
"""Those of the method pages."""
