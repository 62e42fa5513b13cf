"""Ratios by segment: whether one ratio is enough, what a change of mix does, and moves between segments.

Sources: Cochran's Q; Kitagawa (1955); Das Gupta (1993), which is the Shapley value of the factors; US Census Bureau,
NAICS bridge tables (transfer matrices).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial, log, prod, sqrt

from metricgov.domain.comparability.verdict import MARGIN

SPLIT_P = 0.05
"""Probability of the observed spread under one common ratio, below which history is bridged by segment."""


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """Cochran's Q of log ratios by segment, its p on one degree less than segments, and the weighted mean."""

    q: float
    p: float
    mean_log: float


def heterogeneity(ratios: Sequence[float], errors: Sequence[float]) -> Heterogeneity:
    """Return whether segments share one ratio; `errors` are standard errors of the ratios, all above 0."""
    from scipy.special import chdtrc

    if len(ratios) != len(errors) or len(ratios) < 2:
        raise ValueError("at least two segments, each with its error")
    if min(ratios) <= 0 or min(errors) <= 0:
        raise ValueError("ratios and errors above 0 are needed")
    weights = [(ratio / error) ** 2 for ratio, error in zip(ratios, errors, strict=True)]
    logs = [log(one) for one in ratios]
    mean = sum(w * y for w, y in zip(weights, logs, strict=True)) / sum(weights)
    q = sum(w * (y - mean) ** 2 for w, y in zip(weights, logs, strict=True))
    return Heterogeneity(q, float(chdtrc(len(ratios) - 1, q)), mean)


def z_between(ratio: float, se: float, other: float, other_se: float) -> float:
    """Return how many standard errors apart the logs of two independent ratios lie."""
    return (log(ratio) - log(other)) / sqrt((se / ratio) ** 2 + (other_se / other) ** 2)


def by_segment(ratios: Sequence[float], p: float, margin: float = MARGIN) -> bool:
    """Say whether one total ratio would mislead: the segments differ, point both ways, or lie a margin apart.

    A segment that the new definition does not count at all (a ratio of 0) differs from any that it counts.
    """
    if min(ratios) <= 0:
        return max(ratios) > 0
    both_ways = min(ratios) < 1 < max(ratios)
    return p < SPLIT_P or both_ways or max(ratios) / min(ratios) > 1 + margin


@dataclass(frozen=True, slots=True)
class Additive:
    """The ratio of a total as the mean of its segments' ratios, weighted by their old share."""

    total: float
    ratios: tuple[float, ...]
    weights: tuple[float, ...]

    @property
    def bounded(self) -> bool:
        """Whether the total lies between its segments, as it must on one base with one membership."""
        slack = 1e-12 * max(1.0, *self.ratios)
        return min(self.ratios) - slack <= self.total <= max(self.ratios) + slack


def additive(n_new: Sequence[float], n_old: Sequence[float]) -> Additive:
    """Return the ratio of a total of additive segments; ValueError where a segment of the old definition is empty."""
    if len(n_new) != len(n_old) or not n_old or min(n_old) <= 0:
        raise ValueError("each segment needs a value above 0 under the old definition")
    old = sum(n_old)
    return Additive(
        sum(n_new) / old,
        tuple(a / b for a, b in zip(n_new, n_old, strict=True)),
        tuple(one / old for one in n_old),
    )


class Direction:
    """Which way a value went, in words."""

    UP = "up"
    DOWN = "down"
    SAME = "same"


def direction(before: float, after: float) -> str:
    """Return `up`, `down` or `same`."""
    return Direction.UP if after > before else Direction.DOWN if after < before else Direction.SAME


def reverses(segments: Sequence[str], total: str) -> bool:
    """Say whether all segments go one way and the total the other (Simpson)."""
    ways = set(segments) - {Direction.SAME}
    return len(ways) == 1 and total != Direction.SAME and total not in ways


def kitagawa(
    weights_before: Sequence[float],
    rates_before: Sequence[float],
    weights_after: Sequence[float],
    rates_after: Sequence[float],
) -> tuple[float, float]:
    """Return what the mix and what the rates contribute to a change of sum(weight × rate); both sum to it exactly."""
    rows = list(zip(weights_before, rates_before, weights_after, rates_after, strict=True))
    mix = sum((w1 - w0) * (r0 + r1) / 2 for w0, r0, w1, r1 in rows)
    rate = sum((r1 - r0) * (w0 + w1) / 2 for w0, r0, w1, r1 in rows)
    return mix, rate


def shares_of_change(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what each factor contributes to a change of the product of all of them (Das Gupta)."""
    return shapley(tuple(before), lambda moved: prod(after[one] if one in moved else before[one] for one in before))


def shapley(factors: Sequence[str], value: Callable[[frozenset[str]], float]) -> dict[str, float]:
    """Return the Shapley value of each factor: its mean contribution over all orders in which they can move.

    `value` gives the result with a set of factors moved. The values sum to value(all) - value(none). Cost: 2^K
    evaluations; ValueError beyond 12 factors.
    """
    k = len(factors)
    if k > 12:
        raise ValueError("at most 12 factors")
    known: dict[frozenset[str], float] = {}

    def at(moved: frozenset[str]) -> float:
        if moved not in known:
            known[moved] = value(moved)
        return known[moved]

    found: dict[str, float] = {}
    for factor in factors:
        others = [one for one in factors if one != factor]
        found[factor] = sum(
            factorial(size) * factorial(k - size - 1) / factorial(k) * (at(moved | {factor}) - at(moved))
            for size in range(k)
            for moved in map(frozenset, combinations(others, size))
        )
    return found


def implied_ratio(ratios: Mapping[str, float], values: Mapping[str, float]) -> float:
    """Return the total ratio that segment ratios imply for another mix of old values."""
    total = sum(values.values())
    if total == 0:
        raise ValueError("the old values sum to 0")
    return sum(ratios[segment] * value for segment, value in values.items()) / total


def transferred(values: Mapping[str, float], matrix: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return old values by class as values by new class; a row of the matrix says where a class goes, and sums to 1."""
    found: dict[str, float] = {}
    for old, value in values.items():
        row = matrix.get(old)
        if row is None:
            raise ValueError(f"the matrix says nothing about `{old}`")
        if abs(sum(row.values()) - 1) > 1e-9:
            raise ValueError(f"the row of `{old}` does not sum to 1")
        for new, share in row.items():
            found[new] = found.get(new, 0.0) + value * share
    return found
