"""How published values were revised; source: OECD/Eurostat guidelines on revisions policy and analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median


@dataclass(frozen=True, slots=True)
class Revisions:
    """Measures of later - earlier: mean, mean absolute, relative mean absolute, median, share up, changes of sign."""

    mean: float
    mean_absolute: float
    relative: float | None
    median: float
    share_up: float
    sign_changes: int


def revisions(earlier: Sequence[float], later: Sequence[float]) -> Revisions:
    """Return the measures for values of the same periods in two vintages; `relative` is None where all later are 0."""
    if len(earlier) != len(later) or not earlier:
        raise ValueError("both vintages need a value for each period")
    moves = [b - a for a, b in zip(earlier, later, strict=True)]
    size = sum(abs(one) for one in later)
    return Revisions(
        fmean(moves),
        fmean(abs(one) for one in moves),
        sum(abs(one) for one in moves) / size if size else None,
        median(moves),
        sum(one > 0 for one in moves) / len(moves),
        sum(a * b < 0 for a, b in zip(earlier, later, strict=True)),
    )
