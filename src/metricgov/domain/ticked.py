"""What one tick did, as plain values; use cases fill them, renderers turn them into text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum


class Did(StrEnum):
    """One kind of thing that time makes of a registry."""

    MAIN_RECORDED = "main_recorded"
    APPLY_FINISHED = "apply_finished"
    APPLY_ABANDONED = "apply_abandoned"
    APPLIED = "applied"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    REMINDED = "reminded"
    ESCALATED = "escalated"


@dataclass(frozen=True, slots=True)
class Done:
    """One thing that was done; `change` is a full id ("": the registry), `says` continues its name."""

    did: Did
    says: str
    change: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Failed:
    """One thing that could not be done now and is tried again by the next tick; `exit_code` is that of INV-25."""

    code: str
    says: str
    how: str
    exit_code: int
    change: str = ""
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Waits:
    """A change that has a date: `what` is `apply`, `expire` or `review` (of its override), `due` UTC in seconds."""

    change: str
    definition: str
    what: str
    due: str


@dataclass(slots=True)
class Ticked:
    """Everything that one tick did, what it could not do, and what comes next, soonest first."""

    at: str
    done: list[Done] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    waits: list[Waits] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """The gravest of what could not be done, 0 where there is nothing."""
        return max((one.exit_code for one in self.failed), default=0)
