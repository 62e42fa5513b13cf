"""What an approver must be told about an effect, and what blocks; ids and triggers are those of the method pages."""

from __future__ import annotations

from collections.abc import Iterator

from metricgov.domain.comparability import segments, warnings_of_data
from metricgov.domain.comparability.effect import Effect, Part
from metricgov.domain.comparability.link import LinkScale
from metricgov.domain.comparability.linking import whole_cycles
from metricgov.domain.comparability.paired import FEW, Estimator
from metricgov.domain.comparability.stability import moving
from metricgov.domain.comparability.thresholds import DEFAULTS, Thresholds
from metricgov.domain.comparability.verdict import Verdict
from metricgov.domain.comparability.warned import Claimed, Rule, Severity, Warned
from metricgov.domain.workflow.vocabulary import Intent, Treatment

__all__ = ["Claimed", "Severity", "Warned", "warnings"]

WEEK, YEAR_OF_MONTHS = 7, 12


def warnings(effect: Effect, claimed: Claimed, limits: Thresholds = DEFAULTS) -> tuple[Warned, ...]:
    """Return everything that must be said, blocking ones first, then in order of id."""
    found = [one for rule in RULES for one in rule(effect, claimed, limits)]
    return tuple(sorted(found, key=lambda one: (one.severity is Severity.WARN, one.id)))


