"""A small world of rows with hand-computed answers, on DuckDB and PostgreSQL; the answers stand in the tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from metricgov.domain.definitions.metric import Metric
from metricgov.domain.definitions.source import Source
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.dialects import sql_of
from metricgov.domain.query.fragments import table
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.series import compile_metric
from metricgov.domain.query.span import Grain, Window

AS_OF = datetime(2026, 2, 1)

LEADS = """CREATE TABLE leads AS SELECT * FROM (VALUES
  (1, CAST('2026-01-01 00:00:00' AS TIMESTAMP), 'web', 'de', CAST(NULL AS TIMESTAMP), 10, FALSE),
  (2, CAST('2026-01-01 23:59:59' AS TIMESTAMP), 'web', 'de', CAST('2026-01-03 00:00:00' AS TIMESTAMP), 20, FALSE),
  (3, CAST('2026-01-02 00:00:00' AS TIMESTAMP), 'app', 'fr', CAST('2026-01-02 12:00:00' AS TIMESTAMP), NULL, FALSE),
  (4, CAST('2026-01-02 09:00:00' AS TIMESTAMP), NULL, 'fr', CAST('2026-01-20 00:00:00' AS TIMESTAMP), 5, FALSE),
  (5, CAST('2026-01-05 08:00:00' AS TIMESTAMP), 'web', 'de', CAST('2026-01-05 09:00:00' AS TIMESTAMP), 7, TRUE),
  (5, CAST('2026-01-06 08:00:00' AS TIMESTAMP), 'app', 'de', CAST('2026-01-06 09:00:00' AS TIMESTAMP), 3, FALSE),
  (6, CAST('2026-01-12 08:00:00' AS TIMESTAMP), 'app', 'de', CAST(NULL AS TIMESTAMP), 1, FALSE)
) AS t(lead_id, created_at, channel, country, accepted_at, amount, is_test)"""

EVENTS = """CREATE TABLE events AS SELECT * FROM (VALUES
  ('a', 'started', CAST('2026-01-01 10:00:00' AS TIMESTAMP), 'pro'),
  ('a', 'started', CAST('2026-01-02 10:00:00' AS TIMESTAMP), 'pro'),
  ('a', 'paid', CAST('2026-01-02 11:00:00' AS TIMESTAMP), 'pro'),
  ('b', 'started', CAST('2026-01-01 12:00:00' AS TIMESTAMP), 'free'),
  ('b', 'paid', CAST('2026-01-01 14:00:00' AS TIMESTAMP), 'pro'),
  ('c', 'started', CAST('2026-01-02 23:30:00' AS TIMESTAMP), 'pro'),
  ('c', 'paid', CAST('2026-01-03 00:15:00' AS TIMESTAMP), 'pro'),
  ('d', 'paid', CAST('2026-01-01 09:00:00' AS TIMESTAMP), 'pro')
) AS t(user_id, event_name, happened_at, plan)"""

BALANCES = """CREATE TABLE balances AS SELECT * FROM (VALUES
  ('x', CAST('2026-01-01' AS DATE), 100),
  ('x', CAST('2026-01-31' AS DATE), 150),
  ('y', CAST('2026-01-01' AS DATE), 10),
  ('y', CAST('2026-01-31' AS DATE), 20)
) AS t(account, day, amount)"""

VISITS = """CREATE TABLE visits AS SELECT * FROM (VALUES
  ('visit', CAST('2020-01-01 00:00:00' AS TIMESTAMP), 'bob', 'facebook'),
  ('visit', CAST('2020-01-04 00:00:00' AS TIMESTAMP), 'bob', 'google'),
  ('visit', CAST('2020-01-07 00:00:00' AS TIMESTAMP), 'bob', 'amazon'),
  ('buy', CAST('2020-01-02 00:00:00' AS TIMESTAMP), 'bob', 'facebook'),
  ('buy', CAST('2020-01-07 00:00:00' AS TIMESTAMP), 'bob', 'amazon')
) AS t(what, ds, user_id, referrer_id)"""
"""The example of a conversion in MetricFlow's documentation."""

STEPS = """CREATE TABLE steps AS SELECT * FROM (VALUES
  (CAST('2026-01-30 10:00:00' AS TIMESTAMP), 1), (CAST('2026-01-31 10:00:00' AS TIMESTAMP), 2),
  (CAST('2026-02-01 10:00:00' AS TIMESTAMP), 4), (CAST('2026-02-28 23:00:00' AS TIMESTAMP), 8),
  (CAST('2026-03-01 00:00:00' AS TIMESTAMP), 16), (CAST('2026-03-07 10:00:00' AS TIMESTAMP), 32),
  (CAST('2026-03-31 10:00:00' AS TIMESTAMP), 64)
) AS t(at_time, n)"""
"""Powers of two around the ends of months: a sum says which rows are in it."""

TABLES = (LEADS, EVENTS, BALANCES, VISITS, STEPS)


def source(name: str, columns: dict[str, str], *computed: dict[str, Any], **more: Any) -> Source:
    """Return a source over a table of the same name, with computed columns."""
    fields = [*({"name": column, "type": kind} for column, kind in columns.items()), *computed]
    return Source.model_validate(
        {"kind": "source", "name": name, "title": name, "description": "Rows.", "version": "1.0.0", "status": "active"}
        | {"relations": {"here": name}, "columns": fields}
        | more
    )


SOURCES: dict[str, Source] = {
    "leads": source(
        "leads",
        {
            "lead_id": "integer",
            "created_at": "timestamp",
            "channel": "string",
            "country": "string",
            "accepted_at": "timestamp",
            "amount": "integer",
            "is_test": "boolean",
        },
        primary_key=["lead_id"],
    ),
    "events": source(
        "events", {"user_id": "string", "event_name": "string", "happened_at": "timestamp", "plan": "string"}
    ),
    "balances": source("balances", {"account": "string", "day": "date", "amount": "integer"}),
    "visits": source("visits", {"what": "string", "ds": "timestamp", "user_id": "string", "referrer_id": "string"}),
    "steps": source("steps", {"at_time": "timestamp", "n": "integer"}),
}


def metric(name: str, calculation: dict[str, Any], **more: Any) -> Metric:
    """Return a metric with this calculation."""
    words = {"kind": "metric", "name": name, "title": name, "description": "A number.", "domain": "d"}
    return Metric.model_validate(words | {"version": "1.0.0", "status": "active", "calculation": calculation} | more)


class Engine(Protocol):
    """Runs a query in a dialect."""

    dialect: str

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows."""


def series(
    engine: Engine,
    wanted: Metric,
    *others: Metric,
    start: str = "2026-01-01",
    end: str = "2026-02-01",
    grain: Grain = "day",
    by: Sequence[str] = (),
    sources: dict[str, Source] = SOURCES,
) -> list[tuple[Any, ...]]:
    """Return the rows of a metric: period as text, dimensions, value as float or None."""
    window = Window.around(datetime.fromisoformat(start), datetime.fromisoformat(end), grain)
    reading = Reading("duckdb", {name: table(name, "duckdb", name) for name in sources}, AS_OF)
    catalogue = Catalogue({one.name: one for one in (wanted, *others)}, sources)
    tree = compile_metric(wanted, catalogue, reading, window, by)
    found = engine.run(sql_of(tree, engine.dialect))
    return sorted(
        ((_text(row[0]), *row[1:-1], None if row[-1] is None else round(float(row[-1]), 6)) for row in found),
        key=lambda row: [(one is None, str(one)) for one in row],
    )


def _text(period: datetime) -> str:
    return period.strftime("%m-%d" if period.hour == 0 else "%m-%d %H")
