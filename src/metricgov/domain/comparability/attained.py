"""Where a value stands against the target and the thresholds that its definition states; nothing is re-based here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from metricgov.domain.comparability.targets import TargetKind, met
from metricgov.domain.digest import JSON

UP, DOWN, ON_TARGET = "up_is_better", "down_is_better", "on_target_is_better"


class Standing(StrEnum):
    """The word for a value; thresholds come before the target, for they say that somebody must act."""

    NONE = ""
    ON_TARGET = "on target"
    IN_RANGE = "in range"
    BELOW = "below target"
    ABOVE = "above target"
    OFF = "off target"
    WARN = "warn"
    CRITICAL = "critical"


def standing(
    value: float | None, target: float | None, *, warn: float | None, critical: float | None, direction: str
) -> Standing:
    """Return where a value stands; NONE where nothing is stated that it could be judged by.

    A threshold is crossed on the bad side of it. Where only the target is good, it is crossed by being as far from the
    target as it is, on either side.
    """
    if value is None or (target is None and warn is None and critical is None):
        return Standing.NONE
    if direction == ON_TARGET:
        return _around(value, target, warn, critical)
    if direction not in (UP, DOWN):
        return Standing.NONE
    up = direction == UP
    for level, word in ((critical, Standing.CRITICAL), (warn, Standing.WARN)):
        if level is not None and (value < level if up else value > level):
            return word
    if target is None:
        return Standing.IN_RANGE
    if met(value, target, up_is_better=up):
        return Standing.ON_TARGET
    return Standing.BELOW if up else Standing.ABOVE


def _around(value: float, target: float | None, warn: float | None, critical: float | None) -> Standing:
    if target is None:
        return Standing.NONE
    away = abs(value - target)
    for level, word in ((critical, Standing.CRITICAL), (warn, Standing.WARN)):
        if level is not None and level != target and away >= abs(level - target):
            return word
    if away == 0:
        return Standing.ON_TARGET
    return Standing.OFF if warn is None and critical is None else Standing.IN_RANGE


def aim(
    kpi: Mapping[str, JSON],
    direction: str,
    kpi_of: Callable[[str], Mapping[str, JSON]] = lambda _name: {},
    *,
    followed: frozenset[str] = frozenset(),
) -> float | None:
    """Return the value that a KPI shall reach, None where its file does not say so.

    A percentage of improvement is counted from the baseline; `kpi_of` gives the block of the metric that a target of
    kind same_as follows, {} for none.
    """
    target = kpi.get("target")
    if not isinstance(target, Mapping):
        return None
    value, kind = number(target.get("value")), target.get("kind", TargetKind.ABSOLUTE.value)
    if kind == TargetKind.SAME_AS:
        other = target.get("same_as")
        if not isinstance(other, str) or other in followed:
            return value
        follows = aim(kpi_of(other), direction, kpi_of, followed=followed | {other})
        return value if follows is None else follows
    if kind != TargetKind.PERCENT_IMPROVEMENT:
        return value
    base = kpi.get("baseline")
    start = number(base.get("value")) if isinstance(base, Mapping) else None
    if value is None or start is None or direction not in (UP, DOWN):
        return None
    return start * (1 + (value if direction == UP else -value) / 100)


def levels(kpi: Mapping[str, JSON]) -> tuple[float | None, float | None]:
    """Return the thresholds of a KPI: warn and critical."""
    found = kpi.get("thresholds")
    if not isinstance(found, Mapping):
        return None, None
    return number(found.get("warn")), number(found.get("critical"))


def number(found: JSON) -> float | None:
    """Return a number of a file, None for anything else."""
    return float(found) if isinstance(found, int | float) and not isinstance(found, bool) else None
