"""Values as they were known: what was computed when, by which version, on which main; rows are added, never changed.

A vintage holds only what is new or differs from what was known before, so the value known at a moment is the newest
row until then. Where the version of a value changed, its row also holds what the versions before it give on the same
data: without that, late data and a new definition could not be told apart later.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from metricgov.domain.digest import JSON, canonical_json, sha256_hex
from metricgov.domain.errors import Undecidable
from metricgov.domain.workflow.envelope import ZERO

FORMAT = 1
DIGITS = 14
"""Digits that are kept of a floating-point number: the last ones depend on the order in which an engine adds up."""

PLAIN_DIGITS = 20
"""Digits before or after the point up to which a number is written without an exponent."""


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """One place in a table of values: a period, of everything (`dimension` "") or of one segment of a dimension."""

    grain: str
    period: str
    dimension: str = ""
    segment: str | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A value as exact decimal text, None where there is none; of a quotient also its two sides, and its units."""

    value: str | None
    above: str | None = None
    below: str | None = None
    units: str | None = None


@dataclass(frozen=True, slots=True)
class Under:
    """What a version gives for a cell; `change` is the id of the change that made the version, "" for the first."""

    version: str
    change: str
    amount: Amount


@dataclass(frozen=True, slots=True)
class Row:
    """A value as it was published; `via` are the versions it had before, oldest first, on the data of now."""

    cell: Cell
    under: Under
    via: tuple[Under, ...] = ()


@dataclass(frozen=True, slots=True)
class Taking:
    """How values were computed: UTC second, day of reading, commit of main, engine, digest of the SQL.

    `start` and `end` are days, half-open; `program` is the version of this program.
    """

    metric: str
    computed_at: str
    as_of: str
    main: str
    engine: str
    sql: str
    start: str
    end: str
    grain: str
    dimensions: tuple[str, ...] = ()
    program: str = ""


