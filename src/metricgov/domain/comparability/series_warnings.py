"""What a reader of a joined series must be told: bridges that reach far, chains, a mix that moved, breaks crossed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from metricgov.domain.comparability.bridging import Moved, share_days
from metricgov.domain.comparability.causes import ZERO, Cause, history_of
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.link import Linked, LinkScale
from metricgov.domain.comparability.thresholds import DEFAULTS, Thresholds
from metricgov.domain.comparability.vintages import Cell, Vintage
from metricgov.domain.comparability.warnings import Severity, Warned
from metricgov.domain.query.span import after


def series_warnings(
    stretches: Sequence[Stretch],
    bridges: Sequence[tuple[Stretch, Sequence[Moved]]],
    *,
    across_breaks: bool,
    limits: Thresholds = DEFAULTS,
    vintages: Sequence[Vintage] = (),
    negative: Sequence[str] = (),
) -> tuple[Warned, ...]:
    """Return the warnings of a series, in order of id; a break that was insisted on is named (W16).

    `bridges` are the bridged stretches with their moved values; W14 is a refusal, in bridging.py. `vintages` are the
    values on record, which say whether data of an overlap arrived after its ratio was measured (W17).
    `negative` are periods in which a denominator is below 0.
    """
    found = [one for stretch, points in bridges for one in _bridge(stretch, points, limits)]
    chains = {(link.start, link.end, link.at): link for stretch, _ in bridges for link in stretch.chain}
    found += [one for link in chains.values() for one in outdated(link, vintages)]
    if negative:
        periods = f"{', '.join(negative[:3])}{', …' if len(negative) > 3 else ''}"
        says = (
            f"a denominator is below 0 in {len(negative)} of the periods ({periods}), and a "
            "quotient of it says nothing; look at the sign of its column, and at its filter"
        )
        found.append(Warned("W10", "NEGATIVE_DENOMINATOR", Severity.WARN, says))
    if across_breaks:
        for one in stretches:
            if one.breaks and one.before and not _bridged_before(one, stretches):
                says = f"on {one.start} {one.before} and {one.version} do not compare; shown because it was insisted on"
                found.append(Warned("W16", "NOT_COMPARABLE", Severity.WARN, says))
    return tuple(sorted(dict.fromkeys(found), key=lambda one: one.id))


def outdated(link: Linked, vintages: Sequence[Vintage]) -> Iterator[Warned]:
    """Yield whether data of the overlap of a link were revised after it was measured (W17; NCHS, motor vehicles 1999).

    What was stored says so: periods that lie in the overlap and whose rows moved since, under the same definition.
    """
    if not link.at or not link.start or link.scale is LinkScale.EXACT:
        return
    cells = {
        row.cell
        for one in vintages
        for row in one.rows
        if not row.cell.dimension and link.start[:10] <= row.cell.period[:10] and _ends(row.cell) <= link.end[:10]
    }
    revised: dict[str, list[float]] = {}
    for one in history_of(vintages, cells, ()):
        amount = sum((move.amount for move in one.moves if move.cause is Cause.DATA and move.at > link.at), ZERO)
        if amount and one.last:
            revised.setdefault(one.cell.grain, []).append(abs(float(amount / one.last)))
    for grain, sizes in revised.items():
        many = sum(one.grain == grain for one in cells)
        says = (
            f"the ratio of {link.start[:10]} until {link.end[:10]} was measured on {link.at[:10]}, and late data have "
            f"since revised {len(sizes)} of {many} stored {grain}s of it, by up to {100 * max(sizes):.2g}%"
        )
        yield Warned("W17", "PRELIMINARY_RATIO", Severity.WARN, says)


def _ends(cell: Cell) -> str:
    return f"{after(datetime.fromisoformat(cell.period), 1, cell.grain):%Y-%m-%d}"


def _bridged_before(one: Stretch, stretches: Sequence[Stretch]) -> bool:
    return any(other.end == one.start and other.chain for other in stretches)


def _bridge(stretch: Stretch, points: Sequence[Moved], limits: Thresholds) -> Iterator[Warned]:
    chain = [link for link in stretch.chain if link.scale is not LinkScale.EXACT]
    overlap = min((_days(link.start, link.end) for link in chain), default=0)
    span = _days(stretch.start, stretch.end)
    yield from _outside(points)
    worst = max((one.rse for one in points), default=0.0)
    reasons = [f"{span} days rest on an overlap of {overlap}"] if 0 < overlap < span else []
    reasons += [f"the error reaches {100 * worst:.0f}%"] if worst > limits.vague else []
    if reasons:
        says = f"bridged from {stretch.start} until {stretch.end}: {', '.join(reasons)}"
        yield Warned("W12", "EXTRAPOLATION", Severity.WARN, says)
    yield from _mix(stretch, points, limits.margin)
    if (borrowed := max((one.borrowed for one in points), default=0.0)) > limits.margin:
        says = f"up to {100 * borrowed:.0f}% of old values lie in segments without a factor of their own"
        yield Warned("W13", "MIX_SHIFT", Severity.WARN, f"{says}, and were moved by that of everything")
    if len(chain) > limits.bridges or (len(chain) > 1 and worst > limits.vague):
        says = f"{len(chain)} bridges stand between {stretch.version} and the newest definition"
        yield Warned("W15", "CHAIN_TOO_LONG", Severity.WARN, f"{says}; the error is up to {100 * worst:.0f}%")
    if share_days(chain):
        says = "bridges on the way were measured on days that they share, so their errors were added up"
        yield Warned("W15", "COMMON_BASE", Severity.WARN, says)


def _outside(points: Sequence[Moved]) -> Iterator[Warned]:
    """Yield whether parts would be more than their whole, so that the factor cannot hold there."""
    beyond = [one for one in points if one.outside]
    if beyond:
        most = max(beyond, key=lambda one: one.value)
        says = f"{len(beyond)} of {len(points)} bridged values would be more than the whole ({most.top:g}), up to "
        says += f"{most.value:.4g}: the factor cannot hold there, so they are left out; what was reported stands beside"
        yield Warned("W10", "RATIO_SPLICE_INVALID", Severity.WARN, says)


def _mix(stretch: Stretch, points: Sequence[Moved], margin: float) -> Iterator[Warned]:
    """Yield whether the mix of history implies another total ratio than the overlap had."""
    (link,) = stretch.chain if len(stretch.chain) == 1 else (None,)
    if link is None or link.factor is None or not link.segments or not link.rolls_up:
        return
    old, new = sum(one.old for one in points), sum(one.value for one in points)
    if old > 0 and new > 0 and link.factor.above is None:
        implied = new / old
        if abs(implied / link.factor.value - 1) > margin / 2:
            by = f"by {link.dimension}, history implies a ratio of {implied:.3f} and the overlap had "
            says = f"{by}{link.factor.value:.3f}: its segments had other shares"
            yield Warned("W13", "MIX_SHIFT", Severity.WARN, says)


def _days(start: str, end: str) -> int:
    if not start or not end:
        return 0
    return (date.fromisoformat(end[:10]) - date.fromisoformat(start[:10])).days
