"""Parts of a whole that a bridge would make more than the whole: left out and said, never shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from metricgov.app.bridged import Passage
from metricgov.app.measuring import is_share
from metricgov.domain.comparability.bridging import Cell, Moved, moved, whole_of
from metricgov.domain.comparability.effect import Pair, effect
from metricgov.domain.comparability.flags import Flag
from metricgov.domain.comparability.interval import Interval
from metricgov.domain.comparability.joining import Stretch
from metricgov.domain.comparability.link import Factor, Linked, LinkScale, Nature, linked
from metricgov.domain.comparability.link_record import recorded, restored
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.moved_targets import Fate, goals, target_warnings, to_set
from metricgov.domain.comparability.series_warnings import series_warnings
from metricgov.domain.definitions.calculation import Calculation
from metricgov.domain.query.span import Window

DAYS = [f"2026-01-{day:02}" for day in range(1, 29)]

SHARE = Linked(
    "rate",
    Status.BRIDGED,
    LinkScale.RATIO,
    Factor(1.25, 0.01, above=1.25, below=1.0),
    start="2026-01-01",
    end="2026-01-29",
    grain="day",
    periods=28,
    share=True,
    top=100.0,
)
PERCENT = Linked("rate", Status.BRIDGED, LinkScale.EXACT, Factor(0.01, 0.0), estimator="exact")


def one(value: float, *chain: Linked) -> Moved:
    """Return a share of 100, in percent, moved."""
    return moved({(): Cell(value, 100)}, chain, names=(), asked=0, grain="day", scale=100)[()]


@pytest.mark.parametrize(
    ("value", "chain", "outside", "top"),
    [
        pytest.param(72, (SHARE,), False, 100, id="within"),
        pytest.param(80, (SHARE,), False, 100, id="the whole"),
        pytest.param(81, (SHARE,), True, 100, id="more than the whole"),
        pytest.param(81, (SHARE, PERCENT), True, 1, id="shown as a share by now"),
        pytest.param(79, (SHARE, PERCENT), False, 1, id="within, shown as a share"),
        pytest.param(81, (replace(SHARE, share=False),), False, None, id="no share, as far as anybody knows"),
        pytest.param(60, (SHARE, replace(SHARE, share=False)), False, None, id="no share by now"),
    ],
)
def test_a_part_is_no_more_than_its_whole(value: float, chain: tuple[Linked, ...], outside: bool, top: float) -> None:
    """The newest definition that is known to be a share sets the limit, in the unit that it has by now."""
    found = one(value, *chain)
    assert found.outside is outside
    assert whole_of(chain) == top
    if top is not None:
        assert found.interval.high <= top


@given(st.floats(0, 100), st.floats(0.5, 2), st.floats(0, 0.2))
def test_what_is_shown_of_a_share_lies_within_its_whole(value: float, factor: float, se: float) -> None:
    """Value and interval, or nothing at all."""
    link = replace(SHARE, factor=Factor(factor, se, above=factor, below=1.0))
    stretch = Stretch("1", DAYS[0], DAYS[1], frozenset({Flag.ESTIMATED}), chain=(link,))
    window = Window(datetime(2026, 1, 1), datetime(2026, 1, 2), "day")
    passage = Passage(stretch, window, {(datetime(2026, 1, 1), ()): one(value, link)})
    ((_, point),) = passage.observations()
    assert point.pre_break_value == pytest.approx(value)
    if point.value is None:
        assert point.interval is None
        assert point.flags >= {Flag.ESTIMATED, Flag.SUPPRESSED}
        assert value * factor > 100
    else:
        assert point.interval is not None
        assert max(point.value, point.interval.high) <= 100 * (1 + 1e-9)


def test_the_reader_is_told() -> None:
    """W10, how many, and how far beyond."""
    stretch = Stretch("1", "2026-01-01", "2026-01-29", chain=(SHARE,))
    points = [one(value, SHARE) for value in (50, 84, 96)]
    (said,) = series_warnings((stretch,), ((stretch, points),), across_breaks=False)
    assert said.id == "W10"
    assert "2 of 3 bridged values would be more than the whole (100), up to 120" in said.says
    assert series_warnings((stretch,), ((stretch, points[:1]),), across_breaks=False) == ()


COUNT: dict[str, Any] = {"aggregate": "count"}
CALCULATIONS: dict[str, tuple[dict[str, Any], bool]] = {
    "of all rows": ({"numerator": COUNT | {"where": "won"}, "denominator": COUNT}, True),
    "of distinct people": (
        {
            "numerator": {"aggregate": "count_distinct", "expression": "person", "where": "won"},
            "denominator": {"aggregate": "count_distinct", "expression": "person"},
        },
        True,
    ),
    "of other rows": ({"numerator": COUNT | {"where": "won"}, "denominator": COUNT | {"where": "lost"}}, False),
    "of other people": (
        {
            "numerator": {"aggregate": "count_distinct", "expression": "person"},
            "denominator": {"aggregate": "count_distinct", "expression": "house"},
        },
        False,
    ),
    "sums may be below 0": (
        {
            "numerator": {"aggregate": "sum", "expression": "x", "where": "won"},
            "denominator": {"aggregate": "sum", "expression": "x"},
        },
        False,
    ),
    "rows of another source": (
        {"numerator": COUNT | {"where": "won", "source": "deals"}, "denominator": COUNT},
        False,
    ),
    "rows of another day": ({"numerator": COUNT | {"time": "won_at"}, "denominator": COUNT}, False),
    "turned around": ({"numerator": COUNT, "denominator": COUNT, "scale": -1}, False),
}


@pytest.mark.parametrize("case", CALCULATIONS.values(), ids=CALCULATIONS.keys())
def test_a_share_is_one_by_its_definition(case: tuple[dict[str, Any], bool]) -> None:
    """A unit of percent proves nothing: growth is in percent too."""
    fields, share = case
    calculation: Any = TypeAdapter(Calculation).validate_python(
        {"type": "ratio", "source": "leads", "time": "created_at"} | fields
    )

    class Shaped:
        """As much of a metric as is asked for."""

    metric: Any = Shaped()
    metric.calculation = calculation
    assert is_share(metric) is share


def test_the_link_remembers_it() -> None:
    """Measured, stored and read again; the whole is that of the new unit."""
    pairs = [Pair(day, 40, 50, 100, 100) for day in DAYS]
    found = linked("rate", effect(pairs, (), grain="day", scale=(1, 100)), {}, Nature(share=True), scale=(1, 100))
    assert (found.share, found.top) == (True, 100)
    again = restored(recorded(found))
    assert (again.share, again.top) == (True, 100)
    assert not restored(recorded(replace(found, share=False))).share


def test_a_target_beyond_the_whole_waits_for_somebody() -> None:
    """It is not written into the file, and stops the change until another number stands there."""
    whole = effect([Pair(day, 40, 50, 100, 100) for day in DAYS], (), grain="day", scale=(100, 100))
    (found,) = goals(target(90), target(90), whole, SHARE)
    assert (found.fate, found.rebased, found.stops) == (Fate.OUTSIDE, 112.5, True)
    assert to_set([found]) == {}
    (warned,) = target_warnings([found], ())
    assert (warned.id, "more than the whole: somebody has to set it" in warned.says) == ("W09", True)
    (ruled,) = goals(target(90), target(97), whole, SHARE)
    assert (ruled.fate, ruled.stops, to_set([ruled])) == (Fate.OUTSIDE, False, {})
    (fine,) = goals(target(72), target(72), whole, SHARE)
    assert (fine.fate, fine.rebased) == (Fate.UNMOVED, 90)
    assert isinstance(fine.interval, Interval)


def target(value: float) -> Any:
    """Return a raw definition with a target in percent."""
    return {"direction": "up_is_better", "kpi": {"target": {"value": value, "kind": "absolute"}}}
