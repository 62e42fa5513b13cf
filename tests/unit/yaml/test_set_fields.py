"""Edits of single fields: the value changes, nothing else does."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from metricgov.adapters.yaml.fmt import set_fields
from metricgov.adapters.yaml.load import load
from metricgov.domain.digest import JSON
from metricgov.domain.errors import BadInput

STARTER = sorted((Path(__file__).resolve().parents[3] / "registry/metrics").rglob("*.yaml"))

FILE = """
# The file.
kind: metric
name: leads      # never changed
version: "1.0.0" # written by the tool
status: active

calculation:
    # how
    type: simple
    where: >-   # who counts
      a > 1
      AND b
    grain: day
kpi: {objective: grow, target: {value: 3, by: 2026-12-31}}
checks:
- id: one
  level: event
- {id: two, level: logic}
tags: [a, b]
# The end.
"""


def lines(changes: dict[str, JSON]) -> tuple[set[str], set[str]]:
    """Return the lines that an edit took away and those it brought."""
    before = dedent(FILE).lstrip("\n")
    after = set_fields(before.encode(), changes).decode()
    one, other = before.splitlines(), after.splitlines()
    return set(one) - set(other), set(other) - set(one)


CASES: list[tuple[str, dict[str, JSON], set[str], set[str]]] = [
    (
        "a value, its comment stays",
        {"version": "2.0.0"},
        {'version: "1.0.0" # written by the tool'},
        {"version: 2.0.0 # written by the tool"},
    ),
    (
        "a new field at its place",
        {"effective_from": "2026-07-01"},
        set(),
        {"effective_from: 2026-07-01"},
    ),
    (
        "a new block",
        {"replaced_by": {"metric": "b", "relation": "rename"}},
        set(),
        {"replaced_by:", "  metric: b", "  relation: rename"},
    ),
    (
        "a field of a block that does not exist yet",
        {"retirement.reason": "No more."},
        set(),
        {"retirement:", "  reason: No more."},
    ),
    (
        "a folded text",
        {"calculation.where": "c"},
        {"    where: >-   # who counts", "      a > 1", "      AND b"},
        {"    where: c  # who counts"},
    ),
    ("inside a block, with its indentation", {"calculation.source": "s"}, set(), {"    source: s"}),
    (
        "in a flow mapping",
        {"kpi.target.value": 4},
        {"kpi: {objective: grow, target: {value: 3, by: 2026-12-31}}"},
        {"kpi: {objective: grow, target: {value: 4, by: 2026-12-31}}"},
    ),
    (
        "new in a flow mapping",
        {"kpi.tier": "primary"},
        {"kpi: {objective: grow, target: {value: 3, by: 2026-12-31}}"},
        {"kpi: {objective: grow, target: {value: 3, by: 2026-12-31}, tier: primary}"},
    ),
    (
        "in an item by its key",
        {"checks[two].level": "event"},
        {"- {id: two, level: logic}"},
        {"- {id: two, level: event}"},
    ),
    ("a whole list", {"tags": ["c"]}, {"tags: [a, b]"}, {"tags: [c]"}),
    ("removed", {"status": None}, {"status: active"}, set()),
    ("removed from a block", {"calculation.grain": None}, {"    grain: day"}, set()),
    (
        "removed from a flow mapping",
        {"kpi.objective": None},
        {"kpi: {objective: grow, target: {value: 3, by: 2026-12-31}}"},
        {"kpi: {target: {value: 3, by: 2026-12-31}}"},
    ),
    ("removed where it never was", {"unit": None}, set(), set()),
    ("one more item in a flow list", {"tags[+]": ["c"]}, {"tags: [a, b]"}, {"tags: [a, b, c]"}),
    (
        "more items in a block",
        {"checks[+]": [{"id": "three"}, {"id": "four"}]},
        set(),
        {"- {id: three}", "- {id: four}"},
    ),
    ("text that needs quotes", {"status": "no: yes"}, {"status: active"}, {"status: 'no: yes'"}),
]


@pytest.mark.parametrize(("changes", "gone", "new"), [pytest.param(*row, id=name) for name, *row in CASES])
def test_an_edit_changes_its_own_lines_only(changes: dict[str, JSON], gone: set[str], new: set[str]) -> None:
    assert lines(changes) == (gone, new)


def test_a_new_field_stands_where_the_schema_has_it() -> None:
    done = set_fields(FILE.lstrip().encode(), {"effective_from": "2026-07-01", "title": "Leads"}).decode().splitlines()
    assert done.index("title: Leads") == 3
    assert done.index("effective_from: 2026-07-01") == done.index("status: active") + 1


@pytest.mark.parametrize(
    "path", ["name.deeper", "tags.x", "checks[three].level", "checks[9]", "own[0].x", "name[+]", "checks[+].id"]
)
def test_a_path_that_does_not_fit_is_refused(path: str) -> None:
    with pytest.raises(BadInput):
        set_fields(FILE.lstrip().encode(), {path: 1})


VALUES = st.none() | st.integers(-9, 9) | st.booleans() | st.text("ab:#'\"{},-? \né", max_size=8) | st.just(["x", 1])


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from(STARTER),
    st.dictionaries(
        st.sampled_from(
            ["version", "status", "effective_from", "title", "description", "calculation.where", "kpi.tier"]
        ),
        VALUES,
        min_size=1,
    ),
)
def test_the_file_says_what_was_set_and_else_what_it_said(path: Path, changes: dict[str, JSON]) -> None:
    source = path.read_bytes()
    wanted = load(source, "f")
    for field, value in changes.items():
        *blocks, last = field.split(".")
        at = wanted
        for name in blocks:
            at = at.setdefault(name, {}) if value is not None or name in at else {}  # type: ignore[assignment]
        if value is None:
            at.pop(last, None)
        else:
            at[last] = value
    assert load(set_fields(source, changes), "f") == wanted
