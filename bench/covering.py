"""How often nominal 95% intervals hold the truth, by simulation: E1, E2, E3, E5, E7, E8 and the choices between them.

Each cell draws several thousand overlaps from a known truth and asks the public functions for their interval.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from pathlib import Path
from typing import Any

from bench.measure import Bar, Section

LOW, HIGH, FLOOR = 0.93, 0.97, 0.92
ERROR = 2.0
"""Standard errors of the simulation by which a cell may miss its bar; with ever more draws the bar is as it stands."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One situation: its method, how to draw it and ask, and between which shares its coverage must lie."""

    method: str
    name: str
    low: float
    high: float
    hits: Callable[[Any, int], Iterator[bool]]


def measure(folder: Path, *, quick: bool) -> Section:  # noqa: ARG001 - every part has this shape
    """Return coverage of every cell, and a bar a method: cells outside their limits."""
    import numpy as np

    draws = 1_000 if quick else 4_000
    section = Section(f"coverage of 95% intervals, {draws:,} overlaps a cell")
    missed: dict[str, list[str]] = {}
    for number, cell in enumerate(cells()):
        found = list(cell.hits(np.random.default_rng(1000 + number), draws))
        share = sum(found) / len(found)
        noise = ERROR * sqrt(0.95 * 0.05 / len(found))
        section.rows[f"{cell.method}: {cell.name}"] = {"covers_%": 100 * share}
        outside = missed.setdefault(cell.method, [])
        if not cell.low - noise <= share <= cell.high + noise:
            outside.append(f"{cell.name}: {100 * share:.1f}%")
    for method, outside in missed.items():
        section.bars.append(Bar(f"{method}: cells outside", len(outside), 0, "cells", reason="; ".join(outside)))
    return section


# Units that both definitions judged

MIXES = {"as many enter as leave": 0.5, "four of five leave": 0.2, "all leave": 0.0}
SIZES = (200, 2_000, 20_000)


def _pairs(
    interval: Callable[[int, int, int], tuple[float, float] | None], n: int, expected: float, enter: float
) -> Any:
    """Return a drawer of n units, of which each is judged differently with a known chance."""

    def hits(rng: Any, draws: int) -> Iterator[bool]:
        b_share, c_share = expected * enter / n, expected * (1 - enter) / n
        both = 1 - b_share - c_share
        truth = (both + b_share) / (both + c_share)
        for a, b, c in rng.multinomial(n, [both, b_share, c_share], size=draws):
            found = interval(int(a), int(b), int(c))
            yield found is not None and found[0] <= truth <= found[1]

    return hits


@lru_cache(maxsize=200_000)
def _e1(a: int, b: int, c: int) -> tuple[float, float]:
    from metricgov.domain.comparability.paired import Cells, wald_interval

    return wald_interval(Cells(a, b, c)).values


@lru_cache(maxsize=200_000)
def _e2(a: int, b: int, c: int) -> tuple[float, float]:
    from metricgov.domain.comparability.paired import Cells, score_interval

    return score_interval(Cells(a, b, c)).values


@lru_cache(maxsize=200_000)
def _chosen(a: int, b: int, c: int) -> tuple[float, float]:
    from metricgov.domain.comparability.paired import Cells, estimate

    return estimate(Cells(a, b, c)).interval.values


@lru_cache(maxsize=200_000)
def _e7(a: int, b: int, c: int) -> tuple[float, float]:
    """Return the interval with the larger of the two errors that the totals allow."""
    from metricgov.domain.comparability.interval import around_log, z
    from metricgov.domain.comparability.paired import marginal_bounds

    new, old = a + b, a + c
    return around_log(new / old, marginal_bounds(new, old).high, z()).values


# Totals of clusters


def _clustered(clusters: int, day_effect: float, ask: Callable[[Any, Any], tuple[float, float] | None]) -> Any:
    """Return a drawer of days with shared shocks: an old total, and a new one around a share of it."""

    def hits(rng: Any, draws: int) -> Iterator[bool]:
        truth = 0.9
        season = 1 + 0.3 * (rng.permutation(clusters) % 7 > 4)
        for _ in range(draws):
            old = rng.poisson(2_000 * season * rng.lognormal(0, 0.1, clusters))
            new = rng.binomial(old, _around(rng, truth, day_effect, clusters))
            found = ask(new, old)
            yield found is not None and found[0] <= truth <= found[1]

    return hits


def _around(rng: Any, mean: float, effect: float, clusters: int) -> Any:
    """Return a chance for each cluster that varies around a mean; `effect` is its standard deviation."""
    import numpy as np

    if not effect:
        return np.full(clusters, mean)
    size = mean * (1 - mean) / effect**2 - 1
    return rng.beta(mean * size, (1 - mean) * size, clusters)


def _e3(new: Any, old: Any) -> tuple[float, float]:
    from metricgov.domain.comparability.clustered import linearised

    return linearised(new, old).interval.values


