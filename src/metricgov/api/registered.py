"""Who is somebody in the registry: people.yaml of main, read again when main has moved."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from metricgov.domain.workflow.rights import Governance

LOOKED_EVERY: Final = 1.0
"""Seconds between two looks at where main stands: so long somebody who was removed may still be let in."""


class Registered:
    """The people of a registry, for whoever lets callers in; asked from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._looked = 0.0
        self._main = ""
        self._governance: Governance | None = None

    def recent(self) -> Governance | None:
        """Return the governance on main where it is at most LOOKED_EVERY seconds old, without waiting for anything."""
        return self._governance if time.monotonic() - self._looked < LOOKED_EVERY else None

    def governance(self) -> Governance:
        """Return the governance on main, at most LOOKED_EVERY seconds old; raises where main cannot be read."""
        with self._lock:
            found = self.recent()
            if found is None:
                found = self._governance = self._read()
                self._looked = time.monotonic()
            return found

    def _read(self) -> Governance:
        from metricgov.app.governing import governance_at
        from metricgov.bootstrap import Workspace

        workspace = Workspace(self._folder)
        try:
            main = workspace.repository.resolve(workspace.target)
            if self._governance is not None and main == self._main:
                return self._governance
            found = governance_at(main, source=workspace.repository, files=workspace.files)
        finally:
            workspace.repository.close()
        self._main = main
        return found
