"""Which version step is due, and what a stated one is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.changes.values import Entry
from metricgov.domain.changes.versions import Step, StepVerdict, due, judge_step, step_of, version_step

VERSIONS = st.tuples(*[st.integers(0, 999)] * 3)


@pytest.mark.parametrize(
    ("change_class", "expected"),
    [
        ("identical", "2.3.4"),
        ("editorial", "2.3.5"),
        ("compatible", "2.4.0"),
        ("breaking", "3.0.0"),
        ("unknown", "3.0.0"),
    ],
)
def test_the_class_sets_the_step(change_class: str, expected: str) -> None:
    assert due("2.3.4", ChangeClass(change_class)) == expected


def test_new_definitions_start_at_1_0_0_and_drafts_do_not_step() -> None:
    assert due(None, ChangeClass.COMPATIBLE) == "1.0.0"
    assert due("1.0.0", ChangeClass.BREAKING, draft=True) == "1.0.0"


@pytest.mark.parametrize(
    ("before", "after", "change_class", "verdict", "blocks"),
    [
        ("1.0.0", "2.0.0", "breaking", "due", False),
        ("1.0.0", "1.1.0", "breaking", "smaller", True),
        ("1.0.0", "1.0.0", "editorial", "smaller", True),
        ("1.0.0", "2.0.0", "editorial", "larger", False),
        ("1.0.0", "3.0.0", "breaking", "larger", False),
        ("2.0.0", "1.0.0", "breaking", "smaller", True),
        ("1.0.0", "1.0.1", "identical", "larger", False),
        (None, "1.0.0", "compatible", "due", False),
        (None, "0.9.0", "compatible", "smaller", True),
        ("1.0.0", "1.0", "editorial", "not_a_version", True),
        ("1.0.0", None, "editorial", "not_a_version", True),
        ("1.0.0", "01.0.1", "editorial", "not_a_version", True),
        ("1.0.0", "1.0.²", "editorial", "not_a_version", True),
    ],
)
def test_a_smaller_step_blocks_and_a_larger_one_warns(
    before: str | None, after: str | None, change_class: str, verdict: str, blocks: bool
) -> None:
    found = judge_step(before, after, ChangeClass(change_class))
    assert (found.verdict, found.blocks) == (StepVerdict(verdict), blocks)
    assert found.says


@given(VERSIONS, st.sampled_from(list(ChangeClass)), st.sampled_from(list(ChangeClass)))
def test_a_graver_class_never_asks_for_a_smaller_version(
    version: tuple[int, int, int], one: ChangeClass, other: ChangeClass
) -> None:
    text = ".".join(map(str, version))
    parts = [tuple(map(int, due(text, each).split("."))) for each in (one, other)]
    if GRAVITY[one] <= GRAVITY[other]:
        assert parts[0] <= parts[1]
    assert judge_step(text, due(text, one), one).verdict is StepVerdict.DUE
    assert step_of(text, due(text, ChangeClass.BREAKING)) is Step.MAJOR


def test_the_step_of_two_sides() -> None:
    def side(kind: str = "metric", **data: str) -> Entry:
        return Entry(f"{kind}:m", "x", {"kind": kind, **data})

    breaking = ChangeClass.BREAKING
    assert version_step(side(version="1.2.0"), side(version="1.2.0"), breaking) == ("1.2.0", "1.2.0", "2.0.0")
    assert version_step(None, side(version="1.0.0"), breaking) == (None, "1.0.0", "1.0.0")
    assert version_step(side(version="1.0.0"), None, breaking) == ("1.0.0", None, None)
    assert version_step(side(version="1.0.0", status="draft"), side(version="1.0.0"), breaking)[2] is None
    assert version_step(side(version="x"), side(version="1.0.0"), breaking)[2] is None
    assert version_step(side("opaque"), side("opaque"), breaking) == (None, None, None)
    assert version_step(None, None, breaking) == (None, None, None)
