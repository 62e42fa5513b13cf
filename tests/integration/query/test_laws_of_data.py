"""Laws that hold for whatever rows there are: a partition counts the same base, a total lies between its segments."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integration.query.query_world import metric, source
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.dialects import sql_of
from metricgov.domain.query.dual import Side, Sums, in_one_pass, read
from metricgov.domain.query.fragments import table
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.span import Window

WINDOW = Window(datetime(2026, 1, 1), datetime(2026, 1, 8), "day")
COLUMNS = {
    "id": "integer",
    "at_time": "timestamp",
    "colour": "string",
    "size": "string",
    "amount": "integer",
    "old_counts": "boolean",
    "new_counts": "boolean",
}
THINGS = source("things", COLUMNS, primary_key=["id"])
READING = Reading("duckdb", {"things": table("things", "duckdb", "things")}, datetime(2026, 2, 1))
ROWS = st.lists(
    st.tuples(
        st.integers(-1, 8),  # days from the start: some lie outside the window
        st.sampled_from([None, "red", "blue"]),
        st.sampled_from([None, "s", "m", "l"]),
        st.none() | st.integers(0, 9),
        st.sampled_from([True, False, None]),
        st.sampled_from([True, False, None]),
    ),
    min_size=1,
    max_size=40,
)


def asked(aggregate: str, rows: list[tuple[Any, ...]]) -> tuple[Sums, ...]:
    """Return both definitions over some rows, from one query."""
    sides = []
    for which in ("old_counts", "new_counts"):
        calculation = {"type": "simple", "source": "things", "time": "at_time", "aggregate": aggregate, "where": which}
        if aggregate == "sum":
            calculation["expression"] = "amount"
        sides.append(Side(metric("m", calculation, entity="id", dimensions=["colour", "size"]), _CATALOGUE))
    query = in_one_pass(*sides, READING, WINDOW, ("colour", "size"))
    assert query is not None
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE things (id INT, at_time TIMESTAMP, colour TEXT, size TEXT, amount INT, "
            "old_counts BOOLEAN, new_counts BOOLEAN)"
        )
        connection.executemany(
            "INSERT INTO things VALUES (?, TIMESTAMP '2026-01-01' + ? * INTERVAL 1 DAY, ?, ?, ?, ?, ?)",
            [(number, *row) for number, row in enumerate(rows)],
        )
        return read(query, connection.execute(sql_of(query.tree, "duckdb")).fetchall())


_CATALOGUE = Catalogue({}, {"things": THINGS})


@pytest.mark.parametrize("aggregate", ["count", "sum"])
@settings(max_examples=25)
@given(rows=ROWS)
def test_a_partition_counts_the_same_base(aggregate: str, rows: list[tuple[Any, ...]]) -> None:
    """In every period, for each dimension, NULL segments included, under both definitions; nobody is counted twice."""
    found = asked(aggregate, rows)
    totals = {one.period: one for one in found if not one.dimension}
    for dimension in ("colour", "size"):
        parts: dict[str, list[Sums]] = defaultdict(list)
        for one in found:
            if one.dimension == dimension:
                parts[one.period].append(one)
        assert set(parts) == set(totals)
        for period, total in totals.items():
            for side in ("old", "new"):
                whole = getattr(total, side)["value"] or 0
                assert sum(getattr(one, side)["value"] or 0 for one in parts[period]) == whole
            for cell in ("both", "new_only", "old_only"):
                assert sum(getattr(one, cell) for one in parts[period]) == getattr(total, cell)
    if aggregate == "count":
        for one in found:
            assert one.both + one.old_only == (one.old["value"] or 0)
            assert one.both + one.new_only == (one.new["value"] or 0)


@settings(max_examples=25)
@given(rows=ROWS)
def test_the_ratio_of_a_total_lies_between_those_of_its_segments(rows: list[tuple[Any, ...]]) -> None:
    """Additive metrics cannot reverse: where every segment has an old value, the total is their weighted mean."""
    found = asked("sum", rows)
    for dimension in ("colour", "size"):
        sums: dict[str | None, list[float]] = defaultdict(lambda: [0.0, 0.0])
        whole = [0.0, 0.0]
        for one in found:
            target = whole if not one.dimension else sums[one.segment] if one.dimension == dimension else None
            if target is not None:
                target[0] += one.old["value"] or 0
                target[1] += one.new["value"] or 0
        parts = [one for one in sums.values() if any(one)]
        if parts and all(old > 0 for old, _ in parts):
            ratios = [new / old for old, new in parts]
            assert min(ratios) - 1e-9 <= whole[1] / whole[0] <= max(ratios) + 1e-9
