"""Spark as a warehouse: a local session or Spark Connect; jobs carry a tag by which they are cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from metricgov.adapters.warehouse.failing import failed, missing, no_secret, too_many, too_slow, unreachable
from metricgov.adapters.warehouse.waiting import TooSlow, awaited
from metricgov.domain.definitions.engines import SparkEngine
from metricgov.domain.query.dialects import sql_of
from metricgov.ports.warehouse import Answer, Limits

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.source import Source


class SparkWarehouse:
    """Implements the port Warehouse; rows are read, nothing is written."""

    dialect = "spark"

    def __init__(self, name: str, settings: SparkEngine, environ: Mapping[str, str], session: Any = None) -> None:
        from pyspark.sql import SparkSession

        self.name = name
        if session is not None:
            self._session = session
            return
        builder: Any = SparkSession.builder
        if settings.remote_from is not None:
            address = environ.get(settings.remote_from)
            if not address:
                raise no_secret(name, settings.remote_from)
            builder = builder.remote(address)
        else:
            builder = builder.master("local[*]").config("spark.ui.enabled", "false")
        try:
            self._session = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
        except Exception as error:  # Spark raises whatever its transport raises
            raise unreachable(name, str(error)) from error

    def relation(self, source: Source) -> exp.Expr | None:
        """Return the table of this engine, None where it does not hold the source."""
        from metricgov.domain.query.fragments import table

        named = source.relations.get(self.name)
        return None if named is None else table(named, self.dialect, f"source {source.name}.relations.{self.name}")

    def columns(self, source: Source) -> Mapping[str, str]:
        """Return the columns of a source's relation and their types."""
        from pyspark.errors import PySparkException

        if source.relations.get(self.name) is None:
            return {}
        try:
            fields = self._session.table(source.relations[self.name]).schema.fields
        except PySparkException as error:
            raise missing(self.name, str(error)) from error
        return {one.name: one.dataType.simpleString() for one in fields}

    def run(self, query: exp.Query, limits: Limits) -> Answer:
        """Return all rows of a query."""
        from pyspark.errors import AnalysisException, PySparkException

        tag = f"metricgov-{uuid4().hex}"

        def work() -> tuple[list[Any], tuple[str, ...]]:
            self._session.addTag(tag)
            frame = self._session.sql(sql_of(query, self.dialect)).limit(limits.rows + 1)
            return frame.collect(), tuple(frame.columns)

        try:
            rows, columns = awaited(work, lambda: self._session.interruptTag(tag), limits.seconds)
        except TooSlow as error:
            raise too_slow(self.name, limits) from error
        except AnalysisException as error:
            raise missing(self.name, str(error)) from error
        except PySparkException as error:
            raise failed(self.name, str(error)) from error
        if len(rows) > limits.rows:
            raise too_many(self.name, limits)
        return Answer(columns, tuple(tuple(row) for row in rows))

    def close(self) -> None:
        """Stop the session."""
        self._session.stop()
