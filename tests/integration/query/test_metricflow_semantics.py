"""Where MetricFlow documents an answer, the same one; where ours differs, the difference that docs/concepts names."""

from __future__ import annotations

from typing import Any

import pytest

from integration.query.query_world import Engine, metric, series
from metricgov.domain.errors import BadInput
from metricgov.domain.query.span import Grain

STEPS = {"source": "steps", "time": "at_time", "aggregate": "sum", "expression": "n"}
TAKEN = metric("taken", {"type": "simple", **STEPS})
FUNNEL: dict[str, Any] = {
    "type": "conversion",
    "source": "visits",
    "time": "ds",
    "entity": "user_id",
    "base": {"aggregate": "count", "where": "what = 'visit'"},
    "conversion": {"aggregate": "count", "where": "what = 'buy'"},
    "window": "7 days",
    "result": "conversions",
}


def offset(**how: str) -> Any:
    """Return a metric that is another one, read at another time."""
    inputs = [{"metric": "taken", "alias": "before"} | how]
    return metric("m", {"type": "derived", "expression": "before", "inputs": inputs})


class TestConversion:
    """The example of the documentation: two purchases of one user after three visits."""

    def test_a_purchase_belongs_to_the_closest_visit_before_it(self, engine: Engine) -> None:
        """That of 2 January to the visit of the 1st, that of 7 January to the visit of the same day."""
        found = series(engine, metric("m", FUNNEL), start="2020-01-01", end="2020-02-01")
        assert found == [("01-01", 1), ("01-04", 0), ("01-07", 1)]

    def test_properties_that_must_agree(self, engine: Engine) -> None:
        """Both purchases came from the referrer of their visit."""
        constant = {"constant_properties": [{"base": "referrer_id", "conversion": "referrer_id"}]}
        found = series(engine, metric("m", FUNNEL | constant), start="2020-01-01", end="2020-02-01")
        assert found == [("01-01", 1), ("01-04", 0), ("01-07", 1)]

    def test_a_base_that_is_filtered_may_be_further_away(self, engine: Engine) -> None:
        """Without the visit of 7 January its purchase belongs to an earlier one, less than seven days before."""
        base = {"base": {"aggregate": "count", "where": "what = 'visit' AND referrer_id = 'facebook'"}}
        found = series(engine, metric("m", FUNNEL | base), start="2020-01-01", end="2020-02-01")
        assert found == [("01-01", 2)]
        found = series(engine, metric("m", FUNNEL | base | {"window": "6 days"}), start="2020-01-01", end="2020-02-01")
        assert found == [("01-01", 1)]


class TestOffset:
    """A metric read earlier."""

    def test_days_before_by_month_are_other_rows(self, engine: Engine) -> None:
        """March, seven days before: 22 February until 24 March; MetricFlow's example of d7_booking_change."""
        found = series(
            engine, offset(offset_window="7 days"), TAKEN, start="2026-02-01", end="2026-04-01", grain="month"
        )
        assert found == [("02-01", 1 + 2 + 4), ("03-01", 8 + 16 + 32)]

    def test_a_month_before_by_month_is_the_month_before(self, engine: Engine) -> None:
        """Months of different length are looked up whole."""
        found = series(
            engine, offset(offset_window="1 month"), TAKEN, start="2026-02-01", end="2026-05-01", grain="month"
        )
        assert found == [("02-01", 3), ("03-01", 12), ("04-01", 112)]

    def test_a_month_before_by_day_takes_the_last_day_that_there_is(self, engine: Engine) -> None:
        """A month before 29, 30 and 31 March is 28 February, for each of them."""
        found = series(engine, offset(offset_window="1 month"), TAKEN, start="2026-03-28", end="2026-04-02")
        assert found == [("03-28", 8), ("03-29", 8), ("03-30", 8), ("03-31", 8), ("04-01", 16)]

    def test_a_quarter_before(self, engine: Engine) -> None:
        """Not every engine knows quarters as a length of time."""
        found = series(
            engine, offset(offset_window="1 quarter"), TAKEN, start="2026-04-01", end="2026-07-01", grain="month"
        )
        assert found == [("04-01", 3), ("05-01", 12), ("06-01", 112)]

    def test_the_start_of_a_period(self, engine: Engine) -> None:
        """Every day of March reads 1 March."""
        found = series(engine, offset(offset_to_grain="month"), TAKEN, start="2026-03-01", end="2026-03-04")
        assert found == [("03-01", 16), ("03-02", 16), ("03-03", 16)]

    def test_rows_of_a_query_of_its_own_cannot_be_moved(self, engine: Engine) -> None:
        """It says so instead of answering something else."""
        text = "SELECT DATE_TRUNC('month', at_time) AS period, SUM(n) AS value FROM steps GROUP BY 1"
        own = metric("taken", {"type": "sql", "sources": ["steps"], "sql": text, "grain": "month"})
        with pytest.raises(BadInput) as refused:
            series(engine, offset(offset_window="7 days"), own, start="2026-03-01", end="2026-04-01", grain="month")
        assert refused.value.code == "offset_on_sql"


