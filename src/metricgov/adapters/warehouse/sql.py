"""Any engine that SQLAlchemy reaches, as a warehouse: read-only sessions where the engine has them, cancellable."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    NoSuchTableError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)

from metricgov.adapters.warehouse.failing import failed, missing, too_many, too_slow, unreachable
from metricgov.adapters.warehouse.waiting import TooSlow, awaited
from metricgov.domain.definitions.engines import SqlEngine
from metricgov.domain.errors import BadInput
from metricgov.domain.query.dialects import sql_of
from metricgov.ports.warehouse import Answer, Limits

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlglot import exp

    from metricgov.domain.definitions.source import Source

DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "awsathena": "athena", "cockroachdb": "postgres"}
"""sqlglot's names where SQLAlchemy has others."""

DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


IN_UTC = {
    "postgresql": "SET LOCAL TimeZone = 'UTC'",
    "cockroachdb": "SET LOCAL TimeZone = 'UTC'",
    "redshift": "SET timezone TO 'UTC'",
    "mysql": "SET time_zone = '+00:00'",
    "mariadb": "SET time_zone = '+00:00'",
    "snowflake": "ALTER SESSION SET TIMEZONE = 'UTC'",
    "oracle": "ALTER SESSION SET TIME_ZONE = '+00:00'",
}
"""What makes a session read moments in UTC, by SQLAlchemy's name of the dialect; the others have no zone of a session,
or take it with their address (Trino)."""


class SqlWarehouse:
    """Implements the port Warehouse over one SQLAlchemy URL."""

    def __init__(self, name: str, settings: SqlEngine, url: str) -> None:
        self.name = name
        try:
            address = make_url(url)
            self._engine = create_engine(
                address.set(drivername=DRIVERS.get(address.drivername, address.drivername)), pool_pre_ping=True
            )
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError) as error:
            raise BadInput(
                "engine_address",
                f"engine {name}: {settings.url_from} holds no address that SQLAlchemy can use here",
                hint="install the driver of the engine, or correct the address",
            ) from error
        backend = self._engine.url.get_backend_name()
        self.dialect = settings.dialect or DIALECTS.get(backend, backend)

    def relation(self, source: Source) -> exp.Expr | None:
        """Return the table of this engine, None where it does not hold the source."""
        from metricgov.domain.query.fragments import table

        named = source.relations.get(self.name)
        return None if named is None else table(named, self.dialect, f"source {source.name}.relations.{self.name}")

    def columns(self, source: Source) -> Mapping[str, str]:
        """Return the columns of a source's relation and their types."""
        relation = self.relation(source)
        if relation is None:
            return {}
        schema = relation.text("db") or None
        try:
            found = inspect(self._engine).get_columns(relation.name, schema=schema)
        except NoSuchTableError as error:
            raise missing(self.name, f"there is no table {source.relations[self.name]}") from error
        except DBAPIError as error:
            raise self._error(error) from error
        return {one["name"]: self._type(one["type"]) for one in found}

    def _type(self, kind: Any) -> str:
        """Return a type as the engine writes it, with its zone where it has one."""
        try:
            return str(kind.compile(dialect=self._engine.dialect))
        except SQLAlchemyError:  # a type that SQLAlchemy only guesses at
            return str(kind)

    def run(self, query: exp.Query, limits: Limits) -> Answer:
        """Return all rows of a query."""
        statement = sql_of(query, self.dialect)
        try:
            with self._engine.connect() as connection:
                self._read_only(connection)

                def work() -> tuple[tuple[tuple[Any, ...], ...], tuple[str, ...]]:
                    result = connection.exec_driver_sql(statement.replace("%", "%%"))
                    return tuple(tuple(row) for row in result.fetchmany(limits.rows + 1)), tuple(result.keys())

                try:
                    rows, columns = awaited(work, lambda: _cancel(connection), limits.seconds)
                finally:
                    if not connection.invalidated:
                        connection.rollback()
        except TooSlow as error:
            raise too_slow(self.name, limits) from error
        except DBAPIError as error:
            raise self._error(error) from error
        if len(rows) > limits.rows:
            raise too_many(self.name, limits)
        return Answer(columns, rows)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _read_only(self, connection: Connection) -> None:
        if self._engine.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
        elif self._engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA query_only = ON"))
        if zone := IN_UTC.get(self._engine.dialect.name):
            connection.exec_driver_sql(zone)

    def _error(self, error: DBAPIError) -> Exception:
        said = str(error.orig)
        if isinstance(error, OperationalError) and error.connection_invalidated:
            return unreachable(self.name, said)
        if isinstance(error, ProgrammingError):
            return missing(self.name, said)
        if isinstance(error, OperationalError):
            return unreachable(self.name, said)
        return failed(self.name, said)


def _cancel(connection: Connection) -> None:
    """Ask the engine to stop, where its driver knows how."""
    with contextlib.suppress(Exception):
        raw: Any = connection.connection.dbapi_connection
        if hasattr(raw, "cancel_safe"):
            raw.cancel_safe(timeout=5)
        elif hasattr(raw, "interrupt"):
            raw.interrupt()
        elif hasattr(raw, "cancel"):
            raw.cancel()
