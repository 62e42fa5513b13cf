"""Two versions of a file line by line, and what changed in its form alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.adapters.yaml.lines import key_lines
from metricgov.domain.changes.file_rows import Form, FormEdit, form_edits, rows

BASE = ["kind: metric", "name: a", "dimensions: [x, y]", "tags: [lead]", "kpi:", "  target: 4"]

FORMS = {
    "nothing": (BASE, []),
    "moved": (
        ["kind: metric", "name: a", "tags: [lead]", "dimensions: [x, y]", "kpi:", "  target: 4"],
        [FormEdit("dimensions", Form.MOVED)],
    ),
    "in another form": (
        ["kind: metric", "name: a", "dimensions:", "  - x", "  - y", *BASE[3:]],
        [FormEdit("dimensions", Form.REFORMATTED)],
    ),
    "with a comment": (
        [*BASE[:3], "tags: [lead]  # as agreed", *BASE[4:]],
        [FormEdit("tags", Form.COMMENTED)],
    ),
    "a heading": (["# owned by marketing", *BASE], [FormEdit("", Form.COMMENTED)]),
    "an empty line more": ([*BASE[:3], "", *BASE[3:]], []),
}


@pytest.mark.parametrize(("after", "expected"), FORMS.values(), ids=FORMS)
def test_the_form_of_a_field_changes_without_its_meaning(after: list[str], expected: list[FormEdit]) -> None:
    lines = tuple(key_lines("\n".join(side).encode()) for side in (BASE, after))
    assert list(form_edits(BASE, after, (lines[0], lines[1]), ())) == expected


def test_a_field_whose_meaning_changed_is_not_told_twice() -> None:
    after = [*BASE[:5], "  target: 5"]
    lines = tuple(key_lines("\n".join(side).encode()) for side in (BASE, after))
    assert form_edits(BASE, after, (lines[0], lines[1]), ["kpi.target"]) == ()


def test_a_file_that_is_new_has_no_form_that_changed() -> None:
    assert form_edits([], BASE, ({}, key_lines("\n".join(BASE).encode())), ()) == ()


def test_lines_that_replaced_each_other_stand_side_by_side() -> None:
    assert rows(["a", "b", "c"], ["a", "x", "y", "c"]) == ((1, 1), (2, 2), (0, 3), (3, 4))


def test_of_a_new_file_every_line_was_added() -> None:
    assert rows([], ["a", "b"]) == ((0, 1), (0, 2))


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_every_line_of_both_sides_stands_once_and_in_order(before: list[str], after: list[str]) -> None:
    found = rows(before, after)
    assert [old for old, _ in found if old] == list(range(1, len(before) + 1))
    assert [new for _, new in found if new] == list(range(1, len(after) + 1))
    assert all(old or new for old, new in found)
