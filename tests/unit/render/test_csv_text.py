"""Cells that a spreadsheet shows and never runs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.render.csv_text import FORMULAS, NUMBER, csv_lines, safe_cell


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-1", "-1"),
        ("-1.5e-7", "-1.5e-7"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("＝1+1", "'＝1+1"),
        ("  =1", "'  =1"),
        ("\t=1", "'=1"),
        ("a\r\n=1", "a =1"),
        ("\x00=1", "\\x00=1"),
        ("\u202e=1", "\\u202e=1"),
        ("1-1", "1-1"),
        ("", ""),
    ],
    ids=repr,
)
def test_formulas_are_words(text: str, shown: str) -> None:
    assert safe_cell(text) == shown


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), max_size=5))
def test_no_cell_begins_as_a_formula_and_every_row_is_one_line(rows: list[list[str]]) -> None:
    lines = list(csv_lines(("a", "b"), rows))
    assert all(line.count("\n") == 1 and line.endswith("\n") for line in lines)
    read = list(csv.reader(io.StringIO("".join(lines))))
    assert len(read) == len(rows) + 1
    words = [cell.lstrip() for row in read for cell in row if not NUMBER.fullmatch(cell)]
    assert not any(word[:1] and word[0] in FORMULAS for word in words)
