"""Values on record as points of a series: which row counts on a basis, and over which links it gets there.

A stored value was computed by a version. On the basis of that version it stands as it is; on another one it is moved
over the links between, where each of them has a factor; across a break it is another number and is not joined.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metricgov.domain.comparability.joining import AS_REPORTED, CURRENT, Measuring
from metricgov.domain.comparability.link import Linked
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.over_time import Key
from metricgov.domain.comparability.vintages import Cell, Row, Under, Vintage, in_order
from metricgov.domain.digest import JSON

Records = Mapping[str, Mapping[Key, Sequence[tuple[Row, Vintage]]]]
"""By period and key: every row that was stored, in the order in which they became known."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """A stored value that counts for a point, and the computation that it came with."""

    under: Under
    vintage: Vintage


def combined(dimensions: Iterable[str]) -> str:
    """Return the name of a combination of dimensions: the names in order of the alphabet, so that there is one."""
    return ",".join(sorted(dict.fromkeys(dimensions)))


def segment_of(values: Mapping[str, str | None]) -> str | None:
    """Return the segment of a cell: the value of its one dimension, of a combination a list as JSON text."""
    found = [values[one] for one in sorted(values)]
    return found[0] if len(found) == 1 else json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def words_of(dimension: str, segment: str | None) -> str:
    """Return a segment in words: `channel web`, `channel web, country (none)`."""
    values = values_of(Cell("", "", dimension, segment))
    return ", ".join(f"{name} {'(none)' if value is None else value}" for name, value in values.items())


def as_json(dimension: str, segment: str | None) -> JSON:
    """Return a segment as data: its value, of a combination the list of its values."""
    found: list[JSON] = [*values_of(Cell("", "", dimension, segment)).values()]
    return found if len(found) > 1 else segment


def values_of(cell: Cell) -> dict[str, str | None]:
    """Return the values of a cell's dimensions, {} for the whole."""
    if not cell.dimension:
        return {}
    names = cell.dimension.split(",")
    if len(names) == 1:
        return {names[0]: cell.segment}
    found = json.loads(cell.segment) if cell.segment is not None else [None] * len(names)
    return dict(zip(names, found, strict=True))


def records(vintages: Iterable[Vintage], grain: str, dimensions: Sequence[str], known_at: str = "") -> Records:
    """Return what was stored by one kind of period and some dimensions, until a second ("": now)."""
    wanted = combined(dimensions)
    found: dict[str, dict[Key, list[tuple[Row, Vintage]]]] = {}
    for one in in_order(vintages):
        if known_at and one.taking.computed_at > known_at:
            continue
        for row in one.rows:
            if (row.cell.grain, row.cell.dimension) != (grain, wanted):
                continue
            values = values_of(row.cell)
            key = tuple(values[name] for name in dimensions)
            found.setdefault(row.cell.period, {}).setdefault(key, []).append((row, one))
    return found


def choose(known: Sequence[tuple[Row, Vintage]], version: str, basis: str, *, first: bool) -> Chosen | None:
    """Return the value of a cell that counts where a version measures on a basis; None where none was stored.

    As reported, it is the first one of that version (`first`), or the newest one; else the newest one, by that version
    where the record says what it gave. A value of another version is left out where one version was asked for.
    """
    if basis == AS_REPORTED:
        own = [one for one in known if one[0].under.version == version and one[0].under.amount.value is not None]
        if own:
            row, vintage = own[0] if first else own[-1]
            return Chosen(row.under, vintage)
    row, vintage = known[-1]
    by = next((one for one in (row.under, *row.via) if one.version == version), None)
    if by is None and basis in (CURRENT, AS_REPORTED):
        by = row.under
    return None if by is None or by.amount.value is None else Chosen(by, vintage)


def path(versions: Sequence[Measuring], old: str, new: str) -> tuple[Linked, ...] | None:
    """Return the links that move values of one version to the basis of a later one; None where one of them breaks."""
    places = {one.version: place for place, one in enumerate(versions)}
    start, end = places.get(old), places.get(new)
    if start is None or end is None or start > end:
        return None
    found: list[Linked] = []
    for one in versions[start:end]:
        if one.link is Status.SAME:
            continue
        if one.link in (None, Status.BROKEN) or one.bridge is None or not one.bridge.bridges:
            return None
        found.append(one.bridge)
    return tuple(found)
