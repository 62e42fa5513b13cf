"""Where a series steps although no version begins: one change of level, found by the largest Wald statistic.

Sources: Andrews (1993), Tests for parameter instability and structural change with unknown change point, table 1 (one
parameter, the middle 70%); Newey and West (1987) for errors that follow each other. A straight trend and the weekday
are taken out first, so that growth and weekends are no steps.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import exp, log

TRIMMED = 0.15
"""Share of periods at either end in which no step is looked for."""

CRITICAL: dict[int, float] = {10: 7.17, 5: 8.85, 1: 12.35}
"""Values that the largest Wald statistic passes with this probability (in percent) where there is no step."""

LEAST = 28
"""Periods below which nothing is looked for."""

WEEK = 7
NEAR = 2
"""Periods around the start of a version in which a step is that version's."""


@dataclass(frozen=True, slots=True)
class Step:
    """A change of level: the first period of the new level, its size as a factor, and the statistic behind it."""

    period: str
    factor: float
    statistic: float


def step(periods: Sequence[str], values: Sequence[float], percent: int = 1, *, weekly: bool = False) -> Step | None:
    """Return the step of a series, None where there is none that is surer than `percent` (10, 5 or 1).

    Values are positive and in order; `weekly` takes a weekday's own level out first.
    """
    import numpy as np

    n = len(values)
    if n < LEAST or len(periods) != n or min(values) <= 0:
        return None
    y = np.log(np.asarray(values, dtype=float))
    if float(y.max() - y.min()) < 1e-12:
        return None
    time = np.arange(n, dtype=float)
    base = [np.ones(n), time]
    if weekly:
        base += [(time % WEEK == day).astype(float) for day in range(1, WEEK)]
    edge = max(2, int(n * TRIMMED))
    found: tuple[float, int, float] = (0.0, 0, 0.0)
    for place in range(edge, n - edge + 1):
        known = np.column_stack([*base, (time >= place).astype(float)])
        coefficients, *_ = np.linalg.lstsq(known, y, rcond=None)
        wald = _wald(known, y - known @ coefficients, float(coefficients[-1]))
        if wald > found[0]:
            found = (wald, place, float(coefficients[-1]))
    statistic, place, size = found
    if statistic < CRITICAL[percent]:
        return None
    return Step(periods[place], exp(size), statistic)


def undeclared(found: Step | None, periods: Sequence[str], starts: Collection[str], margin: float) -> bool:
    """Say whether a step matters and lies where no version begins."""
    if found is None or abs(log(found.factor)) <= log(1 + margin):
        return False
    place = periods.index(found.period)
    near = periods[max(0, place - NEAR) : place + NEAR + 1]
    return not any(near[0] <= start <= near[-1] for start in starts)


def _wald(known, rest, size: float) -> float:  # type: ignore[no-untyped-def]  # numpy arrays, which load late
    """Return the Wald statistic of the last coefficient, with errors that may follow each other."""
    import numpy as np

    n = len(rest)
    lags = int(4 * (n / 100) ** (2 / 9))
    inverse = np.linalg.pinv(known.T @ known)
    scored = known * rest[:, None]
    spread = scored.T @ scored
    for lag in range(1, lags + 1):
        weight = 1 - lag / (lags + 1)
        shifted = scored[lag:].T @ scored[:-lag]
        spread = spread + weight * (shifted + shifted.T)
    variance = float((inverse @ spread @ inverse)[-1, -1])
    return size**2 / variance if variance > 0 else float("inf") if size else 0.0
