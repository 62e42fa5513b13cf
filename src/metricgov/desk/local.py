"""The desk of a registry on this machine."""

from __future__ import annotations

from metricgov.desk.entrance import LocalEntrance


class LocalDesk(LocalEntrance):
    """Implements Desk: every topic over one session."""
