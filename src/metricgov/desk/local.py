"""The desk of a registry on this machine."""

from __future__ import annotations

from metricgov.desk.entrance import LocalEntrance
from metricgov.desk.over_time import LocalOverTime


class LocalDesk(LocalEntrance, LocalOverTime):
    """Implements Desk: every topic over one session."""
