"""Values are stored as they are known: once, with what changed, and with what older versions give on the new data."""

from __future__ import annotations

import pytest

from integration.values.values_world import RATE, World, cell
from metricgov.domain.comparability.vintages import known
from metricgov.domain.views import LinkStatus

FIRST, SECOND, THIRD = "2026-04-01T08:00:00Z", "2026-04-02T08:00:00Z", "2026-04-03T08:00:00Z"


def test_the_same_data_add_nothing(world: World) -> None:
    """The second time, the branch stays where it is."""
    done = world.take(FIRST)
    assert (done.values, done.new, done.revised, done.number) == (3, 3, 0, 1)
    tip = world.values.tip()
    again = world.take(SECOND)
    assert (again.values, again.new, again.revised, again.number) == (3, 0, 0, 1)
    assert world.values.tip() == tip


def test_late_data_are_a_new_vintage_and_the_old_value_stays(world: World) -> None:
    """What was known on the first day is still what was known on the first day."""
    world.take(FIRST)
    world.orders("2026-02", 7)
    done = world.take(SECOND)
    assert (done.new, done.revised, done.number) == (0, 1, 2)
    assert [row.cell for row in world.vintages()[1].rows] == [cell("2026-02")]
    assert world.known(FIRST)["2026-02"].under.amount.value == "100"
    assert world.known()["2026-02"].under.amount.value == "107"
    assert world.known("2026-03-31T00:00:00Z") == {}


def test_a_new_version_keeps_what_the_old_one_gives_on_the_same_data(world: World) -> None:
    """Two versions and late data at once can still be told apart."""
    world.orders("2026-02", 10, test=True)
    world.take(FIRST)
    world.orders("2026-02", 5)
    world.define("2.0.0", "NOT is_test")
    world.define("3.0.0", "NOT is_test AND channel = 'web'")
    world.take(SECOND)
    row = world.known()["2026-02"]
    assert (row.under.version, row.under.amount.value) == ("3.0.0", "105")
    assert [(one.version, one.amount.value) for one in row.via] == [("1.0.0", "115"), ("2.0.0", "105")]


def test_across_a_break_the_old_version_goes_on_measuring_its_days(world: World) -> None:
    """Months before the step keep the version that measured them; a month with the step in it belongs to the old."""
    world.define("2.0.0", "NOT is_test", LinkStatus.BROKEN)
    world.take(FIRST)
    assert {month: row.under.version for month, row in world.known().items()} == {
        "2026-01": "1.0.0",
        "2026-02": "1.0.0",
        "2026-03": "1.0.0",
    }


def test_segments_and_the_sides_of_a_quotient(world: World) -> None:
    """Each dimension for itself, beside the whole, with numerator and denominator."""
    ratio = World.__new__(World)
    ratio.__dict__.update(world.__dict__)
    ratio.calculation, ratio.versions = RATE, []
    ratio.define("1.0.0")
    ratio.orders("2026-02", 50, channel="app", paid=20)
    ratio.take(FIRST, dimensions=["channel"])
    found = known(ratio.vintages())
    whole = found[cell("2026-02")][0].under.amount
    assert (whole.value, whole.above, whole.below) == ("0.13333333333333", "20", "150")
    part = found[cell("2026-02", "channel", "app")][0].under.amount
    assert (part.value, part.above, part.below) == ("0.4", "20", "50")


def test_what_is_gone_is_known_to_be_gone(world: World) -> None:
    """A month without rows has a value once, and then none."""
    world.take(FIRST)
    world.sql("DELETE FROM orders WHERE at_time < TIMESTAMP '2026-02-01'")
    assert world.take(SECOND).revised == 1
    assert world.known()["2026-01"].under.amount.value is None
    assert world.take(THIRD).revised == 0


def test_how_it_was_computed_is_stored(world: World) -> None:
    """Engine, commit of main, digest of the SQL, window."""
    world.take(FIRST)
    taking = world.vintages()[0].taking
    assert (taking.engine, taking.main, taking.as_of) == ("here", "a" * 40, "2026-04-01")
    assert (taking.start, taking.end, taking.grain) == ("2026-01-01", "2026-04-01", "month")
    assert len(taking.sql) == 64


@pytest.mark.parametrize("grain", ["week", "month"])
def test_each_period_has_its_own_values(world: World, grain: str) -> None:
    """A snapshot by week says nothing about months."""
    world.take(FIRST)
    world.take(SECOND, grain=grain)  # type: ignore[arg-type]
    assert len(world.vintages()) == (2 if grain == "week" else 1)
