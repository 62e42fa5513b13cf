"""Storing values as they are known now: what is new, what differs from before, and under which versions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from metricgov.app.valuing import Defined, Valuer, measured_by
from metricgov.domain.comparability.vintages import Amount, Cell, Row, Taken, Taking, Under, gone, known, news
from metricgov.domain.errors import MetricgovError, Refused, Undecidable
from metricgov.domain.query.maturity import settled_until
from metricgov.domain.query.period_names import name_of
from metricgov.domain.query.span import Grain, Window, after, start_of
from metricgov.ports.values import ValueStore

ATTEMPTS = 50
"""Lost races after which a snapshot gives up."""

MOST_COMBINED = 10_000
"""Values of one combination of dimensions that a snapshot stores under one version."""

AGAIN_DAYS = 364
"""Days that the first snapshot of a metric goes back; later ones begin where the first one did."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall be stored: days [start, end) ("": as far back as is known), periods, dimensions, and when it is."""

    start: str
    end: datetime
    grain: Grain
    dimensions: tuple[str, ...]
    computed_at: str
    main: str
    program: str


def take(wanted: Wanted, versions: Sequence[Defined], valuer: Valuer, store: ValueStore) -> Taken:
    """Compute the values of a metric and store what is new; nothing is stored where nothing is.

    Each value is what would be published now: by the newest version as far as links and raw data reach, before that by
    the version that measured then. Periods that have not ended are left out.
    """
    for _ in range(ATTEMPTS):
        tip = store.tip()
        vintages = store.vintages(valuer.metric)
        before = {cell: row for cell, (row, _) in known(vintages).items() if cell.grain == wanted.grain}
        start = wanted.start or _first_day(wanted, before)
        end = start_of(wanted.end, wanted.grain)
        parts = list(measured_by(versions, start, f"{end:%Y-%m-%d}", wanted.grain, valuer.as_of))
        stays = {cell for cell in before if _beyond(cell, parts)}
        fresh = [one for one in _fresh(wanted, parts, versions, valuer, before) if one.cell not in stays]
        whole = [one for one in _within(before, wanted, start, f"{end:%Y-%m-%d}") if one not in stays]
        rows = (*news(before, fresh), *gone(before, fresh, whole))
        revised = sum(row.cell in before for row in rows)
        last = vintages[-1].number if vintages else 0
        young = _unsettled(parts, valuer)
        if not rows:
            return Taken(valuer.metric, len(fresh), number=last, provisional=young)
        taking = Taking(
            valuer.metric,
            wanted.computed_at,
            f"{valuer.as_of:%Y-%m-%d}",
            wanted.main,
            valuer.warehouse.name,
            valuer.digest,
            start,
            f"{end:%Y-%m-%d}",
            wanted.grain,
            wanted.dimensions,
            wanted.program,
        )
        if store.append(tip, [(taking, rows)]):
            return Taken(valuer.metric, len(fresh), len(rows) - revised, revised, last + 1, provisional=young)
    raise Undecidable("values_busy", "the branch of values moves too fast", hint="run the command again")


def _unsettled(parts: Sequence[tuple[Defined, Window]], valuer: Valuer) -> str:
    """Return the first period of which not all rows are counted yet, "" where there is none."""
    for one, window in parts:
        settled = settled_until(valuer.waits(one), valuer.as_of)
        for begins, ends in window.periods():
            if ends > settled:
                return name_of(window.grain, f"{begins:%Y-%m-%dT%H:%M}")
    return ""


def _first_day(wanted: Wanted, before: Mapping[Cell, Row]) -> str:
    start = start_of(after(wanted.end, -AGAIN_DAYS, "day"), wanted.grain)
    return min([f"{start:%Y-%m-%d}", *(cell.period[:10] for cell in before)])


def _within(before: Mapping[Cell, Row], wanted: Wanted, start: str, end: str) -> list[Cell]:
    """Return the cells on record that this computation would have found."""
    asked = {"", *wanted.dimensions}
    return [cell for cell in before if cell.dimension in asked and start <= cell.period < end]


def _beyond(cell: Cell, parts: Sequence[tuple[Defined, Window]]) -> bool:
    """Say whether raw data no longer reach a cell that is on record: then what was stored stays what is known."""
    begins = datetime.fromisoformat(cell.period)
    return any(one.reaches > cell.period[:10] and window.start <= begins < window.end for one, window in parts)


def _fresh(
    wanted: Wanted,
    parts: Sequence[tuple[Defined, Window]],
    versions: Sequence[Defined],
    valuer: Valuer,
    before: Mapping[Cell, Row],
) -> Iterator[Row]:
    """Yield the values of now, each with what the versions give that it had before."""
    for one, window in parts:
        for dimension in ("", *wanted.dimensions):
            found = valuer.under(one, window, dimension)
            _check_size(dimension, len(found))
            for cell, amount in found.items():
                under = Under(one.label, one.change, amount)
                yield Row(cell, under, _via(before.get(cell), one, versions, valuer, window))


def _check_size(dimension: str, number: int) -> None:
    """Refuse a combination whose values nobody would read again: they stay on the branch for ever."""
    if "," in dimension and number > MOST_COMBINED:
        raise Refused(
            "too_many_values",
            f"{dimension} has {number:,} values in these periods; a combination is stored up to {MOST_COMBINED:,}",
            hint="leave a dimension away, take longer periods, or fewer of them: --from DAY",
        )


def _via(
    before: Row | None, now: Defined, versions: Sequence[Defined], valuer: Valuer, window: Window
) -> tuple[Under, ...]:
    """Return what the versions from the one on record to the one of now give for a cell on the data of now."""
    if before is None or (before.under.version, before.under.change) == (now.label, now.change):
        return ()
    passed = between(versions, (before.under.version, before.under.change), now)
    return tuple(under_each(passed, before.cell, valuer, window))


def between(versions: Sequence[Defined], first: tuple[str, str], last: Defined) -> tuple[Defined, ...]:
    """Return the versions from the one with a label and change up to, and without, the last one; () if unknown."""
    return route(versions, first, (last.label, last.change))[:-1]


def route(versions: Sequence[Defined], first: tuple[str, str], last: tuple[str, str]) -> tuple[Defined, ...]:
    """Return the versions from one (label, change) to another, both included, forwards or back; () if unknown."""
    places = {(one.label, one.change): place for place, one in enumerate(versions)}
    start, end = places.get(first), places.get(last)
    if start is None or end is None:
        return ()
    return tuple(versions[start : end + 1]) if start <= end else tuple(reversed(versions[end : start + 1]))


def under_each(passed: Iterable[Defined], cell: Cell, valuer: Valuer, window: Window) -> Iterator[Under]:
    """Yield what each version gives for a cell; no value where it cannot be computed, or its raw data are gone."""
    for one in passed:
        amount = Amount(None)
        if not one.reaches or cell.period[:10] >= one.reaches:
            with suppress(MetricgovError):
                amount = valuer.under(one, window, cell.dimension).get(cell, amount)
        yield Under(one.label, one.change, amount)
