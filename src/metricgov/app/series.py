"""A metric over time, on the basis that the reader chose: computed by the versions that measure each part of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.joining import Measuring, Stretch, join
from metricgov.domain.comparability.link import Linked
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.over_time import Key, Line, Series
from metricgov.domain.comparability.thresholds import DEFAULTS, Thresholds
from metricgov.domain.errors import Undecidable
from metricgov.domain.past_views import VersionRow
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.span import Grain, Window, after, start_of
from metricgov.domain.views import LinkStatus
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from metricgov.domain.comparability.bridging import Moved
    from metricgov.domain.query.catalogue import Catalogue

MEASURED = frozenset({"applied", "baseline"})
"""States of versions that are or were in force."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for; days are ISO, [start, end)."""

    metric: str
    start: str
    end: str
    grain: Grain
    basis: str
    dimensions: tuple[str, ...] = ()
    across_breaks: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """A version that measured, and everything as it was when it did."""

    measuring: Measuring
    catalogue: Catalogue


def versions_of(
    rows: Sequence[VersionRow], metric: str, catalogue_at: Callable[[str], Catalogue]
) -> tuple[Version, ...]:
    """Return the versions in force, with how far back the raw data of each reach.

    `catalogue_at` gives the definitions at a commit ("": main). What a change called not measured is a break.
    """
    measured = [one for one in rows if one.state in MEASURED]
    found = []
    for row, later in zip(measured, [*measured[1:], None], strict=True):
        catalogue = catalogue_at(row.commit)
        label = row.version if not row.cause else f"{row.version} ({row.cause})"
        link = None if row.link is None else _status(row.link)
        ended = later.label if later is not None else ""
        reaches = raw_data_from(metric, catalogue)
        measuring = Measuring(label, row.data_from, row.data_to, link, ended, reaches, _bridge(metric, row))
        found.append(Version(measuring, catalogue))
    return tuple(found)


def read_series(
    wanted: Wanted,
    versions: Sequence[Version],
    warehouse: Warehouse,
    *,
    as_of: datetime,
    dialect: str,
    limits: Limits,
    thresholds: Thresholds = DEFAULTS,
    told: Callable[[str], None] = lambda _says: None,
) -> Series:
    """Return a series; Refused where it would cross a break that was not asked for.

    Periods are whole: the first is the one that holds `start`; one in which the definition changes is computed by the
    version before, and the next begins with the period after.
    """
    from metricgov.app.bridged import cross
    from metricgov.app.measuring import relations
    from metricgov.domain.comparability.bridging import check
    from metricgov.domain.comparability.series_warnings import series_warnings

    stretches = join(
        [one.measuring for one in versions],
        wanted.start,
        wanted.end,
        basis=wanted.basis,
        across_breaks=wanted.across_breaks,
    )
    catalogues = {one.measuring.version: one.catalogue for one in versions}
    for one in stretches:
        check(one.chain, wanted.dimensions, wanted.grain)
    lines: dict[Key, list[Observation]] = {}
    bridges: list[tuple[Stretch, list[Moved]]] = []
    for place, one in enumerate(stretches):
        window = _window(one, wanted.grain, first=place == 0)
        if window.start >= window.end:
            continue
        told(f"{wanted.metric} {one.version}: {one.start} until {one.end}")
        if one.chain:
            reading = Reading(dialect, relations((catalogues[one.version],), warehouse), as_of)
            passage = cross(wanted, one, catalogues[one.version], reading, warehouse, window, limits)
            bridges.append((one, [*passage.points.values()]))
            for (period, key), point in passage.observations():
                lines.setdefault(key, []).append(_provisional(point) if window.after(period) > as_of else point)
            continue
        values = _values(wanted, catalogues[one.version], warehouse, window, as_of, dialect, limits)
        first = Window(window.start, after(window.start, 1, wanted.grain), wanted.grain)
        before = _values(wanted, catalogues[one.before], warehouse, first, as_of, dialect, limits) if one.before else {}
        for (period, key), value in sorted(values.items(), key=lambda item: item[0][0]):
            point = _observation(one, period, value, window, before.get((period, key)))
            lines.setdefault(key, []).append(_provisional(point) if window.after(period) > as_of else point)
    return Series(
        wanted.metric,
        wanted.basis,
        wanted.grain,
        wanted.dimensions,
        wanted.start,
        wanted.end,
        stretches,
        tuple(
            Line(key, tuple(found))
            for key, found in sorted(lines.items(), key=lambda item: [(one is None, one or "") for one in item[0]])
        ),
        series_warnings(stretches, bridges, across_breaks=wanted.across_breaks, limits=thresholds),
    )


def _observation(
    stretch: Stretch, period: datetime, value: float | None, window: Window, before: float | None
) -> Observation:
    text = period.strftime("%Y-%m-%d" if period.hour == 0 and window.grain != "hour" else "%Y-%m-%dT%H:00")
    if stretch.breaks and period == window.start:
        flags = (stretch.flags - {Flag.NORMAL}) | {Flag.BREAK}
        return Observation(text, value, stretch.version, flags, before)
    return Observation(text, value, stretch.version, stretch.flags)


def _provisional(point: Observation) -> Observation:
    """Return an observation of a period that had not ended when it was read."""
    return replace(point, flags=(point.flags - {Flag.NORMAL}) | {Flag.PROVISIONAL})


def _values(
    wanted: Wanted,
    catalogue: Catalogue,
    warehouse: Warehouse,
    window: Window,
    as_of: datetime,
    dialect: str,
    limits: Limits,
) -> Mapping[tuple[datetime, Key], float | None]:
    from metricgov.app.measuring import relations
    from metricgov.domain.query.series import compile_metric

    metric = catalogue.metrics.get(wanted.metric)
    if metric is None:
        raise Undecidable("version_unreadable", f"{wanted.metric} cannot be read as it was then")
    reading = Reading(dialect, relations((catalogue,), warehouse), as_of)
    tree = compile_metric(metric, catalogue, reading, window, wanted.dimensions)
    return {
        (_moment(row[0]), tuple(None if one is None else str(one) for one in row[1:-1])): None
        if row[-1] is None
        else float(row[-1])
        for row in warehouse.run(tree, limits).rows
    }


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _window(stretch: Stretch, grain: Grain, *, first: bool) -> Window:
    """Return the whole periods of a stretch; one in which the definition changes belongs to the stretch before."""
    start, end = datetime.fromisoformat(stretch.start), datetime.fromisoformat(stretch.end)
    begins = start_of(start, grain)
    if begins < start and not first:
        begins = after(begins, 1, grain)
    return Window(begins, Window.around(begins, end, grain).end, grain)


def _bridge(metric: str, row: VersionRow) -> Linked | None:
    if row.link is LinkStatus.NOT_MEASURED:
        return Linked(metric, Status.BROKEN, reason="no effect of that change was measured")
    return row.measured


def raw_data_from(metric: str, catalogue: Catalogue) -> str:
    """Return the first day for which the raw data of every source of a metric can be read ("": nobody said)."""
    from metricgov.domain.query.catalogue import sources_of

    found = catalogue.metrics.get(metric)
    if found is None:
        return ""
    known = [catalogue.sources.get(one) for one in sources_of(found, catalogue)]
    return max((str(one.recomputable_from) for one in known if one and one.recomputable_from), default="")


def _status(link: LinkStatus) -> Status:
    return Status.BROKEN if link is LinkStatus.NOT_MEASURED else Status(link.value)
