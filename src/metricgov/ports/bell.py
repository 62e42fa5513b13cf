"""How processes of one server wake each other when the journal has grown; what happened, each reads for itself."""

from __future__ import annotations

from typing import Protocol


class Bell(Protocol):
    """Rung and heard with a position in the journal. It only saves waiting: nothing is lost with a ring."""

    @property
    def shared(self) -> bool:
        """Say whether other processes can hear it."""
        ...

    def ring(self, position: int) -> None:
        """Tell the others that the journal has reached a position; says nothing where that is not possible."""
        ...

    def wait(self, seconds: float) -> int | None:
        """Wait for a ring, so many seconds at most; return the highest position heard since the last call.

        0 where nobody rang, None where somebody may have rung unheard: then looking is all that helps. Takes one
        thread at a time; `close` ends it early.
        """
        ...

    def close(self) -> None:
        """Hear and ring no more."""
        ...
