"""Both definitions over the same rows in one query, against the same two computed one after the other."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import duckdb
import pytest

from integration.query.query_world import AS_OF, LEADS, SOURCES, metric
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.dual import DualQuery, Side, Sums, in_one_pass, joined, one_by_one, read, shared_dimensions
from metricgov.domain.query.fragments import table
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.span import Window

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
