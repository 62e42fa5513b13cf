"""Leases in the database of a server."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from metricgov.adapters.index.tables import table
from metricgov.adapters.store.database import Database, now
from metricgov.adapters.store.tables import LeaseRow

_T = table(LeaseRow)


class StoredLeases:
    """Implements Leases."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def hold(self, name: str, holder: str, seconds: float) -> int | None:
        """Take or extend a lease; return its fencing number, None where another holds it."""
        with self._database.writing() as connection:
            insert_missing(connection, _T, name=name, holder="", until=0.0, number=0)
            at = now(connection)
            mine = update(_T).where(_T.c.name == name, _T.c.holder == holder, _T.c.until >= at)
            free = update(_T).where(_T.c.name == name, or_(_T.c.until < at, _T.c.holder == ""))
            if not connection.execute(mine.values(until=at + seconds)).rowcount:
                connection.execute(free.values(holder=holder, until=at + seconds, number=_T.c.number + 1))
            found = select(_T.c.number).where(_T.c.name == name, _T.c.holder == holder, _T.c.until >= at)
            return connection.execute(found).scalar_one_or_none()

    def release(self, name: str, holder: str) -> None:
        """Give a lease back before its time; nothing where another holds it."""
        with self._database.writing() as connection:
            connection.execute(update(_T).where(_T.c.name == name, _T.c.holder == holder).values(holder="", until=0.0))

    def holder(self, name: str) -> str:
        """Return who holds a lease now, "" for nobody."""
        with self._database.reading() as connection:
            query = select(_T.c.holder).where(_T.c.name == name, _T.c.until >= now(connection))
            return connection.execute(query).scalar_one_or_none() or ""


def insert_missing(connection: Connection, into: Table, **values: Any) -> None:
    """Insert a row, where there is none of its key yet."""
    if connection.dialect.name == "postgresql":
        connection.execute(postgresql.insert(into).values(**values).on_conflict_do_nothing())
    else:
        connection.execute(sqlite.insert(into).values(**values).on_conflict_do_nothing())