def _simpson(effect: Effect, claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    total = _way(effect.total)
    for dimension in effect.dimensions:
        ways = [_way(one) for one in dimension.parts if one.old is not None and one.new is not None]
        if len(ways) > 1 and segments.reverses(ways, total):
            severity = Severity.BLOCK if claimed.additive else Severity.WARN
            says = f"every {dimension.name} goes {next(iter(set(ways) - {'same'}))}, and the total goes {total}"
            if claimed.additive:
                says += "; a sum cannot do that, so membership or data are not the same on both sides"
            yield Warned("W02", "SIMPSON_REVERSAL", severity, says)


def _way(part: Part) -> str:
    return segments.direction(part.old or 0, part.new or 0)


def _heterogeneity(effect: Effect, claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    for dimension in effect.dimensions:
        if dimension.by_segment:
            ratios = [one.estimate.ratio for one in dimension.parts if one.estimate is not None]
            by = f"by {dimension.name} from {min(ratios):.3f} to {max(ratios):.3f}"
            test = f" (Q = {dimension.spread.q:.1f}, p = {dimension.spread.p:.2g})" if dimension.spread else ""
            chance = dimension.spread is not None and dimension.spread.p >= segments.SPLIT_P
            then = "more than the margin, though chance alone could do it; " if chance else ""
            says = f"the ratio differs {by}{test}: {then}history has to be bridged by segment, if at all"
            if dimension.name in claimed.reclassified:
                says = f"the ratio differs {by}{test}, and its values are sorted anew: history breaks by it (row 11)"
            yield Warned("W03", "SEGMENT_HETEROGENEITY", Severity.WARN, says)


def _tiny(effect: Effect, _claimed: Claimed, limits: Thresholds) -> Iterator[Warned]:
    total = effect.total
    reasons = []
    if total.cells is not None and min(total.cells.n_old, total.cells.n_new) < limits.units:
        reasons.append(f"{min(total.cells.n_old, total.cells.n_new)} units on one side (at least {limits.units})")
    if effect.clusters < limits.periods:
        reasons.append(f"{effect.clusters} periods (at least {limits.periods})")
    if reasons:
        yield Warned("W04", "TINY_OVERLAP", Severity.BLOCK, f"the overlap is too short: {', '.join(reasons)}")
    elif total.estimate is not None and total.estimate.estimator is Estimator.FEW_DISCORDANT:
        says = f"fewer than {FEW} units are judged differently; the interval is a score interval (E2)"
        yield Warned("W04", "FEW_DISCORDANT", Severity.WARN, says)


def _season(effect: Effect, claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    number = effect.periods
    if effect.grain == "day" and not whole_cycles(number, WEEK):
        says = f"{number} days are no whole number of weeks; a weekly season does not cancel out"
        yield Warned("W05", "SEASONALITY_NOT_COVERED", Severity.WARN, says)
    short = {"day": 365, "week": 52, "month": YEAR_OF_MONTHS, "quarter": 4, "year": 1}.get(effect.grain, 0)
    if claimed.treatment is Treatment.BRIDGE and number < short:
        says = f"history is bridged with a ratio from {number} periods of a {effect.grain}; a year has seasons"
        yield Warned("W05", "SEASONALITY_NOT_COVERED", Severity.WARN, says)


def _unstable(effect: Effect, claimed: Claimed, limits: Thresholds) -> Iterator[Warned]:
    scale = claimed.link.scale if claimed.link is not None else None
    if scale in (LinkScale.DIFFERENCE, LinkScale.ODDS):
        found, size = moving(effect, scale)
        if found is not None and found.p < limits.drift_p:
            what = "the difference" if scale is LinkScale.DIFFERENCE else "the ratio of the odds"
            says = f"{what} moves within the overlap, by {size} a period (p = {found.p:.2g})"
            yield Warned("W06", "RATIO_NOT_STABLE", Severity.BLOCK, says)
    elif scale is LinkScale.EXACT:
        return
    elif effect.drift is not None and effect.drift.p < limits.drift_p:
        slope = f"{100 * effect.drift.slope:+.2f}% a period (p = {effect.drift.p:.2g})"
        says = f"the ratio moves within the overlap, by {slope}"
        yield Warned("W06", "RATIO_NOT_STABLE", Severity.BLOCK, says)
    elif effect.stable is not None and effect.stable.tau > effect.margin:
        says = f"the ratio scatters by {100 * effect.stable.tau:.1f}% between periods, more than the margin"
        yield Warned("W06", "RATIO_NOT_STABLE", Severity.BLOCK, says)


def _undetected(effect: Effect, _claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    match effect.total.verdict:
        case Verdict.INCONCLUSIVE:
            says = "no detectable change; that is not evidence of none: the interval leaves the margin"
            yield Warned("W07", "NO_DETECTABLE_CHANGE", Severity.WARN, says)
        case Verdict.EQUIVALENT:
            says = f"no detectable change, and equivalence within {100 * effect.margin:g}% is shown"
            yield Warned("W07", "NO_DETECTABLE_CHANGE", Severity.WARN, says)
        case _:
            return


def _churn(effect: Effect, _claimed: Claimed, limits: Thresholds) -> Iterator[Warned]:
    cells = effect.total.cells
    if cells is not None and cells.n_old and abs(cells.net) < effect.margin and cells.gross > limits.churn:
        says = f"the total moves by {100 * cells.net:+.1f}%, and {100 * cells.gross:.0f}% of the units are other units"
        yield Warned("W08", "NET_ZERO_HIDES_CHURN", Severity.WARN, says)


def _invalid(effect: Effect, claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    if claimed.treatment is not Treatment.BRIDGE:
        return
    if claimed.link is not None:
        if not claimed.link.bridges:
            says = f"history cannot be bridged: {claimed.link.reason}"
            yield Warned("W10", "RATIO_SPLICE_INVALID", Severity.BLOCK, says)
        return
    low = [one for pair in effect.pairs for one in pair.values if one is not None and one <= 0]
    if low:
        says = f"{len(low)} values of the overlap are 0 or below; a ratio cannot carry history across"
        yield Warned("W10", "RATIO_SPLICE_INVALID", Severity.BLOCK, says)
    elif effect.total.estimate is None:
        yield Warned("W10", "RATIO_SPLICE_INVALID", Severity.BLOCK, f"no ratio: {effect.total.reason}")


def _dependent(effect: Effect, _claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    total = effect.total
    if total.dependent and total.estimate is not None and total.event_se:
        times = total.estimate.se / total.event_se
        says = f"units of one {effect.grain} move together: the error is {times:.1f} times that of independent units"
        yield Warned("W11", "DEPENDENT_CLUSTERS", Severity.WARN, says)


def _many(effect: Effect, _claimed: Claimed, limits: Thresholds) -> Iterator[Warned]:
    for dimension in effect.dimensions:
        if len(dimension.parts) > limits.segments:
            number = len(dimension.parts)
            says = (
                f"{number} segments of {dimension.name}: about {number / 20:.0f} of their 95% intervals miss by chance"
            )
            yield Warned("W20", "MULTIPLE_SEGMENTS", Severity.WARN, says)


def _claim(effect: Effect, claimed: Claimed, _limits: Thresholds) -> Iterator[Warned]:
    cells = effect.total.cells
    if claimed.intent is Intent.NO_EFFECT and cells is not None and cells.discordant:
        says = f"no effect is claimed, and {cells.discordant:,} units are judged differently"
        yield Warned("W21", "DECLARED_RELATION_VIOLATED", Severity.BLOCK, says)
    elif claimed.intent is Intent.NO_EFFECT and effect.total.old != effect.total.new:
        says = "no effect is claimed, and the values differ"
        yield Warned("W21", "DECLARED_RELATION_VIOLATED", Severity.BLOCK, says)


RULES: tuple[Rule, ...] = (
    _simpson,
    _heterogeneity,
    _tiny,
    _season,
    _unstable,
    _undetected,
    _churn,
    _invalid,
    _dependent,
    _many,
    _claim,
    *warnings_of_data.RULES,
)
"""Those of one metric's figures; targets are in moved_targets.py, joined series in series_warnings.py."""
