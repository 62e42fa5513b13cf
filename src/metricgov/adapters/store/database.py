"""The database of what is a server's own: PostgreSQL beside the index, or a SQLite file of its own.

A file of its own, because that of the index may be deleted by anybody at any time.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, event, text
from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

import metricgov.adapters.store.tables  # noqa: F401 - created with those of the index
from metricgov.adapters.index import opening
from metricgov.domain.errors import Undecidable

FILE_NAME: Final = "server.sqlite3"

PATIENCE_MS: Final = 10_000
"""Milliseconds that a statement on PostgreSQL may take."""


class Database:
    """Connections to it: opened and brought to the newest shape when it is first asked."""

    def __init__(self, where: Path | str) -> None:
        self._where = where
        self._opening = threading.Lock()
        self._engine: Engine | None = None

    @property
    def engine(self) -> Engine:
        """The engine."""
        with self._opening:
            if self._engine is None:
                self._engine = _opened(self._where)
            return self._engine

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection for one question; Undecidable where the database does not answer."""
        engine = self.engine
        try:
            with engine.connect() as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise self._lost(engine, error) from error

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose statements happen all or not at all."""
        engine = self.engine
        try:
            with engine.connect().execution_options(writing=True) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            raise self._lost(engine, error) from error

    def close(self) -> None:
        """Close the connections; the object stays usable."""
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _lost(self, engine: Engine, error: SQLAlchemyError) -> Exception:
        """Return the error for people; a database that was dropped is made again by the next question."""
        url = engine.url
        if not isinstance(error, IntegrityError | DataError):
            self.close()
        return _unreachable(url, error)


def _unreachable(url: URL, error: SQLAlchemyError) -> Undecidable:
    return Undecidable(
        "store_unreachable",
        f"the server's database {url.render_as_string(hide_password=True)} does not answer: {opening.said_by(error)}",
        hint="check METRICGOV_DATABASE, and that it runs",
    )


def now(connection: Connection) -> float:
    """Return seconds since 1970 by the clock of the database."""
    asked = (
        "SELECT extract(epoch FROM clock_timestamp())"
        if connection.dialect.name == "postgresql"
        else "SELECT (julianday('now') - 2440587.5) * 86400.0"
    )
    return float(connection.execute(text(asked)).scalar_one())


def _opened(where: Path | str) -> Engine:
    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
        engine = opening.sqlite(f"sqlite:///{where}")
    else:
        engine = opening.of_url(where)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _keep_all)
    else:
        event.listen(engine, "connect", _in_time)
    try:
        opening.prepare(engine, engine.url.render_as_string(hide_password=True))
    except SQLAlchemyError as error:
        raise _unreachable(engine.url, error) from error
    return engine


def _keep_all(connection: Any, _record: object) -> None:
    """A token that was shown, or a claim that was made, outlives a power cut."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _in_time(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute(f"SET statement_timeout = {PATIENCE_MS}")
    connection.commit()
    cursor.close()
