"""A ratio outside its overlap is a prediction (E9): variance between periods, drift, and errors that follow each other.

Sources: DerSimonian and Laird (1986); Higgins, Thompson and Spiegelhalter (2009) for the prediction interval; Newey and
West (1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import correlation, linear_regression

from metricgov.domain.comparability.interval import LEVEL, Interval, around, t, t_tails, z

ROUNDING = 1e-9
"""How far log ratios may lie apart because computers round, and still be one ratio."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """The mean ratio over the periods of an overlap, and where the ratio of another period is to be expected.

    `q` is Cochran's heterogeneity, `tau2` the variance between periods on the log scale, `se_mean` that of the mean log
    ratio.
    """

    ratio: float
    q: float
    tau2: float
    se_mean: float
    mean: Interval
    elsewhere: Interval

    @property
    def tau(self) -> float:
        """Standard deviation between periods, on the log scale."""
        return sqrt(self.tau2)

    @property
    def rse(self) -> float:
        """Relative error of a bridged value: of the mean and between periods together."""
        return sqrt(self.se_mean**2 + self.tau2)


def predict(log_ratios: Sequence[float], errors: Sequence[float], level: float = LEVEL) -> Prediction:
    """Return the random-effects mean of log ratios by period, given their errors, and its prediction interval."""
    periods = len(log_ratios)
    if periods != len(errors) or periods < 2:
        raise ValueError("a prediction needs at least two periods, each with its error")
    if min(errors) <= 0:
        raise ValueError("each period needs an error above 0")
    weights = [1 / error**2 for error in errors]
    total = sum(weights)
    fixed = sum(w * y for w, y in zip(weights, log_ratios, strict=True)) / total
    q = sum(w * (y - fixed) ** 2 for w, y in zip(weights, log_ratios, strict=True))
    *rest, heaviest = sorted(weights)
    others = (2 * heaviest * sum(rest) + sum(rest) ** 2 - sum(w**2 for w in rest)) / total
    tau2 = max(0.0, (q - (periods - 1)) / others)
    random = [1 / (error**2 + tau2) for error in errors]
    mean = sum(w * y for w, y in zip(random, log_ratios, strict=True)) / sum(random)
    error = sqrt(1 / sum(random))
    return Prediction(
        ratio=exp(mean),
        q=q,
        tau2=tau2,
        se_mean=error,
        mean=_exp(around(mean, error, z(level))),
        elsewhere=_exp(around(mean, sqrt(error**2 + tau2), t(level, periods - 1))),
    )


@dataclass(frozen=True, slots=True)
class Drift:
    """The slope by period of what a link keeps, and how likely one at least as steep is without any drift."""

    slope: float
    p: float


def drift(ratios: Sequence[float]) -> Drift:
    """Return whether the ratio moves within its overlap; needs three periods, all ratios above 0."""
    if len(ratios) < 3 or min(ratios) <= 0:
        raise ValueError("drift is judged on at least three periods with ratios above 0")
    return trend([log(one) for one in ratios], rounding=ROUNDING)


def trend(values: Sequence[float], *, rounding: float = 0.0) -> Drift:
    """Return the slope of three values or more by period; what differs by no more than `rounding` stands still."""
    if len(values) < 3:
        raise ValueError("drift is judged on at least three periods")
    if max(values) - min(values) <= rounding:
        return Drift(0.0, 1.0)
    periods = range(len(values))
    slope, r = linear_regression(periods, values).slope, correlation(periods, values)
    if r * r >= 1:
        return Drift(slope, 0.0)
    return Drift(slope, t_tails(r * sqrt((len(values) - 2) / (1 - r * r)), len(values) - 2))


def newey_west_se(values: Sequence[float], lags: int) -> float:
    """Return the standard error of a mean whose terms follow each other up to so many lags (Bartlett weights)."""
    import numpy as np

    x = np.asarray(values, dtype=float)
    n = len(x)
    if not 0 <= lags < n:
        raise ValueError("lags lie between 0 and the number of values")
    rest = x - x.mean()
    variance = float((rest**2).mean())
    for lag in range(1, lags + 1):
        weight = 1 - lag / (lags + 1)
        variance += 2 * weight * float((rest[lag:] * rest[:-lag]).sum()) / n
    return sqrt(max(0.0, variance) / n)


def _exp(interval: Interval) -> Interval:
    return Interval(exp(interval.low), exp(interval.high))
