"""Old values moved to the newest basis over a chain of links, with the error of each point propagated.

Additive values are moved segment by segment and then summed; of a quotient, numerator and denominator are moved and the
quotient is computed anew (Facebook 2016: the quotient alone hides which of them moved). Sources: Goodman (1960) for
products of independent factors; factors that were measured on the same days are not independent, and their errors add.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import exp, log, sqrt

from metricgov.domain.comparability.advice import no_matrix
from metricgov.domain.comparability.interval import LEVEL, Interval, around, around_log, t
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.errors import Refused

Key = tuple[str | None, ...]
ROUNDING = 1e-9
"""How far a part may lie above its whole, relatively, because computers round."""

MULTIPLIES = frozenset({LinkScale.RATIO, LinkScale.EXACT})


@dataclass(frozen=True, slots=True)
class Cell:
    """An old value of one period and one combination of segments: a sum, or numerator and denominator, unscaled."""

    value: float
    below: float | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """A value on the new basis, what it was, its standard error and interval.

    `borrowed` is the share of the old value whose segments have no factor of their own, and took that of everything;
    `top` is the value of a whole, where this is a part of one (None: it is not, or nobody knows).
    """

    value: float
    old: float
    se: float
    interval: Interval
    borrowed: float = 0.0
    top: float | None = None

    @property
    def outside(self) -> bool:
        """Whether a part of a whole would be more than the whole: no such value can exist."""
        return self.top is not None and self.value > self.top * (1 + ROUNDING)

    @property
    def rse(self) -> float:
        """Relative error."""
        return self.se / abs(self.value) if self.value else 0.0


def needed(chain: Sequence[Linked], asked: Sequence[str]) -> tuple[str, ...]:
    """Return the dimensions in which old values must be read to move them: those asked for, and those of the links."""
    own = [_split(link, asked) for link in chain]
    return tuple(dict.fromkeys((*asked, *(one for one in own if one))))


def check(chain: Sequence[Linked], asked: Sequence[str], grain: str) -> None:
    """Refuse what a chain of links was not measured for (W14): another grain or breakdown of what does not roll up."""
    for link in chain:
        measured = {link.dimension, *link.uniform, *(one.dimension for one in link.segments)} - {""}
        unmeasured = [one for one in asked if one not in measured]
        if recut := [one for one in asked if one in link.recut]:
            says = f"history cannot be bridged so (W14): {no_matrix(recut)}"
            raise Refused("link_not_measured_there", says, hint="leave the dimension out, or --basis as-reported")
        if link.scale is LinkScale.EXACT or (link.rolls_up and not unmeasured):
            continue
        if not link.rolls_up and link.grain != grain:
            says = f"its values do not add up, and the link was measured by {link.grain}, not by {grain}"
            hint = f"ask --by {link.grain}"
        elif unmeasured or (not link.rolls_up and asked and not link.of(asked[0])):
            says = f"nobody measured the link by {', '.join(unmeasured or asked)}"
            hint = f"measured: {', '.join(sorted(measured)) or 'the whole alone'}"
        else:
            continue
        raise Refused("link_not_measured_there", f"history cannot be bridged so (W14): {says}", hint=hint)


def moved(
    cells: Mapping[Key, Cell],
    chain: Sequence[Linked],
    *,
    names: Sequence[str],
    asked: int,
    grain: str,
    scale: float = 1,
) -> dict[Key, Moved]:
    """Return the values of one period over a chain of links, for each combination of the first `asked` dimensions.

    `names` are the dimensions of the keys, `scale` the factor of the definition that computed the cells. Refused (W10)
    where a value cannot be moved on the scale of a link. Equal cells give equal values, in whatever order they come.
    """
    grouped: dict[Key, list[tuple[Key, Cell]]] = {}
    for key, cell in sorted(cells.items(), key=lambda item: [(part is None, part or "") for part in item[0]]):
        grouped.setdefault(key[:asked], []).append((key, cell))
    return {
        head: found
        for head, parts in grouped.items()
        if (found := _whole(parts, chain, names, names[:asked], grain, scale)) is not None
    }


def _whole(
    parts: Sequence[tuple[Key, Cell]],
    chain: Sequence[Linked],
    names: Sequence[str],
    asked: Sequence[str],
    grain: str,
    scale: float,
) -> Moved | None:
    old = _sum(cell for _, cell in parts)
    if old is None:
        return None
    place = next((i for i, link in enumerate(chain) if link.scale not in MULTIPLIES), len(chain))
    first, rest = chain[:place], chain[place:]
    now, errors, borrowed = _multiplied(parts, first, names, asked)
    value = _sum(now)
    if value is None:
        return None
    rse = chained([_with_scatter(error, link, grain) for error, link in zip(errors, first, strict=True)], first)
    point, se = value * scale, abs(value * scale) * rse
    for link in rest:
        point, se = _further(point, se, link, grain)
    measured = [link.periods for link in chain if link.scale is not LinkScale.EXACT]
    quantile = t(LEVEL, max(1, min(measured, default=2) - 1)) if se else 0.0
    top = whole_of(chain)
    interval = _interval(point, se, quantile, chain)
    if top is not None:
        interval = Interval(min(interval.low, top), min(interval.high, top))
    return Moved(point, old * scale, se, interval, borrowed, top)


def whole_of(chain: Sequence[Linked]) -> float | None:
    """Return the value of a whole behind a chain of links; None where the values behind it are no parts of one."""
    top = 1.0
    for link in reversed(chain):
        if link.share:
            return top * link.top
        if link.scale is not LinkScale.EXACT or link.factor is None:
            return None
        top *= link.factor.value
    return None


def _multiplied(
    parts: Sequence[tuple[Key, Cell]], chain: Sequence[Linked], names: Sequence[str], asked: Sequence[str]
) -> tuple[list[Cell], list[float], float]:
    """Return the cells after all links, the relative sampling error that each link brings, and what was borrowed."""
    now = [cell for _, cell in parts]
    errors, borrowed = [], 0.0
    for link in chain:
        by = _split(link, asked)
        known = link.of(by) if by else {}
        place = names.index(by) if by else -1
        factors = [_factor(link, known.get(key[place]) if by else None, cell) for key, cell in _paired(parts, now)]
        if by and now:
            total = sum(abs(cell.value) for cell in now) or 1.0
            lacking = sum(abs(cell.value) for key, cell in _paired(parts, now) if key[place] not in known)
            borrowed = max(borrowed, lacking / total)
        if any(cell.value < 0 for cell in now) and link.scale is LinkScale.RATIO:
            raise Refused("history_not_positive", "a ratio cannot carry values below 0 (W10)", hint="--across-breaks")
        now = [_times(cell, factor) for cell, factor in zip(now, factors, strict=True)]
        errors.append(_sampling(now, factors))
    return now, errors, borrowed


def _paired(parts: Sequence[tuple[Key, Cell]], now: Sequence[Cell]) -> list[tuple[Key, Cell]]:
    return [(key, cell) for (key, _), cell in zip(parts, now, strict=True)]


def _factor(link: Linked, own: Factor | None, cell: Cell) -> Factor:
    found = own or link.factor
    assert found is not None
    if cell.below is None or found.above is None or found.below is None:
        return replace(found, above=None, below=None)
    return found


def _times(cell: Cell, factor: Factor) -> Cell:
    if cell.below is None:
        return Cell(cell.value * factor.value)
    if factor.above is None or factor.below is None:
        return Cell(cell.value * factor.value, cell.below)
    return Cell(cell.value * factor.above, cell.below * factor.below)


def _sampling(now: Sequence[Cell], factors: Sequence[Factor]) -> float:
    """Return the relative error of a sum of cells moved by factors of their own (NCHS, formula 6).

    Cells that share a factor share its error, so their errors add before the squares do.
    """
    total = sum(cell.value for cell in now)
    if not total:
        return max((one.rse for one in factors), default=0.0)
    shared: dict[tuple[str, str | None], float] = {}
    for cell, factor in zip(now, factors, strict=True):
        key = (factor.dimension, factor.segment)
        shared[key] = shared.get(key, 0.0) + cell.value * factor.rse
    return sqrt(sum(one**2 for one in shared.values())) / abs(total)


def _with_scatter(error: float, link: Linked, grain: str) -> float:
    return sqrt(error**2 + link.tau(grain) ** 2)


def chained(errors: Sequence[float], chain: Sequence[Linked]) -> float:
    """Return the relative error of a product of factors: exact where they are independent, their sum where not."""
    if share_days(chain):
        return sum(errors)
    found = 1.0
    for one in errors:
        found *= 1 + one**2
    return sqrt(found - 1)


def share_days(chain: Iterable[Linked]) -> bool:
    """Say whether two links of a chain were measured on days that they share, so that their errors depend."""
    spans = sorted((one.start, one.end) for one in chain if one.start and one.scale is not LinkScale.EXACT)
    return any(later[0] < earlier[1] for earlier, later in pairwise(spans))


def _further(value: float, se: float, link: Linked, grain: str) -> tuple[float, float]:
    """Move a whole value on the scale of a link, with its error."""
    factor = link.factor
    assert factor is not None
    match link.scale:
        case LinkScale.DIFFERENCE:
            return value + factor.value, sqrt(se**2 + link.rse(grain) ** 2)
        case LinkScale.ODDS:
            share = value / link.top
            if not 0 < share < 1:
                raise Refused("history_not_a_share", "a share of exactly 0 or 1 has no odds to move (W10)")
            odds = exp(log(share / (1 - share)) + log(factor.value))
            after = odds / (1 + odds)
            spread = sqrt((se / link.top / (share * (1 - share))) ** 2 + link.rse(grain) ** 2)
            return after * link.top, spread * after * (1 - after) * link.top
        case _:
            if link.of(link.dimension):
                says = "a link by segment stands behind one of a whole value, which has no segments any more"
                raise Refused("link_not_measured_there", f"history cannot be bridged so (W14): {says}")
            rse = chained([se / abs(value) if value else 0.0, link.rse(grain)], ())
            return value * factor.value, abs(value * factor.value) * rse


def _interval(value: float, se: float, quantile: float, chain: Sequence[Linked]) -> Interval:
    last = chain[-1].scale if chain else None
    if not se:
        return Interval(value, value)
    if last is LinkScale.ODDS and 0 < value < chain[-1].top:
        share, top = value / chain[-1].top, chain[-1].top
        reach = quantile * se / top / (share * (1 - share))
        low, high = (1 / (1 + exp(-(log(share / (1 - share)) + way * reach))) for way in (-1, 1))
        return Interval(low * top, high * top)
    if value > 0 and all(link.scale is not LinkScale.DIFFERENCE for link in chain):
        return around_log(value, se, quantile)
    return around(value, se, quantile)


def _split(link: Linked, asked: Sequence[str]) -> str:
    """Return the dimension by which a link moves values: one that was asked for and measured, else its own."""
    if not link.rolls_up:
        return asked[0] if asked and link.of(asked[0]) else ""
    return next((one for one in asked if link.of(one)), link.dimension)


def _sum(cells: Iterable[Cell]) -> float | None:
    """Return the whole of cells: their sum, or the quotient of the sums; None where the denominator is 0."""
    found = list(cells)
    value = sum(one.value for one in found)
    if all(one.below is None for one in found):
        return value
    below = sum(one.below or 0.0 for one in found)
    return value / below if below else None
