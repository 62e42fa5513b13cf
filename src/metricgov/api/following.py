"""One look at the registry for everybody in a process who follows it; woken by a bell where there is one."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from metricgov.desk.local import LocalDesk
from metricgov.domain.errors import MetricgovError

if TYPE_CHECKING:
    from metricgov.domain.happenings import Happening
    from metricgov.ports.bell import Bell
    from metricgov.ports.clock import Clock

FETCHED_EVERY: Final = 10.0
"""Seconds between two fetches of a process that cannot hear whether another has written."""

PAGE: Final = 500
"""Events that are read at once."""


class Watch:
    """Sees what is new in one registry. Not for two threads at once.

    What another process wrote stands at the remote, where both have a clone of their own: a ring lets this one fetch.
    """

    def __init__(self, folder: Path, bell: Bell, *, clock: Clock | None = None) -> None:
        self._desk = LocalDesk(folder, claimed="", clock=clock)
        self._bell = bell
        self._mark = ""
        self._position = self._told = 0
        self._fetched = 0.0

    def begin(self) -> int:
        """Begin with what happens from now on; return the position that this is."""
        self._mark = self._desk.mark()
        self._position = self._told = self._desk.happened().position
        return self._position

    @property
    def position(self) -> int:
        """Up to where it has looked."""
        return self._position

    def look(self, seconds: float, *, telling: bool = True) -> tuple[Happening, ...]:
        """Wait for a ring, so many seconds at most, and return what happened since the last look.

        Without `telling` only the position moves: nobody asks what happened.
        """
        heard = self._bell.wait(seconds)
        self._follow(heard)
        mark = self._desk.mark()
        if mark == self._mark:
            return ()
        rows: list[Happening] = []
        if telling:
            rows = self._happened()
        else:
            self._position = max(self._position, self._desk.happened().position)
        self._mark = mark
        if self._position > max(self._told, heard or 0):
            self._bell.ring(self._position)
        self._told = self._position
        return tuple(rows)

    def _happened(self) -> list[Happening]:
        rows: list[Happening] = []
        while True:
            found = self._desk.happened(after=self._position, most=PAGE)
            rows += found.rows
            self._position = found.position
            if len(found.rows) < PAGE:
                return rows

    def forget(self) -> None:
        """Let the registry go: the next look opens it again."""
        self._desk.forget()

    def close(self) -> None:
        """Let everything go."""
        self._bell.close()
        self._desk.forget()

    def _follow(self, heard: int | None) -> None:
        """Fetch what another process may have written, where this clone has not seen it."""
        now = time.monotonic()
        if heard is None and now - self._fetched < FETCHED_EVERY:
            return
        if heard is not None and heard <= self._position:
            return
        workspace = self._desk.session().workspace
        if workspace.mirror is None or workspace.offline:
            return
        self._fetched = now
        try:
            workspace.mirror.fetch()
        except MetricgovError:  # the worker says what is wrong with a remote
            return
