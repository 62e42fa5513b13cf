"""Combinations of dimensions are stored, bounded, and read by series, revisions and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integration.query.query_world import metric
from integration.values.test_series_from_record import read
from integration.values.values_world import COUNT, NAME, World, cell
from metricgov.app import snapshots
from metricgov.app.explaining import Explainer, Question
from metricgov.domain.comparability.causes import history_of
from metricgov.domain.comparability.vintages import known
from metricgov.domain.comparability.why import Difference
from metricgov.domain.errors import Refused

FIRST, SECOND = "2026-04-01T08:00:00Z", "2026-04-02T08:00:00Z"
BOTH = "channel,is_paid"


@pytest.fixture
def crossed(world: World) -> World:
    """Orders of two channels, some of them paid, some without a channel."""
    one = world.versions[0]
    both = metric(NAME, COUNT, dimensions=["channel", "is_paid"])
    catalogue = replace(one.version.catalogue, metrics={NAME: both})
    world.versions[0] = replace(one, version=replace(one.version, catalogue=catalogue))
    world.orders("2026-02", 10, channel="app", paid=4)
    world.orders("2026-02", 6, paid=2)
    world.sql("INSERT INTO orders SELECT TIMESTAMP '2026-03-11', NULL, 1, FALSE, TRUE FROM range(3)")
    return world


def rows(world: World) -> dict[str | None, str | None]:
    """Return February's values of both dimensions, by segment."""
    return {
        each.segment: row.under.amount.value
        for each, (row, _) in known(world.vintages()).items()
        if each.dimension == BOTH and each.period == "2026-02-01"
    }


def why(world: World, first: str, other: str, *dimension: str, engine: bool = False, known_at: str = "") -> Difference:
    """Explain the difference between two months."""
    asked = Question(cell(first), cell(other), known_at=known_at, dimension=",".join(dimension))
    with world.valuer() as valuer:
        return Explainer(NAME, world.versions, {}, world.vintages(), valuer if engine else None).explain(asked)


def test_a_combination_is_stored_and_read(crossed: World) -> None:
    """Beside the whole; a series by both dimensions, in whatever order, reads what was stored."""
    crossed.take(FIRST, dimensions=[BOTH])
    assert rows(crossed) == {
        '["app","False"]': "6",
        '["app","True"]': "4",
        '["web","False"]': "104",
        '["web","True"]': "2",
    }
    measured, stored, turned = (
        {line.key: {one.period: one.value for one in line.observations} for line in found.lines}
        for found in (
            read(crossed, engine=True, dimensions=("channel", "is_paid")),
            read(crossed, dimensions=("channel", "is_paid")),
            read(crossed, dimensions=("is_paid", "channel")),
        )
    )
    assert stored == measured
    assert {key[::-1]: values for key, values in turned.items()} == measured


def test_revisions_of_a_combination(crossed: World) -> None:
    """What moved one of its segments is told as of any other."""
    crossed.take(FIRST, dimensions=[BOTH])
    crossed.orders("2026-02", 5, channel="app")
    crossed.take(SECOND, dimensions=[BOTH])
    cells = [one for one in known(crossed.vintages()) if one.dimension == BOTH and one.period == "2026-02-01"]
    found = [one for one in history_of(crossed.vintages(), cells, ()) if one.moves]
    assert [(one.first, one.last) for one in found] == [(Fraction(6), Fraction(11))]


@pytest.mark.parametrize("dimensions", [("channel",), ("channel", "is_paid")])
def test_movement_is_split_by_what_was_stored(crossed: World, dimensions: Sequence[str]) -> None:
    """Without an engine, and as known on a day, as with one; where nothing was stored, it is said."""
    crossed.take(FIRST, dimensions=[",".join(dimensions)])
    measured = why(crossed, "2026-02", "2026-03", *dimensions, engine=True)
    stored = why(crossed, "2026-02", "2026-03", *dimensions)
    assert [(one.segment, one.amount) for one in stored.parts] == [(one.segment, one.amount) for one in measured.parts]
    crossed.orders("2026-02", 9)
    then = why(crossed, "2026-02", "2026-03", *dimensions, engine=True, known_at=FIRST)
    assert [(one.segment, one.amount) for one in then.parts] == [(one.segment, one.amount) for one in stored.parts]
    assert "on the data of now" not in " ".join(then.notes)
    other = why(crossed, "2026-02", "2026-03", "is_paid")
    assert "segments by is_paid of both periods under 1.0.0 are not on record" in " ".join(other.notes)


def test_a_combination_is_bounded(crossed: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What nobody would read again is refused, and nothing is stored."""
    monkeypatch.setattr(snapshots, "MOST_COMBINED", 3)
    with pytest.raises(Refused, match=r"stored up to 3") as refused:
        crossed.take(FIRST, dimensions=[BOTH])
    assert "leave a dimension away" in refused.value.hint
    assert crossed.vintages() == ()


def test_what_raw_data_no_longer_reach_stays_as_stored(world: World) -> None:
    """A snapshot after the source forgot its first months takes none of them back, nor the month cut in two."""
    world.take(FIRST)
    world.sql("DELETE FROM orders WHERE at_time < TIMESTAMP '2026-02-15'")
    one = world.versions[0]
    measuring = replace(one.version.measuring, reaches="2026-02-15")
    world.versions[0] = replace(one, version=replace(one.version, measuring=measuring))
    assert world.take(SECOND).revised == 0
    assert [world.known()[month].under.amount.value for month in ("2026-01", "2026-02")] == ["100", "100"]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(late=st.integers(0, 9), gone=st.integers(0, 3), more=st.integers(0, 9))
def test_the_parts_sum_exactly_with_stored_values(crossed: World, late: int, gone: int, more: int) -> None:
    """Law: whatever moved, segments of combinations on record leave nothing over."""
    crossed.orders("2026-02", late, channel="app")
    crossed.sql(f"DELETE FROM orders WHERE at_time < TIMESTAMP '2026-02-0{3 + gone}' AND channel = 'web'")
    crossed.orders("2026-03", more, paid=1)
    second = len(crossed.vintages())
    crossed.take(f"2026-04-{2 + second:02d}T08:00:00Z", dimensions=[BOTH])
    found = why(crossed, "2026-02", "2026-03", "channel", "is_paid")
    assert sum(one.amount for one in found.parts) == found.total
    assert all(one.segment is not None for one in found.parts)
