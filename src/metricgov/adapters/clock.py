"""The machine's clock behind the port; everything else is told what time it is."""

from __future__ import annotations

from datetime import UTC, datetime


class SystemClock:
    """Implements the port Clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)
