"""Stored values as a metric over time: what was published, with a break wherever the definition made it another number.

Nothing is computed here and nothing is bridged; computing a series is series.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import groupby

from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.domain.comparability.pairing import Matrix
from metricgov.domain.comparability.vintages import Cell, Row, Vintage, fraction
from metricgov.domain.query.span import GRAINS, after

STORED = "as stored"
"""The basis of such a series."""

COMPARABLE = frozenset({Status.SAME})
"""Links over which stored values are one series: what is restated is computed again, and stored as new values."""


def stored_grain(known: Mapping[Cell, tuple[Row, Vintage]], wanted: str = "") -> str:
    """Return the kind of period to show: the wanted one if it is there, else that of most values; "" for none."""
    counts: dict[str, int] = {}
    for cell in known:
        if not cell.dimension:
            counts[cell.grain] = counts.get(cell.grain, 0) + 1
    if wanted:
        return wanted if wanted in counts else ""
    return max(counts, key=lambda one: (one == "month", counts[one]), default="")


def stored_series(
    metric: str, known: Mapping[Cell, tuple[Row, Vintage]], grain: str, matrix: Matrix | None = None
) -> Series:
    """Return the stored values of the whole, by one kind of period, oldest first.

    `matrix` says how versions compare; versions that it does not know do not compare. Values by a version that does
    not compare with the newest stored one are flagged as of another definition.
    """
    cells = sorted((one for one in known if one.grain == grain and not one.dimension), key=lambda one: one.period)
    rows = [known[one][0] for one in cells]
    newest = rows[-1].under.version if rows else ""
    points, stretches = [], []
    before = ""
    for version, some in groupby(rows, key=lambda row: row.under.version):
        part = list(some)
        breaks = bool(before) and not _compares(matrix, before, version)
        differs = not _compares(matrix, version, newest)
        flags = frozenset({Flag.DIFFERS}) if differs else frozenset({Flag.NORMAL})
        for place, row in enumerate(part):
            own = (flags - {Flag.NORMAL}) | {Flag.BREAK} if breaks and place == 0 else flags
            points.append(_observation(row, own, before if breaks and place == 0 else ""))
        end = _after(part[-1].cell.period, grain)
        stretches.append(Stretch(version, part[0].cell.period[:10], end, flags, breaks, before if breaks else ""))
        before = version
    return Series(
        metric=metric,
        basis=STORED,
        grain=grain,
        dimensions=(),
        start=stretches[0].start if stretches else "",
        end=stretches[-1].end if stretches else "",
        stretches=tuple(stretches),
        lines=(Line((), tuple(points)),) if points else (),
    )


def _compares(matrix: Matrix | None, old: str, new: str) -> bool:
    if old == new:
        return True
    entry = matrix.entries.get((old, new)) if matrix is not None else None
    return entry is not None and entry.status in COMPARABLE


def _observation(row: Row, flags: frozenset[Flag], before: str) -> Observation:
    """Return a value; at a break with the one that the version before gives for the same period, where it is stored."""
    was = next((one.amount.value for one in row.via if one.version == before), None) if before else None
    return Observation(
        row.cell.period, _float(row.under.amount.value), row.under.version, flags, None if was is None else _float(was)
    )


def _float(text: str | None) -> float | None:
    return None if text is None else float(fraction(text))


def _after(period: str, grain: str) -> str:
    unit = next(one for one in GRAINS if one == grain)
    return f"{after(datetime.fromisoformat(period), 1, unit):%Y-%m-%d}"


def taken_last(known: Mapping[Cell, tuple[Row, Vintage]], grain: str) -> tuple[str, str]:
    """Return when the newest of these values was computed (UTC in seconds), and on which engine; "" for none."""
    found = [one.taking for cell, (_, one) in known.items() if cell.grain == grain and not cell.dimension]
    newest = max(found, key=lambda one: one.computed_at, default=None)
    return (newest.computed_at, newest.engine) if newest else ("", "")


def last_points(series: Series, most: int) -> Sequence[Observation]:
    """Return the newest points of the whole."""
    return series.lines[0].observations[-most:] if series.lines else ()
