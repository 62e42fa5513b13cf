"""Every type of calculation on DuckDB and PostgreSQL, against answers computed by hand; one meaning on both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from integration.query.query_world import AS_OF, SOURCES, Engine, metric, series, source
from metricgov.app.keyless import rows_without_key
from metricgov.domain.errors import BadInput
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.dialects import sql_of
from metricgov.domain.query.fragments import table
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.series import compile_metric
from metricgov.domain.query.span import Window, after, start_of

LEADS = {"source": "leads", "time": "created_at"}
COUNT = {"type": "simple", **LEADS, "aggregate": "count"}
RATE = {
    "type": "ratio",
    **LEADS,
    "numerator": {"aggregate": "count", "where": "accepted_at <= created_at + INTERVAL '7' DAY"},
    "denominator": {"aggregate": "count"},
}
DEDUPLICATED = {"deduplicate": {"key": ["lead_id"], "keep": "first"}}
EVENTS = {"source": "events", "time": "happened_at"}
FUNNEL = {
    "type": "conversion",
    **EVENTS,
    "entity": "user_id",
    "base": {"aggregate": "count", "where": "event_name = 'started'"},
    "conversion": {"aggregate": "count", "where": "event_name = 'paid'"},
}
SUM = {"source": "leads", "time": "created_at", "aggregate": "sum", "expression": "amount"}

CASES: dict[str, tuple[dict[str, Any], dict[str, Any], list[tuple[Any, ...]]]] = {
    "count by day; a day without rows is absent": (
        COUNT,
        {},
        [("01-01", 2), ("01-02", 2), ("01-05", 1), ("01-06", 1), ("01-12", 1)],
    ),
    "the end of an interval is outside it": (COUNT, {"end": "2026-01-02"}, [("01-01", 2)]),
    "weeks begin on Monday": (COUNT, {"grain": "week"}, [("01-05", 2), ("01-12", 1), ("12-29", 4)]),
    "NULL is a group of its own": (
        COUNT,
        {"grain": "month", "by": ["channel"]},
        [("01-01", "app", 3), ("01-01", "web", 3), ("01-01", None, 1)],
    ),
    "sum leaves NULL out": (SUM | {"type": "simple"}, {"grain": "month"}, [("01-01", 46)]),
    "nothing but NULL sums to NULL": (
        SUM | {"type": "simple", "where": "lead_id = 3"},
        {"grain": "month"},
        [("01-01", None)],
    ),
    "average leaves NULL out": (
        SUM | {"type": "simple", "aggregate": "average"},
        {"grain": "month"},
        [("01-01", 7.666667)],
    ),
    "a count of an expression counts its values": (
        COUNT | {"expression": "accepted_at"},
        {"grain": "month"},
        [("01-01", 5)],
    ),
    "median between two values": (
        SUM | {"type": "simple", "aggregate": "median"},
        {"grain": "month"},
        [("01-01", 6)],
    ),
    "discrete percentile is a value that occurs": (
        SUM | {"type": "simple", "aggregate": "percentile", "percentile": 0.9, "percentile_method": "discrete"},
        {"grain": "month"},
        [("01-01", 20)],
    ),
    "distinct": (COUNT | {"aggregate": "count_distinct", "expression": "lead_id"}, {"grain": "month"}, [("01-01", 6)]),
    "sum of a boolean counts what is true": (
        COUNT | {"aggregate": "sum_boolean", "expression": "is_test"},
        {"grain": "month"},
        [("01-01", 1)],
    ),
    "as_of is the moment of reading": (
        COUNT | {"where": "created_at < as_of - INTERVAL '26' DAY"},
        {"grain": "month"},
        [("01-01", 5)],
    ),
    "a ratio divides in floating point": (
        RATE,
        {},
        [("01-01", 0.5), ("01-02", 0.5), ("01-05", 1), ("01-06", 1), ("01-12", 0)],
    ),
    "a quotient by nothing is NULL": (
        RATE | {"denominator": {"aggregate": "sum", "expression": "amount - 10", "where": "lead_id = 1"}},
        {"end": "2026-01-02"},
        [("01-01", None)],
    ),
    "scale is applied at the end": (RATE | {"scale": 100}, {"grain": "month"}, [("01-01", 57.142857)]),
    "one side without rows still has a period": (
        RATE | {"numerator": {"aggregate": "count", "where": "lead_id = 6"}},
        {"end": "2026-01-03"},
        [("01-01", 0.0), ("01-02", 0.0)],
    ),
    "empty days appear where asked for": (
        COUNT | {"join_to_timespine": True, "fill_nulls_with": 0},
        {"end": "2026-01-05"},
        [("01-01", 2), ("01-02", 2), ("01-03", 0), ("01-04", 0)],
    ),
    "empty days appear for each group": (
        COUNT | {"join_to_timespine": True, "fill_nulls_with": 0},
        {"end": "2026-01-03", "by": ["channel"]},
        [
            ("01-01", "app", 0),
            ("01-01", "web", 2),
            ("01-01", None, 0),
            ("01-02", "app", 1),
            ("01-02", "web", 0),
            ("01-02", None, 1),
        ],
    ),
    "a rolling window reaches back before the first period": (
        {"type": "cumulative", "measure": SUM, "window": "2 days"},
        {"start": "2026-01-02", "end": "2026-01-04"},
        [("01-02", 35), ("01-03", 5)],
    ),
    "without a window since ever": (
        {"type": "cumulative", "measure": SUM},
        {"start": "2026-01-06", "end": "2026-01-08"},
        [("01-06", 45), ("01-07", 45)],
    ),
    "to date starts again": (
        {"type": "cumulative", "measure": SUM, "grain_to_date": "week"},
        {"start": "2026-01-04", "end": "2026-01-07"},
        [("01-04", 35), ("01-05", 7), ("01-06", 10)],
    ),
    "a distinct count accumulates rows, not daily counts": (
        {
            "type": "cumulative",
            "measure": SUM | {"aggregate": "count_distinct", "expression": "lead_id"},
            "window": "2 days",
        },
        {"start": "2026-01-06", "end": "2026-01-07"},
        [("01-06", 1)],
    ),
    "a coarser period takes its last value": (
        {"type": "cumulative", "measure": SUM, "period_aggregate": "last"},
        {"grain": "month"},
        [("01-01", 46)],
    ),
    "a coarser period takes its first value": (
        {"type": "cumulative", "measure": SUM, "period_aggregate": "first"},
        {"grain": "month"},
        [("01-01", 30)],
    ),
    "a balance is not summed over days": (
        {
            "type": "simple",
            "source": "balances",
            "time": "day",
            "aggregate": "sum",
            "expression": "amount",
            "non_additive": {"dimension": "day", "window_choice": "max", "window_groupings": ["account"]},
        },
        {"grain": "month"},
        [("01-01", 170)],
    ),
    "a conversion belongs to the last base before it": (FUNNEL, {}, [("01-01", 0.5), ("01-02", 1)]),
    "a conversion within a window": (FUNNEL | {"window": "61 minutes"}, {}, [("01-01", 0), ("01-02", 1)]),
    "the end of a conversion window is outside it": (FUNNEL | {"window": "1 hour"}, {}, [("01-01", 0), ("01-02", 0.5)]),
    "a conversion after the last period counts": (
        FUNNEL | {"window": "61 minutes", "result": "conversions"},
        {"end": "2026-01-03"},
        [("01-01", 0), ("01-02", 2)],
    ),
    "properties agree": (
        FUNNEL | {"result": "conversions", "constant_properties": [{"base": "plan", "conversion": "plan"}]},
        {},
        [("01-01", 0), ("01-02", 2)],
    ),
    "a query of its own": (
        {
            "type": "sql",
            "sources": ["leads"],
            "sql": "SELECT DATE_TRUNC('day', l.created_at) AS period, COUNT(*) * 2 AS value FROM leads AS l GROUP BY 1",
        },
        {"end": "2026-01-03"},
        [("01-01", 4), ("01-02", 4)],
    ),
}


@pytest.mark.parametrize(("calculation", "ask", "rows"), CASES.values(), ids=list(CASES))
def test_a_hand_computed_answer(
    engine: Engine, calculation: dict[str, Any], ask: dict[str, Any], rows: list[tuple[Any, ...]]
) -> None:
    """One documented meaning for NULL, empty periods, division, weeks and half-open intervals."""
    dimensions = {"dimensions": ask["by"]} if ask.get("by") else {}
    assert series(engine, metric("m", calculation, **dimensions), **ask) == rows


def test_a_unit_counts_once_wherever_its_duplicates_lie(engine: Engine) -> None:
    """The first row of lead 5 is of 5 January, also for somebody who asks for 6 January alone."""
    counted = metric("m", COUNT, **DEDUPLICATED)
    assert series(engine, counted, start="2026-01-05", end="2026-01-07") == [("01-05", 1)]
    assert series(engine, counted, start="2026-01-06", end="2026-01-07") == []
    assert series(engine, metric("m", COUNT | {"where": "NOT is_test"}, **DEDUPLICATED), start="2026-01-05") == [
        ("01-06", 1),
        ("01-12", 1),
    ]


@pytest.mark.parametrize(
    ("key", "units"),
    [
        pytest.param(["accepted_at"], 7, id="none-is-lost"),
        pytest.param(["country", "accepted_at"], 7, id="nor-by-a-part-of-a-key"),
        pytest.param(["channel"], 3, id="known-keys-count-once"),
    ],
)
@pytest.mark.parametrize("keep", ["first", "last"])
def test_a_row_without_its_key_is_a_unit_of_its_own(engine: Engine, key: list[str], units: int, keep: str) -> None:
    """Leads 1 and 6 were never accepted, which does not make them one lead."""
    counted = metric("m", COUNT, deduplicate={"key": key, "keep": keep})
    assert series(engine, counted, grain="month") == [("01-01", units)]


@pytest.mark.parametrize(
    ("key", "where", "number"),
    [
        pytest.param(["accepted_at"], "TRUE", 2, id="one-column"),
        pytest.param(["channel", "accepted_at"], "TRUE", 3, id="any-of-two"),
        pytest.param(["accepted_at"], "channel = 'web'", 1, id="rows-that-count"),
        pytest.param(["lead_id"], "TRUE", 0, id="all-have-keys"),
    ],
)
def test_rows_without_a_key_are_counted(engine: Engine, key: list[str], where: str, number: int) -> None:
    """Of the rows that count, those where any part of the key is NULL."""
    wanted = metric("m", COUNT | {"where": where}, deduplicate={"key": key})
    window = Window.around(datetime(2026, 1, 1), datetime(2026, 2, 1), "day")
    reading = Reading("duckdb", {name: table(name, "duckdb", name) for name in SOURCES}, AS_OF)
    (tree,) = rows_without_key(wanted, Catalogue({"m": wanted}, SOURCES), reading, window)
    assert engine.run(sql_of(tree, engine.dialect)) == [(number,)]


def test_parts_of_a_ratio_share_their_units(engine: Engine) -> None:
    """The numerator is a part of the units that the denominator counts; its own filter picks no other row of a unit."""
    ratio = RATE | {"numerator": {"aggregate": "count", "where": "channel = 'app'"}}
    found = series(engine, metric("m", ratio, **DEDUPLICATED), start="2026-01-05", end="2026-01-07")
    assert found == [("01-05", 0.0)]


def test_a_derived_metric_reads_its_inputs_at_other_times(engine: Engine) -> None:
    """offset_window reads earlier values, offset_to_grain those at the start of a period; integers divide exactly."""
    leads = metric("leads_made", COUNT)
    inputs = [{"metric": "leads_made", "alias": "now"}, {"metric": "leads_made", "alias": "before"}]
    before = [inputs[0], inputs[1] | {"offset_window": "1 day"}]
    derived = metric("m", {"type": "derived", "expression": "now / before", "inputs": before})
    assert series(engine, derived, leads, start="2026-01-02", end="2026-01-07") == [
        ("01-02", 1.0),
        ("01-03", None),
        ("01-05", None),
        ("01-06", 1.0),
    ]
    first = [inputs[0], inputs[1] | {"offset_to_grain": "month"}]
    derived = metric("m", {"type": "derived", "expression": "now - before", "inputs": first})
    assert series(engine, derived, leads, start="2026-01-02", end="2026-01-04") == [("01-02", 0.0), ("01-03", None)]


def test_a_derived_metric_divides_integers_exactly(engine: Engine) -> None:
    """1 / 2 is a half, in every engine."""
    leads, tests = metric("leads_made", COUNT), metric("tests_made", COUNT | {"where": "is_test"})
    inputs = [{"metric": "leads_made"}, {"metric": "tests_made"}]
    derived = metric("m", {"type": "derived", "expression": "tests_made / leads_made", "inputs": inputs})
    assert series(engine, derived, leads, tests, grain="week", start="2026-01-05", end="2026-01-12") == [("01-05", 0.5)]


def test_a_ratio_of_metrics(engine: Engine) -> None:
    """A part may be another metric, with its own scale."""
    amount = metric("amount", SUM | {"type": "simple", "scale": 10})
    leads = metric("leads_made", COUNT)
    ratio = metric("m", {"type": "ratio", "numerator": {"metric": "amount"}, "denominator": {"metric": "leads_made"}})
    assert series(engine, ratio, amount, leads, grain="month") == [("01-01", 65.714286)]


def test_days_count_in_the_zone_of_the_source(engine: Engine) -> None:
    """23:59:59 UTC on New Year's Day is 2 January in Berlin."""
    berlin = SOURCES | {
        "leads": source(
            "leads",
            {column.name: column.type for column in SOURCES["leads"].columns},
            time={"column": "created_at", "zone": "Europe/Berlin"},
        )
    }
    found = series(engine, metric("m", COUNT), end="2026-01-03", sources=berlin)
    assert found == [("01-01", 1), ("01-02", 3)]


