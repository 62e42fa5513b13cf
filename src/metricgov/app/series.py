"""A metric over time, on the basis that the reader chose: computed by the versions that measure each part of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.joining import Measuring, Stretch
from metricgov.domain.comparability.link import Linked
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.over_time import Key, Line, Series
from metricgov.domain.comparability.thresholds import DEFAULTS, Thresholds
from metricgov.domain.errors import Undecidable
from metricgov.domain.past_views import VersionRow
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.span import Grain, Window, after
from metricgov.domain.views import LinkStatus
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from metricgov.app.filling import Lines
    from metricgov.app.from_record import Kept
    from metricgov.domain.comparability.bridging import Moved
    from metricgov.domain.query.catalogue import Catalogue
    from metricgov.domain.query.maturity import Wait

    Points = list[tuple[tuple[datetime, Key], Observation]]

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
    for row, later in zip(measured, [*measured[1:], None], strict=False):
        catalogue = catalogue_at(row.commit)
        label = row.version if not row.cause else f"{row.version} ({row.cause})"
        link = None if row.link is None else _status(row.link)
        ended = later.label if later is not None else ""
        reaches = raw_data_from(metric, catalogue)
        measuring = Measuring(label, row.data_from, row.data_to, link, ended, reaches, _bridge(metric, row))
        found.append(Version(measuring, catalogue))
    return tuple(found)


def known_until(rows: Sequence[VersionRow], second: str) -> tuple[VersionRow, ...]:
    """Return the rows as they were known at a UTC second ("": now): without what was applied later, and its links."""
    if not second:
        return tuple(rows)
    found = [one for one in rows if one.state in MEASURED and one.known_from <= second]
    return (*found[:-1], replace(found[-1], data_to="", link=None, measured=None)) if found else ()


def read_series(
    wanted: Wanted,
    versions: Sequence[Version],
    warehouse: Warehouse | None,
    *,
    as_of: datetime,
    dialect: str,
    limits: Limits,
    thresholds: Thresholds = DEFAULTS,
    told: Callable[[str], None] = lambda _says: None,
    kept: Kept | None = None,
    now: datetime | None = None,
) -> Series:
    """Return a series; Refused where it would cross a break that was not asked for.

    Periods are whole: the first is the one that holds `start`; one in which the definition changes is computed by the
    version before, and the next begins with the period after. What raw data do not reach, or no engine can compute,
    comes from the values `kept` on record; as reported, these come first.
    """
    from metricgov.app.filling import Filling, stretches_of
    from metricgov.app.from_record import Recorded, nothing_stored
    from metricgov.domain.comparability.series_warnings import series_warnings

    recorded = Recorded(wanted, versions, kept, dialect) if kept is not None and kept.seen else None
    if recorded is None and warehouse is None:
        raise nothing_stored(wanted, kept)
    stretches = stretches_of(wanted, versions, recorded)
    asking = Asking(wanted, versions, warehouse, as_of, dialect, limits, told) if warehouse is not None else None
    lines, bridges = asking.lines(stretches) if asking is not None else ({}, [])
    stored: list[tuple[Stretch, list[Moved]]] = []
    notes: tuple[str, ...] = ()
    if recorded is not None:
        filling = Filling(wanted, versions, recorded, as_of, asked=warehouse is not None)
        lines = filling.fill(stretches, lines)
        if warehouse is None and not filling.found:
            raise nothing_stored(wanted, recorded.kept)
        stored, notes = filling.stretches(), tuple(filling.notes())
        stretches = tuple(filling.measured(stretches))
        bridges = [one for one in bridges if one[0] in stretches]
    negative = sorted({f"{period:%Y-%m-%d}" for period, _ in asking.negative}) if asking is not None else []
    negative += sorted(recorded.negative) if recorded is not None else []
    notes = (*notes, *_unsettled(wanted, versions, lines, as_of, dialect))
    if asking is not None and now is not None and not any(lines.values()):
        notes = (*notes, *asking.ahead(now))
    if asking is not None:
        notes = (*notes, *asking.keyless(stretches))
    return Series(
        wanted.metric,
        wanted.basis,
        wanted.grain,
        wanted.dimensions,
        wanted.start,
        wanted.end,
        stretches,
        tuple(
            Line(key, tuple(found[period] for period in sorted(found)))
            for key, found in sorted(lines.items(), key=lambda item: [(one is None, one or "") for one in item[0]])
        ),
        series_warnings(
            stretches,
            [*bridges, *(one for one in stored if one[0].chain)],
            across_breaks=wanted.across_breaks,
            limits=thresholds,
            vintages=kept.seen if kept is not None else (),
            negative=negative,
        ),
        tuple(one for one, _ in stored),
        notes,
    )


@dataclass(frozen=True, slots=True)
class Asking:
    """One engine, asked for the stretches of a series."""

    wanted: Wanted
    versions: Sequence[Version]
    warehouse: Warehouse
    as_of: datetime
    dialect: str
    limits: Limits
    told: Callable[[str], None]
    negative: set[tuple[datetime, Key]] = field(default_factory=set)
    """Where the denominator of a quotient is below 0."""

    def lines(self, stretches: Sequence[Stretch]) -> tuple[Lines, list[tuple[Stretch, list[Moved]]]]:
        """Return what was measured, by key and period, and the bridged stretches with their moved values."""
        from metricgov.app.filling import window_of
        from metricgov.domain.comparability.bridging import check
        from metricgov.domain.query.maturity import settled_until

        wanted, asked = self.wanted, [one for one in stretches if not one.on_record]
        for one in asked:
            check(one.chain, wanted.dimensions, wanted.grain)
        lines: Lines = {}
        bridges: list[tuple[Stretch, list[Moved]]] = []
        for one in asked:
            window = window_of(one, wanted.grain, first=one is stretches[0])
            if window.start >= window.end:
                continue
            self.told(f"{wanted.metric} {one.version}: {one.start} until {one.end}")
            settled = settled_until(self._waits(one.version), self.as_of)
            if one.chain:
                found, moved = self._bridged(one, window)
                bridges.append((one, moved))
            else:
                found = self._plain(one, window)
            self.negative.update(self._below_zero(one.version, window))
            for (period, key), point in found:
                late = window.after(period) > settled
                marked = doubtful(point) if (period, key) in self.negative else point
                lines.setdefault(key, {})[point.period] = provisional(marked) if late else marked
        return lines, bridges

    def ahead(self, now: datetime) -> Iterator[str]:
        """Yield that the newest rows lie after now, with what to do."""
        from metricgov.app.ahead import rows_ahead
        from metricgov.app.measuring import relations

        catalogue = self.versions[-1].catalogue
        reading = Reading(self.dialect, relations((catalogue,), self.warehouse), self.as_of)
        metric = catalogue.metrics[self.wanted.metric]
        if found := rows_ahead(metric, catalogue, reading, self.warehouse, now, self.limits):
            yield f"{found.message[0].upper()}{found.message[1:]}; {found.hint}."

    def keyless(self, stretches: Sequence[Stretch]) -> Iterator[str]:
        """Yield how many rows counted as units of their own, because nothing says which unit they are."""
        from metricgov.app.filling import window_of
        from metricgov.app.keyless import rows_without_key
        from metricgov.app.measuring import relations

        number = 0
        for one in stretches:
            window = window_of(one, self.wanted.grain, first=one is stretches[0])
            if one.on_record or window.start >= window.end:
                continue
            catalogue = self._catalogue(one.version)
            metric = catalogue.metrics[self.wanted.metric]
            reading = Reading(self.dialect, relations((catalogue,), self.warehouse), self.as_of)
            for tree in rows_without_key(metric, catalogue, reading, window):
                number += int(str(self.warehouse.run(tree, self.limits).rows[0][0]))
        if number:
            rows = "1 row has" if number == 1 else f"{number:,} rows have"
            yield f"{rows} no deduplication key (NULL): each counts as a unit of its own."

    def _bridged(self, one: Stretch, window: Window) -> tuple[Points, list[Moved]]:
        from metricgov.app.bridged import cross
        from metricgov.app.measuring import relations

        catalogue = self._catalogue(one.version)
        reading = Reading(self.dialect, relations((catalogue,), self.warehouse), self.as_of)
        passage = cross(self.wanted, one, catalogue, reading, self.warehouse, window, self.limits)
        return [*passage.observations()], [*passage.points.values()]

    def _plain(self, one: Stretch, window: Window) -> Points:
        values = self._values(one.version, window)
        first = Window(window.start, after(window.start, 1, self.wanted.grain), self.wanted.grain)
        before = self._values(one.before, first) if one.before else {}
        return [
            (place, _observation(one, place[0], value, window, before.get(place)))
            for place, value in sorted(values.items(), key=lambda item: item[0][0])
        ]

    def _below_zero(self, version: str, window: Window) -> Iterator[tuple[datetime, Key]]:
        """Yield where a quotient has a denominator below 0, which only one that is no count can have."""
        from metricgov.app.measuring import relations
        from metricgov.domain.query.aggregates import COUNTS
        from metricgov.domain.query.numbers import number_of
        from metricgov.domain.query.once import rows_once
        from metricgov.domain.query.series import Compiler

        catalogue = self._catalogue(version)
        metric = catalogue.metrics[self.wanted.metric]
        if metric.calculation.type != "ratio" or metric.calculation.denominator.aggregate in COUNTS:
            return
        reading = Reading(self.dialect, relations((catalogue,), self.warehouse), self.as_of)
        tree = Compiler(catalogue, reading, window, self.wanted.dimensions).components(metric)["below"]
        for row in self.warehouse.run(rows_once(tree), self.limits).rows:
            if (number_of(row[-1]) or 0) < 0:
                yield _place(row)

    def _values(self, version: str, window: Window) -> Mapping[tuple[datetime, Key], float | None]:
        catalogue = self._catalogue(version)
        return _values(self.wanted, catalogue, self.warehouse, window, self.as_of, self.dialect, self.limits)

    def _waits(self, version: str) -> tuple[Wait, ...]:
        from metricgov.domain.query.maturity import waits_of

        catalogue = self._catalogue(version)
        return waits_of(catalogue.metrics.get(self.wanted.metric), catalogue, self.dialect)

    def _catalogue(self, version: str) -> Catalogue:
        return {one.measuring.version: one.catalogue for one in self.versions}[version]


def _observation(
    stretch: Stretch, period: datetime, value: float | None, window: Window, before: float | None
) -> Observation:
    text = period.strftime("%Y-%m-%d" if period.hour == 0 and window.grain != "hour" else "%Y-%m-%dT%H:00")
    if stretch.breaks and period == window.start:
        flags = (stretch.flags - {Flag.NORMAL}) | {Flag.BREAK}
        return Observation(text, value, stretch.version, flags, before)
    return Observation(text, value, stretch.version, stretch.flags)


def provisional(point: Observation) -> Observation:
    """Return an observation of a period of which more rows will be counted than at its reading."""
    return replace(point, flags=(point.flags - {Flag.NORMAL}) | {Flag.PROVISIONAL})


def doubtful(point: Observation) -> Observation:
    """Return an observation whose number says nothing, or little."""
    return replace(point, flags=(point.flags - {Flag.NORMAL}) | {Flag.UNRELIABLE})


def _unsettled(
    wanted: Wanted, versions: Sequence[Version], lines: Lines, as_of: datetime, dialect: str
) -> Iterator[str]:
    """Yield why periods are provisional that are over: rows of them wait until the definition counts them."""
    from metricgov.domain.query.maturity import longest, waits_of
    from metricgov.domain.query.period_names import name_of

    found = {
        (at, one.version)
        for line in lines.values()
        for at, one in line.items()
        if Flag.PROVISIONAL in one.flags and after(datetime.fromisoformat(at), 1, wanted.grain) <= as_of
    }
    for each in versions:
        known = sorted(at for at, version in found if version == each.measuring.version)
        waits = waits_of(each.catalogue.metrics.get(wanted.metric), each.catalogue, dialect)
        if known and (wait := longest(waits, as_of)):
            names = [name_of(wanted.grain, one) for one in (known[0], known[-1])]
            span = names[0] if len(known) == 1 else f"{names[0]} to {names[1]}"
            yield f"Provisional ({span}): a row counts only after {wait}, and some had not waited that long."


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
    from metricgov.domain.query.numbers import number_of
    from metricgov.domain.query.series import compile_metric

    metric = catalogue.metrics.get(wanted.metric)
    if metric is None:
        raise Undecidable("version_unreadable", f"{wanted.metric} cannot be read as it was then")
    reading = Reading(dialect, relations((catalogue,), warehouse), as_of)
    tree = compile_metric(metric, catalogue, reading, window, wanted.dimensions)
    return {_place(row): number_of(row[-1]) for row in warehouse.run(tree, limits).rows}


def _place(row: Sequence[object]) -> tuple[datetime, Key]:
    """Return the period and the segment of a row: all of it but the value."""
    return _moment(row[0]), tuple(None if one is None else str(one) for one in row[1:-1])


def _moment(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


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
