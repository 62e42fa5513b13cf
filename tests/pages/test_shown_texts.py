"""Texts with marks, and the other words of pages: nothing in a text is markup, and nothing of it is lost."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.api.pages.deeds import WAYS
from metricgov.api.pages.shown import FILTERS, due_words, marked, name, text
from metricgov.desk.deciding import FORESEEN


@pytest.mark.parametrize(
    ("value", "spans", "shown"),
    [
        ("a < b", (), "a &lt; b"),
        ("<b>x</b>", ((3, 4, False),), '&lt;b&gt;<mark class="gone">x</mark>&lt;/b&gt;'),
        ("<i><u>", ((0, 3, False),), '<mark class="gone">&lt;i&gt;</mark>&lt;u&gt;'),
        ("abc", ((1, 1, False),), "abc"),
        ("abcd", ((2, 3, True),), 'ab<mark class="moved">c</mark>d'),
        ("abcd", ((0, 3, False), (1, 2, False)), '<mark class="gone">abc</mark>d'),
        ("a\nb\u202e", ((2, 4, False),), 'a\n<mark class="gone">b\\u202e</mark>'),
    ],
    ids=["escaped", "around", "inside", "empty", "moved", "within another", "controls"],
)
def test_marks(value: str, spans: tuple[tuple[int, int, bool], ...], shown: str) -> None:
    assert marked(value, spans, "gone") == shown


printable = st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S", "Zs")), max_size=30)


@given(printable, st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans()), max_size=4))
def test_a_marked_text_is_the_text(value: str, spans: list[tuple[int, int, bool]]) -> None:
    drawn = marked(value, [(one, min(other, len(value)), moved) for one, other, moved in spans], "came")
    assert html.unescape(re.sub(r"</?mark[^>]*>", "", drawn)) == value


@given(st.text(max_size=80))
def test_no_text_is_markup(value: str) -> None:
    assert not re.search(r"[<>\"']", text(value))
    assert all(char.isprintable() or char == "\n" for char in text(value))


def test_words_for_dates() -> None:
    now = "2026-06-18T09:00:00Z"
    assert due_words("2026-06-17T00:00:00Z", now) == "LATE, since 17 Jun 2026"
    assert due_words("2026-06-19T10:00:00Z", now) == "until 19 Jun 2026 10:00"
    assert due_words("", now) == ""
    assert FILTERS["iso"]("no date") == ""
    assert name("metric:a") == "a"
    assert name("a") == "a"


def test_every_decision_that_is_offered_can_be_foreseen() -> None:
    """Else its refusal would only come after it was sent."""
    assert {one.deed for one in WAYS} <= set(FORESEEN)
