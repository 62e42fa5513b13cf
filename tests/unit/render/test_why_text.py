"""Why two values differ, in words, as a waterfall, as CSV and JSON: all of it from one value."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from metricgov.domain.comparability.causes import Cause
from metricgov.domain.comparability.vintages import Amount, Cell
from metricgov.domain.comparability.why import Behind, Difference, Part, Published
from metricgov.render.kit import Screen
from metricgov.render.plots.waterfall import drawn, steps
from metricgov.render.revisions import text_of
from metricgov.render.why import why_csv, why_json, why_plot, why_text

CHANGE = Behind(
    "01J", "chg-7f3kq2", "2.0.0", "restated", "1.0123456", ("crm-lead",), "2026-04-03T09:00:00Z", "no tests"
)
FOUND = Difference(
    "orders_made",
    Published(Cell("month", "2026-02-01"), Amount("110"), "1.0.0", "2026-03-01T08:00:00Z", 1),
    Published(Cell("month", "2026-03-01"), Amount("130.5"), "2.0.0"),
    (
        Part(Cause.DATA, Fraction(7)),
        Part(Cause.DEFINITION, Fraction(-10), (CHANGE,), low=Fraction(-12), high=Fraction(-10)),
        Part(Cause.REAL, Fraction(23), segment=("channel", None)),
        Part(Cause.UNCLEAR, Fraction("0.5"), says="segments of channel do not add up"),
    ),
    ("A note.",),
)


def test_in_words() -> None:
    """Values, parts with their reasons, and what is not known."""
    text = why_text(FOUND)
    for words in (
        "orders_made: 2026-02 to 2026-03",
        "+20.5 (+18.6%)",
        "2026-02, known 1 Mar 2026",
        "rows that arrived, left or were corrected in the source after 1 Mar",
        'definition: 2.0.0 by chg-7f3kq2, "no tests", link restated ×1.012, approved by',
        "between -12 and -10 in other orders",
        "real movement, no channel",
        "cannot be told apart: segments of channel do not add up",
        "A note.",
    ):
        assert words in text.replace("\n    ", " "), words


def test_as_data() -> None:
    """Exact amounts that sum to the difference, in CSV and JSON."""
    found = json.loads(why_json(FOUND))
    assert found["difference"] == "20.5"
    assert [one["amount"] for one in found["parts"]] == ["7", "-10", "23", "0.5"]
    assert found["parts"][1]["changes"][0]["approved_by"] == ["crm-lead"]
    rows = why_csv(FOUND).splitlines()
    assert rows[3] == "definition,-10,chg-7f3kq2,crm-lead,2026-04-03T09:00:00Z,restated,,"
    assert (rows[1].split(",")[1], rows[-1].split(",")[1]) == ("110", "130.5")


def test_as_a_picture() -> None:
    """All of it in words beside, and signs that do not rely on colour."""
    spec = why_plot(FOUND)
    assert "late data +7; definition 2.0.0 -10" in str(spec["description"])
    bars = steps(("a", 10.0), [("up", 5.0, "+5"), ("down", -12.0, "-12")], ("b", 3.0))
    assert [line.strip()[0] for line in drawn(bars, Screen())] == ["█", "+", "-", "█"]
    assert drawn(bars, Screen(ascii=True))[0].strip("#") == ""


def test_values_far_from_zero_say_where_their_bars_begin() -> None:
    """A cut axis is never silent."""
    far = Difference(
        "m",
        Published(Cell("month", "2026-02-01"), Amount("1000"), "1"),
        Published(Cell("month", "2026-03-01"), Amount("1010"), "1"),
        (Part(Cause.REAL, Fraction(10)),),
    )
    assert "not at 0" in why_text(far)
    assert "not at 0" in str(why_plot(far))
    near = replace(far, start=replace(far.start, amount=Amount("1")), parts=(Part(Cause.REAL, Fraction(1009)),))
    assert "not at 0" not in why_text(near)


@pytest.mark.parametrize(
    ("amount", "text"),
    [(Fraction(0), "0"), (Fraction(-1, 2), "-0.5"), (Fraction(1, 3), "1/3"), (Fraction(-3, 80), "-0.0375")],
)
def test_exact_amounts(amount: Fraction, text: str) -> None:
    """Decimal where it ends."""
    assert text_of(amount) == text
