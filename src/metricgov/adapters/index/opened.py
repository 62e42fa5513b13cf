"""One database of an index for all who look into it; nothing of a database is loaded before somebody does."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from metricgov.adapters.index.opening import Tell


class Opened:
    """The database of an index, opened by whoever asks first and kept for all that ask after them; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._engine: Engine | None = None

    def engine(self, where: Path | str, tell: Tell) -> Engine:
        """Return what `open_engine` does; memory is for one alone."""
        with self._lock:
            if self._engine is not None:
                return self._engine
            from metricgov.adapters.index.opening import open_engine

            engine = open_engine(where, tell)
            if engine.url.database:
                self._engine = engine
            return engine

    def drop(self, engine: Engine) -> None:
        """Close connections; whoever asks next opens it anew."""
        with self._lock:
            if self._engine is engine:
                self._engine = None
        engine.dispose()

    def close(self) -> None:
        """Close the connections."""
        if self._engine is not None:
            self.drop(self._engine)
