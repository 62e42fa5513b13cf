"""The machine's clock behind the port; everything else is told what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """Implements the port Clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


class FixedClock:
    """Implements the port Clock for a run whose time is given (`gate --at`)."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        """Return the given moment."""
        return self._moment
