"""Which findings a reader has read and what they saw last of each change; kept over restarts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from metricgov_tui.remembered import Remembered

NAME = "read"
MOST = 300
"""Changes that are remembered, the last ones opened."""


@dataclass(slots=True)
class Read:
    """What one reader knows of one change: the revision they read, the last event they saw, the findings read."""

    revision: int = 0
    seq: int = 0
    findings: set[str] = field(default_factory=set)


def read_of(remembered: Remembered | None, change: str) -> Read:
    """Return what is remembered of a change; what cannot be read is taken for nothing."""
    held: Any = remembered.get(NAME, {}).get(change) if remembered is not None else None
    try:
        return Read(int(held["revision"]), int(held["seq"]), {str(one) for one in held["findings"]})
    except (TypeError, KeyError, ValueError):
        return Read()


def remember(remembered: Remembered | None, change: str, read: Read) -> None:
    """Remember what was read of a change."""
    if remembered is None:
        return
    held = {name: value for name, value in remembered.get(NAME, {}).items() if name != change}
    held[change] = {"revision": read.revision, "seq": read.seq, "findings": sorted(read.findings)}
    remembered.set(NAME, dict(list(held.items())[-MOST:]))
