"""The journal's rows as CSV and as JSON lines; the columns are those of domain/exported.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from metricgov.domain.digest import JSON
from metricgov.domain.exported import COLUMNS, ExportRow
from metricgov.render.csv_text import csv_lines
from metricgov.render.json_text import json_line


def export_csv(rows: Iterable[ExportRow]) -> Iterator[str]:
    """Yield a head and one line an event."""
    return csv_lines([name for name, _, _ in COLUMNS], (_cells(row) for row in rows))


def export_jsonl(rows: Iterable[ExportRow]) -> Iterator[str]:
    """Yield one object a line; `definitions` is a list, what an event does not have is null."""
    return (json_line({name: _value(row, field) for name, field, _ in COLUMNS}) for row in rows)


def _cells(row: ExportRow) -> list[str]:
    return [_cell(_value(row, field)) for _, field, _ in COLUMNS]


def _cell(value: JSON) -> str:
    if isinstance(value, list):
        return " ".join(str(one) for one in value)
    return "" if value is None else str(value)


def _value(row: ExportRow, field: str) -> JSON:
    value = getattr(row, field)
    if isinstance(value, tuple):
        return list(value)
    return value if value is None or isinstance(value, int) else (str(value) or None)


def columns_page(note: str) -> str:
    """Return the reference page of the columns."""
    lines = ["# Columns of `audit export`", "", note, ""]
    lines += [
        "`metricgov audit export` writes one row an event, oldest first, in UTF-8 with line feeds. The same journal"
    ]
    lines += ["gives the same bytes, and a longer one begins with the rows of a shorter one."]
    lines += ["", "| column | holds |", "|---|---|", *(f"| `{name}` | {says} |" for name, _, says in COLUMNS), ""]
    lines += [
        "In CSV, several definitions stand in one cell with a space between, line breaks inside a text are spaces,"
    ]
    lines += ["and a cell that a spreadsheet could take for a formula (it begins with `=`, `+`, `-` or `@`) has an"]
    lines += [
        "apostrophe in front. In JSON lines texts stay as they are, `definitions` is a list, and what an event does"
    ]
    lines += ["not have is `null`."]
    return "\n".join(lines) + "\n"
