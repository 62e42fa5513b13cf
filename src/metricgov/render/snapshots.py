"""What a snapshot stored, and what was known at a moment, as text, CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from metricgov.domain.comparability.on_record import as_json, words_of
from metricgov.domain.comparability.vintages import Amount, Row, Taken, Vintage
from metricgov.domain.digest import JSON
from metricgov.domain.query.period_names import name_of
from metricgov.domain.time import spoken
from metricgov.render.bars import number
from metricgov.render.csv_text import csv_lines
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink, plural

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT = 1
Known = tuple[Row, Vintage]

HEAD = (
    "period",
    "dimension",
    "segment",
    "value",
    "above",
    "below",
    "units",
    "version",
    "change",
    "computed_at",
    "vintage",
    "engine",
    "main",
    "sql",
)


def taken_text(found: Sequence[Taken], screen: Screen | None = None) -> str:
    """Return a line for each metric."""
    screen = screen or Screen()
    lines: list[str] = []
    for one in found:
        name = clean(one.metric)
        if one.reason:
            lines += screen.wrap(f"{name}: not stored, {clean(one.reason)}", rest="  ")
            continue
        parts = [f"{one.new} new"] if one.new else []
        parts += [f"{one.revised} revised"] if one.revised else []
        what = f"{' and '.join(parts)}, vintage {one.number}" if parts else "nothing new"
        what += f"; provisional from {one.provisional} on: not all rows count yet" if one.provisional else ""
        lines += screen.wrap(f"{name}: {plural(one.values, 'value')}, {what}", rest="  ")
    return screen.text(lines)


def taken_json(found: Sequence[Taken]) -> str:
    """Return what became of each metric."""
    rows: list[JSON] = [
        {
            "metric": one.metric,
            "values": one.values,
            "new": one.new,
            "revised": one.revised,
            "vintage": one.number or None,
            "reason": one.reason or None,
            "provisional_from": one.provisional or None,
        }
        for one in found
    ]
    return json_text({"format": FORMAT, "metrics": rows})


def known_text(metric: str, at: str, rows: Sequence[Known], screen: Screen | None = None) -> str:
    """Return the values that were known, a table for each segment."""
    screen = screen or Screen()
    when = f"as known at {spoken(at)}" if at else "as known now"
    lines = screen.ends(ink(clean(metric), Ink.BOLD), when)
    for (grain, dimension, segment), some in groupby(
        rows, key=lambda row: (row[0].cell.grain, row[0].cell.dimension, row[0].cell.segment)
    ):
        lines.append("")
        if dimension:
            lines.append(ink(clean(words_of(dimension, segment)), Ink.BOLD))
        table = [
            [
                name_of(grain, row.cell.period),
                shown(row.under.amount),
                clean(row.under.version),
                spoken(vintage.taking.computed_at),
                str(vintage.number),
            ]
            for row, vintage in some
        ]
        lines += screen.table([grain, "value", "version", "computed", "vintage"], table, right=(1, 4), fixed=(0, 1))
    return screen.text(lines)


def known_csv(rows: Iterable[Known]) -> str:
    """Return one row a value, with what it came from."""
    return "".join(csv_lines(HEAD, ([_word(value) for value in _shape(row).values()] for row in rows)))


def known_json(metric: str, at: str, rows: Iterable[Known]) -> str:
    """Return the values that were known, and what each came from."""
    return json_text(
        {
            "format": FORMAT,
            "metric": metric,
            "known_at": at or None,
            "values": [_shape(one) | {"segment": as_json(one[0].cell.dimension, one[0].cell.segment)} for one in rows],
        }
    )


def shown(amount: Amount) -> str:
    """Return a value for people, with its two sides where it is a quotient."""
    if amount.value is None:
        return "none"
    value = number(float(amount.value))
    if amount.above is None or amount.below is None:
        return value
    return f"{value} ({number(float(amount.above))} of {number(float(amount.below))})"


def _shape(known: Known) -> dict[str, JSON]:
    row, vintage = known
    amount, taking = row.under.amount, vintage.taking
    values: tuple[JSON, ...] = (
        row.cell.period,
        row.cell.dimension or None,
        row.cell.segment,
        amount.value,
        amount.above,
        amount.below,
        amount.units,
        row.under.version,
        row.under.change or None,
        taking.computed_at,
        vintage.number,
        taking.engine,
        taking.main,
        taking.sql,
    )
    return dict(zip(HEAD, values, strict=True))


def _word(value: JSON) -> str:
    return "" if value is None else str(value)
