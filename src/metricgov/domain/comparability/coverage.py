"""Whether both definitions were evaluated for the same base, and how far off the ratio could be where they were not.

Source: NCHS, Comparability of Cause of Death Between ICD-9 and ICD-10 (2001): records without a second code are left
out of both sides, and their share is published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from metricgov.domain.comparability.interval import Interval


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of what the old (new) definition counts that the other one could judge.

    `unknown_old` are units that the old definition counts and about which the new one says nothing, because a value or
    the key is absent; `unknown_new` the other way round. `worst` holds the ratio whatever those are; None where that
    cannot be told.
    """

    old: float
    new: float
    unknown_old: int = 0
    unknown_new: int = 0
    worst: Interval | None = None

    @property
    def least(self) -> float:
        """The smaller of the two."""
        return min(self.old, self.new)


def of_units(n_old: int, n_new: int, unknown_old: int, unknown_new: int) -> Coverage:
    """Return the coverage of units; the unknown ones are among those that their side counts.

    At worst the new definition counts all that it could not judge, or the old one does.
    """
    if min(n_old - unknown_old, n_new - unknown_new, unknown_old, unknown_new) < 0:
        raise ValueError("what a side could not judge is among what the other one counts")
    worst = None
    if n_old and (unknown_old or unknown_new):
        worst = Interval(n_new / (n_old + unknown_new), (n_new + unknown_old) / n_old)
    return Coverage(
        1 - unknown_old / n_old if n_old else 1.0,
        1 - unknown_new / n_new if n_new else 1.0,
        unknown_old,
        unknown_new,
        worst,
    )


def of_sums(periods: Iterable[tuple[float, float, bool]]) -> Coverage | None:
    """Return the coverage of sums: how much of each side lies in periods where both definitions have a value.

    `periods` are (old, new, both have a value). None where a side has negative values, so that shares of it say
    nothing.
    """
    known = list(periods)
    if any(min(old, new) < 0 for old, new, _ in known):
        return None
    totals = [sum(one[side] for one in known) for side in (0, 1)]
    shared = [sum(one[side] for one in known if one[2]) for side in (0, 1)]
    old, new = (part / total if total else 1.0 for part, total in zip(shared, totals, strict=True))
    return Coverage(old, new)


def crosses(ratio: float, worst: Interval, margin: float) -> str:
    """Return what the worst case would change about the ratio: its direction, or whether it matters; "" if neither."""
    if (ratio - 1) * (worst.low - 1) < 0 or (ratio - 1) * (worst.high - 1) < 0:
        return "its direction"
    inside = [1 / (1 + margin) < one < 1 + margin for one in (ratio, worst.low, worst.high)]
    return "whether it matters" if len(set(inside)) > 1 else ""
