"""The desk of a registry on this machine."""

from __future__ import annotations

from metricgov.desk.entrance import LocalEntrance
from metricgov.desk.proving import LocalProving


class LocalDesk(LocalEntrance, LocalProving):
    """Implements Desk: every topic over one session."""
