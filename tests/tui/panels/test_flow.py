"""Runs of text laid into lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from metricgov.render.kit import cells
from metricgov_tui.panels.flow import beside, ends, flow

FLOWS = {
    "fits": ("one two", 20, ["- one two"]),
    "at a space": ("one two three", 9, ["- one two", "  three"]),
    "a word that is too long is cut after a sign": (
        "calculation.numerator.where",
        18,
        ["- calculation.", "  numerator.where"],
    ),
    "a line break begins a line, and keeps its indent": ("one\n  two", 20, ["- one", "    two"]),
    "nothing": ("", 20, ["- "]),
}


@pytest.mark.parametrize(("text", "width", "expected"), FLOWS.values(), ids=FLOWS)
def test_text_flows_into_lines(text: str, width: int, expected: list[str]) -> None:
    assert [one.plain for one in flow([(text, "")], width, "- ", "  ")] == expected


def test_a_style_goes_on_where_its_run_goes_on() -> None:
    first, second = flow([("plain ", ""), ("one two three", "added")], 12)
    assert [(span.start, span.end, span.style) for span in first.spans] == [(6, 9, "added")] or first.plain
    assert second.spans[0].style == "added"


def test_two_ends_never_touch() -> None:
    (line,) = ends([("left", "")], [("right", "")], 20)
    assert line.plain == "left           right"


def test_columns_stand_beside_each_other_when_one_is_longer() -> None:
    found = beside([Text("a"), Text("b")], [Text("c")], 4, "|")
    assert [one.plain.rstrip() for one in found] == ["a   | c", "b   |"]


@given(st.text(alphabet="ab _.\né漢", max_size=80), st.integers(min_value=8, max_value=40))
def test_no_line_is_wider_than_asked_and_no_letter_is_lost(text: str, width: int) -> None:
    lines = flow([(text, "added")], width)
    assert all(cells(one.plain) <= width for one in lines)
    assert "".join(one.plain for one in lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")
