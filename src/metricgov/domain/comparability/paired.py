"""Comparability ratios from units that both definitions judged: cells, estimators E1, E2, E6, E7; totals of clusters
live in clustered.py.

Source of the method: NCHS, Comparability of Cause of Death Between ICD-9 and ICD-10 (2001, 2004); score interval after
Tang, Tang and Chan (2003), hybrid interval after Bonett and Price (2006), both compared in Fagerland, Lydersen and
Laake (2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import erfc, expm1, log1p, sqrt

from metricgov.domain.comparability.interval import LEVEL, Interval, around_log, z

FEW = 10
"""Units judged differently below which the large-sample error is no longer trusted (E2 takes over from E1)."""

ONE_WAY = 40
"""The same where all of them differ in one direction: few of them are as lopsided as a count of rare events is."""

SUPPRESSED = 20
"""Units on either side below which no ratio is published."""


class Estimator(StrEnum):
    """The methods, named in every figure that comes from them."""

    PAIRED_COUNTS = "E1"
    FEW_DISCORDANT = "E2"
    CLUSTERED = "E3"
    BOOTSTRAP = "E4"
    FIELLER = "E5"
    DISJOINT = "E6"
    MARGINALS = "E7"
    RATIO_METRIC = "E8"
    PREDICTION = "E9"


@dataclass(frozen=True, slots=True)
class Cells:
    """How many units of one base both definitions count, one of them, or neither (a, b, c, d)."""

    both: int
    new_only: int = 0
    old_only: int = 0
    neither: int = 0

    def __post_init__(self) -> None:
        if min(self.both, self.new_only, self.old_only, self.neither) < 0:
            raise ValueError("a number of units cannot be negative")

    def __add__(self, other: Cells) -> Cells:
        return Cells(
            self.both + other.both,
            self.new_only + other.new_only,
            self.old_only + other.old_only,
            self.neither + other.neither,
        )

    @property
    def n_new(self) -> int:
        """Units that the new definition counts."""
        return self.both + self.new_only

    @property
    def n_old(self) -> int:
        """Units that the old definition counts."""
        return self.both + self.old_only

    @property
    def discordant(self) -> int:
        """Units that only one of them counts."""
        return self.new_only + self.old_only

    @property
    def ratio(self) -> float:
        """C = new / old on this base; ValueError where the old definition counts nothing."""
        if not self.n_old:
            raise ValueError("the old definition counts nothing on this base, so there is no ratio to it")
        return self.n_new / self.n_old

    @property
    def net(self) -> float:
        """C - 1: what the totals show."""
        return self.ratio - 1

    @property
    def gross(self) -> float:
        """Share of the units counted by either that only one of them counts; 0 for an empty base."""
        either = self.both + self.discordant
        return self.discordant / either if either else 0.0

    @property
    def publishable(self) -> bool:
        """Whether both sides hold enough units for a ratio to be shown."""
        return min(self.n_new, self.n_old) >= SUPPRESSED


@dataclass(frozen=True, slots=True)
class Estimate:
    """A comparability ratio with its error and the method behind it."""

    ratio: float
    se: float
    interval: Interval
    estimator: Estimator
    level: float = LEVEL

    @property
    def rse(self) -> float:
        """Standard error as a share of the ratio."""
        return self.se / self.ratio


def estimate(cells: Cells, level: float = LEVEL) -> Estimate:
    """Return the ratio of independent units: E1, or E2's score interval where few are judged differently.

    As one procedure the two cover 93 to 97% from four expected differences on (bench/covering.py).
    """
    if not cells.n_new or not cells.n_old:
        raise ValueError("a ratio needs units on both sides")
    error = se(cells)
    one_way = 0 in (cells.new_only, cells.old_only)
    if cells.discordant < (ONE_WAY if one_way else FEW):
        return Estimate(cells.ratio, error, score_interval(cells, level), Estimator.FEW_DISCORDANT, level)
    return Estimate(cells.ratio, error, wald_interval(cells, level), Estimator.PAIRED_COUNTS, level)


def se(cells: Cells) -> float:
    """Return E1's standard error, C × sqrt((b + c) / (N_new × N_old)); what neither counts does not matter."""
    return cells.ratio * sqrt(cells.discordant / (cells.n_new * cells.n_old))


def wald_interval(cells: Cells, level: float = LEVEL) -> Interval:
    """Return E1's interval, symmetric on the log scale."""
    return around_log(cells.ratio, se(cells), z(level))


