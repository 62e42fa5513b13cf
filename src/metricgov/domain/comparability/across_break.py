"""What a change between two periods consists of when the definition moved between them; coverage of a dual run."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.paired import Cells


@dataclass(frozen=True, slots=True)
class Difference:
    """The change from an old to a new value, split into definition and real movement; both sum to `naive`."""

    bridged: float
    naive: float
    definition: float
    real: float


def difference(old_before: float, ratio: float, new_after: float) -> Difference:
    """Return the change across a break: the old value is moved to the new basis first."""
    bridged = ratio * old_before
    return Difference(bridged, new_after - old_before, bridged - old_before, new_after - bridged)


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a metric both definitions judged; `bounds` are the ratios if all unknown went one way."""

    ratio: float
    share_old: float
    bounds: Interval


def coverage(cells: Cells, *, old_yes_unknown: int, old_no_unknown: int) -> Coverage:
    """Return the ratio on the common base, and between which it lies on all of the old definition's.

    `old_yes_unknown`: units that the old definition counts and the new one could not judge; `old_no_unknown`: units
    that it does not count, not judged either.
    """
    all_old = cells.n_old + old_yes_unknown
    if not all_old:
        raise ValueError("the old definition counts nothing")
    least = cells.n_new / all_old
    most = (cells.n_new + old_yes_unknown + old_no_unknown) / all_old
    return Coverage(cells.ratio, cells.n_old / all_old, Interval(least, most))
