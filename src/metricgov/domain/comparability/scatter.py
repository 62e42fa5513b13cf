"""How much the ratio of old and new scatters between periods, which is what a factor is worth outside its overlap."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from statistics import stdev
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metricgov.domain.comparability.effect import Effect, Pair

FEWEST = 7
"""Periods of a grain from which the scatter between them is taken."""

BLOCKS: tuple[tuple[str, int], ...] = (("day", 10), ("week", 10), ("month", 7), ("quarter", 7), ("year", 4))
"""Grains in which scatter is looked at, finest first, and how much of an ISO day names the period (weeks apart)."""


def scatter(effect: Effect, pairs: Sequence[Pair], *, every_grain: bool) -> dict[str, float]:
    """Return the standard deviation of the log ratio between periods, by grain, where enough periods are there.

    Where each period's ratio has an error of its own, only what lies beyond that counts (DerSimonian and Laird), and
    coarser periods scatter no more than finer ones. Without `every_grain` values of periods do not add up, so that
    the grain of the overlap is the only one.
    """
    grains = [name for name, _ in BLOCKS]
    first = grains.index(effect.grain) if effect.grain in grains else 0
    found: dict[str, float] = {}
    for grain in grains[first:] if every_grain else grains[first : first + 1]:
        logs = _logs(pairs, grain)
        if len(logs) >= FEWEST:
            found[grain] = stdev(logs)
    if effect.stable is None:
        return found
    tau = effect.stable.tau
    return {effect.grain: tau} | {grain: min(tau, scatter) for grain, scatter in found.items()}


def _logs(pairs: Sequence[Pair], grain: str) -> list[float]:
    """Return the log ratio of each period of a grain; one without values above 0 has none."""
    sums: dict[str, tuple[float, ...]] = {}
    for one in pairs:
        now = (one.old or 0.0, one.new or 0.0, one.old_below or 0.0, one.new_below or 0.0)
        so_far = sums.get(period_of(one.period, grain), (0.0,) * 4)
        sums[period_of(one.period, grain)] = tuple(map(sum, zip(so_far, now, strict=True)))
    quotient = any(one.quotient for one in pairs)
    found = []
    for old, new, old_below, new_below in sums.values():
        if quotient and min(old, new, old_below, new_below) > 0:
            found.append(log(new / new_below) - log(old / old_below))
        elif not quotient and min(old, new) > 0:
            found.append(log(new / old))
    return found


def period_of(day: str, grain: str) -> str:
    """Return the name of the period of a grain that holds an ISO day."""
    from datetime import date

    if grain == "week":
        year, week, _ = date.fromisoformat(day[:10]).isocalendar()
        return f"{year}-W{week:02}"
    if grain == "quarter":
        return f"{day[:4]}-Q{(int(day[5:7]) + 2) // 3}"
    return day[: dict(BLOCKS).get(grain, len(day))]