def _users(users: int, switch: float) -> Any:
    """Return a drawer of users with many events each, who switch as wholes."""

    def hits(rng: Any, draws: int) -> Iterator[bool]:
        from metricgov.domain.comparability.clustered import linearised

        for _ in range(draws):
            old = rng.negative_binomial(2, 0.1, users) + 1
            new = old * (rng.random(users) >= switch)
            low, high = linearised(new, old).interval.values
            yield low <= 1 - switch <= high

    return hits


def _fieller(clusters: int, spread: float) -> Any:
    """Return a drawer of values that scatter around a mean that is hard to tell from 0."""

    def hits(rng: Any, draws: int) -> Iterator[bool]:
        from metricgov.domain.comparability.clustered import fieller

        for _ in range(draws):
            old = rng.normal(1, spread * sqrt(clusters), clusters)
            new = 0.9 * old + rng.normal(0, 0.3 * spread * sqrt(clusters), clusters)
            found = fieller(new, old)
            if found.interval is not None:  # without bounds no ratio is given
                yield 0.9 in found.interval

    return hits


def _quotient(clusters: int, day_effect: float) -> Any:
    """Return a drawer of days whose numerator and denominator both move."""

    def hits(rng: Any, draws: int) -> Iterator[bool]:
        from metricgov.domain.comparability.clustered import ratio_metric

        truth = 0.85 / 0.95
        for _ in range(draws):
            below = rng.poisson(2_000 * rng.lognormal(0, 0.15, clusters))
            above = rng.binomial(below, 0.3)
            new_below = rng.binomial(below, 0.95)
            new_above = rng.binomial(above, _around(rng, 0.85, day_effect, clusters))
            found = ratio_metric(above, below, new_above, new_below)
            assert found.interval is not None
            yield truth in found.interval

    return hits


def _reported(days: int, day_effect: float, share: float) -> Any:
    """Return a drawer of what `effect` reports: units of which a share leaves, more on some days than on others."""

    def hits(rng: Any, draws: int) -> Iterator[bool]:
        from metricgov.domain.comparability.effect import Pair, part_of
        from metricgov.domain.comparability.paired import Cells

        for _ in range(draws):
            old = rng.poisson(500, days)
            chance = (share * rng.lognormal(-(day_effect**2) / 2, day_effect, days)).clip(0, 1)
            leave = rng.binomial(old, chance)
            pairs = [
                Pair(f"{day:04}", float(n), float(n - c), cells=Cells(int(n - c), 0, int(c)))
                for day, (n, c) in enumerate(zip(old, leave, strict=True))
            ]
            found = part_of("", None, pairs).estimate
            yield found is not None and 1 - share in found.interval

    return hits


def cells() -> Iterator[Cell]:
    """Yield every situation."""
    for words, enter in MIXES.items():
        for n in SIZES:
            for expected in (10, 16, 40, 80):
                name = f"{expected} of {n:,} judged differently, {words}"
                if expected < n / 3 and (enter or expected >= 40):  # below, where all go one way, E2 is taken
                    yield Cell("E1", name, LOW, HIGH, _pairs(_e1, n, expected, enter))
            for expected in (4, 7, 10, 16, 40):
                name = f"{expected} of {n:,} judged differently, {words}"
                yield Cell("E1 or E2", name, LOW, HIGH, _pairs(_chosen, n, expected, enter))
            for expected in (1, 2.8, 4, 7):
                name = f"{expected} of {n:,} judged differently, {words}"
                yield Cell("E2", name, FLOOR, 1.0, _pairs(_e2, n, expected, enter))
            yield Cell("E7", f"40 of {n:,} judged differently, {words}", FLOOR, 1.0, _pairs(_e7, n, 40, enter))
    for clusters in (5, 7, 10, 14, 28, 56, 112):
        low, high = (LOW, HIGH) if clusters >= 14 else (FLOOR, 1.0)
        for effect in (0.0, 0.02, 0.05, 0.1):
            words = f"{clusters} days, {effect:.0%} day effect"
            lopsided = (
                effect == 0.1 and clusters < 28
            )  # a share of 90% that varies by 10 points is pressed against 100%
            yield Cell("E3", words, 0.0 if lopsided else low, high, _clustered(clusters, effect, _e3))
            yield Cell("E8", words, low, high, _quotient(clusters, effect))
    for users in (14, 30, 100, 1_000):  # what counts is how many of them switch: three of ten
        low = FLOOR if users >= 100 else 0.0
        yield Cell("E3", f"{users} users who switch as wholes", low, 1.0, _users(users, 0.3))
    for clusters in (7, 14, 28):
        for spread in (0.12, 0.2):
            yield Cell("E5", f"{clusters} days, mean known to {spread:.0%}", FLOOR, 1.0, _fieller(clusters, spread))
    for effect in (0.0, 0.1, 0.2, 0.3, 0.5, 1.0):
        for days in (28, 84):
            name = f"{days} days, share that leaves varies by {effect:.0%}"
            low = FLOOR if effect < 1 else 0.0  # so skewed that no symmetric interval can serve; W06 says so
            yield Cell("as reported", name, low, 1.0, _reported(days, effect, 0.03))
