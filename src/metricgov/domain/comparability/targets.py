"""Targets and thresholds on a metric whose definition moves: re-based by kind, in the same change.

Source: NCHS, Healthy People 2010 (DATA2010): targets stated as an improvement keep the improvement; elimination, full
coverage and targets of another programme stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain.comparability.interval import LEVEL, Interval, around, t, z
from metricgov.domain.comparability.linking import expit, logit


class TargetKind(StrEnum):
    """What a target promises; decides what happens to it."""

    ABSOLUTE = "absolute"
    PERCENT_IMPROVEMENT = "percent_improvement"
    ELIMINATION = "elimination"
    COVERAGE = "coverage"
    SAME_AS = "same_as"


STAYS: frozenset[TargetKind] = frozenset({TargetKind.ELIMINATION, TargetKind.COVERAGE, TargetKind.SAME_AS})
"""Kinds that no change of definition moves."""


@dataclass(frozen=True, slots=True)
class Rebased:
    """A target on the new basis; `interval` where the factor has an error."""

    value: float
    interval: Interval | None = None


def rebase_ratio(
    target: float, ratio: float, se: float = 0.0, *, kind: TargetKind = TargetKind.ABSOLUTE, level: float = LEVEL
) -> Rebased:
    """Return target × C with its interval; for targets of percent improvement the baseline moves alike."""
    if kind in STAYS:
        return Rebased(target)
    value = target * ratio
    return Rebased(value, around(value, abs(target) * se, z(level)) if se else None)


def rebase_difference(
    target: float, difference: float, se: float = 0.0, *, kind: TargetKind = TargetKind.ABSOLUTE, periods: int = 0
) -> Rebased:
    """Return target + difference with its interval; a mean of so many `periods` has Student's quantile (0: normal)."""
    if kind in STAYS:
        return Rebased(target)
    value = target + difference
    return Rebased(value, around(value, se, _quantile(periods)) if se else None)


def rebase_odds(
    target: float, shift: float, se: float = 0.0, *, kind: TargetKind = TargetKind.ABSOLUTE, periods: int = 0
) -> Rebased:
    """Return the share whose log odds lie `shift` above those of the target; its interval lies within 0 and 1."""
    if kind in STAYS:
        return Rebased(target)
    moved = logit(target) + shift
    reach = around(moved, se, _quantile(periods))
    return Rebased(expit(moved), Interval(expit(reach.low), expit(reach.high)) if se else None)


def _quantile(periods: int) -> float:
    return t(LEVEL, periods - 1) if periods > 1 else z(LEVEL)


def met(value: float, target: float, *, up_is_better: bool = True) -> bool:
    """Say whether a value reaches a target."""
    return value >= target if up_is_better else value <= target


@dataclass(frozen=True, slots=True)
class Attainment:
    """Whether a target is met before, and after with and without re-basing."""

    before: bool
    unrebased: bool
    rebased: bool

    @property
    def would_flip(self) -> bool:
        """Whether leaving the target alone would change the verdict by definition (W09)."""
        return self.unrebased != self.rebased


def attainment(old: float, new: float, target: float, moved: float, *, up_is_better: bool = True) -> Attainment:
    """Return the verdicts on one target: old value and target, new value with the old and with the moved target."""
    return Attainment(
        met(old, target, up_is_better=up_is_better),
        met(new, target, up_is_better=up_is_better),
        met(new, moved, up_is_better=up_is_better),
    )
