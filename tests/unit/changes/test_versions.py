"""Which version step is due, and what a stated one is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.changes.values import Entry
from metricgov.domain.changes.versions import due, reaches, version_step

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
    ("stated", "least", "enough"),
    [
        ("2.0.0", "2.0.0", True),
        ("1.1.0", "2.0.0", False),
        ("2.0.0", "1.0.1", True),
        ("1.10.0", "1.9.0", True),
        ("0.9.0", "1.0.0", False),
        ("1.0", "1.0.1", False),
        (None, "1.0.1", False),
        ("", "1.0.1", False),
        ("01.0.1", "1.0.1", False),
        ("1.0.²", "1.0.1", False),
        ("1.0.2.0", "1.0.1", False),
        ("1.0.0", "as it was", True),
    ],
)
def test_a_version_reaches_what_is_due_or_not(stated: str | None, least: str, enough: bool) -> None:
    """INV-27: less than is due blocks, more does not, and what is no version is not enough."""
    assert reaches(stated, least) is enough


@given(VERSIONS, st.sampled_from(list(ChangeClass)), st.sampled_from(list(ChangeClass)))
def test_a_graver_class_never_asks_for_a_smaller_version(
    version: tuple[int, int, int], one: ChangeClass, other: ChangeClass
) -> None:
    text = ".".join(map(str, version))
    parts = [tuple(map(int, due(text, each).split("."))) for each in (one, other)]
    if GRAVITY[one] <= GRAVITY[other]:
        assert parts[0] <= parts[1]
        assert reaches(due(text, other), due(text, one))
    assert reaches(due(text, one), text)


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
