"""Confidence levels, quantiles and intervals that all estimators share; no estimator lives here."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp
from statistics import NormalDist

LEVEL = 0.95
"""Confidence level of intervals, unless the policy of a registry says otherwise."""


FARTHEST = 100.0
"""Half width on the log scale from which on an interval says nothing, and its limits are no numbers to show."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Lower and upper limit of an estimate, both in the unit of the estimate."""

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    @property
    def values(self) -> tuple[float, float]:
        """The two limits."""
        return self.low, self.high

    def within(self, other: Interval) -> bool:
        """Say whether this interval lies strictly inside another."""
        return other.low < self.low and self.high < other.high


def z(level: float = LEVEL) -> float:
    """Return the two-sided normal quantile of a confidence level in (0, 1)."""
    _checked(level)
    return NormalDist().inv_cdf(0.5 + level / 2)


def t(level: float, degrees: float) -> float:
    """Return the two-sided quantile of Student's t with so many degrees of freedom."""
    from scipy.special import stdtrit  # scipy.stats has the same and takes ten times as long to import

    _checked(level)
    return float(stdtrit(degrees, 0.5 + level / 2))


def t_tails(statistic: float, degrees: float) -> float:
    """Return how likely a value of Student's t at least as far from 0 is, on either side."""
    from scipy.special import stdtr

    return float(2 * stdtr(degrees, -abs(statistic)))


def around(value: float, se: float, quantile: float) -> Interval:
    """Return value ± quantile × standard error."""
    return Interval(value - quantile * se, value + quantile * se)


def around_log(value: float, se: float, quantile: float) -> Interval:
    """Return the interval of a positive value that is symmetric on the log scale; `se` is that of the value."""
    factor = exp(quantile * se / value)
    return Interval(value / factor, value * factor)


def _checked(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"a confidence level lies between 0 and 1, not at {level}")
