"""Warnings about the data behind a ratio: who was judged at all, which history it is carried to, what else moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from math import isclose

from metricgov.domain.comparability.breakpoints import undeclared
from metricgov.domain.comparability.coverage import crosses
from metricgov.domain.comparability.effect import Effect, Part
from metricgov.domain.comparability.thresholds import Thresholds
from metricgov.domain.comparability.warned import Claimed, Rule, Severity, Warned
from metricgov.domain.workflow.vocabulary import Treatment

POSITIONS = frozenset({"median", "percentile"})
"""Aggregates whose value is a place in a distribution, which no factor moves."""


def _coverage(effect: Effect, _claimed: Claimed, limits: Thresholds) -> Iterator[Warned]:
    found, estimate = effect.coverage, effect.total.estimate
    if found is None:
        return
    says = []
    if found.least < limits.coverage:
        sides = f"{100 * found.old:.1f}% of what the old one counts and {100 * found.new:.1f}% of the new"
        says.append(f"both definitions could be judged for {sides} (at least {100 * limits.coverage:g}%)")
    if (
        found.worst is not None
        and estimate is not None
        and (what := crosses(estimate.ratio, found.worst, limits.margin))
    ):
        worst = f"{found.worst.low:.4g} to {found.worst.high:.4g}"
        unknown = found.unknown_old + found.unknown_new
        says.append(f"{unknown:,} units without a value or a key could change {what}: at worst {worst}")
    if says:
        yield Warned("W01", "NON_OVERLAPPING_COVERAGE", Severity.BLOCK, "; ".join(says))


def _extrapolation(effect: Effect, claimed: Claimed, limits: Thresholds) -> Iterator[Warned]:
    if claimed.treatment is not Treatment.BRIDGE or not effect.pairs:
        return
    first, last = effect.pairs[0].period[:10], effect.pairs[-1].period[:10]
    bridged, overlap = _days(claimed.reported_from, first), _days(first, last)
    if bridged > overlap:
        says = f"the ratio of {overlap} days carries {bridged} days of history"
        yield Warned("W12", "EXTRAPOLATION", Severity.WARN, says)
    if effect.stable is not None and effect.stable.rse > limits.vague:
        says = f"a bridged value is {100 * effect.stable.rse:.0f}% uncertain (flag U from {100 * limits.vague:g}%)"
        yield Warned("W12", "EXTRAPOLATION", Severity.WARN, says)


def _days(start: str, end: str) -> int:
    return (date.fromisoformat(end) - date.fromisoformat(start)).days if start and end else 0


def _mix(effect: Effect, claimed: Claimed, limits: Thresholds) -> Iterator[Warned]:
    if claimed.treatment is not Treatment.BRIDGE:
        return
    for one in effect.mixes:
        if abs(one.implied / one.ratio - 1) > limits.margin / 2:
            says = (
                f"the shares of {one.dimension} were others before the overlap: there the segments' ratios make "
                f"{one.implied:.4g} of the total's {one.ratio:.4g}"
            )
            yield Warned("W13", "MIX_SHIFT", Severity.WARN, says)


def _position(_effect: Effect, claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    if claimed.treatment is Treatment.BRIDGE and claimed.aggregate in POSITIONS:
        says = f"a {claimed.aggregate} has no factor: its ratio holds for the segments and periods measured alone"
        yield Warned("W14", "ROLLED_UP_PERCENTILE", Severity.BLOCK, says)


def _partial(effect: Effect, _claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    missing = effect.periods - effect.clusters
    if missing > 0 and effect.clusters:
        says = f"{missing} of {effect.periods} {effect.grain}s have no value under both definitions"
        yield Warned("W17", "PRELIMINARY_RATIO", Severity.WARN, says)


def _step(effect: Effect, claimed: Claimed, limits: Thresholds) -> Iterator[Warned]:
    found = effect.step
    periods = [one.period for one in effect.pairs if one.values[0] is not None]
    if found is not None and undeclared(found, periods, claimed.starts, limits.margin):
        size = f"{100 * (found.factor - 1):+.1f}%"
        says = f"the old numbers step by {size} at {found.period[:10]}, where no version begins"
        yield Warned("W18", "UNDECLARED_BREAK", Severity.WARN, says)


def _accounting(effect: Effect, claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    total = effect.total
    if not claimed.additive or total.old is None or total.new is None:
        return
    for dimension in effect.dimensions:
        sums = [sum(value for part in dimension.parts if (value := side(part)) is not None) for side in (_old, _new)]
        for word, found, whole in zip(("old", "new"), sums, (total.old, total.new), strict=True):
            if not isclose(found, whole, rel_tol=1e-9, abs_tol=1e-9):
                says = f"the segments of {dimension.name} sum to {found:,.10g} under the {word} definition, not to "
                yield Warned("W19", "ACCOUNTING_MISMATCH", Severity.WARN, f"{says}{whole:,.10g}")
        if dimension.name in claimed.reclassified and not isclose(total.old, total.new, rel_tol=1e-9):
            says = (
                f"{dimension.name} is only sorted anew, and the total goes from {total.old:,.10g} to {total.new:,.10g}"
            )
            yield Warned("W19", "ACCOUNTING_MISMATCH", Severity.WARN, says)


def _old(part: Part) -> float | None:
    return part.old


def _new(part: Part) -> float | None:
    return part.new


RULES: tuple[Rule, ...] = (_coverage, _extrapolation, _mix, _position, _partial, _step, _accounting)
"""In order of id."""