def test_a_source_computes_columns_and_filters(engine: Engine) -> None:
    """Columns with an expression and the source's own filter hold for every metric."""
    fields = {one.name: one.type for one in SOURCES["leads"].columns}
    double = {"name": "double", "type": "integer", "expression": "amount * 2"}
    doubled = SOURCES | {"leads": source("leads", fields, double, where="NOT is_test")}
    found = series(
        engine, metric("m", SUM | {"type": "simple", "expression": "double"}), grain="month", sources=doubled
    )
    assert found == [("01-01", 78)]


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "two statements": (COUNT | {"where": "TRUE; DROP TABLE leads"}, "sql_not_one"),
    "a query in a filter": (COUNT | {"where": "lead_id IN (SELECT lead_id FROM secrets)"}, "sql_not_an_expression"),
    "a file": ({"type": "sql", "sources": ["leads"], "sql": "SELECT * FROM read_csv('/etc/passwd')"}, "sql_function"),
    "another table": ({"type": "sql", "sources": ["leads"], "sql": "SELECT * FROM secrets"}, "source_undeclared"),
    "another schema": ({"type": "sql", "sources": ["leads"], "sql": "SELECT * FROM x.leads"}, "source_undeclared"),
    "a declared name over a file": (
        {"type": "sql", "sources": ["leads"], "sql": "SELECT * FROM 'leads.csv'"},
        "source_undeclared",
    ),
    "a write": ({"type": "sql", "sources": ["leads"], "sql": "DELETE FROM leads"}, "sql_not_a_select"),
    "a copy": ({"type": "sql", "sources": ["leads"], "sql": "COPY leads TO '/tmp/x'"}, "sql_not_a_select"),
    "a server function": (COUNT | {"where": "pg_read_file('/etc/passwd') = ''"}, "sql_function"),
    "an attachment": ({"type": "sql", "sources": ["leads"], "sql": "ATTACH 'x.db'"}, "sql_not_a_select"),
    "an unreadable text": (COUNT | {"where": "created_at <"}, "sql_unreadable"),
    "an unknown input": (
        {"type": "derived", "expression": "a + b", "inputs": [{"metric": "m", "alias": "a"}]},
        "metrics_nested",
    ),
}


