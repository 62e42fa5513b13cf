"""Work that one process at a time may do: held for a while, extended by whoever lives, taken over from the dead."""

from __future__ import annotations

from typing import Protocol


class Leases(Protocol):
    """Who holds which work; time is the database's, so that clocks of machines may differ."""

    def hold(self, name: str, holder: str, seconds: float) -> int | None:
        """Take or extend a lease; return its fencing number, None where another holds it.

        The number grows with every change of hands: who sees a higher one than their own has lost the lease.
        """
        ...

    def release(self, name: str, holder: str) -> None:
        """Give a lease back before its time; nothing where another holds it."""
        ...

    def holder(self, name: str) -> str:
        """Return who holds a lease now, "" for nobody."""
        ...
