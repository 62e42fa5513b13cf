"""A stretch of a series that is bridged: old values read as finely as the links need, and moved to the newest basis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.domain.comparability.bridging import Cell, Moved, moved, needed
from metricgov.domain.comparability.flags import LOW_RELIABILITY, Flag, Observation
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.over_time import Key
from metricgov.domain.errors import Undecidable
from metricgov.domain.query.numbers import number_of
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.span import Window
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from metricgov.app.series import Wanted
    from metricgov.domain.query.catalogue import Catalogue

BORROWED = 0.02
"""Share of an old value moved by a factor that is not its segment's own, above which it is flagged."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The values of a bridged stretch, by period and key, and the version that computed them."""

    stretch: Stretch
    window: Window
    points: Mapping[tuple[datetime, Key], Moved]

    def observations(self) -> Iterator[tuple[tuple[datetime, Key], Observation]]:
        """Yield each point as an observation, in order of time; what was reported stands beside it.

        A part that would be more than its whole is left out (W10 says so).
        """
        for (period, key), one in sorted(self.points.items(), key=lambda item: item[0][0]):
            flags = set(self.stretch.flags)
            if one.rse > LOW_RELIABILITY or one.borrowed > BORROWED:
                flags.add(Flag.UNRELIABLE)
            if one.outside:
                flags.add(Flag.SUPPRESSED)
            if self.stretch.breaks and period == self.window.start:
                flags.add(Flag.BREAK)
            text = period.strftime("%Y-%m-%d" if period.hour == 0 and self.window.grain != "hour" else "%Y-%m-%dT%H:00")
            value, interval = (None, None) if one.outside else (one.value, one.interval)
            yield (
                (period, key),
                Observation(text, value, self.stretch.version, frozenset(flags), one.old, interval),
            )


def cross(
    wanted: Wanted,
    stretch: Stretch,
    catalogue: Catalogue,
    reading: Reading,
    warehouse: Warehouse,
    window: Window,
    limits: Limits,
) -> Passage:
    """Return a stretch moved over its chain of links; Refused where a value cannot be moved so."""
    metric = catalogue.metrics.get(wanted.metric)
    if metric is None:
        raise Undecidable("version_unreadable", f"{wanted.metric} cannot be read as it was then")
    names = needed(stretch.chain, wanted.dimensions)
    parts = any(link.factor is not None and link.factor.above is not None for link in stretch.chain)
    by_period: dict[datetime, dict[Key, Cell]] = {}
    for (period, key), cell in _cells(metric.name, catalogue, reading, warehouse, window, names, limits, parts=parts):
        by_period.setdefault(period, {})[key] = cell
    points = {
        (period, key): one
        for period, cells in by_period.items()
        for key, one in moved(
            cells,
            stretch.chain,
            names=names,
            asked=len(wanted.dimensions),
            grain=wanted.grain,
            scale=metric.calculation.scale,
        ).items()
    }
    return Passage(stretch, window, points)


def _cells(
    metric: str,
    catalogue: Catalogue,
    reading: Reading,
    warehouse: Warehouse,
    window: Window,
    names: Sequence[str],
    limits: Limits,
    *,
    parts: bool,
) -> Iterator[tuple[tuple[datetime, Key], Cell]]:
    """Yield old values, unscaled: numerator and denominator apart where the links have a factor for each."""
    from metricgov.domain.query.series import Compiler

    compiler = Compiler(catalogue, reading, window, tuple(names))
    found: dict[str, dict[tuple[datetime, Key], float]] = {}
    for label, tree in compiler.components(catalogue.metrics[metric]).items():
        rows = warehouse.run(tree, limits).rows
        found[label] = {
            (_moment(row[0]), tuple(None if one is None else str(one) for one in row[1:-1])): value
            for row in rows
            if (value := number_of(row[-1])) is not None
        }
    if "below" not in found:
        yield from ((place, Cell(value)) for place, value in found["value"].items())
        return
    for place, below in found["below"].items():
        above = found["above"].get(place, 0.0)
        if parts:
            yield place, Cell(above, below)
        elif below:
            yield place, Cell(above / below)


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