@pytest.mark.parametrize(("calculation", "code"), REFUSED.values(), ids=list(REFUSED))
def test_nothing_but_reading_reaches_an_engine(calculation: dict[str, Any], code: str) -> None:
    """What a definition says is one expression, or one SELECT over its declared sources."""
    wanted = metric("m", calculation)
    window = Window.around(datetime(2026, 1, 1), datetime(2026, 2, 1), "day")
    reading = Reading("duckdb", {name: table(name, "duckdb", name) for name in SOURCES}, AS_OF)
    with pytest.raises(BadInput) as refused:
        compile_metric(wanted, Catalogue({"m": wanted}, SOURCES), reading, window)
    assert refused.value.code == code


def test_months_of_different_length() -> None:
    """A day that a month lacks becomes its last; periods begin where calendars say."""
    assert after(datetime(2026, 3, 31), -1, "month") == datetime(2026, 2, 28)
    assert after(datetime(2026, 1, 31), 1, "quarter") == datetime(2026, 4, 30)
    assert start_of(datetime(2026, 5, 17, 13), "quarter") == datetime(2026, 4, 1)
    assert start_of(datetime(2026, 1, 1), "week") == datetime(2025, 12, 29)
    assert Window.around(datetime(2026, 1, 2), datetime(2026, 2, 2), "month").end == datetime(2026, 3, 1)


@pytest.mark.parametrize(
    "text", ["leads; DROP TABLE x", "(SELECT 1)", "read_csv('x')", "leads AS l, y", "'leads.csv'", ""]
)
def test_a_relation_is_a_table(text: str) -> None:
    """What a source names is a table and nothing that could do more."""
    with pytest.raises(BadInput) as refused:
        table(text, "duckdb", "source leads")
    assert refused.value.code == "relation_unreadable"
