"""A series falls back on what was stored: where raw data do not reach, where no engine is, and as it was reported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integration.values.values_world import AS_OF, NAME, World, cell
from metricgov.app.from_record import Kept
from metricgov.app.series import Version, Wanted, read_series
from metricgov.domain.comparability.flags import Observation
from metricgov.domain.comparability.link import Factor, Linked, LinkScale
from metricgov.domain.comparability.matrix import Status
from metricgov.domain.comparability.on_record import combined, segment_of, values_of
from metricgov.domain.comparability.over_time import Series
from metricgov.domain.comparability.vintages import Cell
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.views import LinkStatus
from metricgov.ports.warehouse import Limits

FIRST, SECOND = "2026-04-01T08:00:00Z", "2026-04-02T08:00:00Z"
BRIDGE = Linked(
    NAME,
    Status.BRIDGED,
    LinkScale.RATIO,
    Factor(0.9, 0.009),
    {},
    start="2026-03-01",
    end="2026-04-01",
    grain="day",
    periods=31,
)


def read(world: World, *, engine: bool = False, known_at: str = "", reaches: str = "", **ask: Any) -> Series:
    """Return orders by month, from January until March."""
    versions = [
        Version(replace(one.version.measuring, reaches=reaches), one.version.catalogue) for one in world.versions
    ]
    wanted = {"metric": NAME, "start": "2026-01-01", "end": "2026-04-01", "grain": "month", "basis": "current"}
    with world.valuer() as valuer:
        return read_series(
            Wanted(**(wanted | ask)),
            versions,
            valuer.warehouse if engine else None,
            as_of=AS_OF,
            dialect="duckdb",
            limits=Limits(),
            kept=Kept(world.vintages(), known_at),
        )


def link(world: World, status: Status, bridge: Linked | None = None, end: str = "2026-03-01") -> None:
    """Link the first two versions, which part on a day."""
    one = world.versions[0]
    measuring = replace(one.version.measuring, link=status, bridge=bridge, end=end)
    world.versions[0] = replace(one, version=replace(one.version, measuring=measuring))
    two = world.versions[1]
    world.versions[1] = replace(two, version=replace(two.version, measuring=replace(two.version.measuring, start=end)))


def points(found: Series) -> list[tuple[str, float | None, str, str, str]]:
    """Return month, value, flags, version and source of the whole."""
    (line,) = found.lines
    return [_point(one) for one in line.observations]


def _point(one: Observation) -> tuple[str, float | None, str, str, str]:
    flags = "".join(sorted(flag.value for flag in one.flags))
    return one.period[5:7], one.value, flags, one.version, one.stored[:10]


def test_without_an_engine_it_is_what_was_stored(world: World) -> None:
    """Each point says when it was stored; months that nobody stored are missing and named."""
    world.take(FIRST, start="2026-02-01")
    found = read(world)
    assert points(found) == [
        ("01", None, "L", "1.0.0", ""),
        ("02", 100, "A", "1.0.0", "2026-04-01"),
        ("03", 100, "A", "1.0.0", "2026-04-01"),
    ]
    assert found.notes == (
        "No engine was asked: every value is one that was stored.",
        "Missing, because no values were stored: 2026-01.",
    )


def test_where_raw_data_do_not_reach(world: World) -> None:
    """What is gone from the source comes from the record; the rest is measured."""
    world.take(FIRST)
    world.sql("DELETE FROM orders WHERE at_time < TIMESTAMP '2026-02-01'")
    world.orders("2026-03", 5)
    found = read(world, engine=True, reaches="2026-02-01")
    assert points(found) == [
        ("01", 100, "A", "1.0.0", "2026-04-01"),
        ("02", 100, "A", "1.0.0", ""),
        ("03", 105, "A", "1.0.0", ""),
    ]
    assert "From values that were stored (1 Apr 2026): 2026-01." in found.notes


def test_raw_data_that_nobody_declared_gone(world: World) -> None:
    """Months before the first row of the source are looked up too; months without rows later are none."""
    world.take(FIRST)
    world.sql("DELETE FROM orders WHERE at_time < TIMESTAMP '2026-03-01'")
    assert [(month, source) for month, *_, source in points(read(world, engine=True))] == [
        ("01", "2026-04-01"),
        ("02", "2026-04-01"),
        ("03", ""),
    ]
    world.sql("INSERT INTO orders SELECT TIMESTAMP '2026-01-02', 'web', 1, FALSE, FALSE")
    assert [month for month, *_ in points(read(world, engine=True))] == ["01", "03"]


def test_as_it_was_known(world: World) -> None:
    """The newest until a moment; as reported, the first one."""
    world.take(FIRST)
    world.orders("2026-02", 7)
    world.take(SECOND)
    assert [value for _, value, *_ in points(read(world))] == [100, 107, 100]
    assert [value for _, value, *_ in points(read(world, known_at=FIRST))] == [100, 100, 100]
    assert [value for _, value, *_ in points(read(world, basis="as-reported"))] == [100, 100, 100]
    world.orders("2026-01", 3)
    found = read(world, engine=True, basis="as-reported")
    assert [(value, source) for _, value, _, _, source in points(found)] == [(100, "2026-04-01")] * 3
    assert [value for _, value, *_ in points(read(world, basis="as-reported", known_at=SECOND))] == [100, 107, 100]


def test_stored_values_are_bridged_as_measured_ones(world: World) -> None:
    """Estimated, with the stored value beside and an interval; the first value of the new definition breaks in."""
    world.take(FIRST)
    world.define("2.0.0", "NOT is_test")
    link(world, Status.BRIDGED, BRIDGE)
    found = read(world, end="2026-03-01")
    assert points(found) == [("01", 90, "E", "1.0.0", "2026-04-01"), ("02", 90, "E", "1.0.0", "2026-04-01")]
    (line,) = found.lines
    assert [one.pre_break_value for one in line.observations] == [100, 100]
    assert all(one.interval and one.interval.low < 90 < one.interval.high for one in line.observations)
    assert [one.id for one in found.warned] == ["W12"]
    assert [one.chain for one in found.stored] == [(BRIDGE,)]
    found = read(world, engine=True)
    assert [flags for _, _, flags, *_ in points(found)] == ["E", "E", "B"]


@pytest.mark.parametrize(
    ("measured", "late", "warns"),
    [
        ("2026-04-01T12:00:00Z", "2026-03", True),
        ("2026-04-02T12:00:00Z", "2026-03", False),
        ("2026-04-01T12:00:00Z", "2026-02", False),
        ("", "2026-03", False),
    ],
    ids=["newer data", "older data", "other days", "not on record"],
)
def test_a_ratio_older_than_its_data(world: World, measured: str, late: str, *, warns: bool) -> None:
    """W17: rows of the overlap came after the ratio was measured, as what was stored shows."""
    world.take(FIRST)
    world.orders(late, 8)
    world.take(SECOND)
    world.define("2.0.0", "NOT is_test")
    link(world, Status.BRIDGED, replace(BRIDGE, at=measured))
    for engine in (False, True):
        found = [one.says for one in read(world, engine=engine, end="2026-03-01").warned if one.id == "W17"]
        assert bool(found) is warns
        assert not warns or "revised 1 of 1 stored months of it, by up to 7.4%" in found[0]
    then = read(world, end="2026-03-01", known_at=FIRST)
    assert "W17" not in [one.id for one in then.warned]


@pytest.mark.parametrize("factor", [None, BRIDGE], ids=["no factor", "a factor that nobody agreed to use"])
def test_stored_values_do_not_cross_a_break(world: World, factor: Linked | None) -> None:
    """Refused as measured ones are; marked where somebody insists; as reported they stand."""
    world.take(FIRST)
    world.define("2.0.0", "NOT is_test", LinkStatus.BROKEN)
    link(world, Status.BROKEN, factor)
    with pytest.raises(Refused, match="W16"):
        read(world)
    assert [flags for _, _, flags, *_ in points(read(world, across_breaks=True))] == ["D", "D", "D"]
    found = points(read(world, basis="as-reported"))
    assert [(value, flags) for _, value, flags, *_ in found] == [(100, "A"), (100, "A"), (100, "D")]


def test_the_record_reaches_where_restating_does_not(world: World) -> None:
    """Restated once and stored then: what the new definition gave is on record, so nothing breaks."""
    world.orders("2026-01", 10, test=True)
    world.take(FIRST)
    world.define("2.0.0", "NOT is_test")
    link(world, Status.RESTATED)
    world.take(SECOND)
    world.sql("DELETE FROM orders WHERE at_time < TIMESTAMP '2026-02-01'")
    found = read(world, engine=True, reaches="2026-02-01")
    assert points(found)[0] == ("01", 100, "A", "2.0.0", "2026-04-02")
    assert points(read(world, known_at=FIRST, basis="1.0.0"))[0][1] == 110
    with pytest.raises(Refused, match="W16"):
        read(world, known_at=FIRST, reaches="2026-02-01")


def test_segments_that_nobody_stored_are_named(world: World) -> None:
    """By a dimension that was stored there are lines; by one that was not, it is said."""
    world.orders("2026-02", 5, channel="app")
    world.take(FIRST, dimensions=["channel"])
    found = read(world, dimensions=("channel",))
    assert [(line.key, [one.value for one in line.observations]) for line in found.lines] == [
        (("app",), [5]),
        (("web",), [100, 100, 100]),
    ]
    with pytest.raises(BadInput, match="by month and country from") as refused:
        read(world, dimensions=("country",))
    assert "month by channel (2026-01-01 to 2026-03-01)" in refused.value.hint
    with pytest.raises(BadInput, match="was on record at") as refused:
        read(world, known_at="2026-03-01T00:00:00Z")
    assert refused.value.hint == "the first values were stored on 1 Apr 2026 08:00 UTC"


WORDS = st.dictionaries(st.sampled_from(["channel", "country", "plan"]), st.none() | st.text(max_size=4), min_size=1)


@given(WORDS)
def test_a_combination_is_read_back(values: Mapping[str, str | None]) -> None:
    """Whatever its values are called; the order in which dimensions are named is of no account."""
    found = Cell("month", "2026-01-01", combined([*values][::-1]), segment_of(values))
    assert values_of(found) == dict(values)
    assert found.dimension == combined(values)


def test_a_stored_value_is_what_was_measured_at_that_time(world: World) -> None:
    """Law: whatever arrives, leaves or is defined later, the series known then stays the one measured then."""
    seen = []
    for number, at in enumerate(("2026-04-01T08:00:00Z", "2026-04-02T08:00:00Z", "2026-04-03T08:00:00Z")):
        world.orders("2026-02", number)
        world.sql(f"DELETE FROM orders WHERE at_time >= TIMESTAMP '2026-03-{20 - number}'")
        world.take(at)
        seen.append((at, [value for _, value, *_ in points(read(world, engine=True))]))
    for at, values in seen:
        assert [value for _, value, *_ in points(read(world, known_at=at))] == values
    assert cell("2026-02").period == "2026-02-01"
