"""What a change of definition does to the numbers that people judge a metric by, and to whatever reads its values.

Targets move by their kind (targets.py) with the factor of the link, in the same change; a verdict of the past stays as
it was given. Which number a file states is read here, and never guessed: a target without a kind blocks (W09).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

from metricgov.domain.comparability.effect import Effect
from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.link import Linked, LinkScale
from metricgov.domain.comparability.targets import (
    STAYS,
    Rebased,
    TargetKind,
    attainment,
    rebase_difference,
    rebase_odds,
    rebase_ratio,
)
from metricgov.domain.comparability.warned import Severity, Warned
from metricgov.domain.digest import JSON
from metricgov.domain.workflow.vocabulary import Treatment

CLOSE = 0.005
"""How far a re-based number may be from the computed one, relatively: people round."""

PLACES: Mapping[str, str] = {
    "kpi.target.value": "target",
    "kpi.thresholds.warn": "threshold (warn)",
    "kpi.thresholds.critical": "threshold (critical)",
    "kpi.baseline.value": "baseline",
}
"""The fields of a metric that hold such numbers, and what people call them."""


class Fate(StrEnum):
    """What becomes of a number in this change."""

    STAYS = "stays"
    REBASED = "rebased"
    WITHIN_MARGIN = "within_margin"
    UNMOVED = "unmoved"
    OTHER = "other"
    UNKNOWN = "unknown"
    OUTSIDE = "outside"
    NO_KIND = "no_kind"


@dataclass(frozen=True, slots=True)
class Goal:
    """One number: where it stands, what main says, what the change says, and what it would be on the new basis.

    `kind` is None where the file states none; `flips` says in which way the KPI would be judged otherwise by definition
    alone, "" where it would not.
    """

    field: str
    name: str
    before: float
    proposed: float
    kind: TargetKind | None
    fate: Fate
    rebased: float | None = None
    interval: Interval | None = None
    flips: str = ""

    @property
    def stops(self) -> bool:
        """Whether somebody has to move it, or to rule that it stays."""
        if self.fate is Fate.OUTSIDE:
            return self.proposed == self.before
        return self.fate in (Fate.NO_KIND, Fate.UNMOVED) or bool(self.flips)


@dataclass(frozen=True, slots=True)
class Reader:
    """Something in `used_in`, and what happens to it; `stops` where the change leaves it without its number."""

    kind: str
    name: str
    owner: str
    on_change: str
    says: str
    stops: bool = False


def goals(
    before: Mapping[str, JSON], after: Mapping[str, JSON], effect: Effect | None, link: Linked | None
) -> list[Goal]:
    """Return every number that the definition on main states about itself, with its fate in this change.

    `before` and `after` are the raw definitions; a number that the change takes away or brings is not among them.
    """
    found = []
    stated = _at(before, "kpi.target.kind")
    kind = TargetKind(stated) if isinstance(stated, str) and stated in set(TargetKind) else None
    direction = _at(after, "direction")
    for field, name in PLACES.items():
        old, new = _at(before, field), _at(after, field)
        if not _number(old) or not _number(new):
            continue
        own = _kind_of(field, kind, has_target=_number(_at(before, "kpi.target.value")))
        found.append(_goal(field, name, float(old), float(new), own, effect, link, str(direction or "")))  # type: ignore[arg-type]
    return found


def _kind_of(field: str, kind: TargetKind | None, *, has_target: bool) -> TargetKind | None:
    """Return by which rule a number moves: a baseline was measured, so it always does; thresholds follow the target."""
    if field == "kpi.baseline.value":
        return TargetKind.ABSOLUTE
    if field != "kpi.target.value" and (kind is TargetKind.PERCENT_IMPROVEMENT or (kind is None and not has_target)):
        return TargetKind.ABSOLUTE
    return kind


def _goal(
    field: str,
    name: str,
    before: float,
    proposed: float,
    kind: TargetKind | None,
    effect: Effect | None,
    link: Linked | None,
    direction: str,
) -> Goal:
    if kind is None:
        return Goal(field, name, before, proposed, None, Fate.NO_KIND)
    if kind in STAYS or kind is TargetKind.PERCENT_IMPROVEMENT:
        return Goal(field, name, before, proposed, kind, Fate.STAYS, before)
    moved = rebased(before, kind, link)
    if moved is None:
        return Goal(field, name, before, proposed, kind, Fate.UNKNOWN)
    if link is not None and link.share and moved.value > link.top:
        return Goal(field, name, before, proposed, kind, Fate.OUTSIDE, moved.value, moved.interval)
    margin = effect.margin if effect is not None else 0.0
    near = max(CLOSE * abs(moved.value), (moved.interval.high - moved.interval.low) / 2 if moved.interval else 0.0)
    if abs(proposed - moved.value) <= near and proposed != before:
        fate = Fate.REBASED
    elif abs(moved.value - before) <= margin * abs(before):
        fate = Fate.WITHIN_MARGIN
    else:
        fate = Fate.UNMOVED if proposed == before else Fate.OTHER
    judged = direction in ("up_is_better", "down_is_better", "") and field != "kpi.baseline.value"
    flips = ""
    if fate is not Fate.REBASED and judged and effect is not None:
        flips = _flip(effect, before, proposed, moved.value, up=direction != "down_is_better")
    return Goal(field, name, before, proposed, kind, fate, moved.value, moved.interval, flips)


def rebased(value: float, kind: TargetKind, link: Linked | None) -> Rebased | None:
    """Return a number on the new basis, on the scale of the link; None where no factor was measured."""
    if link is None or link.factor is None or link.scale is None:
        return None
    factor, se = link.factor.value, link.factor.se
    match link.scale:
        case LinkScale.RATIO | LinkScale.EXACT:
            return rebase_ratio(value, factor, se, kind=kind)
        case LinkScale.DIFFERENCE:
            return rebase_difference(value, factor, se, kind=kind, periods=link.periods)
        case LinkScale.ODDS:
            share = value / link.top
            if not 0 < share < 1:
                return None
            moved = rebase_odds(share, log(factor), link.factor.rse, kind=kind, periods=link.periods)
            limits = moved.interval
            reach = Interval(limits.low * link.top, limits.high * link.top) if limits is not None else None
            return Rebased(moved.value * link.top, reach)


def _flip(effect: Effect, before: float, proposed: float, moved: float, *, up: bool) -> str:
    """Return how the verdict on today's value would change by definition alone, "" where it would not."""
    old, new = level(effect)
    if old is None or new is None:
        return ""
    kept = attainment(old, new, before, moved, up_is_better=up)
    unrebased = attainment(old, new, proposed, moved, up_is_better=up)
    if unrebased.unrebased == unrebased.rebased:
        return ""
    words = {True: "met", False: "not met"}
    by_definition = f"{words[unrebased.unrebased]} by definition alone ({new:.4g} against {proposed:g})"
    return f"{words[kept.before]} before, {by_definition}"


