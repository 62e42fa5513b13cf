"""The revision triangle: planted late data, a mended defect and a new definition are told apart."""

from __future__ import annotations

from fractions import Fraction

import pytest

from integration.values.values_world import World, cell
from metricgov.domain.comparability.causes import Cause, Revised, history_of, measures
from metricgov.domain.views import LinkStatus

TIMES = [f"2026-04-0{day}T08:00:00Z" for day in range(1, 7)]
DEFECT, DEFINITION = "01J2.0.0", "01J3.0.0"


@pytest.fixture
def triangle(world: World) -> tuple[Revised, ...]:
    """Seven late orders; tests counted by mistake, left out since; then only the web, and five late ones with it."""
    world.orders("2026-02", 10, test=True)
    world.orders("2026-02", 20, channel="app")
    world.take(TIMES[0])
    world.orders("2026-02", 7)
    world.take(TIMES[1])
    world.define("2.0.0", "NOT is_test")
    world.take(TIMES[2])
    world.define("3.0.0", "NOT is_test AND channel = 'web'")
    world.orders("2026-02", 5)
    world.take(TIMES[3])
    return history_of(world.vintages(), [cell(f"2026-0{month}") for month in (1, 2, 3)], [DEFECT])


def test_each_cause_is_recovered_exactly(triangle: tuple[Revised, ...]) -> None:
    """130, +7 and +5 late, -10 for the defect, -20 for the definition."""
    february = triangle[1]
    assert [value for *_, value in february.values] == ["130", "137", "127", "112"]
    parts = {cause: february.part(cause) for cause in Cause if february.part(cause)}
    assert parts == {Cause.DATA: 12, Cause.DEFECT: -10, Cause.DEFINITION: -20}
    assert sum(parts.values()) == february.last - february.first  # type: ignore[operator]
    assert [one.changes for one in february.moves if one.cause is not Cause.DATA] == [(DEFECT,), (DEFINITION,)]


def test_measures_by_cause(triangle: tuple[Revised, ...]) -> None:
    """Means over the three months; relative to the newest values."""
    everything, data = measures(triangle), measures(triangle, (Cause.DATA,))
    assert everything is not None
    assert data is not None
    assert everything.mean == pytest.approx(-18 / 3)
    assert data.mean_absolute == pytest.approx(12 / 3)
    assert data.relative == pytest.approx(12 / 312)
    assert [one.first for one in triangle] == [100, 130, 100]


def test_a_version_that_nobody_computed_on_the_new_data_is_not_told_apart(world: World) -> None:
    """Where the column of the old definition is gone, data and definition are one step."""
    world.define("1.1.0", "NOT is_test")
    world.orders("2026-02", 10, test=True)
    world.take(TIMES[0])
    world.orders("2026-02", 5)
    world.define("2.0.0", "channel = 'web'")
    world.sql("ALTER TABLE orders DROP COLUMN is_test")
    world.take(TIMES[1])
    (found,) = history_of(world.vintages(), [cell("2026-02")], [])
    (move,) = found.moves
    assert (move.cause, move.amount, move.changes) == (Cause.UNCLEAR, Fraction(15), ("01J2.0.0",))


def test_a_value_that_is_gone_is_measured_by_nothing(world: World) -> None:
    """None is no number."""
    world.take(TIMES[0])
    world.sql("DELETE FROM orders WHERE at_time < TIMESTAMP '2026-02-01'")
    world.take(TIMES[1])
    (found,) = history_of(world.vintages(), [cell("2026-01")], [])
    assert found.moves == ()
    assert measures([found]) is None


def test_a_break_moves_no_history(world: World) -> None:
    """Months of before keep their version, so nothing is revised."""
    world.take(TIMES[0])
    world.define("2.0.0", "NOT is_test", LinkStatus.BROKEN)
    world.take(TIMES[1])
    assert len(world.vintages()) == 1
