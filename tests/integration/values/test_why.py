"""Planted late data, a mended defect, two new definitions and real movement: each is recovered exactly, on DuckDB."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from integration.values.values_world import RATE, World, cell
from metricgov.app.explaining import Explainer, Question
from metricgov.domain.comparability.causes import Cause
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.why import Behind, Difference
from metricgov.domain.errors import BadInput, Undecidable
from metricgov.domain.views import LinkStatus
from metricgov.render.why import why_text

FIRST, SECOND = "2026-04-01T08:00:00Z", "2026-04-05T08:00:00Z"
FEBRUARY, MARCH = cell("2026-02"), cell("2026-03")
TEST_OUT = "NOT is_test"
WEB = "NOT is_test AND channel = 'web'"
LARGE = "NOT is_test AND channel = 'web' AND amount > 5"


def ask(world: World, first: Any, other: Any = None, *, engine: bool = True, **more: str) -> Difference:
    """Ask why."""
    known = {
        one.change: Behind(one.change, one.row.label, one.label, "restated", "", ("crm-lead",), one.row.known_from)
        for one in world.versions
        if one.change
    }
    defect = "01J2.0.0"
    if defect in known:
        known[defect] = replace(known[defect], defect=True)
    asked = Question(first, other or first, **more)
    with world.valuer() as valuer:
        return Explainer("orders_made", world.versions, known, world.vintages(), valuer if engine else None).explain(
            asked
        )


def parts(found: Difference) -> list[tuple[str, str, Any]]:
    """Return cause, change and amount of each part."""
    return [(one.cause.value, " ".join(each.version for each in one.behind), one.amount) for one in found.parts]


@pytest.fixture
def planted(world: World) -> World:
    """February was reported with 10 tests, 20 of the app and 5 small orders in it; then came 7 late ones."""
    world.orders("2026-02", 10, test=True)
    world.orders("2026-02", 20, channel="app")
    world.sql("INSERT INTO orders SELECT TIMESTAMP '2026-02-11', 'web', 1, FALSE, FALSE FROM range(5)")
    world.take(FIRST)
    world.orders("2026-02", 7)
    world.define("2.0.0", TEST_OUT)
    world.define("3.0.0", WEB)
    world.define("4.0.0", LARGE)
    return world


RECOVERED = [("data", "", 7), ("defect", "2.0.0", -10), ("definition", "3.0.0", -20), ("definition", "4.0.0", -5)]


def test_each_part_is_recovered_from_the_engine(planted: World) -> None:
    """135 were reported; 107 it is now."""
    found = ask(planted, FEBRUARY, reported=FIRST)
    assert (found.start.number, found.end.number, found.total) == (135, 107, -28)
    assert parts(found) == RECOVERED
    assert "same field (calculation.where)" in " ".join(found.notes)


def test_each_part_is_recovered_from_what_was_stored(planted: World) -> None:
    """Without an engine, and as known on a day; the first stored value where no day is named."""
    planted.take(SECOND)
    for more in ({"known_at": SECOND}, {"known_at": SECOND, "reported": FIRST}, {}):
        assert parts(ask(planted, FEBRUARY, engine=False, **more)) == RECOVERED
    assert "No engine was asked" in " ".join(ask(planted, FEBRUARY, engine=False).notes)


def test_nothing_happened(world: World) -> None:
    """Equal values have no parts."""
    world.take(FIRST)
    found = ask(world, FEBRUARY)
    assert (found.total, found.parts) == (0, ())


def test_real_movement_between_two_periods(world: World) -> None:
    """By one definition, everything is real."""
    world.orders("2026-03", 9)
    assert parts(ask(world, FEBRUARY, MARCH)) == [("real", "", 9)]


def test_a_break_between_two_periods(world: World) -> None:
    """The definition's step is measured on the first period, the rest is real; and the other way round."""
    world.define("2.0.0", TEST_OUT, LinkStatus.BROKEN)
    world.orders("2026-02", 10, test=True)
    world.sql("INSERT INTO orders SELECT TIMESTAMP '2026-04-02', 'web', 1, FALSE, FALSE FROM range(130)")
    world.sql("INSERT INTO orders SELECT TIMESTAMP '2026-04-02', 'web', 1, TRUE, FALSE FROM range(40)")
    found = ask(world, FEBRUARY, cell("2026-04"))
    assert (found.start.number, found.end.number) == (110, 130)
    assert parts(found) == [("defect", "2.0.0", -10), ("real", "", 30)]
    back = ask(world, cell("2026-04"), FEBRUARY)
    assert parts(back) == [("defect", "2.0.0", 40), ("real", "", -60)]


