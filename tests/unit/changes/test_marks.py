"""Which characters of two texts differ: words one by one, SQL by its structure."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.changes.marks import Mark, displaced, in_one, word_marks
from metricgov.domain.changes.sql_marks import sql_marks


def painted(text: str, marks: tuple[Mark, ...], side: str) -> str:
    """Return a text with `[` around what differs, `<` around what moved, `|` where something is missing."""
    found, at = "", 0
    for (start, end), moved in sorted((getattr(one, side), one.moved) for one in marks):
        around = "<>" if moved else "[]"
        found += text[at:start] + (around[0] + text[start:end] + around[1] if end > start else "|")
        at = end
    return found + text[at:]


SQL = {
    "a literal inside a string": (
        "x <= created_at + INTERVAL '30' DAY",
        "x <= created_at + INTERVAL '14' DAY",
        "x <= created_at + INTERVAL '[30]' DAY",
        "x <= created_at + INTERVAL '[14]' DAY",
    ),
    "a condition more": ("a = 1", "a = 1 AND b = 2", "a = 1|", "a = 1 [AND b = 2]"),
    "a condition less, the first": ("a = 1 AND b = 2", "b = 2", "[a = 1] AND b = 2", "|b = 2"),
    "an edit in a condition that moved": (
        "NOT is_test AND created_at < 30 AND c",
        "created_at < 14 and not is_test and c",
        "NOT is_test AND created_at < [30] AND c",
        "created_at < [14] and not is_test and c",
    ),
    "a condition that moved beside one that changed": (
        "a AND b AND c AND d = 1",
        "c AND a AND b AND d = 2",
        "a AND b AND <c> AND d = [1]",
        "<c> AND a AND b AND d = [2]",
    ),
    "inside brackets": (
        "(a = 1 OR b > 2) AND c",
        "c AND (b >= 2 OR a = 1)",
        "(a = 1 OR b [>] 2) AND c",
        "c AND (b [>=] 2 OR a = 1)",
    ),
    "a function around a column": ("sum(x)", "sum(coalesce(x, 0))", "sum([x])", "sum([coalesce(x, 0)])"),
    "a word more in a call": ("count(x)", "count(distinct x)", "count(|x)", "count([distinct] x)"),
    "the AND of a BETWEEN": (
        "x between 1 and 2 and y",
        "x between 1 and 3 and y",
        "x between 1 and [2] and y",
        "x between 1 and [3] and y",
    ),
    "a branch of a case": (
        "case when a then 1 else 0 end",
        "case when a and b then 1 else 0 end",
        "case when a| then 1 else 0 end",
        "case when a [and b] then 1 else 0 end",
    ),
    "clauses of a query": (
        "SELECT a, b FROM t WHERE x = 1 GROUP BY 1",
        "SELECT a, c, b FROM t WHERE x = 2 GROUP BY 1",
        "SELECT a|, b FROM t WHERE x = [1] GROUP BY 1",
        "SELECT a[, c], b FROM t WHERE x = [2] GROUP BY 1",
    ),
    "an item of a list": ("s IN ('a','b')", "s IN ('a','c','b')", "s IN ('a'|,'b')", "s IN ('a'[,'c'],'b')"),
    "nothing in common": ("amount", "net_amount * 1.2", "[amount]", "[net_amount * 1.2]"),
    "another spelling of a sign beside an edit": ("A <> 1", "a != 2", "A <> [1]", "a != [2]"),
}


@pytest.mark.parametrize(("before", "after", "old", "new"), SQL.values(), ids=SQL)
def test_sql_is_marked_where_it_says_something_else(before: str, after: str, old: str, new: str) -> None:
    statement = before.startswith("SELECT")
    marks = sql_marks(before, after, "duckdb", statement=statement)
    assert (painted(before, marks, "before"), painted(after, marks, "after")) == (old, new)


@pytest.mark.parametrize(
    "after",
    ["b = 2 AND a = 1", "a=1 and b=2", "(a = 1) AND\n  b = 2", "2 = b AND 1 = a"],
    ids=["another order", "spaces and case", "brackets and lines", "sides exchanged"],
)
def test_sql_that_says_the_same_has_no_marks(after: str) -> None:
    assert sql_marks("a = 1 AND b = 2", after, "duckdb") == ()


def test_sql_that_nobody_can_parse_is_compared_word_by_word() -> None:
    marks = sql_marks("SELECT ((( 30", "SELECT ((( 14", "duckdb")
    assert painted("SELECT ((( 14", marks, "after") == "SELECT ((( [14]"


def test_a_template_is_compared_word_by_word() -> None:
    before, after = "x = {{ var('a') }} AND y = 1", "y = 1 AND x = {{ var('b') }}"
    assert sql_marks(before, after, "duckdb")


def test_a_dialect_that_nobody_knows_compares_word_by_word() -> None:
    assert painted("b + 1", sql_marks("a + 1", "b + 1", "no_such_dialect"), "after") == "[b] + 1"


def test_words_that_only_a_space_separates_are_one_mark() -> None:
    marks = word_marks("within thirty days of it all", "within two weeks of it all")
    assert painted("within two weeks of it all", marks, "after") == "within [two weeks] of it all"


def test_texts_with_little_in_common_are_one_mark() -> None:
    assert word_marks("one two three", "a completely different thing") == (Mark((0, 13), (0, 28)),)


def test_two_texts_in_one_come_apart_again() -> None:
    before, after = "within 30 days", "within 14 days"
    pieces = in_one(before, after, word_marks(before, after))
    assert pieces == (("within ", "30", "14"), (" days", "", ""))


def test_what_moved_cannot_be_shown_in_one() -> None:
    before, after = "a AND b AND c AND d = 1", "c AND a AND b AND d = 2"
    assert in_one(before, after, sql_marks(before, after, "duckdb")) is None


texts = st.text(alphabet="ab 12_.<=()", max_size=30)
conditions = st.lists(st.sampled_from(["a = 1", "b < 2", "NOT c", "d IN (1, 2)", "(e OR f)", "g > h + 1"]), max_size=5)


@given(before=texts, after=texts)
def test_outside_of_the_marks_both_texts_are_the_same(before: str, after: str) -> None:
    marks = word_marks(before, after)
    pieces = in_one(before, after, marks)
    assert pieces is not None
    assert "".join(same + old for same, old, _ in pieces) == before
    assert "".join(same + new for same, _, new in pieces) == after


@given(before=conditions, after=conditions)
def test_marks_of_sql_lie_in_the_text_and_never_overlap(before: list[str], after: list[str]) -> None:
    sides = " AND ".join(before) or "TRUE", " AND ".join(after) or "TRUE"
    marks = sql_marks(*sides, "duckdb")
    for side, text in zip(("before", "after"), sides, strict=True):
        spans = sorted(getattr(one, side) for one in marks)
        assert all(0 <= start <= end <= len(text) for start, end in spans)
        assert all(one[1] <= other[0] for one, other in pairwise(spans))
    if set(before) == set(after):
        assert marks == ()


@given(st.permutations(range(8)))
def test_without_what_is_displaced_the_rest_rises(places: list[int]) -> None:
    out = displaced(places)
    rest = [place for own, place in enumerate(places) if own not in out]
    assert rest == sorted(rest)
    assert bool(out) is (places != sorted(places))
