"""Whether what a link keeps stands still within its overlap, judged on the scale of the link.

A difference that is the same every day is a ratio that moves with the level, and the other way round: judging a link on
another scale than its own finds drifts that are none, and passes over those that are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.domain.comparability.link import LinkScale
from metricgov.domain.comparability.linking import logit_shift
from metricgov.domain.comparability.prediction import Drift, trend

if TYPE_CHECKING:
    from metricgov.domain.comparability.effect import Effect

ROUNDING = 1e-9
"""How far differences may lie apart, relatively to the values, and still be one difference."""


def moving(effect: Effect, scale: LinkScale) -> tuple[Drift | None, str]:
    """Return the trend of the differences, or of the log odds, over an overlap, and its size in words.

    None with fewer than three periods that have both values; a share of exactly 0 or 1 has no odds and is left out.
    """
    values = [(old, new) for one in effect.pairs for old, new in (one.values,) if old is not None and new is not None]
    if scale is LinkScale.ODDS:
        inside = [(old, new) for old, new in values if 0 < old < 1 and 0 < new < 1]
        found = _trend([logit_shift(old, new) for old, new in inside], ROUNDING)
        return found, f"{100 * found.slope:+.2f}%" if found is not None else ""
    scaled = [(old * effect.scale[0], new * effect.scale[1]) for old, new in values]
    size = max((abs(one) for pair in scaled for one in pair), default=0.0)
    found = _trend([new - old for old, new in scaled], ROUNDING * size)
    return found, f"{found.slope:+.4g}" if found is not None else ""


def _trend(values: list[float], rounding: float) -> Drift | None:
    return trend(values, rounding=rounding) if len(values) > 2 else None