@dataclass(frozen=True, slots=True)
class Vintage:
    """What one computation added; `number` counts from 1 for each metric, `prev` is the digest of the one before."""

    taking: Taking
    number: int
    prev: str
    rows: tuple[Row, ...]
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one metric: values computed, those that were not known, and those that are others now.

    `provisional` names the first period whose rows were not all counted yet, "" where they were.
    """

    metric: str
    values: int = 0
    new: int = 0
    revised: int = 0
    number: int = 0
    reason: str = ""
    provisional: str = ""


def exact(value: object) -> str | None:
    """Return a number of an engine as exact decimal text, one text for equal numbers; Undecidable for no number."""
    if value is None:
        return None
    found = Decimal(f"{value:.{DIGITS}g}") if isinstance(value, float) else Decimal(str(value))
    if not found.is_finite():
        raise Undecidable("value_infinite", "the engine gave a value that is no number", hint="look at the denominator")
    if found == 0:
        return "0"
    found = found.normalize()
    exponent = found.as_tuple().exponent
    assert isinstance(exponent, int)
    plain = abs(exponent) <= PLAIN_DIGITS and abs(found.adjusted()) <= PLAIN_DIGITS
    return format(found, "f") if plain else str(found)


def fraction(text: str) -> Fraction:
    """Return the number that exact text stands for."""
    return Fraction(Decimal(text))


def known(vintages: Iterable[Vintage], at: str = "") -> dict[Cell, tuple[Row, Vintage]]:
    """Return the newest row of every cell that was known at a UTC second ("": now), with the vintage it came with."""
    found: dict[Cell, tuple[Row, Vintage]] = {}
    for one in in_order(vintages):
        if not at or one.taking.computed_at <= at:
            found |= {row.cell: (row, one) for row in one.rows}
    return found


def in_order(vintages: Iterable[Vintage]) -> list[Vintage]:
    """Return vintages as they became known."""
    return sorted(vintages, key=lambda one: (one.taking.computed_at, one.number))


def news(before: Mapping[Cell, Row], fresh: Iterable[Row]) -> tuple[Row, ...]:
    """Return the fresh rows that say something else than what was known: another value, or another version."""
    found = [one for one in fresh if _said(before.get(one.cell)) != _said(one)]
    return tuple(sorted(found, key=lambda one: _order(one.cell)))


def gone(before: Mapping[Cell, Row], fresh: Iterable[Row], within: Iterable[Cell]) -> tuple[Row, ...]:
    """Return a row without a value for each cell that had one and is not among the fresh ones."""
    there = {one.cell for one in fresh}
    lost = (cell for cell in within if cell not in there)
    return tuple(
        Row(cell, Under(row.under.version, row.under.change, Amount(None)))
        for cell in sorted(lost, key=_order)
        if (row := before[cell]).under.amount.value is not None
    )


def _said(row: Row | None) -> Under | None:
    return None if row is None else row.under


def _order(cell: Cell) -> tuple[str, bool, str, str, str]:
    return cell.dimension, cell.segment is None, cell.segment or "", cell.period, cell.grain


# As lines


def to_bytes(vintage: Vintage) -> bytes:
    """Return a vintage as lines of canonical JSON: how it was computed, then its rows."""
    taking = vintage.taking
    head: dict[str, JSON] = {
        "format": FORMAT,
        "metric": taking.metric,
        "number": vintage.number,
        "prev": vintage.prev,
        "computed_at": taking.computed_at,
        "as_of": taking.as_of,
        "main": taking.main,
        "engine": taking.engine,
        "sql": taking.sql,
        "start": taking.start,
        "end": taking.end,
        "grain": taking.grain,
        "dimensions": list(taking.dimensions),
        "program": taking.program,
    }
    lines = [head, *(_row(one) for one in vintage.rows)]
    return b"".join(canonical_json(line) + b"\n" for line in lines)


def from_bytes(data: bytes, path: str) -> Vintage:
    """Read what `to_bytes` wrote; Undecidable, naming the file, for anything else."""
    try:
        head, *rows = (json.loads(line) for line in data.decode().splitlines())
        if head["format"] != FORMAT:
            raise Undecidable(
                "values_newer",
                f"{path} has format {head['format']}, this program reads {FORMAT}",
                hint="update metricgov",
            )
        taking = Taking(
            metric=head["metric"],
            computed_at=head["computed_at"],
            as_of=head["as_of"],
            main=head["main"],
            engine=head["engine"],
            sql=head["sql"],
            start=head["start"],
            end=head["end"],
            grain=head["grain"],
            dimensions=tuple(head["dimensions"]),
            program=head["program"],
        )
        found = tuple(_read_row(row, taking.grain) for row in rows)
        for number in (text for one in found for each in (one.under, *one.via) for text in _numbers(each.amount)):
            fraction(number)
        return Vintage(taking, head["number"], head["prev"], found, sha256_hex(data))
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise damaged(f"{path} cannot be read: {error}") from error


def damaged(says: str) -> Undecidable:
    """Return the error for a branch of values that does not hold together."""
    return Undecidable(
        "values_damaged", f"the values on record do not hold: {says}", hint="metricgov doctor says what is wrong"
    )


def broken_chain(metric: str, vintages: Sequence[Vintage]) -> str:
    """Return the first thing that is wrong with the vintages of a metric, "" where nothing is."""
    prev = ZERO
    for number, one in enumerate(vintages, start=1):
        if one.taking.metric != metric:
            return f"vintage {number} of {metric} is about {one.taking.metric}"
        if one.number != number:
            return f"vintage {number} of {metric} is missing or stands twice"
        if one.prev != prev:
            return f"vintage {number} of {metric} does not follow vintage {number - 1}"
        prev = one.sha256
    return ""


def _row(row: Row) -> JSON:
    shape: dict[str, JSON] = {"period": row.cell.period, **_under(row.under)}
    if row.cell.dimension:
        shape |= {"dimension": row.cell.dimension, "segment": row.cell.segment}
    if row.via:
        shape["via"] = [_under(one) for one in row.via]
    return shape


def _numbers(amount: Amount) -> tuple[str, ...]:
    return tuple(one for one in (amount.value, amount.above, amount.below, amount.units) if one is not None)


def _under(one: Under) -> dict[str, JSON]:
    amount = one.amount
    shape: dict[str, JSON] = {"version": one.version, "change": one.change, "value": amount.value}
    sides = {"above": amount.above, "below": amount.below, "units": amount.units}
    return shape | {key: value for key, value in sides.items() if value is not None}


def _read_row(row: Mapping[str, Any], grain: str) -> Row:
    cell = Cell(grain, row["period"], row.get("dimension", ""), row.get("segment"))
    return Row(cell, _read_under(row), tuple(_read_under(one) for one in row.get("via", ())))


def _read_under(row: Mapping[str, Any]) -> Under:
    amount = Amount(row["value"], row.get("above"), row.get("below"), row.get("units"))
    return Under(row["version"], row["change"], amount)
