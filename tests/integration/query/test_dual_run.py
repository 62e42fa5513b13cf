"""Both definitions over the same rows in one query, against the same two computed one after the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pytest

from integration.query.query_world import AS_OF, LEADS, SOURCES, metric
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.dual import (
    DualQuery,
    Side,
    Sums,
    counted,
    in_one_pass,
    joined,
    one_by_one,
    read,
    rolled_up,
    shared_dimensions,
)
from metricgov.domain.query.fragments import table
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.span import Window
from metricgov.domain.query.units import read_units, units

WINDOW = Window.around(datetime(2026, 1, 1), datetime(2026, 2, 1), "day")
READING = Reading("duckdb", {name: table(name, "duckdb", name) for name in SOURCES}, AS_OF)
BY = ("channel", "country")
BASE = {"source": "leads", "time": "created_at"}
UNIT = {"entity": "lead_id", "dimensions": list(BY)}


def side(calculation: dict[str, Any], **more: Any) -> Side:
    """Return a definition beside its sources."""
    wanted = metric("m", BASE | calculation, **(UNIT | more))
    return Side(wanted, Catalogue({"m": wanted}, SOURCES))


def count(where: str | None = None, **more: Any) -> Side:
    """Return a count of leads."""
    return side({"type": "simple", "aggregate": "count"} | ({"where": where} if where else {}), **more)


def rate(numerator: str, where: str = "TRUE", **more: Any) -> Side:
    """Return a share of leads."""
    parts = {"numerator": {"aggregate": "count", "where": numerator}, "denominator": {"aggregate": "count"}}
    return side({"type": "ratio", "where": where, "scale": 100} | parts, **more)


def answer(query: DualQuery) -> tuple[Sums, ...]:
    """Run a query on DuckDB."""
    with duckdb.connect() as connection:
        connection.execute(LEADS)
        return read(query, connection.execute(query.tree.sql("duckdb")).fetchall())


def separately(old: Side, new: Side) -> tuple[Sums, ...]:
    """Return both definitions computed one after the other."""
    answers: list[dict[tuple[str, str], list[Any]]] = [{}, {}]
    with duckdb.connect() as connection:
        connection.execute(LEADS)
        for one, found in zip((old, new), answers, strict=True):
            for dimension, label, tree in one_by_one(one, READING, WINDOW, BY):
                found[dimension, label] = connection.execute(tree.sql("duckdb")).fetchall()
    return joined(*answers)


PAIRS = {
    "a filter is added": (count(), count("NOT is_test")),
    "a filter changes": (count("channel = 'web'"), count("country = 'de'")),
    "a window of a share": (
        rate("accepted_at <= created_at + INTERVAL '7' DAY"),
        rate("accepted_at <= created_at + INTERVAL '1' DAY", "NOT is_test"),
    ),
    "a sum": (
        side({"type": "simple", "aggregate": "sum", "expression": "amount"}),
        side({"type": "simple", "aggregate": "sum", "expression": "amount * 2", "where": "NOT is_test"}),
    ),
    "each unit once": (
        rate("channel = 'app'", deduplicate={"key": ["lead_id"]}),
        rate("channel = 'web'", deduplicate={"key": ["lead_id"]}),
    ),
}


@pytest.mark.parametrize(("old", "new"), PAIRS.values(), ids=list(PAIRS))
def test_one_pass_gives_what_two_queries_give(old: Side, new: Side) -> None:
    """For the total and every segment of every dimension, NULL segments included."""
    query = in_one_pass(old, new, READING, WINDOW, BY)
    assert query is not None
    rows = answer(query)
    assert {one.dimension for one in rows} == {"", *BY}
    assert _known(rows) == _known(separately(old, new))


def _known(rows: tuple[Sums, ...]) -> dict[tuple[str, ...], float]:
    """Return what each side counts; nothing and 0 are one, because only a filter tells them apart."""
    return {
        (row.period, row.dimension, str(row.segment), side, label): value
        for row in rows
        for side, sums in (("old", row.old), ("new", row.new))
        for label, value in sums.items()
        if value
    }


def test_who_moved_is_counted_where_rows_are_units() -> None:
    """Kept, entered, left: they add up to what each definition counts; NULL conditions count as no."""
    old, new = count("channel = 'web'"), count("country = 'de'")
    query = in_one_pass(old, new, READING, WINDOW, BY)
    assert query is not None
    assert query.moved == "value"
    rows = answer(query)
    for row in rows:
        assert row.both + row.old_only == (row.old["value"] or 0)
        assert row.both + row.new_only == (row.new["value"] or 0)
    totals = [row for row in rows if not row.dimension]
    assert (sum(r.both for r in totals), sum(r.new_only for r in totals), sum(r.old_only for r in totals)) == (3, 2, 0)


APART = {
    "another source": (
        count(),
        Side(
            metric("m", {"type": "simple", "source": "events", "time": "happened_at", "aggregate": "count"}),
            Catalogue({}, SOURCES),
        ),
    ),
    "what does not add up": (
        side({"type": "simple", "aggregate": "count_distinct", "expression": "lead_id"}),
        side({"type": "simple", "aggregate": "count_distinct", "expression": "channel"}),
    ),
    "another type": (count(), rate("is_test")),
    "other rows are kept of a unit": (
        count("channel = 'web'", deduplicate={"key": ["lead_id"]}),
        count("channel = 'app'", deduplicate={"key": ["lead_id"]}),
    ),
    "another way to count a unit once": (count(), count(deduplicate={"key": ["lead_id"]})),
}


@pytest.mark.parametrize(("old", "new"), APART.values(), ids=list(APART))
def test_what_shares_no_rows_is_computed_apart(old: Side, new: Side) -> None:
    """One pass is taken only where it gives the same numbers."""
    assert in_one_pass(old, new, READING, WINDOW, ()) is None


def test_units_are_not_counted_where_rows_are_none() -> None:
    """Without an entity, or where one has several rows, nobody can say who moved."""
    for more in ({"entity": None}, {"entity": "country"}):
        query = in_one_pass(count(**more), count("is_test", **more), READING, WINDOW, ())
        assert query is not None
        assert query.moved == ""


def test_only_common_dimensions_are_compared() -> None:
    """A dimension that one of them lacks has no old or no new side."""
    old = metric("m", BASE | {"type": "simple", "aggregate": "count"}, dimensions=["a", "b"])
    new = metric("m", BASE | {"type": "simple", "aggregate": "count"}, dimensions=["c", "b", "a"])
    assert shared_dimensions(old, new) == ("b", "a")


def test_units_that_one_side_cannot_judge_are_counted() -> None:
    """Lead 4 has no channel: the old definition counts it, the new one says nothing about it (W01)."""
    query = in_one_pass(count("country = 'fr'"), count("channel = 'app'"), READING, WINDOW, ())
    assert query is not None
    rows = answer(query)
    assert (sum(one.old_unknown for one in rows), sum(one.new_unknown for one in rows)) == (1, 0)
    back = in_one_pass(count("channel = 'app'"), count("country = 'fr'"), READING, WINDOW, ())
    assert back is not None
    assert sum(one.new_unknown for one in answer(back)) == 1


DISTINCT = {"type": "simple", "aggregate": "count_distinct", "expression": "lead_id"}


def moved(old: Side, new: Side, dimension: str = "") -> dict[tuple[str | None, str], tuple[int, int, int]]:
    """Return who moved where the definitions are computed apart, by (segment, period)."""
    query = units(old, new, READING, WINDOW, dimension)
    assert query is not None
    with duckdb.connect() as connection:
        connection.execute(LEADS)
        found = read_units(dimension, connection.execute(query.sql("duckdb")).fetchall())
    return {(segment, day): cells for (_, segment, day), cells in found.items()}


def test_who_moved_is_known_for_distinct_units() -> None:
    """By entity and period: kept, entered, left; together they are what each definition counts."""
    old, new = side(DISTINCT | {"where": "channel = 'web'"}), side(DISTINCT | {"where": "country = 'de'"})
    assert in_one_pass(old, new, READING, WINDOW, BY) is None
    assert moved(old, new) == {
        (None, "2026-01-01"): (2, 0, 0),
        (None, "2026-01-05"): (1, 0, 0),
        (None, "2026-01-06"): (0, 1, 0),
        (None, "2026-01-12"): (0, 1, 0),
    }
    assert moved(old, new, "channel")["app", "2026-01-06"] == (0, 1, 0)


def test_a_unit_that_is_kept_at_another_place_leaves_and_enters() -> None:
    """Of lead 5 the first row is web, the last one app and a day later."""
    first = count("NOT is_test OR TRUE", deduplicate={"key": ["lead_id"]})
    last = count(deduplicate={"key": ["lead_id"], "keep": "last"})
    assert moved(first, last)[None, "2026-01-05"] == (0, 0, 1)
    assert moved(first, last)[None, "2026-01-06"] == (0, 1, 0)
    assert moved(first, last, "channel")["web", "2026-01-05"] == (0, 0, 1)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param(count(entity=None), count(entity=None), id="no entity"),
        pytest.param(side(DISTINCT), side(DISTINCT | {"expression": "channel"}), id="something else is counted"),
        pytest.param(count(entity="country"), count(entity="country"), id="rows are no units"),
        pytest.param(count(), rate("is_test"), id="a share"),
    ],
)
def test_nobody_says_who_moved_where_units_are_not_counted(old: Side, new: Side) -> None:
    """Nothing is guessed."""
    assert units(old, new, READING, WINDOW, "") is None


def test_a_day_on_which_nobody_is_accepted_is_a_share_of_zero() -> None:
    """Computed apart as in one pass: nothing to count beside something to divide by is 0, not unknown."""
    accepted = rate("accepted_at <= created_at + INTERVAL '1' HOUR", deduplicate={"key": ["lead_id"]})
    tested = rate("is_test", "NOT is_test", deduplicate={"key": ["lead_id"]})
    assert in_one_pass(accepted, tested, READING, WINDOW, ()) is None
    assert (counted(accepted.metric), counted(count().metric)) == ({"above", "below"}, frozenset())
    answers: list[dict[tuple[str, str], list[Any]]] = [{}, {}]
    with duckdb.connect() as connection:
        connection.execute(LEADS)
        for one, found in zip((accepted, tested), answers, strict=True):
            for dimension, label, tree in one_by_one(one, READING, WINDOW, ()):
                found[dimension, label] = connection.execute(tree.sql("duckdb")).fetchall()
    rows = joined(*answers, (counted(accepted.metric), counted(tested.metric)))
    assert [(row.old.get("above"), row.old["below"]) for row in rows if row.old][:2] == [(0.0, 2.0), (0.0, 2.0)]
    assert [row.new for row in rows if row.period == "2026-01-05"] == [{}]


ALONE = {
    "a count": count(),
    "a count of some": count("channel = 'web'"),
    "a sum that can be unknown": side({"type": "simple", "aggregate": "sum", "expression": "amount"}),
    "a share": rate("accepted_at <= created_at + INTERVAL '1' DAY", "NOT is_test"),
    "a share of few": rate("country = 'de'", "channel = 'web'"),
    "units that count once": rate("accepted_at IS NOT NULL", deduplicate={"key": ["lead_id"], "keep": "first"}),
}


@pytest.mark.parametrize("one", ALONE.values(), ids=ALONE)
def test_rows_that_are_read_once_give_what_each_dimension_gives(one: Side) -> None:
    with duckdb.connect() as connection:
        connection.execute(LEADS)
        apart = {
            (dimension, label): connection.execute(tree.sql("duckdb")).fetchall()
            for dimension, label, tree in one_by_one(one, READING, WINDOW, BY)
        }
        together = {
            place: rows
            for each in rolled_up(one, READING, WINDOW, BY)
            for place, rows in each.answers(connection.execute(each.tree.sql("duckdb")).fetchall()).items()
        }
    assert sum(map(len, apart.values())) > 0
    assert joined(together, {}) == joined(apart, {})


def test_what_does_not_add_up_is_asked_by_each_dimension() -> None:
    distinct = side({"type": "simple", "aggregate": "count_distinct", "expression": "lead_id"})
    assert rolled_up(distinct, READING, WINDOW, BY) == ()
    assert rolled_up(count(), READING, WINDOW, ()) == ()