def test_late_data_and_real_movement_at_once(world: World) -> None:
    """February as it was reported, March as it is now."""
    world.take(FIRST)
    world.orders("2026-02", 7)
    world.orders("2026-03", 30)
    found = ask(world, FEBRUARY, MARCH, reported=FIRST)
    assert parts(found) == [("data", "", 7), ("real", "", 23)]


def test_movement_by_segment(world: World) -> None:
    """A sum splits into its segments, without a value among them."""
    world.orders("2026-03", 30, channel="app")
    world.sql("INSERT INTO orders SELECT TIMESTAMP '2026-03-11', NULL, 1, FALSE, FALSE FROM range(4)")
    world.sql("DELETE FROM orders WHERE at_time BETWEEN TIMESTAMP '2026-03-02' AND TIMESTAMP '2026-03-02 23:00:00'")
    found = ask(world, FEBRUARY, MARCH, dimension="channel")
    assert [(one.segment, one.amount) for one in found.parts] == [
        (("channel", "app"), 28),
        (("channel", "web"), -5),
        (("channel", None), 4),
    ]


def test_mix_and_rates_of_a_quotient(world: World) -> None:
    """The same rates in other proportions are mix alone; both sum to the movement."""
    world.calculation, world.versions = RATE, []
    world.define("1.0.0")
    world.sql("DELETE FROM orders")
    world.orders("2026-02", 80, paid=8)
    world.orders("2026-02", 20, channel="app", paid=10)
    world.orders("2026-03", 50, paid=5)
    world.orders("2026-03", 50, channel="app", paid=25)
    found = ask(world, FEBRUARY, MARCH, dimension="channel")
    assert parts(found) == [("mix", "", Fraction(12, 100)), ("rate", "", 0)]
    world.sql("UPDATE orders SET is_paid = TRUE WHERE at_time >= TIMESTAMP '2026-03-01' AND channel = 'app'")
    found = ask(world, FEBRUARY, MARCH, dimension="channel")
    assert {one.cause: float(one.amount) for one in found.parts} == pytest.approx({Cause.MIX: 0.195, Cause.RATE: 0.175})


def test_independent_changes_are_tried_in_every_order(world: World) -> None:
    """Numerator and denominator changed apart: the definition's parts depend on which came first, and that is said."""
    world.calculation, world.versions = RATE, []
    world.define("1.0.0")
    world.orders("2026-02", 50, paid=20)
    world.orders("2026-02", 10, test=True, paid=5)
    world.take(FIRST)
    narrower = RATE | {"numerator": {"aggregate": "count", "where": "is_paid AND NOT is_test"}}
    world.calculation = narrower
    world.define("2.0.0")
    world.calculation = narrower | {"denominator": {"aggregate": "count", "where": "NOT is_test"}}
    world.define("3.0.0")
    found = ask(world, FEBRUARY, reported=FIRST)
    first, second = found.parts
    assert (first.cause, second.cause) == (Cause.DEFECT, Cause.DEFINITION)
    assert first.amount == Fraction("0.125") - Fraction("0.15625")
    assert (first.high, first.low) == (first.amount, Fraction("0.13333333333333") - Fraction("0.16666666666667"))
    assert second.low is not None
    assert second.high is not None
    assert second.low < second.high
    assert sum(one.amount for one in found.parts) == found.total


def test_what_cannot_be_told_apart_is_said(world: World) -> None:
    """The column that the old definition needs is gone, and nothing was stored in between."""
    world.define("1.1.0", TEST_OUT)
    world.orders("2026-02", 10, test=True)
    world.take(FIRST)
    world.orders("2026-02", 5)
    world.define("2.0.0", "channel = 'web'")
    world.sql("ALTER TABLE orders DROP COLUMN is_test")
    found = ask(world, FEBRUARY, reported=FIRST)
    assert parts(found) == [("not_told_apart", "2.0.0", 15)]
    assert found.parts[0].says == "late data and the definition"
    with pytest.raises(Undecidable):
        ask(world, FEBRUARY, cell("2026-05"))


