"""Any engine that SQLAlchemy reaches, as a warehouse: read-only sessions where the engine has them, cancellable."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from threading import Timer
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, inspect, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    NoSuchTableError,
    OperationalError,
    ProgrammingError,
)

from metricgov.adapters.warehouse.failing import failed, missing, too_many, too_slow, unreachable
from metricgov.domain.definitions.engines import SqlEngine
from metricgov.domain.errors import BadInput
from metricgov.ports.warehouse import Answer, Limits

if TYPE_CHECKING:
    from sqlalchemy import Connection
    from sqlglot import exp

    from metricgov.domain.definitions.source import Source

DIALECTS = {"postgresql": "postgres", "mssql": "tsql", "awsathena": "athena", "cockroachdb": "postgres"}
"""sqlglot's names where SQLAlchemy has others."""

DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}


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
        return {one["name"]: str(one["type"]) for one in found}

    def run(self, query: exp.Query, limits: Limits) -> Answer:
        """Return all rows of a query."""
        statement = query.sql(self.dialect)
        late: list[bool] = []
        try:
            with self._engine.connect() as connection:
                self._read_only(connection, limits)

                def stop(connection: Connection = connection) -> None:
                    late.append(True)
                    _cancel(connection)

                timer = Timer(limits.seconds, stop)
                timer.daemon = True
                timer.start()
                try:
                    result = connection.exec_driver_sql(statement.replace("%", "%%"))
                    rows = result.fetchmany(limits.rows + 1)
                    columns = tuple(result.keys())
                except KeyboardInterrupt:
                    _cancel(connection)
                    raise
                finally:
                    timer.cancel()
                    if not connection.invalidated:
                        connection.rollback()
        except DBAPIError as error:
            if late or "statement timeout" in str(error.orig):
                raise too_slow(self.name, limits) from error
            raise self._error(error) from error
        if len(rows) > limits.rows:
            raise too_many(self.name, limits)
        return Answer(columns, tuple(tuple(row) for row in rows))

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _read_only(self, connection: Connection, limits: Limits) -> None:
        if self._engine.dialect.name == "postgresql":
            connection.execute(text("SET TRANSACTION READ ONLY"))
            connection.execute(text("SET LOCAL TimeZone = 'UTC'"))
            connection.execute(text(f"SET LOCAL statement_timeout = {int(limits.seconds * 1000)}"))
        elif self._engine.dialect.name == "sqlite":
            connection.execute(text("PRAGMA query_only = ON"))

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
