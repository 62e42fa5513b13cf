"""Comparability ratios of totals over clusters (units, days): estimators E3, E4, E5 and E8.

Sources: Cochran, Sampling Techniques (linearised ratio); Fieller (1954); Efron and Tibshirani (bootstrap, BCa).
Arrays hold one number a cluster, in the same order for both definitions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, sqrt
from typing import TYPE_CHECKING, Any

from metricgov.domain.comparability.interval import FARTHEST, LEVEL, Interval, around, t
from metricgov.domain.comparability.paired import Estimate, Estimator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[Any]

Numbers = Sequence[float]


def linearised(new: Numbers, old: Numbers, level: float = LEVEL) -> Estimate:
    """Return the ratio of totals with the error that the clusters show, and t on one degree less than clusters (E3)."""
    y, x = _pair(new, old)
    clusters, total = len(y), float(x.sum())
    if total == 0:
        raise ValueError("the old definition sums to 0, so there is no ratio to it")
    ratio = float(y.sum()) / total
    rest = y - ratio * x
    error = sqrt(clusters / (clusters - 1) * float((rest**2).sum())) / abs(total)
    return Estimate(ratio, error, around(ratio, error, t(level, clusters - 1)), Estimator.CLUSTERED, level)


def jackknife_se(new: Numbers, old: Numbers) -> float:
    """Return the standard error from leaving out one cluster at a time; ValueError where one holds all there is."""
    y, x = _pair(new, old)
    rest = x.sum() - x
    if not rest.all():
        raise ValueError("one cluster holds all of the old definition; without it there is no ratio")
    without = (y.sum() - y) / rest
    clusters = len(y)
    return sqrt((clusters - 1) / clusters * float(((without - without.mean()) ** 2).sum()))


def bootstrapped(new: Numbers, old: Numbers, level: float = LEVEL, *, draws: int = 9_999, seed: int = 0) -> Estimate:
    """Return the ratio of totals with a BCa interval over whole clusters (E4); equal seeds, equal intervals.

    ValueError where so few clusters hold anything that some draws have no ratio.
    """
    import numpy as np
    from scipy.stats import bootstrap

    y, x = _pair(new, old)
    total = float(x.sum())
    if total == 0:
        raise ValueError("the old definition sums to 0, so there is no ratio to it")
    ratio = float(y.sum()) / total
    if np.allclose(y, ratio * x, rtol=1e-12, atol=0):
        return Estimate(ratio, 0.0, Interval(ratio, ratio), Estimator.BOOTSTRAP, level)

    def ratio_of(up: Floats, down: Floats, axis: int = -1) -> Floats:
        return np.asarray(up.sum(axis=axis) / down.sum(axis=axis))

    with np.errstate(divide="ignore", invalid="ignore"):
        found = bootstrap(
            (y, x),
            ratio_of,
            paired=True,
            method="BCa",
            n_resamples=draws,
            confidence_level=level,
            rng=np.random.default_rng(seed),
        )
    if not np.isfinite(found.bootstrap_distribution).all():
        raise ValueError("so few clusters hold anything that some draws of them have no ratio")
    limits = Interval(float(found.confidence_interval.low), float(found.confidence_interval.high))
    return Estimate(ratio, float(found.standard_error), limits, Estimator.BOOTSTRAP, level)


@dataclass(frozen=True, slots=True)
class Fieller:
    """Fieller's set for a ratio of means; `interval` is None where it has no bounds, and then no ratio may be used.

    `ratio` is None where the denominator is 0.
    """

    ratio: float | None
    leading: float
    interval: Interval | None

    @property
    def bounded(self) -> bool:
        """Whether the denominator is far enough from 0."""
        return self.interval is not None


def fieller(new: Numbers, old: Numbers, level: float = LEVEL) -> Fieller:
    """Return the ratio of means without assuming that its denominator is far from 0 (E5)."""
    y, x = _pair(new, old)
    clusters = len(y)
    quantile = t(level, clusters - 1) ** 2
    mean_y, mean_x = float(y.mean()), float(x.mean())
    var_y, var_x = float(y.var(ddof=1)) / clusters, float(x.var(ddof=1)) / clusters
    cov = float(((y - mean_y) * (x - mean_x)).sum()) / (clusters - 1) / clusters
    leading = mean_x**2 - quantile * var_x
    middle = mean_x * mean_y - quantile * cov
    last = mean_y**2 - quantile * var_y
    ratio = float(y.sum()) / float(x.sum()) if x.sum() else None
    if leading <= 0 or ratio is None:
        return Fieller(ratio, leading, None)
    spread = sqrt(max(0.0, middle**2 - leading * last))  # below 0 by rounding alone
    low, high = (middle - spread) / leading, (middle + spread) / leading
    return Fieller(ratio, leading, Interval(min(low, ratio), max(high, ratio)))  # it holds the ratio, but for rounding


@dataclass(frozen=True, slots=True)
class RatioMetricChange:
    """What a change does to a quotient, and to both of its parts.

    `interval` is None with one cluster, where the quotient changes its sign, and where it could be anything.
    """

    numerator: float
    denominator: float
    se_log: float | None
    interval: Interval | None

    @property
    def ratio(self) -> float:
        """C of the quotient: C of the numerator over C of the denominator."""
        return self.numerator / self.denominator


def ratio_metric(
    old_numerator: Numbers,
    old_denominator: Numbers,
    new_numerator: Numbers,
    new_denominator: Numbers,
    level: float = LEVEL,
) -> RatioMetricChange:
    """Return how a quotient moves, with the error from the joint influence of each cluster (E8).

    One cluster gives the ratios alone. ValueError where a total is 0.
    """
    import numpy as np

    parts = [np.asarray(one, dtype=float) for one in (old_numerator, old_denominator, new_numerator, new_denominator)]
    clusters = len(parts[0])
    if clusters == 0 or any(len(one) != clusters for one in parts):
        raise ValueError("the four parts need one number for each cluster")
    means = [float(one.mean()) for one in parts]
    if not all(means):
        raise ValueError("a part that sums to 0 has no ratio")
    n0, d0, n1, d1 = (one / mean for one, mean in zip(parts, means, strict=True))
    numerator, denominator = means[2] / means[0], means[3] / means[1]
    if clusters == 1:
        return RatioMetricChange(numerator, denominator, None, None)
    influence = n1 - n0 - d1 + d0
    error = float(influence.std(ddof=1)) / sqrt(clusters)
    middle = numerator / denominator
    limits = None
    reach = t(level, clusters - 1) * error
    if middle > 0 and reach < FARTHEST:
        limits = Interval(middle * exp(-reach), middle * exp(reach))
    return RatioMetricChange(numerator, denominator, error, limits)


def _pair(new: Numbers, old: Numbers) -> tuple[Floats, Floats]:
    import numpy as np

    y, x = np.asarray(new, dtype=float), np.asarray(old, dtype=float)
    if y.shape != x.shape or y.ndim != 1:
        raise ValueError("both definitions need one number for each cluster")
    if len(y) < 2:
        raise ValueError("one cluster shows no error; at least two are needed")
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ValueError("clusters hold numbers that are not finite")
    return y, x
