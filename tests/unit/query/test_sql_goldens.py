"""The SQL of every type of calculation in every dialect, letter by letter, so that a change of it is seen."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from integration.query.query_world import AS_OF, SOURCES, metric, source
from metricgov.domain.definitions.metric import Metric
from metricgov.domain.errors import BadInput
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.dialects import rewritten, sql_of
from metricgov.domain.query.dual import Side, in_one_pass
from metricgov.domain.query.fragments import table
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.series import compile_metric
from metricgov.domain.query.span import Window

GOLDEN = Path(__file__).parent / "golden"
DIALECTS = ("duckdb", "postgres", "spark", "bigquery", "snowflake")
WINDOW = Window.around(datetime(2026, 1, 1), datetime(2026, 1, 12), "week")

LEADS = {"source": "leads", "time": "created_at"}
COUNT = {"type": "simple", **LEADS, "aggregate": "count", "where": "NOT is_test"}
TOTAL = {**LEADS, "aggregate": "sum", "expression": "amount"}
LEADS_MADE = metric("leads_made", COUNT, dimensions=["channel"])

METRICS: dict[str, Metric] = {
    "simple": metric(
        "m",
        COUNT | {"join_to_timespine": True, "fill_nulls_with": 0},
        dimensions=["channel"],
        deduplicate={"key": ["lead_id"], "keep": "first"},
    ),
    "ratio": metric(
        "m",
        {
            "type": "ratio",
            **LEADS,
            "where": "created_at < as_of - INTERVAL '7' DAY",
            "numerator": {"aggregate": "count", "where": "accepted_at <= created_at + INTERVAL '7' DAY"},
            "denominator": {"aggregate": "sum", "expression": "amount / 2"},
            "scale": 100,
        },
        dimensions=["channel"],
    ),
    "derived": metric(
        "m",
        {
            "type": "derived",
            "expression": "now / before",
            "inputs": [
                {"metric": "leads_made", "alias": "now"},
                {"metric": "leads_made", "alias": "before", "offset_window": "1 month"},
            ],
        },
        dimensions=["channel"],
    ),
    "cumulative": metric("m", {"type": "cumulative", "measure": TOTAL, "window": "1 quarter"}, dimensions=["channel"]),
    "conversion": metric(
        "m",
        {
            "type": "conversion",
            "source": "events",
            "time": "happened_at",
            "entity": "user_id",
            "base": {"aggregate": "count", "where": "event_name = 'started'"},
            "conversion": {"aggregate": "count", "where": "event_name = 'paid'"},
            "window": "7 days",
            "constant_properties": [{"base": "plan", "conversion": "plan"}],
        },
        dimensions=["plan"],
    ),
    "sql": metric(
        "m",
        {
            "type": "sql",
            "sources": ["leads"],
            "grain": "week",
            "sql": """WITH kept AS (SELECT * FROM leads WHERE NOT is_test)
              SELECT DATE_TRUNC('week', created_at) AS period, channel, SUM(amount) / COUNT(*) AS value
              FROM kept GROUP BY 1, 2""",
        },
        dimensions=["channel"],
    ),
}
BERLIN = SOURCES | {
    "leads": source(
        "leads",
        {one.name: one.type for one in SOURCES["leads"].columns},
        primary_key=["lead_id"],
        time={"column": "created_at", "zone": "Europe/Berlin"},
    )
}
READING = Reading("duckdb", {name: table(name, "duckdb", name) for name in BERLIN}, AS_OF)


def of(name: str) -> exp.Query:
    """Return the query of a case."""
    catalogue = Catalogue({"leads_made": LEADS_MADE}, BERLIN)
    if name != "both_definitions":
        wanted = METRICS[name]
        return compile_metric(wanted, catalogue, READING, WINDOW, wanted.dimensions)
    sides = [
        Side(
            metric("m", {"type": "simple", **TOTAL, "where": where}, dimensions=["channel", "country"]),
            Catalogue({}, BERLIN),
        )
        for where in ("TRUE", "NOT is_test")
    ]
    found = in_one_pass(*sides, READING, WINDOW, ("channel", "country"))
    assert found is not None
    return found.tree


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("name", [*METRICS, "both_definitions"])
def test_golden_sql(name: str, dialect: str) -> None:
    """METRICGOV_GOLDEN=write writes the files again; read the difference before it is committed."""
    found = rewritten(of(name), dialect).sql(dialect, pretty=True, comments=False) + "\n"
    assert sqlglot.parse_one(found, read=dialect)
    golden = GOLDEN / f"{name}.{dialect}.sql"
    if os.environ.get("METRICGOV_GOLDEN") == "write":
        golden.write_text(found)
    assert found == golden.read_text()


ZONES = {
    ("duckdb", "timestamp"): "\"t\" AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'",
    ("duckdb", "timestamptz"): "\"t\" AT TIME ZONE 'Europe/Berlin'",
    ("postgres", "timestamp"): "\"t\" AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin'",
    ("postgres", "timestamptz"): "\"t\" AT TIME ZONE 'Europe/Berlin'",
    ("spark", "timestamp"): "FROM_UTC_TIMESTAMP(`t`, 'Europe/Berlin')",
    ("spark", "timestamptz"): "FROM_UTC_TIMESTAMP(`t`, 'Europe/Berlin')",
    ("bigquery", "timestamp"): "DATETIME(TIMESTAMP(`t`, 'UTC'), 'Europe/Berlin')",
    ("bigquery", "timestamptz"): "DATETIME(`t`, 'Europe/Berlin')",
    ("snowflake", "timestamp"): "CONVERT_TIMEZONE('UTC', 'Europe/Berlin', \"T\")",
    ("snowflake", "timestamptz"): "CAST(CONVERT_TIMEZONE('Europe/Berlin', \"T\") AS TIMESTAMPNTZ)",
    ("trino", "timestamp"): "CAST(AT_TIMEZONE(WITH_TIMEZONE(\"t\", 'UTC'), 'Europe/Berlin') AS TIMESTAMP)",
    ("redshift", "timestamp"): "CONVERT_TIMEZONE('UTC', 'Europe/Berlin', \"t\")",
}


@pytest.mark.parametrize(("dialect", "kind"), list(ZONES), ids=lambda one: one)
def test_local_time_is_said_as_each_engine_says_it(dialect: str, kind: str) -> None:
    """A stored instant and a stored time in UTC both become local time without a zone."""
    made = source("s", {"t": kind}, time={"column": "t", "zone": "Europe/Berlin"})
    reading = Reading("duckdb", {"s": table("s", "duckdb", "s")}, AS_OF)
    wanted = metric("m", {"type": "simple", "source": "s", "time": "t", "aggregate": "count"})
    tree = compile_metric(wanted, Catalogue({}, {"s": made}), reading, WINDOW)
    assert f"{ZONES[dialect, kind]} AS " in sql_of(tree, dialect)


@pytest.mark.parametrize(
    ("dialect", "says"),
    [
        ("duckdb", "QUANTILE_CONT(amount, 0.5"),
        ("postgres", "PERCENTILE_CONT(0.5) WITHIN GROUP"),
        ("spark", "PERCENTILE_CONT(0.5) WITHIN GROUP"),
        ("snowflake", "PERCENTILE_CONT(0.5) WITHIN GROUP"),
    ],
)
def test_an_exact_median_stays_exact(dialect: str, says: str) -> None:
    """Nothing is approximated that was not asked for."""
    assert says in sql_of(_median(), dialect)


def test_what_a_dialect_cannot_say_is_named() -> None:
    """BigQuery has percentiles over windows alone; what to write instead is said."""
    with pytest.raises(BadInput) as refused:
        sql_of(_median(), "bigquery")
    assert refused.value.code == "dialect_lacks"
    assert "approximate" in refused.value.hint


def _median() -> exp.Query:
    wanted = metric("m", {"type": "simple", **LEADS, "aggregate": "median", "expression": "amount"})
    return compile_metric(wanted, Catalogue({}, SOURCES), READING, WINDOW)


def test_rows_that_several_parts_read_are_computed_once() -> None:
    """Both parts of a share read the same units; those of a month before are others, because their time is moved."""
    share = {
        "type": "ratio",
        **LEADS,
        "numerator": {"aggregate": "count", "where": "accepted_at IS NOT NULL"},
        "denominator": {"aggregate": "count"},
    }
    of_units = metric("share", share, dimensions=["channel"], deduplicate={"key": ["lead_id"], "keep": "first"})
    inputs = [{"metric": "share", "alias": "now"}, {"metric": "share", "alias": "before", "offset_window": "1 month"}]
    moved = metric("m", {"type": "derived", "expression": "now - before", "inputs": inputs}, dimensions=["channel"])
    catalogue = Catalogue({"share": of_units, "m": moved}, SOURCES)
    relations = {name: table(name, "duckdb", name) for name in SOURCES}
    tree = compile_metric(moved, catalogue, Reading("duckdb", relations, AS_OF), WINDOW, ("channel",))
    text = sql_of(tree, "duckdb")
    assert text.count("ROW_NUMBER()") == 2
    assert [text.count(f"FROM metricgov_shared_{number} ") for number in (1, 2)] == [2, 2]


@pytest.mark.parametrize(
    ("dialect", "calculation", "says", "never"),
    [
        ("snowflake", "simple", 'DATEADD(DAY, 1 - DAYOFWEEKISO("METRICGOV_TIME")', "DATE_TRUNC('WEEK'"),
        ("snowflake", "simple", "AS TIMESTAMPNTZ)", "AS TIMESTAMP)"),
        ("bigquery", "derived", "INTERVAL 1 MONTH", "INTERVAL '1'"),
        ("bigquery", "simple", "IS NULL AND", "IS NOT DISTINCT FROM"),
        ("bigquery", "both_definitions", "SUM(IF(", "FILTER"),
    ],
    ids=["week start", "no zone", "length of time", "outer join", "filter"],
)
def test_nothing_depends_on_a_setting_or_is_refused(dialect: str, calculation: str, says: str, never: str) -> None:
    """Snowflake's weeks and times without a zone are settings of a session; BigQuery takes whole numbers as lengths of
    time, and joins outwards by equality alone.
    """
    text = sql_of(of(calculation), dialect)
    assert says in text
    assert never not in text
