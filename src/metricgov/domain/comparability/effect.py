"""What a change does to a number: old and new definition over the same data, overall, by segment and by period.

Methods and their conditions are those of paired.py, clustered.py and prediction.py; every figure names its estimator.
What cannot be estimated is None with a reason, never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, log

from metricgov.domain.comparability import clustered, coverage, paired, prediction, segments
from metricgov.domain.comparability.breakpoints import Step, step
from metricgov.domain.comparability.coverage import Coverage
from metricgov.domain.comparability.interval import LEVEL, Interval
from metricgov.domain.comparability.paired import Cells, Estimate, Estimator
from metricgov.domain.comparability.verdict import MARGIN, Verdict, judged, verdict

DEPENDENT = 1.3
"""How much wider the error of clusters may be before units can no longer be called independent (W11)."""

TOGETHER = 1.1
"""How much wider it may be before it is the one that is shown: at more, E1 would cover less than 92%."""

FAR = 1e30
"""How many times a sum may be the other one for their ratio to say anything."""

TOO_FAR = "old and new lie so far apart that a ratio of them says nothing; look at the unit and the filters"

VAGUE = 0.1
"""Relative error of the old mean above which a ratio is judged by Fieller's set (E5)."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Old and new value of one period: a sum, or numerator and denominator of a quotient (`below` not None)."""

    period: str
    old: float | None
    new: float | None
    old_below: float | None = None
    new_below: float | None = None
    cells: Cells | None = None
    unknown: tuple[int, int] = (0, 0)
    """Units that the old (new) definition counts, and that the other one cannot judge."""

    @property
    def quotient(self) -> bool:
        """Whether the values are quotients."""
        return self.old_below is not None or self.new_below is not None

    @property
    def values(self) -> tuple[float | None, float | None]:
        """The old and the new value of the period."""
        if not self.quotient:
            return self.old, self.new
        return _divided(self.old, self.old_below), _divided(self.new, self.new_below)

    @property
    def complete(self) -> bool:
        """Whether both definitions have a value."""
        return None not in self.values


@dataclass(frozen=True, slots=True)
class Part:
    """The effect on everything (dimension "") or on one segment.

    `old` and `new` are values over the whole overlap in the metric's unit; `share` is the old share of the total, None
    for quotients; `estimate` is None with `reason` where no ratio can be given.
    """

    dimension: str
    segment: str | None
    old: float | None
    new: float | None
    share: float | None
    cells: Cells | None
    estimate: Estimate | None
    verdict: Verdict | None
    reason: str = ""
    event_se: float | None = None
    by_period: tuple[tuple[str, Cells], ...] = ()
    """Who moved in each period, where units are paired."""

    @property
    def dependent(self) -> bool:
        """Whether units within a period share what happens to them, so that their own error would be too small."""
        if self.event_se is None or self.estimate is None:
            return False
        return self.estimate.se > DEPENDENT * self.event_se


@dataclass(frozen=True, slots=True)
class Dimension:
    """The segments of one dimension, and whether one ratio serves them all; `spread` is None with fewer than two."""

    name: str
    parts: tuple[Part, ...]
    spread: segments.Heterogeneity | None
    by_segment: bool


@dataclass(frozen=True, slots=True)
class Mix:
    """The total ratio of the overlap, and what the segments' ratios would make of it in the periods before."""

    dimension: str
    ratio: float
    implied: float


@dataclass(frozen=True, slots=True)
class Effect:
    """The whole effect of a change on one metric.

    `pairs` are the periods of the overlap that hold rows, `periods` counts all of them. `stable` is the ratio as a
    prediction elsewhere, `drift` whether it moves within the overlap; both None where fewer than three periods have
    ratios. Values of pairs and segments are raw, `scale` has the factors to the unit of the old and of the new.
    """

    total: Part
    dimensions: tuple[Dimension, ...]
    pairs: tuple[Pair, ...]
    stable: prediction.Prediction | None
    drift: prediction.Drift | None
    grain: str
    periods: int
    margin: float = MARGIN
    scale: tuple[float, float] = (1, 1)
    coverage: Coverage | None = None
    step: Step | None = None
    mixes: tuple[Mix, ...] = ()

    def scaled(self, pair: Pair) -> tuple[float | None, float | None]:
        """Return the old and the new value of a period in the metric's unit."""
        old, new = pair.values
        return None if old is None else old * self.scale[0], None if new is None else new * self.scale[1]

    @property
    def clusters(self) -> int:
        """Periods in which both definitions have a value."""
        return sum(one.complete for one in self.pairs)