def test_a_snapshot_in_between_tells_apart_what_the_engine_no_longer_can(world: World) -> None:
    """It was taken while the old definition could still be computed."""
    world.define("1.1.0", TEST_OUT)
    world.orders("2026-02", 10, test=True)
    world.orders("2026-02", 20, channel="app")
    world.take(FIRST)
    world.orders("2026-02", 5)
    world.define("2.0.0", "channel = 'web'")
    world.take(SECOND)
    world.sql("ALTER TABLE orders DROP COLUMN is_test")
    world.sql("INSERT INTO orders SELECT TIMESTAMP '2026-02-11', 'web', 1, FALSE FROM range(2)")
    found = ask(world, FEBRUARY, reported=FIRST)
    assert parts(found) == [("data", "", 7), ("defect", "2.0.0", -10)]


def test_changes_of_inputs_have_one_order(planted: World) -> None:
    """That of the record; and it is said."""
    last = planted.versions[-1]
    planted.versions[-1] = replace(last, row=replace(last.row, cause="source:orders 2.0.0"))
    found = ask(planted, FEBRUARY, reported=FIRST)
    assert "Changes of inputs" in " ".join(found.notes)
    assert all(one.low is None for one in found.parts)


def test_without_raw_data_the_bridge_says_what_the_definition_does(world: World) -> None:
    """Washington pneumonia, 1998 to 1999: -459 is -515 by definition and +56 real; with the interval of the bridge."""
    world.sql("DELETE FROM orders")
    world.orders("2026-02", 1619)
    world.define("2.0.0", TEST_OUT, LinkStatus.BRIDGED)
    factor = Fraction(1104, 1619)
    link = Linked(
        "orders_made", Status.BRIDGED, LinkScale.RATIO, Factor(float(factor), 0.01), {"month": 0.02}, periods=12
    )
    old, new = world.versions
    world.versions[0] = replace(
        old, version=replace(old.version, measuring=replace(old.version.measuring, end="2026-03-01", bridge=link))
    )
    world.versions[1] = replace(
        new,
        version=replace(
            new.version, measuring=replace(new.version.measuring, start="2026-03-01", reaches="2026-03-01")
        ),
    )
    world.orders("2026-03", 1160)
    found = ask(world, FEBRUARY, MARCH)
    assert (found.start.number, found.end.number) == (1619, 1160)
    assert parts(found) == [("defect", "2.0.0", -515), ("real", "", 56)]
    low, high = found.parts[0].interval or (0, 0)
    assert low < -515 < high
    assert "estimated by the bridge" in why_text(found)


def test_definition_and_movement_cannot_be_told_apart_without_an_engine(world: World) -> None:
    """Two stored values by two versions."""
    world.define("2.0.0", TEST_OUT, LinkStatus.BROKEN)
    world.orders("2026-02", 10, test=True)
    world.take(FIRST)
    world.versions[1] = replace(
        world.versions[1],
        version=replace(
            world.versions[1].version, measuring=replace(world.versions[1].version.measuring, start="2026-03-01")
        ),
    )
    world.versions[0] = replace(
        world.versions[0],
        version=replace(
            world.versions[0].version, measuring=replace(world.versions[0].version.measuring, end="2026-03-01")
        ),
    )
    world.take(SECOND)
    found = ask(world, FEBRUARY, MARCH, engine=False)
    assert parts(found) == [("not_told_apart", "2.0.0", -10)]
    assert found.parts[0].says == "the definition and real movement"


@pytest.mark.parametrize(
    ("more", "code"),
    [({"reported": "2026-03-01T00:00:00Z"}, "not_yet_known"), ({"known_at": "2026-03-01T00:00:00Z"}, "")],
)
def test_what_was_not_known_is_said(world: World, more: dict[str, str], code: str) -> None:
    """With the second at which the first value was stored."""
    world.take(FIRST)
    with pytest.raises(BadInput) as error:
        ask(world, FEBRUARY, **more)
    assert error.value.code == "not_yet_known"
    assert FIRST in error.value.hint or not code


def test_what_was_never_stored_is_said(world: World) -> None:
    """With the command that stores values."""
    with pytest.raises(BadInput, match="was ever stored"):
        ask(world, FEBRUARY)
