"""The typed client of a server: `connect(url, token)` answers every question of `metricgov.desk.asked.Desk`."""

from __future__ import annotations

from metricgov.client.remote import connect

__all__ = ["connect"]
