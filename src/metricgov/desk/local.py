"""The desk of a registry on this machine."""

from __future__ import annotations

from metricgov.desk.changes import LocalChanges
from metricgov.desk.entrance import LocalEntrance
from metricgov.desk.over_time import LocalOverTime
from metricgov.desk.weighing import LocalEditing


class LocalDesk(LocalChanges, LocalEntrance, LocalEditing, LocalOverTime):
    """Implements Desk: every topic over one session."""
