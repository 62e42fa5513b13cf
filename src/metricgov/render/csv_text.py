"""Rows as CSV that a spreadsheet shows and never runs: one line a row, the same rows the same bytes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

from metricgov.render.kit import clean

NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?")
"""A number, which a spreadsheet takes for what it is."""

FORMULAS = "=+-@＝＋－＠"
"""What a cell that a spreadsheet calculates begins with, in the widths that spreadsheets know."""


def safe_cell(text: str) -> str:
    """Return a text as one line of printable characters that no spreadsheet takes for a formula.

    What could be one gets an apostrophe in front, which spreadsheets understand as "this is text".
    A negative number is a number.
    """
    if NUMBER.fullmatch(text):
        return text
    shown = clean(text)
    return f"'{shown}" if shown.lstrip()[:1] and shown.lstrip()[0] in FORMULAS else shown


def csv_lines(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the head and each row as a line of RFC 4180 CSV that ends in a line feed."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    yield _taken(out)
    for row in rows:
        writer.writerow([safe_cell(cell) for cell in row])
        yield _taken(out)


def _taken(out: io.StringIO) -> str:
    text = out.getvalue()
    out.seek(0)
    out.truncate()
    return text
