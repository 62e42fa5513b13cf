"""Moving history to a new basis: link factors from an overlap, and splices on three scales, each with its guard.

Sources: IMF, Producer Price Index Manual and Quarterly National Accounts Manual (links, proportional Denton); ABS
(factors are kept unrounded). Direction everywhere: factor = new / old, and old history is multiplied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, log

Numbers = Sequence[float]


class Link(StrEnum):
    """How a factor is taken from an overlap."""

    RATIO_OF_SUMS = "ratio_of_sums"
    ONE_PERIOD = "one_period"
    SAME_SEASON = "same_season"
    MEAN_OF_RATIOS = "mean_of_ratios"
    GEOMETRIC_MEAN = "geometric_mean"


class Scale(StrEnum):
    """On which scale old and new keep their distance."""

    RATIO = "ratio"
    DIFFERENCE = "difference"
    LOGIT = "logit"


def ratio_of_sums(old: Numbers, new: Numbers) -> float:
    """Return sum(new) / sum(old): the default; period totals over whole cycles stay right."""
    _same_length(old, new)
    return sum(new) / _nonzero(sum(old))


def one_period(old: Numbers, new: Numbers, place: int = -1) -> float:
    """Return new / old at one period of the overlap; a smooth step, with that period's noise."""
    _same_length(old, new)
    return new[place] / _nonzero(old[place])


def mean_of_ratios(old: Numbers, new: Numbers) -> float:
    """Return the mean of new / old by period; one tiny period dominates it."""
    _same_length(old, new)
    return sum(b / _nonzero(a) for a, b in zip(old, new, strict=True)) / len(old)


def geometric_mean(old: Numbers, new: Numbers) -> float:
    """Return the geometric mean of new / old by period; all values must be above 0."""
    _same_length(old, new)
    if min(*old, *new) <= 0:
        raise ValueError("a geometric mean needs values above 0")
    return exp(sum(log(b / a) for a, b in zip(old, new, strict=True)) / len(old))


def same_season(old: Numbers, new: Numbers, seasons: Sequence[str]) -> dict[str, float]:
    """Return one ratio of sums for each season of the overlap."""
    _same_length(old, new)
    if len(seasons) != len(old):
        raise ValueError("each period of the overlap needs its season")
    found = {}
    for season in dict.fromkeys(seasons):
        at = [place for place, name in enumerate(seasons) if name == season]
        found[season] = sum(new[place] for place in at) / _nonzero(sum(old[place] for place in at))
    return found


@dataclass(frozen=True, slots=True)
class Splice:
    """History on the new basis, or the reason why it must not be moved this way ("": it may)."""

    values: tuple[float, ...]
    refused: str = ""

    @property
    def valid(self) -> bool:
        """Whether the splice may be used."""
        return not self.refused


def splice_ratio(
    history: Numbers, factor: float, *, overlap: Numbers = (), low: float | None = None, high: float | None = None
) -> Splice:
    """Return history × factor; refused by the data, not by division: values at or below 0, or results out of bounds.

    `overlap` are the values of both definitions in the overlap, `low` and `high` the bounds of the metric.
    """
    values = tuple(one * factor for one in history)
    if any(one <= 0 for one in overlap):
        return Splice(values, "non-positive values in overlap")
    if factor <= 0 or any(one <= 0 for one in history):
        return Splice(values, "non-positive values in history")
    if (low is not None and min(values, default=low) < low) or (high is not None and max(values, default=high) > high):
        return Splice(values, "bridged values leave the bounds of the metric")
    return Splice(values)


def mean_difference(old: Numbers, new: Numbers) -> float:
    """Return the mean of new - old."""
    _same_length(old, new)
    return sum(b - a for a, b in zip(old, new, strict=True)) / len(old)


def splice_difference(history: Numbers, difference: float) -> Splice:
    """Return history + difference; for balances and scores that cross 0, not for counts near it."""
    return Splice(tuple(one + difference for one in history))


def logit(share: float) -> float:
    """Return the log odds of a share in (0, 1); ValueError at or beyond the ends."""
    if not 0 < share < 1:
        raise ValueError("odds exist for shares strictly between 0 and 1")
    return log(share / (1 - share))


def logit_shift(old: float, new: float) -> float:
    """Return by how much the log odds move in the overlap."""
    return logit(new) - logit(old)


def expit(value: float) -> float:
    """Return the share that belongs to log odds."""
    return 1 / (1 + exp(-value)) if value >= 0 else exp(value) / (1 + exp(value))


def splice_logit(history: Numbers, shift: float) -> Splice:
    """Return shares with their odds multiplied by exp(shift); refused where a share is exactly 0 or 1."""
    if any(not 0 < one < 1 for one in history):
        return Splice((), "a share of exactly 0 or 1 has no odds to move")
    return Splice(tuple(expit(logit(one) + shift) for one in history))


def logit_se(share: float, se: float) -> float:
    """Return the standard error of log odds from that of the share: se / (p (1 - p))."""
    if not 0 < share < 1:
        raise ValueError("odds exist for shares strictly between 0 and 1")
    return se / (share * (1 - share))


def chain_links(start: float, links: Numbers) -> tuple[float, ...]:
    """Return levels from period-on-period links in percent, beginning with the start."""
    levels = [start]
    for one in links:
        levels.append(levels[-1] * one / 100)
    return tuple(levels)


def link_back(new_next: float, new_at_link: float, old_at_link: Numbers) -> tuple[float, ...]:
    """Return old series carried on by the growth of the new one since the link period."""
    return tuple(new_next / _nonzero(new_at_link) * one for one in old_at_link)


def denton(indicator: Numbers, targets: Numbers) -> tuple[float, ...]:
    """Return a fine series that follows an indicator and whose means over equal blocks are the targets.

    Proportional Denton, first differences: the ratio to the indicator moves as little as it can. The indicator must be
    above 0 and as long as a multiple of the targets. Source: IMF, Quarterly National Accounts Manual, chapter 6.
    """
    import numpy as np

    n, k = len(indicator), len(targets)
    if not k or n % k or min(indicator) <= 0:
        raise ValueError("the indicator needs values above 0, as many in each block")
    block = n // k
    difference = np.diff(np.eye(n), axis=0)
    sums = np.kron(np.eye(k), np.ones(block)) * np.asarray(indicator, dtype=float) / block
    system = np.block([[difference.T @ difference, sums.T], [sums, np.zeros((k, k))]])
    right = np.concatenate([np.zeros(n), np.asarray(targets, dtype=float)])
    factors = np.linalg.solve(system, right)[:n]
    return tuple(float(one) for one in factors * np.asarray(indicator, dtype=float))


def whole_cycles(periods: int, cycle: int) -> bool:
    """Say whether an overlap is at least one cycle long and a whole number of them (W05)."""
    return periods >= cycle and periods % cycle == 0


def _same_length(old: Numbers, new: Numbers) -> None:
    if len(old) != len(new) or not old:
        raise ValueError("old and new need a value each for every period of the overlap")


def _nonzero(value: float) -> float:
    if value == 0:
        raise ValueError("the old definition is 0 there, so there is no ratio to it")
    return value
