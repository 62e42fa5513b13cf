"""DuckDB as a warehouse: read only, fenced into the folders that metricgov.yaml names, cancellable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from metricgov.adapters.warehouse.failing import failed, missing, too_many, too_slow
from metricgov.adapters.warehouse.paths import inside
from metricgov.adapters.warehouse.waiting import TooSlow, awaited
from metricgov.domain.definitions.engines import DuckDbEngine
from metricgov.domain.errors import Undecidable
from metricgov.domain.query.dialects import sql_of
from metricgov.ports.warehouse import Answer, Limits

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.source import Source

READERS = {"parquet": "read_parquet", "csv": "read_csv_auto", "json": "read_json_auto"}


class DuckDbWarehouse:
    """Implements the port Warehouse; paths are relative to the folder of metricgov.yaml."""

    dialect = "duckdb"

    def __init__(self, name: str, settings: DuckDbEngine, folder: Path) -> None:
        self.name = name
        self._folder = folder
        self._allowed = [inside(folder, one, name) for one in settings.files]
        self._connection = self._opened(settings)

    def _opened(self, settings: DuckDbEngine) -> duckdb.DuckDBPyConnection:
        path = inside(self._folder, settings.path, self.name) if settings.path else None
        if path is not None and not path.is_file():
            raise Undecidable(
                "engine_missing",
                f"engine {self.name}: there is no database {settings.path}",
                hint="make it, or name another path in metricgov.yaml; metricgov sample-data PATH makes one to try",
            )
        config: dict[str, str | bool | int | float | list[str]] = {"autoinstall_known_extensions": "false"}
        if settings.memory:
            config["memory_limit"] = settings.memory
        if settings.threads:
            config["threads"] = settings.threads
        try:
            connection = duckdb.connect(str(path or ":memory:"), read_only=path is not None, config=config)
            folders = ", ".join("'" + str(one).replace("'", "''") + "/'" for one in self._allowed)
            connection.execute(f"SET allowed_directories = [{folders}]")
            connection.execute("SET enable_external_access = false")
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("SET lock_configuration = true")
        except duckdb.Error as error:
            raise failed(self.name, str(error)) from error
        return connection

    def relation(self, source: Source) -> exp.Expr | None:
        """Return the table of this engine, or the reader of the source's files, None where it has neither."""
        from sqlglot import exp

        from metricgov.domain.query.fragments import table

        named = source.relations.get(self.name)
        if named is not None:
            return table(named, self.dialect, f"source {source.name}.relations.{self.name}")
        if source.files is None:
            return None
        paths = [str(inside(self._folder, one, f"source {source.name}")) for one in source.files.paths]
        files = exp.Array(expressions=[exp.Literal.string(one) for one in paths])
        return exp.Table(this=exp.Anonymous(this=READERS[source.files.format], expressions=[files]))

    def columns(self, source: Source) -> Mapping[str, str]:
        """Return the columns of a source's relation and their types."""
        from sqlglot import exp

        relation = self.relation(source)
        if relation is None:
            return {}
        statement = "DESCRIBE " + exp.select("*").from_(relation).sql(self.dialect)
        return {str(row[0]): str(row[1]) for row in self._fetched(statement, Limits(rows=10_000)).rows}

    def run(self, query: exp.Query, limits: Limits) -> Answer:
        """Return all rows of a query."""
        return self._fetched(sql_of(query, self.dialect), limits)

    def close(self) -> None:
        """Close the database."""
        self._connection.close()

    def _fetched(self, statement: str, limits: Limits) -> Answer:
        def work() -> tuple[list[tuple[Any, ...]], tuple[str, ...]]:
            cursor = self._connection.execute(statement)
            return cursor.fetchmany(limits.rows + 1), tuple(str(one[0]) for one in cursor.description or ())

        try:
            rows, columns = awaited(work, self._connection.interrupt, limits.seconds)
        except TooSlow as error:
            raise too_slow(self.name, limits) from error
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            raise missing(self.name, str(error)) from error
        except duckdb.Error as error:
            raise failed(self.name, str(error)) from error
        if len(rows) > limits.rows:
            raise too_many(self.name, limits)
        return Answer(columns, tuple(rows))
