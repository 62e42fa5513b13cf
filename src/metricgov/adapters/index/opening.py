"""Getting a database that works: a file, a URL, or memory; what is in it lives in filling.py and stored.py."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from metricgov.adapters.index import schema
from metricgov.domain.errors import BadInput, Undecidable

FILE_NAME = "index.sqlite3"
WAIT_SECONDS = 15
"""How long one process waits for another that is filling the same index."""

ADVISORY_LOCK = 0x6D65747269636776
"""Key of the PostgreSQL lock that lets one process at a time fill the index ("metricgv")."""

Tell = Callable[[str], None]


def open_engine(where: Path | str, tell: Tell) -> Engine:
    """Return a database of the newest shape.

    `where` is the file of the default index (SQLite), or a SQLAlchemy URL. A file that is broken, or that a newer
    program made, is moved aside, and where no file can be written, memory takes its place; `tell` hears of each.
    Undecidable where a URL does not answer.
    """
    if isinstance(where, Path):
        return _of_file(where, tell)
    engine = of_url(where)
    try:
        prepare(engine, engine.url.render_as_string(hide_password=True))
    except SQLAlchemyError as error:
        raise unreachable(engine.url, error) from error
    return engine


def memory() -> Engine:
    """Return an empty database of the newest shape that nobody else sees."""
    from metricgov.adapters.index.tables import metadata

    engine = sqlite("sqlite://", poolclass=StaticPool)
    with writing(engine) as connection:
        metadata.create_all(connection)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Hold a transaction that no other writer shares: it begins once the others have ended."""
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        yield connection


def _of_file(path: Path, tell: Tell) -> Engine:
    for attempt in range(2):
        engine = sqlite(URL.create("sqlite", database=str(path)))
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            prepare(engine, str(path))
        except (_Newer, DatabaseError, OSError) as error:
            engine.dispose()
            if attempt or not _move_aside(path, error, tell):
                tell(f"the index cannot be kept in {path} ({_words(error)}); working in memory, nothing is lost")
                return memory()
        else:
            return engine
    raise AssertionError("the second attempt returns")


def prepare(engine: Engine, where: str) -> None:
    """Bring a database to the newest shape; _Newer for a shape that this program does not know."""
    with engine.connect() as connection:
        at = schema.version(connection)
    if at == schema.HEAD:
        return
    if at and not schema.known(at):
        raise _Newer(where)
    with writing(engine) as connection:
        schema.upgrade(connection)


def _move_aside(path: Path, error: Exception, tell: Tell) -> bool:
    """Put a file out of the way that can be computed again; False where that would not help."""
    if isinstance(error, OSError) or (isinstance(error, OperationalError) and not _broken(error)):
        return False
    return put_aside(path, _words(error), tell)


def put_aside(path: Path, because: str, tell: Tell) -> bool:
    """Rename the file of an index, which can be computed again; False where that is not possible."""
    aside = path.with_name(f"{path.name}.{time.strftime('%Y%m%dT%H%M%S')}.aside")
    try:
        path.replace(aside)
        for rest in ("-wal", "-shm"):
            path.with_name(path.name + rest).unlink(missing_ok=True)
    except OSError:
        return False
    tell(f"the index was {because}; it is kept as {aside.name} and filled again from git, nothing is lost")
    return True


def _broken(error: BaseException) -> bool:
    said = str(error).lower()
    return any(sign in said for sign in ("malformed", "not a database", "corrupt", "no such table", "no such column"))


def broken(error: SQLAlchemyError) -> bool:
    """Say whether an error means that the file itself is damaged."""
    return isinstance(error, DatabaseError) and _broken(error)


def _words(error: Exception) -> str:
    if isinstance(error, _Newer):
        return "made by a newer version of this program"
    if isinstance(error, DatabaseError) and _broken(error):
        return "damaged"
    return str(getattr(error, "orig", error)).splitlines()[0]


class _Newer(Undecidable):
    """The database has a shape that a newer program gave it."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "index_newer",
            f"the index in {where} was made by a newer version of this program",
            hint="use that version, or another database",
        )


def of_url(where: str) -> Engine:
    """Return an engine for a SQLAlchemy URL; BadInput where it is none, or its driver is not installed."""
    try:
        url = make_url(where)
        if url.get_backend_name() == "sqlite":
            return sqlite(where)
        return create_engine(url, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError) as error:
        raise BadInput(
            "bad_database_url",
            "the address of the index is not one of a database",
            hint="write for example postgresql+psycopg://user@host/name",
        ) from error
    except ModuleNotFoundError as error:
        raise BadInput(
            "driver_missing",
            f"the driver of this database is not installed: {error.name}",
            hint="for PostgreSQL: pip install 'metricgov[postgres]'",
        ) from error


def sqlite(url: str | URL, **settings: Any) -> Engine:
    """Return an engine for a SQLite database, whose writers begin as writers and wait for each other."""
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False}, **settings)

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")  # it can be computed again; WAL keeps it whole
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writing") else "BEGIN")

    return engine


def unreachable(url: URL, error: SQLAlchemyError) -> Undecidable:
    """Return the error for a database of an index that does not do what it is asked."""
    return Undecidable(
        "index_unreachable",
        f"the database {url.render_as_string(hide_password=True)} does not answer: {said_by(error)}",
        hint="check its address and that it runs",
    )


def said_by(error: SQLAlchemyError) -> str:
    """Return the first line of what a database said about an error."""
    said = str(getattr(error, "orig", error)).strip().splitlines()
    return said[0] if said else str(error)