def level(effect: Effect) -> tuple[float | None, float | None]:
    """Return the old and the new value of a usual period: what a target is compared with."""
    total = effect.total
    if total.old is None or total.new is None or not effect.clusters:
        return None, None
    if any(one.quotient for one in effect.pairs if one.complete):
        return total.old, total.new
    return total.old / effect.clusters, total.new / effect.clusters


def readers(used_in: Sequence[Mapping[str, JSON]], treatment: Treatment | None, link: Linked | None) -> list[Reader]:
    """Return everything that reads the values, with what happens to it."""
    found = []
    for one in used_in:
        kind, asked = str(one.get("kind", "")), str(one.get("on_change") or "tell")
        says, stops = _happens(asked, treatment, link)
        found.append(Reader(kind, str(one.get("name", "")), str(one.get("owner") or ""), asked, says, stops))
    return found


def _happens(asked: str, treatment: Treatment | None, link: Linked | None) -> tuple[str, bool]:
    by = _by(link)
    match asked:
        case "keep_old" if treatment is Treatment.NEW_METRIC:
            return "keeps the old number, which goes on under its own name", False
        case "keep_old":
            return "wants the old number, and this change leaves it none (treatment new_metric would)", True
        case "rebase" if by:
            return f"what it stores moves {by}", False
        case "rebase":
            return "is to be re-based, and no factor was measured", False
        case _:
            return "is told" + (f": values move {by}" if by else ""), False


def _by(link: Linked | None) -> str:
    """Return how old values become new ones, in words; "" where that was not measured."""
    if link is None or link.factor is None or link.scale is None:
        return ""
    word = {LinkScale.DIFFERENCE: "by", LinkScale.ODDS: "with odds times"}.get(link.scale, "times")
    return f"{word} {link.factor.value:.4g}"


def target_warnings(moved: Sequence[Goal], readers_: Sequence[Reader]) -> Iterator[Warned]:
    """Yield W09: numbers that stay on the old basis, that have no kind, or that would flip; readers left without."""
    for one in moved:
        if one.fate is Fate.NO_KIND:
            says = f"the {one.name} {one.before:g} has no kind, so nobody can say whether it moves"
        elif not one.stops:
            continue
        else:
            stays = "stays" if one.proposed == one.before else f"becomes {one.proposed:g}"
            range_ = f" ({one.interval.low:.4g} to {one.interval.high:.4g})" if one.interval else ""
            says = f"the {one.name} {one.before:g} {stays}; on the new basis it is {one.rebased:.4g}{range_}"
            says += ", more than the whole: somebody has to set it" if one.fate is Fate.OUTSIDE else ""
            says += f": {one.flips}" if one.flips else ""
        yield Warned("W09", "TARGET_WOULD_FLIP", Severity.BLOCK, says)
    for reader in readers_:
        if reader.stops:
            yield Warned("W09", "TARGET_WOULD_FLIP", Severity.BLOCK, f"{reader.kind} {reader.name} {reader.says}")


def to_set(moved: Sequence[Goal]) -> dict[str, float]:
    """Return the fields that have to be set so that every number is on the new basis."""
    wanted = (Fate.UNMOVED, Fate.OTHER)
    return {one.field: float(f"{one.rebased:.6g}") for one in moved if one.fate in wanted and one.rebased is not None}


def _at(data: Mapping[str, JSON], field: str) -> JSON:
    found: JSON = data
    for key in field.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def _number(value: JSON) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
