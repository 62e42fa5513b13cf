"""The effect of planted changes, in a real engine: one channel moved, a sum that does not add up, columns gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from integration.query.query_world import metric, source
from metricgov.adapters.warehouse.opening import open_warehouse
from metricgov.app.fitting import unfit
from metricgov.app.measuring import Measured, measure, overlap
from metricgov.domain.comparability.paired import Estimator
from metricgov.domain.comparability.verdict import Verdict
from metricgov.domain.definitions.engines import DuckDbEngine
from metricgov.domain.definitions.metric import Metric
from metricgov.domain.definitions.source import Source
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.dual import Side
from metricgov.domain.query.span import Window
from metricgov.ports.warehouse import Limits, Warehouse

DAYS = 56
AS_OF = datetime(2026, 2, 26)
ROWS = f"""CREATE TABLE visits AS SELECT i AS visit_id, TIMESTAMP '2026-01-01' + INTERVAL (i % {DAYS}) DAY AS at_time,
  CASE WHEN i % 5 = 0 THEN 'app' ELSE 'web' END AS channel, i % 40 = 0 AS is_bot, i % 7 AS amount, i % 300 AS visitor
  FROM range(56000) AS t(i)"""
COLUMNS = {
    "visit_id": "integer",
    "at_time": "timestamp",
    "channel": "string",
    "is_bot": "boolean",
    "amount": "integer",
    "visitor": "integer",
}
VISITS = source(
    "visits",
    COLUMNS,
    primary_key=["visit_id"],
)
BASE = {"type": "simple", "source": "visits", "time": "at_time", "aggregate": "count"}


@pytest.fixture
def warehouse(tmp_path: Path) -> Iterator[Warehouse]:
    """A database with eight weeks of visits; every bot is in the app."""
    with duckdb.connect(str(tmp_path / "data.duckdb")) as connection:
        connection.execute(ROWS)
    engine = open_warehouse("here", DuckDbEngine(type="duckdb", path="data.duckdb"), folder=tmp_path, environ={})
    yield engine
    engine.close()


def visits(calculation: dict[str, object]) -> Metric:
    """Return a metric over visits."""
    return metric("visits_made", BASE | calculation, dimensions=["channel"], entity="visit_id")


def measured(warehouse: Warehouse, before: Metric, after: Metric) -> Measured:
    """Return the effect of one becoming the other."""
    sides = [Side(one, Catalogue({one.name: one}, {"visits": VISITS})) for one in (before, after)]
    return measure(
        *sides,
        warehouse,
        window=overlap(AS_OF, DAYS, "day"),
        as_of=AS_OF,
        dialect="duckdb",
        limits=Limits(),
        margin=0.02,
    )


def test_a_channel_that_is_sorted_anew_has_no_factors(warehouse: Warehouse) -> None:
    """Bots become a channel of their own, in the same step as they lose every second visit: row 11 by channel."""
    columns = [{"name": name, "type": kind} for name, kind in COLUMNS.items() if name != "channel"]
    sorted_anew = "CASE WHEN is_bot THEN 'bot' ELSE channel END"
    columns.append({"name": "channel", "type": "string", "expression": sorted_anew})
    other = Source.model_validate(VISITS.model_dump(mode="json", exclude_unset=True) | {"columns": columns})
    before, after = visits({}), visits({"where": "NOT is_bot OR visit_id % 80 = 0"})
    found = measure(
        Side(before, Catalogue({before.name: before}, {"visits": VISITS})),
        Side(after, Catalogue({after.name: after}, {"visits": other})),
        warehouse,
        window=overlap(AS_OF, DAYS, "day"),
        as_of=AS_OF,
        dialect="duckdb",
        limits=Limits(),
        margin=0.02,
    )
    link = found.link
    assert (link.recut, link.dimension, link.segments) == (("channel",), "", ())
    assert link.factor is not None
    assert link.factor.value == pytest.approx(55300 / 56000)
    assert measured(warehouse, before, after).link.recut == ()


def test_a_filter_that_moves_one_channel_is_found_there(warehouse: Warehouse) -> None:
    """1,400 of 56,000 visits leave, all of them from the app."""
    found = measured(warehouse, visits({}), visits({"where": "NOT is_bot"}))
    assert found.one_pass
    total = found.effect.total
    assert total.cells is not None
    assert (total.cells.both, total.cells.new_only, total.cells.old_only) == (54600, 0, 1400)
    assert total.estimate is not None
    assert total.estimate.ratio == pytest.approx(0.975)
    assert total.verdict is Verdict.MATERIAL or total.verdict is Verdict.UNCERTAIN
    (channel,) = found.effect.dimensions
    assert {one.segment: round(one.estimate.ratio, 3) for one in channel.parts if one.estimate} == {
        "web": 1.0,
        "app": 0.875,
    }
    assert channel.by_segment
    assert found.effect.clusters == DAYS


def test_what_does_not_add_up_is_computed_apart(warehouse: Warehouse) -> None:
    """Distinct visitors by day, old and new on their own."""
    distinct = {"aggregate": "count_distinct", "expression": "visitor"}
    found = measured(warehouse, visits(distinct), visits(distinct | {"where": "channel = 'app'"}))
    assert not found.one_pass
    assert len(found.sql) == 4
    assert found.effect.total.cells is None
    assert found.effect.total.estimate is not None
    assert found.effect.total.estimate.estimator is Estimator.CLUSTERED
    assert found.effect.total.estimate.ratio < 0.5


def test_a_quotient_is_measured_by_its_parts(warehouse: Warehouse) -> None:
    """A share in percent that becomes a share of fewer."""
    parts = {"numerator": {"aggregate": "count", "where": "is_bot"}, "denominator": {"aggregate": "count"}}
    share = {"type": "ratio", "aggregate": None, "scale": 100} | parts

    def of(**more: object) -> Metric:
        calculation = {key: value for key, value in (BASE | share | more).items() if value is not None}
        return metric("bots", calculation, dimensions=["channel"], entity="visit_id")

    found = measured(warehouse, of(), of(where="channel = 'app'"))
    assert found.effect.total.old == pytest.approx(2.5)
    assert found.effect.total.new == pytest.approx(12.5)
    assert found.effect.total.estimate is not None
    assert found.effect.total.estimate.estimator is Estimator.RATIO_METRIC
    assert found.effect.total.estimate.ratio == pytest.approx(5)


def test_what_the_engine_lacks_is_named_before_anything_runs(warehouse: Warehouse) -> None:
    """Columns and sources, as sentences."""
    strange = source("visits", {"visit_id": "integer", "colour": "string"})
    nowhere = source("calls", {"call_id": "integer"}, relations={})
    assert unfit([strange, nowhere, VISITS], warehouse) == (
        "source visits has no column colour in engine here",
        "source calls is not in engine here",
    )


def test_an_overlap_holds_complete_periods() -> None:
    """The period that still runs is left out."""
    assert overlap(datetime(2026, 2, 26, 15), 56, "day") == Window(datetime(2026, 1, 1), datetime(2026, 2, 26), "day")
    assert overlap(datetime(2026, 2, 26), 365, "month") == Window(datetime(2025, 2, 1), datetime(2026, 2, 1), "month")