WINDOWS: dict[str, tuple[dict[str, str], str, str, Grain, list[tuple[str, float]]]] = {
    "a month before 30 March reaches back to 28 February": (
        {"window": "1 month"},
        "2026-03-30",
        "2026-04-01",
        "day",
        [("03-30", 8 + 16 + 32), ("03-31", 16 + 32 + 64)],
    ),
    "28 days by month end with the month": (
        {"window": "28 days", "grain": "month"},
        "2026-02-01",
        "2026-04-01",
        "month",
        [("02-01", 12), ("03-01", 96)],
    ),
    "hours cut days": (
        {"window": "36 hours"},
        "2026-03-01",
        "2026-03-02",
        "day",
        [("03-01", 8 + 16)],
    ),
    "to date starts with the period": (
        {"grain_to_date": "month"},
        "2026-03-01",
        "2026-03-08",
        "day",
        [("03-01", 16), ("03-02", 16), ("03-03", 16), ("03-04", 16), ("03-05", 16), ("03-06", 16), ("03-07", 48)],
    ),
}


@pytest.mark.parametrize(("how", "start", "end", "grain", "rows"), WINDOWS.values(), ids=list(WINDOWS))
def test_a_window_is_half_open(
    engine: Engine, how: dict[str, str], start: str, end: str, grain: Grain, rows: list[tuple[str, float]]
) -> None:
    """From the end of each period backwards; the first moment is in it."""
    found = series(
        engine, metric("m", {"type": "cumulative", "measure": STEPS} | how), start=start, end=end, grain=grain
    )
    assert found == rows


def test_a_coarser_period_takes_the_mean_of_its_days(engine: Engine) -> None:
    """period_aggregate: average, over the days that have a value."""
    how = {"type": "cumulative", "measure": STEPS, "window": "1 day", "period_aggregate": "average"}
    found = series(engine, metric("m", how), start="2026-03-01", end="2026-04-01", grain="month")
    assert found == [("03-01", round((16 + 32 + 64) / 3, 6))]


class TestDivision:
    """In floating point, and NULL by zero, wherever a definition divides."""

    def test_in_a_derived_metric(self, engine: Engine) -> None:
        """MetricFlow leaves it to the engine: an error here, infinity there."""
        inputs = [{"metric": "taken"}]
        by_zero = metric("m", {"type": "derived", "expression": "taken / (taken - 16)", "inputs": inputs})
        found = series(engine, by_zero, TAKEN, start="2026-03-01", end="2026-03-08")
        assert found == [("03-01", None), ("03-07", 2)]

    def test_in_an_expression_of_rows(self, engine: Engine) -> None:
        """A row that divides by zero is left out like any NULL; 1 / 4 is a quarter."""
        halves = metric("m", {"type": "simple", **STEPS, "expression": "n / (n - 2) + 1 / 4"})
        found = series(engine, halves, start="2026-01-30", end="2026-02-02")
        assert found == [("01-30", -0.75), ("01-31", None), ("02-01", 2.25)]

    def test_in_a_query_of_its_own(self, engine: Engine) -> None:
        """The same there."""
        text = "SELECT DATE_TRUNC('day', at_time) AS period, SUM(n) / 8 AS value FROM steps GROUP BY 1"
        own = metric("m", {"type": "sql", "sources": ["steps"], "sql": text})
        assert series(engine, own, start="2026-02-01", end="2026-02-02") == [("02-01", 0.5)]
