"""Bells: none for a server alone, LISTEN and NOTIFY where several processes have one PostgreSQL."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from metricgov.domain.errors import MetricgovError

if TYPE_CHECKING:
    from collections.abc import Callable

    from metricgov.adapters.store.database import Database

CHANNEL: Final = "metricgov_journal"

AGAIN: Final = 2.0
"""Seconds between two attempts to reach a database that was lost."""

CONNECTION: Final = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}
"""A line that says nothing is asked now and then whether it is still there."""


class Still:
    """Implements Bell for a process that is alone: nobody rings, and looking every so often is all there is."""

    shared = False

    def __init__(self) -> None:
        self._closed = threading.Event()

    def ring(self, position: int) -> None:
        """Say nothing: nobody is there to hear it."""

    def wait(self, seconds: float) -> int | None:
        """Wait."""
        self._closed.wait(seconds)
        return 0

    def close(self) -> None:
        """End a wait."""
        self._closed.set()


class PostgresBell:
    """Implements Bell for processes with one PostgreSQL; `registry` says whose journal it is about.

    A lost connection is opened again as soon as there is something to connect to; until then nobody is heard.
    """

    shared = True

    def __init__(self, database: Database, registry: Callable[[], str], *, again: float = AGAIN) -> None:
        self._database, self._registry, self._again = database, registry, again
        self._closed = threading.Event()
        self._line: Any = None
        self._unheard = True
        self._tried = -again

    def ring(self, position: int) -> None:
        """Tell the others; a database that does not answer tells them nothing, and they look by themselves."""
        from sqlalchemy import text

        said = {"channel": CHANNEL, "said": f"{self._registry()} {position}"}
        with contextlib.suppress(MetricgovError), self._database.writing() as connection:
            connection.execute(text("SELECT pg_notify(:channel, :said)"), said)

    def wait(self, seconds: float) -> int | None:
        """Wait for a ring; None once after every time that nobody could be heard."""
        import psycopg

        until = time.monotonic() + seconds
        if self._line is None and not self._listen():
            self._closed.wait(max(0.0, until - time.monotonic()))
            return None
        try:
            heard = [self._position(one.payload) for one in self._line.notifies(timeout=seconds, stop_after=1)]
            heard += [self._position(one.payload) for one in self._line.notifies(timeout=0)]
        except (psycopg.Error, OSError):
            self._hang_up()
            self._closed.wait(max(0.0, until - time.monotonic()))
            return None
        if self._unheard:
            self._unheard = False
            return None
        return max(heard, default=0)

    def close(self) -> None:
        """Hang up; a wait of another thread ends at its time."""
        self._closed.set()
        self._hang_up()

    def _listen(self) -> bool:
        """Open the line, where that was not tried just now; say whether it is open."""
        import psycopg
        from sqlalchemy.exc import SQLAlchemyError

        if self._closed.is_set() or time.monotonic() - self._tried < self._again:
            return False
        self._tried = time.monotonic()
        try:
            engine = self._database.engine
            _, given = engine.dialect.create_connect_args(engine.url)
            line = psycopg.connect(**{**CONNECTION, **given}, autocommit=True)
            line.execute(f"LISTEN {CHANNEL}")
        except (psycopg.Error, OSError, SQLAlchemyError, MetricgovError):
            return False
        self._line, self._unheard = line, True
        return True

    def _hang_up(self) -> None:
        line, self._line, self._unheard = self._line, None, True
        if line is not None:
            with contextlib.suppress(Exception):  # it is gone already, in whatever way
                line.close()

    def _position(self, said: str) -> int:
        registry, _, position = said.rpartition(" ")
        return int(position) if registry == self._registry() and position.isdigit() else 0


def bell_for(database: Database, where: str, registry: Callable[[], str]) -> Still | PostgresBell:
    """Return the bell of a database by its address: one that others hear where it is PostgreSQL."""
    return PostgresBell(database, registry) if where.startswith("postgres") else Still()