def effect(
    total: Sequence[Pair],
    by_segment: Sequence[tuple[str, str | None, Sequence[Pair]]],
    *,
    grain: str,
    periods: int | None = None,
    additive: bool = True,
    scale: tuple[float, float] = (1, 1),
    margin: float = MARGIN,
    level: float = LEVEL,
    break_percent: int = 1,
) -> Effect:
    """Return the effect from the sums of each period, of everything and of each (dimension, segment).

    `periods` is the length of the overlap (as many as there are sums without it), `additive` says whether segments sum
    to the total, `scale` are the factors of the old and of the new definition, `break_percent` how sure a step has to
    be.
    """
    whole = part_of("", None, total, scale=scale, margin=margin, level=level)
    found: dict[str, list[Part]] = {}
    for dimension, segment, pairs in by_segment:
        of = whole if additive else None
        one = part_of(dimension, segment, pairs, scale=scale, margin=margin, level=level, of=of)
        found.setdefault(dimension, []).append(one)
    return Effect(
        whole,
        tuple(_dimension(name, parts, margin) for name, parts in found.items()),
        tuple(total),
        _stability(total, scale),
        _drift(total, scale),
        grain,
        len(total) if periods is None else periods,
        margin,
        scale,
        _coverage(total, whole.cells),
        _step(total, scale, grain, break_percent),
    )


def _coverage(pairs: Sequence[Pair], cells: Cells | None) -> Coverage | None:
    """Return how much of the base both definitions could judge: units where they are paired, else whole periods.

    Periods before the first and after the last that both have a value for are no gap: there one of them has not begun
    to measure, or not yet (a longer window of maturity).
    """
    if cells is not None:
        unknown = [sum(one.unknown[side] for one in pairs) for side in (0, 1)]
        return coverage.of_units(cells.n_old, cells.n_new, unknown[0], unknown[1])
    quotient = any(one.quotient for one in pairs)
    shared = [place for place, one in enumerate(pairs) if one.complete]
    pairs = pairs[shared[0] : shared[-1] + 1] if shared else pairs
    sides = [((one.old_below, one.new_below) if quotient else (one.old, one.new), one.complete) for one in pairs]
    return coverage.of_sums((old or 0.0, new or 0.0, complete) for (old, new), complete in sides)


def _step(pairs: Sequence[Pair], scale: tuple[float, float], grain: str, percent: int) -> Step | None:
    """Return the step of the old numbers, as they were published."""
    known = [(one.period, one.values[0]) for one in pairs]
    values = [(period, value * scale[0]) for period, value in known if value is not None]
    if not values or min(value for _, value in values) <= 0:
        return None
    return step([one for one, _ in values], [one for _, one in values], percent, weekly=grain == "day")


def part_of(
    dimension: str,
    segment: str | None,
    pairs: Sequence[Pair],
    *,
    scale: tuple[float, float] = (1, 1),
    margin: float = MARGIN,
    level: float = LEVEL,
    of: Part | None = None,
) -> Part:
    """Return the effect on one part of the data; `of` is the whole, for the share."""
    both = [one for one in pairs if one.complete]
    quotient = any(one.quotient for one in both)
    old, new = _over_all(both, scale)
    share = old / of.old if of is not None and of.old and old is not None and not quotient else None
    cells = _cells(pairs)
    found, reason = _estimate(both, scale, level)
    units = paired.estimate(cells, level) if cells and cells.n_old and cells.n_new and not quotient else None
    independent = None if units is None else _times(units, _factor(scale))
    if independent is not None and (found is None or found.se <= TOGETHER * independent.se):
        found, reason = independent, ""
    said = _verdict(found, cells, both, scale, margin) if found is not None and found.ratio > 0 else None
    event_se = None if independent is None else independent.se
    by_period = tuple((one.period, one.cells) for one in pairs if one.cells is not None)
    return Part(dimension, segment, old, new, share, cells, found, said, reason, event_se, by_period)


def _estimate(both: Sequence[Pair], scale: tuple[float, float], level: float) -> tuple[Estimate | None, str]:
    """Return the ratio with the error that periods show, or why there is none."""
    if not both:
        return None, "no period has a value under both definitions: look at the filters, and at how far the data reach"
    if any(one.quotient for one in both):
        return _of_quotients(both, scale, level)
    new = [(one.new or 0.0) * scale[1] for one in both]
    old = [(one.old or 0.0) * scale[0] for one in both]
    if sum(old) == 0:
        return None, "the old definition sums to 0, so there is no ratio to it"
    if _apart(sum(new), sum(old)):
        return None, TOO_FAR
    if len(both) < 2:
        return None, "one period shows no error"
    found = clustered.linearised(new, old, level)
    if _vague(old):
        exact = clustered.fieller(new, old, level)
        if exact.interval is None:
            return None, "the old values scatter around 0: a ratio to them has no bounds; look at the difference"
        found = Estimate(found.ratio, found.se, exact.interval, Estimator.FIELLER, level)
    return found, ""


def _of_quotients(both: Sequence[Pair], scale: tuple[float, float], level: float) -> tuple[Estimate | None, str]:
    above, below = [one.old or 0.0 for one in both], [one.old_below or 0.0 for one in both]
    new_above, new_below = [one.new or 0.0 for one in both], [one.new_below or 0.0 for one in both]
    if any(one < 0 for one in (*below, *new_below)):
        return None, "a denominator is below 0 in some period, and a quotient of it says nothing; look at its filter"
    if not all(map(sum, (above, below, new_above, new_below))):
        return None, "a numerator or denominator sums to 0, so there is no ratio"
    if _apart(sum(new_above), sum(above)) or _apart(sum(new_below), sum(below)) or _apart(sum(below), sum(new_below)):
        return None, TOO_FAR
    found = clustered.ratio_metric(above, below, new_above, new_below, level)
    ratio = found.ratio * _factor(scale)
    if found.se_log is None:
        return None, "one period shows no error"
    if ratio <= 0:
        return None, "the quotient changes its sign, so there is no ratio; look at the difference"
    if found.interval is None:
        return None, "a numerator or denominator scatters around 0: a ratio has no bounds; look at the difference"
    limits = Interval(found.interval.low * _factor(scale), found.interval.high * _factor(scale))
    return Estimate(ratio, ratio * found.se_log, limits, Estimator.RATIO_METRIC, level), ""