def score_interval(cells: Cells, level: float = LEVEL) -> Interval:
    """Return the values of the ratio that a score test does not reject (Tang); also without any difference at all.

    Where the new definition counts nothing the lower limit is 0; ValueError where the old one does not.
    """
    from scipy.optimize import brentq

    quantile = z(level)

    def beyond(ratio: float, sign: float) -> float:
        return _score(cells, ratio) - sign * quantile

    middle = cells.ratio
    low, high = middle, middle or 1 / cells.n_old
    while middle and beyond(low, 1) < 0:
        low /= 2
    while beyond(high, -1) > 0:
        high *= 2
    return Interval(
        float(brentq(beyond, low, middle, args=(1.0,), xtol=1e-14, rtol=1e-14)) if middle else 0.0,
        float(brentq(beyond, middle, high, args=(-1.0,), xtol=1e-14, rtol=1e-14)),
    )


def _score(cells: Cells, ratio: float) -> float:
    """Return the score statistic of a ratio, with the share of `old only` that is most likely under it."""
    a, b, c = cells.both, cells.new_only, cells.old_only
    n = a + b + c + cells.neither
    first = n * (1 + ratio)
    second = (a + c) * (ratio - 1) * (ratio + 1) - (b + c)  # so written, nothing large cancels out
    third = c * (1 - ratio) * (a + b + c) / n
    share = (-second + sqrt(max(0.0, second**2 - 4 * first * third))) / (2 * first)
    variance = n * (1 + ratio) * share + (a + b + c) * (ratio - 1)
    distance = cells.n_new - ratio * cells.n_old
    if variance <= 0:
        return 0.0 if distance == 0 else float("inf") * (1 if distance > 0 else -1)
    return distance / sqrt(variance)


def hybrid_interval(cells: Cells, level: float = LEVEL) -> Interval:
    """Return Bonett and Price's interval: two Wilson intervals at a level that their dependence suggests."""
    n = cells.both + cells.discordant
    first, second = cells.n_new, cells.n_old
    if not second:
        raise ValueError("the old definition counts nothing on this base, so there is no ratio to it")
    share_new, share_old = (first + 1) / (n + 2), (second + 1) / (n + 2)
    together = sqrt((cells.discordant + 2) / ((first + 1) * (second + 1)))
    apart = sqrt((1 - share_new) / (first + 1)) + sqrt((1 - share_old) / (second + 1))
    quantile = z(level) * together / apart
    new, old = _wilson(first, n, quantile), _wilson(second, n, quantile)
    return Interval(new.low / old.high, new.high / old.low)


def _wilson(hits: int, n: int, quantile: float) -> Interval:
    square = quantile**2
    middle = 2 * hits + square
    spread = quantile * sqrt(square + 4 * hits * (1 - hits / n))
    return Interval((middle - spread) / (2 * (n + square)), (middle + spread) / (2 * (n + square)))


@dataclass(frozen=True, slots=True)
class McNemar:
    """Tests of "as many enter as leave": z, its two-sided p, mid-p and exact p."""

    z: float
    p: float
    mid_p: float
    exact_p: float


def mcnemar(cells: Cells) -> McNemar:
    """Return McNemar's tests; the exact one is conservative, mid-p is the one to quote near the line."""
    from scipy.special import bdtr

    b, c = cells.new_only, cells.old_only
    if b + c == 0:
        return McNemar(0.0, 1.0, 1.0, 1.0)
    statistic = (b - c) / sqrt(b + c)
    few = min(b, c)
    tail = float(bdtr(few, b + c, 0.5))
    exactly = tail - (float(bdtr(few - 1, b + c, 0.5)) if few else 0.0)
    return McNemar(
        z=statistic,
        p=erfc(abs(statistic) / sqrt(2)),
        mid_p=min(1.0, 2 * tail - exactly),
        exact_p=min(1.0, 2 * tail),
    )


def discordance_limit(cells: Cells, level: float = LEVEL) -> float:
    """Return the upper limit of the share of counted units that differ, where none did: 1 - (1 - level)^(1/n)."""
    n = cells.both
    if cells.discordant or not n:
        raise ValueError("this limit is for a base on which nothing was judged differently")
    return -expm1(log1p(-level) / n)


def marginal_bounds(n_new: int, n_old: int) -> Interval:
    """Return between which standard errors E1's lies where only the two totals are known (E7); both above 0."""
    _above_zero(n_new, n_old)
    ratio, product = n_new / n_old, n_new * n_old
    return Interval(ratio * sqrt(abs(n_new - n_old) / product), disjoint_se(n_new, n_old))


def disjoint_se(n_new: int, n_old: int) -> float:
    """Return the standard error for two samples of different units (E6); far too wide for units judged by both."""
    _above_zero(n_new, n_old)
    return n_new / n_old * sqrt(1 / n_new + 1 / n_old)


def _above_zero(n_new: int, n_old: int) -> None:
    if min(n_new, n_old) <= 0:
        raise ValueError("a ratio needs units on both sides")


def units_needed(discordance: float, rse: float) -> int:
    """Return how many units of the old definition an overlap needs for a wanted relative error.

    `discordance` is (b + c) / N_old as seen in a first look.
    """
    from math import ceil

    if rse <= 0:
        raise ValueError("a relative error above 0 is needed")
    return ceil(discordance / rse**2)
