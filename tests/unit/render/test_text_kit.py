"""Cleaning, widths, wrapping, tables, dates and inline changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render_samples import anything, values

from metricgov.render.inline import inline, words_of
from metricgov.render.kit import (
    Ink,
    Screen,
    break_word,
    cells,
    clean,
    day_words,
    duration,
    ink,
    plural,
    time_left,
    time_words,
    wrap_words,
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain words", "plain words", id="plain"),
        pytest.param("Größe → 漢字", "Größe → 漢字", id="letters-stay"),
        pytest.param("two\n  lines\r\nmore\ttab", "two lines more tab", id="breaks-are-spaces"),
        pytest.param("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m", id="ansi"),
        pytest.param("a\u202eb", "a\\u202eb", id="bidi"),
        pytest.param("a\u200bb", "a\\u200bb", id="invisible"),
        pytest.param("a\xa0b", "a\\xa0b", id="odd-space"),
        pytest.param("\ud800", "\\ud800", id="lone-surrogate"),
        pytest.param("\U000e0041", "\\U000e0041", id="tag-letters"),
        pytest.param("a\rb", "a\\rb".replace("\\r", "\\x0d"), id="return-alone"),
    ],
)
def test_text_from_a_file_shows_what_it_holds(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(anything)
def test_cleaning_is_final_and_leaves_one_printable_line(text: str) -> None:
    assert clean(text).isprintable()
    assert clean(clean(text)) == clean(text)


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("漢字", 4), ("e\u0301", 1), (ink("abc", Ink.GRAVE), 3), ("≠ →", 3)],
    ids=["ascii", "wide", "combining", "styled", "signs"],
)
def test_a_text_takes_these_columns(text: str, width: int) -> None:
    assert cells(text) == width


@given(anything, st.integers(4, 90))
def test_wrapping_keeps_every_letter_and_the_width(text: str, width: int) -> None:
    lines = wrap_words(clean(text), width, "- ")
    assert all(cells(line) <= max(width, 4) for line in lines)
    assert "".join("".join(line[2:].split()) for line in lines) == "".join(clean(text).split())


def test_a_style_is_closed_at_the_end_of_a_line_and_opened_on_the_next() -> None:
    lines = Screen(width=60, colour=True).wrap(ink("word " * 20, Ink.GRAVE))
    painted = Screen(width=60, colour=True).text(lines).splitlines()
    assert len(painted) > 1
    assert all(line.startswith("\x1b[1;31m") and line.endswith("\x1b[0m") for line in painted)


def test_a_long_word_breaks_at_its_joints() -> None:
    assert break_word("metrics/crm_handoff/rate.yaml", 14) == ["metrics/crm_", "handoff/rate.", "yaml"]


@settings(deadline=None)
@given(st.lists(st.tuples(anything, anything, anything), max_size=5), st.integers(60, 120), st.booleans())
def test_a_table_fits_the_screen(rows: list[tuple[str, str, str]], width: int, ascii_only: bool) -> None:
    screen = Screen(width=width, ascii=ascii_only)
    body = [[clean(cell) for cell in row] for row in rows]
    for line in screen.text(screen.table(("one", "two", "three"), body, right=(1,))).splitlines():
        assert cells(line) <= width


def test_a_table_wraps_its_widest_column_and_keeps_the_others() -> None:
    lines = Screen(width=60).table(("id", "what"), [("short", "long " * 20), ("x" * 12, "y")])
    assert lines[1].startswith("short         long")
    assert lines[-1] == "xxxxxxxxxxxx  y"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3599, "59 min"), (18_000, "5 h"), (86_399, "23 h"), (172_800, "2 d")],
)
def test_a_duration_has_one_unit_and_is_never_rounded_up(seconds: int, words: str) -> None:
    assert duration(seconds) == words


def test_dates_and_counts_in_words() -> None:
    assert day_words("2026-07-01") == "1 Jul 2026"
    assert day_words("2026-06-18T09:52:30Z") == "18 Jun 2026"
    assert day_words("") == "–"
    assert day_words("soon\x1b") == "soon\\x1b"
    assert time_words("2026-06-18T09:52:30Z") == "18 Jun 2026 09:52"
    assert time_left("2026-06-17T09:00:00Z", "2026-06-18T10:00:00Z") == "1 d late"
    assert time_left("2026-06-18T15:30:00Z", "2026-06-18T10:00:00Z") == "5 h"
    assert time_left("", "2026-06-18T10:00:00Z") == ""
    assert (plural(1, "entry", "entries"), plural(2_000, "entry", "entries")) == ("1 entry", "2,000 entries")


def _bare(text: str | None) -> str | None:
    return None if text is None else Screen(width=1000).text([text]).strip()


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        pytest.param("in 30 days.", "in 14 days.", "in [30 → 14] days.", id="number"),
        pytest.param("INTERVAL '30' DAY", "INTERVAL '14' DAY", "INTERVAL '[30 → 14]' DAY", id="inside-quotes"),
        pytest.param("NOT is_test", "NOT is_test AND NOT is_partner", "NOT is_test [+ AND NOT is_partner]", id="added"),
        pytest.param("a and b and c", "a and c", "a and [- b and] c", id="removed"),
        pytest.param("x >= 1.5 AND y", "x > 1.5 AND y", "x [>= → >] 1.5 AND y", id="operator"),
        pytest.param("all is new", "nothing like it", None, id="too-different"),
        pytest.param("in [30 → 14] days", "in [30 → 15] days", None, id="cannot-pretend"),
    ],
)
def test_changed_tokens_stand_in_brackets(before: str, after: str, shown: str | None) -> None:
    assert _bare(inline(before, after, 80)) == shown


def test_what_is_far_from_a_change_is_left_out_between_words() -> None:
    start = "NOT is_test AND NOT is_partner AND country IN ('DE', 'AT', 'CH') AND created_at < as_of - INTERVAL "
    said = _bare(inline(f"{start}'30' DAY", f"{start}'14' DAY", 80))
    assert said is not None
    assert said.startswith("… ")
    assert said.endswith("INTERVAL '[30 → 14]' DAY")
    assert len(said) < 80


@given(anything, anything)
def test_an_inline_change_holds_both_texts(before: str, after: str) -> None:
    old, new = clean(before), clean(after)
    said = inline(old, new, 10_000)
    if said is None:
        return
    bare = _bare(said) or ""
    first = re.sub(r"\[(?:- )?((?:(?! → )[^\]])*)(?: → [^\]]*)?\]", r"\1", re.sub(r"\[\+ [^\]]*\]", "", bare))
    if "]" not in old + new and "+" not in old + new and "-" not in old + new:
        assert "".join(first.split()) == "".join(old.split())


@given(values)
def test_any_value_is_one_clean_line(value: object) -> None:
    assert words_of(value).isprintable()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "nothing"), (True, "true"), ("", '""'), (" ", '" "'), ([], "empty list"), (["a", 1], "a, 1"), (0.5, "0.5")],
)
def test_values_read_as_words(value: object, shown: str) -> None:
    assert words_of(value) == shown  # type: ignore[arg-type]