def _apart(new: float, old: float) -> bool:
    return abs(new) > FAR * abs(old)


def _vague(values: Sequence[float]) -> bool:
    """Whether a mean is so uncertain that a ratio to it needs Fieller's set."""
    from statistics import fmean, stdev

    mean = fmean(values)
    return mean == 0 or stdev(values) / len(values) ** 0.5 > VAGUE * abs(mean)


def _verdict(
    found: Estimate, cells: Cells | None, both: Sequence[Pair], scale: tuple[float, float], margin: float
) -> Verdict:
    """Return the word by the intervals of the same estimator, so that it never contradicts the one that is shown."""
    if found.estimator is Estimator.PAIRED_COUNTS:
        return verdict(found.ratio, found.se, margin)
    if found.estimator is Estimator.FEW_DISCORDANT and cells is not None:
        wide, narrow = (_scaled(paired.score_interval(cells, level), _factor(scale)) for level in (0.95, 0.90))
        return judged(wide, narrow, margin)
    limits = [one.interval for one, _ in (_estimate(both, scale, level) for level in (0.95, 0.90)) if one is not None]
    return judged(limits[0], limits[1], margin) if len(limits) == 2 else Verdict.INCONCLUSIVE


def _over_all(both: Sequence[Pair], scale: tuple[float, float]) -> tuple[float | None, float | None]:
    if not both:
        return None, None
    if any(one.quotient for one in both):
        old = _divided(sum(one.old or 0 for one in both), sum(one.old_below or 0 for one in both))
        new = _divided(sum(one.new or 0 for one in both), sum(one.new_below or 0 for one in both))
        return None if old is None else old * scale[0], None if new is None else new * scale[1]
    return sum(one.old or 0 for one in both) * scale[0], sum(one.new or 0 for one in both) * scale[1]


def _cells(pairs: Sequence[Pair]) -> Cells | None:
    known = [one.cells for one in pairs if one.cells is not None]
    if not known:
        return None
    total = Cells(0)
    for one in known:
        total += one
    return total


def _dimension(name: str, parts: Sequence[Part], margin: float) -> Dimension:
    """Return the segments, largest old share first, and whether they share one ratio."""
    ordered = sorted(
        parts, key=lambda one: (-(one.share if one.share is not None else one.old or 0), one.segment or "")
    )
    measured = [one.estimate for one in ordered if one.estimate is not None and one.estimate.ratio >= 0]
    exact = [one for one in measured if one.se > 0 and one.ratio > 0]
    spread = segments.heterogeneity([one.ratio for one in exact], [one.se for one in exact]) if len(exact) > 1 else None
    ratios = [one.ratio for one in measured]
    differ = len(ratios) > 1 and segments.by_segment(ratios, spread.p if spread else 1.0, margin)
    return Dimension(name, tuple(ordered), spread, differ)


def _ratios(pairs: Sequence[Pair], scale: tuple[float, float]) -> list[float]:
    found = []
    for one in pairs:
        old, new = one.values
        if old is not None and new is not None and old > 0 and new > 0:
            found.append(new * scale[1] / (old * scale[0]))
    return [one for one in found if one > 0 and isfinite(one)]


def _drift(pairs: Sequence[Pair], scale: tuple[float, float]) -> prediction.Drift | None:
    ratios = _ratios(pairs, scale)
    return prediction.drift(ratios) if len(ratios) >= 3 else None


def _stability(pairs: Sequence[Pair], scale: tuple[float, float]) -> prediction.Prediction | None:
    """Return the ratio as a prediction for other periods, where each period's ratio has an error of its own."""
    logs, errors = [], []
    for one in pairs:
        if one.cells is None or one.quotient or not one.cells.n_old or not one.cells.n_new:
            continue
        error = paired.se(one.cells) / one.cells.ratio
        if error > 0:
            logs.append(log(one.cells.ratio * _factor(scale)))
            errors.append(error)
    return prediction.predict(logs, errors) if len(logs) >= 3 else None


def _factor(scale: tuple[float, float]) -> float:
    return scale[1] / scale[0]


def _times(found: Estimate, factor: float) -> Estimate:
    limits = _scaled(found.interval, factor)
    return Estimate(found.ratio * factor, found.se * factor, limits, found.estimator, found.level)


def _scaled(interval: Interval, factor: float) -> Interval:
    return Interval(interval.low * factor, interval.high * factor)


def _divided(above: float | None, below: float | None) -> float | None:
    return None if not below or above is None else above / below
