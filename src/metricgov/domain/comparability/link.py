"""The link between two versions that an overlap supports: its scale, its factor, by segment or not, and how sure it is.

The scale is chosen by guards on the data (IMF, PPI Manual; NCHS comparability ratios): a ratio for what lies above 0, a
difference for what crosses it, odds for shares of which only the quotient is known, and nothing for a percentile.
Direction everywhere: old values become new ones. Factors are kept unrounded. Applying them is for bridging.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from math import exp, hypot, inf, sqrt
from statistics import fmean, stdev
from typing import TYPE_CHECKING, assert_never

from metricgov.domain.comparability.flags import LOW_RELIABILITY
from metricgov.domain.comparability.interval import FARTHEST, LEVEL, Interval, t
from metricgov.domain.comparability.matrix import Edge, Status
from metricgov.domain.comparability.paired import SUPPRESSED
from metricgov.domain.comparability.scatter import BLOCKS, scatter
from metricgov.domain.workflow.vocabulary import Treatment

if TYPE_CHECKING:
    from metricgov.domain.comparability.effect import Dimension, Effect, Pair, Part

SAME_RATIO = 1e-9
"""How far the ratios of periods may lie apart, relatively, where a conversion is exact."""

MOST_SEGMENTS = 100
"""Segments of a dimension, largest first, whose factors are kept; the rest has that of everything."""


class LinkScale(StrEnum):
    """On which scale old and new keep their distance."""

    RATIO = "ratio"
    DIFFERENCE = "difference"
    ODDS = "odds"
    EXACT = "exact"


@dataclass(frozen=True, slots=True)
class Nature:
    """What a metric's values are, as far as its definitions say so on both sides.

    `rolls_up`: segments and periods can be summed (their parts, for a quotient); `counts`: never below 0; `quantile`:
    a percentile, median or extreme; `exact`: only unit or scale differ; `share`: new
    values are parts of a whole; `recut`: dimensions whose values are sorted anew, so that segments are other ones.
    """

    rolls_up: bool = True
    counts: bool = False
    quantile: bool = False
    exact: bool = False
    share: bool = False
    recut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Factor:
    """What moves old values to the new basis, for everything or one segment, with its sampling error.

    On the scales of ratio and odds it multiplies, on that of differences it is added. `above` and `below` are the
    factors of numerator and denominator where both are known; `dimension` is "" for everything.
    """

    value: float
    se: float
    segment: str | None = None
    dimension: str = ""
    above: float | None = None
    below: float | None = None
    share: float | None = None

    @property
    def rse(self) -> float:
        """Relative error."""
        return self.se / abs(self.value) if self.value else 0.0


@dataclass(frozen=True, slots=True)
class Linked:
    """How one version of a metric compares with the next, as measured on an overlap [start, end) of periods.

    `scatter` gives, by grain, the standard deviation between periods: of the log of the factor, or of the difference.
    `dimension` names that by whose segments history is bridged, `segments` are the factors of all dimensions whose
    segments differ; `uniform` are dimensions in which one factor serves all, `recut` those in which there is none.
    `rolls_up` as in Nature; `share` says
    that new values are parts of a whole, and `top` is the value of that whole, or of the one whose odds are moved (100
    for percent). `reason` says why there is no factor.
    `at` is the UTC second at which it was put on record, "" for one that is not.
    """

    metric: str
    status: Status
    scale: LinkScale | None = None
    factor: Factor | None = None
    scatter: Mapping[str, float] | None = None
    dimension: str = ""
    segments: tuple[Factor, ...] = ()
    uniform: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    grain: str = ""
    periods: int = 0
    estimator: str = ""
    rolls_up: bool = True
    recut: tuple[str, ...] = ()
    share: bool = False
    top: float = 1.0
    reason: str = ""
    at: str = field(default="", compare=False)

    @property
    def bridges(self) -> bool:
        """Whether old values can be moved across."""
        return self.factor is not None and self.scale is not None

    @property
    def as_bridge(self) -> Status:
        """What a bridge over this link is: a break where there is no factor, by segment where the segments differ.

        What does not roll up was measured as a whole, so its total stands beside the segments.
        """
        if not self.bridges:
            return Status.BROKEN
        return Status.BRIDGED_BY_SEGMENT if self.segments and self.rolls_up else Status.BRIDGED

    def of(self, dimension: str) -> dict[str | None, Factor]:
        """Return the factors of the segments of a dimension, {} where they were not measured or do not differ."""
        return {one.segment: one for one in self.segments if one.dimension == dimension}

    @property
    def coarsest(self) -> str:
        """The coarsest grain in which scatter between periods is known: that of history, as people read it."""
        return next(reversed([*(self.scatter or {})]), self.grain)

    def tau(self, grain: str = "") -> float:
        """Return the scatter between periods of a grain; of the next finer one that is known, where it is not."""
        known = self.scatter or {}
        order = [name for name, _ in BLOCKS]
        place = order.index(grain) if grain in order else -1
        finer = [known[name] for name in order[: place + 1][::-1] if name in known]
        return finer[0] if finer else next(iter(known.values()), 0.0)

    def rse(self, grain: str = "") -> float:
        """Return the relative error of the factor in another period; for a difference, its error in units."""
        if self.factor is None:
            return 0.0
        own = self.factor.se if self.scale is LinkScale.DIFFERENCE else self.factor.rse
        return hypot(own, self.tau(grain))

    def elsewhere(self, grain: str = "", level: float = LEVEL) -> Interval | None:
        """Return where the factor of another period is to be expected (E9).

        None without a factor, and where it could be anything.
        """
        if self.factor is None:
            return None
        error = self.rse(grain)
        if not error:
            return Interval(self.factor.value, self.factor.value)
        reach = t(level, max(1, self.periods - 1)) * error
        if self.scale is LinkScale.DIFFERENCE:
            return Interval(self.factor.value - reach, self.factor.value + reach)
        if reach > FARTHEST:
            return None
        return Interval(self.factor.value * exp(-reach), self.factor.value * exp(reach))

    def edge(self, old: str, new: str) -> Edge:
        """Return the link as an edge of the matrix; only a total ratio on the scale of ratios can be multiplied.

        Its error is that of a period of the coarsest grain that was measured.
        """
        if self.status in (Status.SAME, Status.BROKEN):
            return Edge(old, new, self.status, 1.0 if self.status is Status.SAME else None)
        multiplies = self.scale in (LinkScale.RATIO, LinkScale.EXACT) and self.factor is not None
        whole = multiplies and self.status is not Status.BRIDGED_BY_SEGMENT
        ratio = self.factor.value if whole and self.factor is not None else None
        return Edge(old, new, self.status, ratio, self.rse(self.coarsest) if whole else 0.0, self.estimator)


Segments = Mapping[tuple[str, str | None], Sequence["Pair"]]


def linked(
    metric: str,
    effect: Effect,
    segments: Segments,
    nature: Nature,
    *,
    scale: tuple[float, float] = (1, 1),
    start: str = "",
    end: str = "",
) -> Linked:
    """Return the link that an effect supports, as a bridge; what the treatment makes of it is for `treated`.

    `segments` are the periods of each segment, `scale` the factors of old and new definition.
    """
    pairs = [one for one in effect.pairs if one.complete]
    chosen, reason = _scale(effect, pairs, nature, scale)
    found = Linked(
        metric,
        Status.BROKEN if chosen is None else Status.BRIDGED,
        chosen,
        start=start,
        end=end,
        grain=effect.grain,
        periods=len(pairs),
        rolls_up=nature.rolls_up,
        recut=tuple(one.name for one in effect.dimensions if one.name in nature.recut),
        share=nature.share,
        top=scale[1] if nature.share else 1.0,
        reason=reason,
    )
    if chosen is None:
        return found
    return _measured(found, effect, pairs, segments, nature, scale)


def treated(found: Linked, treatment: Treatment | None) -> Linked:
    """Return a link as the treatment of the change makes it; a bridge that the data do not carry is a break."""
    match treatment:
        case None | Treatment.NONE | Treatment.ANNOTATE | Treatment.ALIAS:
            return replace(found, status=Status.SAME)
        case Treatment.RESTATE:
            return replace(found, status=Status.RESTATED)
        case Treatment.BRIDGE:
            return replace(found, status=found.as_bridge)
        case Treatment.BREAK | Treatment.NEW_METRIC:
            return replace(found, status=Status.BROKEN)
        case _ as unreachable:
            assert_never(unreachable)


def _scale(
    effect: Effect, pairs: Sequence[Pair], nature: Nature, scale: tuple[float, float]
) -> tuple[LinkScale | None, str]:
    """Return the scale that the data allow, or why there is none."""
    if nature.exact and not pairs:
        return LinkScale.EXACT, ""
    if not pairs:
        return None, "no period has a value under both definitions"
    values = [value for one in pairs for value in one.values if value is not None]
    if nature.exact and _constant(pairs):
        return LinkScale.EXACT, ""
    if nature.quantile:
        return None, "no single factor moves a percentile or an extreme: it depends on the whole distribution"
    quotient = any(one.quotient for one in pairs)
    if not (quotient or nature.rolls_up or nature.counts) and min(values) >= 0 and max(values) <= 1:
        return _odds(values, scale)
    if min(values) < 0 or (min(values) == 0 and not nature.counts and not quotient):
        return (LinkScale.DIFFERENCE, "") if len(pairs) > 1 else (None, "one period shows no error")
    if effect.total.estimate is None or effect.total.estimate.ratio <= 0:
        return None, effect.total.reason or "the new definition sums to 0"
    return LinkScale.RATIO, ""


def _odds(values: Sequence[float], scale: tuple[float, float]) -> tuple[LinkScale | None, str]:
    """Return the scale for shares of which only the quotient is known."""
    if min(values) == 0 or max(values) == 1:
        return None, "a share of exactly 0 or 1 has no odds to move"
    if scale[0] != scale[1]:
        return None, "a share that is also scaled otherwise has no odds to move"
    return (LinkScale.ODDS, "") if len(values) > 2 else (None, "one period shows no error")


def _constant(pairs: Sequence[Pair]) -> bool:
    """Whether the new value is the old one times the same number in every period (a quotient of scales is applied)."""
    if any(bool(new) != bool(old) for one in pairs for old, new in (one.values,)):
        return False
    ratios = [new / old for one in pairs for old, new in (one.values,) if old and new is not None]
    return not ratios or max(ratios) - min(ratios) <= SAME_RATIO * abs(max(ratios))


def _measured(
    found: Linked,
    effect: Effect,
    pairs: Sequence[Pair],
    segments: Segments,
    nature: Nature,
    scale: tuple[float, float],
) -> Linked:
    match found.scale:
        case LinkScale.EXACT:
            both = ((old, new) for one in pairs for old, new in (one.values,) if old and new is not None)
            old, new = next(both, (1.0, 1.0))
            factor = Factor(new / old * scale[1] / scale[0], 0.0)
            return replace(
                found, factor=factor, estimator="exact", uniform=tuple(one.name for one in effect.dimensions)
            )
        case LinkScale.DIFFERENCE:
            return _by_difference(found, pairs, scale)
        case LinkScale.ODDS:
            return _by_odds(found, pairs, scale)
    estimate = effect.total.estimate
    assert estimate is not None
    factor = _with_parts(Factor(estimate.ratio, estimate.se), pairs, scale)
    whole = replace(
        found,
        factor=factor,
        scatter=scatter(effect, pairs, every_grain=nature.rolls_up),
        estimator=estimate.estimator.value,
    )
    alike = [one for one in effect.dimensions if one.name not in nature.recut]
    differing = [one for one in alike if one.by_segment]
    uniform = tuple(one.name for one in alike if not one.by_segment and one.spread is not None)
    if not differing:
        return replace(whole, uniform=uniform)
    worst = max(differing, key=_spread)
    known = tuple(
        _segment(one, segments, scale) for each in differing for one in each.parts[:MOST_SEGMENTS] if _enough(one)
    )
    by = replace(whole, dimension=worst.name, segments=known, uniform=uniform)
    return replace(by, status=by.as_bridge)


def _spread(dimension: Dimension) -> tuple[bool, float]:
    ratios = [one.estimate.ratio for one in dimension.parts if one.estimate is not None and one.estimate.ratio >= 0]
    certain = dimension.spread is not None and dimension.spread.p < 0.05
    if ratios and not min(ratios):
        return True, inf
    return certain, max(ratios) / min(ratios) if ratios else 0.0


def _enough(part: Part) -> bool:
    """Whether a segment has a factor of its own: measured, and from enough units where units are counted.

    A segment that the new definition does not count at all has the factor 0.
    """
    if part.estimate is None or part.estimate.ratio < 0:
        return False
    if part.cells is None:
        return True
    return min(part.cells.n_old, part.cells.n_new or part.cells.n_old) >= SUPPRESSED


def _segment(part: Part, segments: Segments, scale: tuple[float, float]) -> Factor:
    assert part.estimate is not None
    factor = Factor(part.estimate.ratio, part.estimate.se, part.segment, part.dimension, share=part.share)
    pairs = [one for one in segments.get((part.dimension, part.segment), ()) if one.complete]
    return _with_parts(factor, pairs, scale)


def _with_parts(factor: Factor, pairs: Sequence[Pair], scale: tuple[float, float]) -> Factor:
    """Return a factor with those of numerator and denominator, for a quotient whose parts are above 0."""
    if not any(one.quotient for one in pairs):
        return factor
    above, new_above = sum(one.old or 0 for one in pairs), sum(one.new or 0 for one in pairs)
    below, new_below = sum(one.old_below or 0 for one in pairs), sum(one.new_below or 0 for one in pairs)
    if not (above and below and new_above and new_below):
        return factor
    return replace(factor, above=new_above / above * scale[1] / scale[0], below=new_below / below)


def _by_difference(found: Linked, pairs: Sequence[Pair], scale: tuple[float, float]) -> Linked:
    gaps = [(new or 0.0) * scale[1] - (old or 0.0) * scale[0] for one in pairs for old, new in (one.values,)]
    spread = stdev(gaps)
    factor = Factor(fmean(gaps), spread / sqrt(len(gaps)))
    return replace(found, factor=factor, scatter={found.grain: spread}, estimator="mean difference", rolls_up=False)


def _by_odds(found: Linked, pairs: Sequence[Pair], scale: tuple[float, float]) -> Linked:
    from metricgov.domain.comparability.linking import logit_shift

    shifts = [logit_shift(old or 0.0, new or 0.0) for one in pairs for old, new in (one.values,)]
    spread, odds = stdev(shifts), exp(fmean(shifts))
    factor = Factor(odds, odds * spread / sqrt(len(shifts)))
    return replace(
        found, factor=factor, scatter={found.grain: spread}, estimator="mean log odds", top=scale[0], rolls_up=False
    )


def unreliable(link: Linked, grain: str = "") -> bool:
    """Say whether what is moved across is flagged as little reliable."""
    return link.scale in (LinkScale.RATIO, LinkScale.ODDS) and link.rse(grain) > LOW_RELIABILITY
