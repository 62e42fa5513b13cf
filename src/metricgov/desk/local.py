"""The desk of a registry on this machine."""

from __future__ import annotations

from metricgov.desk.changes import LocalChanges
from metricgov.desk.entrance import LocalEntrance


class LocalDesk(LocalChanges, LocalEntrance):
    """Implements Desk: every topic over one session."""
