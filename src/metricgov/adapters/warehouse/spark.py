"""Spark as a warehouse: a local session or Spark Connect; jobs carry a tag by which they are cancelled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Event, get_ident
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from pyspark.errors import AnalysisException, PySparkException

from metricgov.adapters.warehouse.failing import (
    failed,
    missing,
    no_java,
    no_secret,
    too_many,
    too_slow,
    unreachable,
    writes,
)
from metricgov.adapters.warehouse.paths import inside
from metricgov.adapters.warehouse.waiting import TooSlow, awaited
from metricgov.domain.definitions.engines import SparkEngine
from metricgov.domain.query.dialects import sql_of
from metricgov.ports.warehouse import Answer, Limits

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.source import Source

PATIENCE = 60.0
"""Seconds in which a session has to open."""

BEGINNING = 5.0
"""Seconds that a cancelled query of Spark Connect is given to begin its tasks; its server tells every two seconds."""

VIEW = "metricgov_files_"
"""Prefix of the views that stand for files of sources; they live as long as the session."""


class SparkWarehouse:
    """Implements the port Warehouse. Spark has no read-only sessions, so that nothing but a query is sent to it."""

    dialect = "spark"

    def __init__(self, name: str, settings: SparkEngine, folder: Path, environ: Mapping[str, str]) -> None:
        self.name = name
        self._folder = folder
        self._local = settings.remote_from is None
        self._views: set[str] = set()
        address = None
        if settings.remote_from is not None:
            address = environ.get(settings.remote_from)
            if not address:
                raise no_secret(name, settings.remote_from)
        self._session = self._opened(address)

    def _opened(self, address: str | None) -> Any:
        from pyspark.sql import SparkSession

        builder: Any = SparkSession.builder
        if address is None:
            builder = builder.master("local[*]").config("spark.ui.enabled", "false")
        else:
            builder = builder.remote(address)

        def opened() -> Any:
            session = builder.getOrCreate()
            session.conf.set("spark.sql.session.timeZone", "UTC")
            return session

        try:
            return awaited(opened, lambda: None, PATIENCE)  # Connect itself tries for ten minutes
        except TooSlow as error:
            raise unreachable(self.name, f"no answer within {PATIENCE:g} s") from error
        except Exception as error:  # Spark raises whatever its transport raises, and no address may be shown
            if "JAVA_GATEWAY" in str(error) or isinstance(error, FileNotFoundError):
                raise no_java(self.name, str(error)) from error
            raise unreachable(self.name, type(error).__name__) from error

    def relation(self, source: Source) -> exp.Expr | None:
        """Return the table of this engine, or a view of the source's files, None where it has neither.

        Files are read by a local session alone: a server elsewhere does not see them.
        """
        from metricgov.domain.query.fragments import table

        named = source.relations.get(self.name)
        if named is not None:
            return table(named, self.dialect, f"source {source.name}.relations.{self.name}")
        if source.files is None or not self._local:
            return None
        view = VIEW + source.name
        if view not in self._views:
            paths = [str(inside(self._folder, one, f"source {source.name}")) for one in source.files.paths]
            reader = self._session.read.format(source.files.format)
            if source.files.format == "csv":
                reader = reader.option("header", "true").option("inferSchema", "true")
            try:
                reader.load(paths).createOrReplaceTempView(view)
            except PySparkException as error:
                raise missing(self.name, str(error)) from error
            self._views.add(view)
        return table(view, self.dialect, f"source {source.name}.files")

    def columns(self, source: Source) -> Mapping[str, str]:
        """Return the columns of a source's relation and their types."""
        relation = self.relation(source)
        if relation is None:
            return {}
        try:
            fields = self._session.table(relation.sql(self.dialect)).schema.fields
        except AnalysisException as error:
            raise missing(self.name, str(error)) from error
        except Exception as error:
            raise self._error(error) from error
        return {one.name: one.dataType.simpleString() for one in fields}

    def run(self, query: exp.Query, limits: Limits) -> Answer:
        """Return all rows of a query."""
        from sqlglot import exp

        if not isinstance(query, exp.Query):
            raise writes(self.name)
        statement, tag = sql_of(query, self.dialect), f"metricgov-{uuid4().hex}"
        busy = Event()

        def work() -> tuple[list[Any], tuple[str, ...]]:
            self._mark(tag)
            with self._watched(busy):
                frame = self._session.sql(statement).limit(limits.rows + 1)
                return _without_zones(frame).collect(), tuple(frame.columns)

        try:
            rows, columns = awaited(work, lambda: self._stop(tag, busy), limits.seconds)
        except TooSlow as error:
            raise too_slow(self.name, limits) from error
        except AnalysisException as error:
            raise missing(self.name, str(error)) from error
        except Exception as error:
            raise self._error(error) from error
        if len(rows) > limits.rows:
            raise too_many(self.name, limits)
        return Answer(columns, tuple(tuple(row) for row in rows))

    def close(self) -> None:
        """Stop the session."""
        self._session.stop()

    def _mark(self, tag: str) -> None:
        """Let the jobs of this thread be known by a tag; the thread ends with its query."""
        if self._local:  # here tags of a session reach no job
            self._session.sparkContext.setJobGroup(tag, "metricgov", interruptOnCancel=True)
        else:
            self._session.addTag(tag)

    @contextmanager
    def _watched(self, busy: Event) -> Iterator[None]:
        """Set an event while tasks of this thread's query run, and once the query has ended."""
        if self._local:
            yield
            return
        thread = get_ident()

        def told(*, inflight_tasks: int, **_: object) -> None:
            if get_ident() == thread:  # a session tells each thread's query to every handler
                (busy.set if inflight_tasks else busy.clear)()

        self._session.registerProgressHandler(told)
        try:
            yield
        finally:
            self._session.removeProgressHandler(told)
            busy.set()

    def _stop(self, tag: str, busy: Event) -> None:
        """Cancel a query; on a server not before it has tasks to cancel.

        A server told to stop a query that it has not yet handed to its scheduler calls it stopped, and may then run its
        job to the end, out of reach of every later interrupt.
        """
        if self._local:
            self._session.sparkContext.cancelJobGroup(tag)
        else:
            busy.wait(BEGINNING)
            self._session.interruptTag(tag)

    def _error(self, error: Exception) -> Exception:
        """Return what an exception of Spark or of its transport means; a bug of ours stays one."""
        if isinstance(error, PySparkException):
            down = "StatusCode.UNAVAILABLE" in str(error)
            return unreachable(self.name, type(error).__name__) if down else failed(self.name, str(error))
        if type(error).__module__.partition(".")[0] in ("grpc", "py4j") or isinstance(error, ConnectionError):
            return unreachable(self.name, type(error).__name__)
        return error


def _without_zones(frame: Any) -> Any:
    """Return a frame whose instants are times of day in UTC; Python would read them in the zone of this machine."""
    from pyspark.sql.functions import col
    from pyspark.sql.types import TimestampType

    if not any(isinstance(one.dataType, TimestampType) for one in frame.schema.fields):
        return frame
    quoted = {one.name: "`" + one.name.replace("`", "``") + "`" for one in frame.schema.fields}
    return frame.select(
        *(
            col(quoted[one.name]).cast("timestamp_ntz").alias(one.name)
            if isinstance(one.dataType, TimestampType)
            else col(quoted[one.name])
            for one in frame.schema.fields
        )
    )
