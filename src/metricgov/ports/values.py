"""Values as they were known, kept beside the journal: added to, never changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from metricgov.domain.comparability.vintages import Row, Taking, Vintage


class ValueStore(Protocol):
    """The branch of values of one registry. Reading raises Undecidable where what it holds does not hold together."""

    def tip(self) -> str:
        """Return where the branch is now, "" where nothing was ever stored."""

    def metrics(self) -> tuple[str, ...]:
        """Return the metrics that have values on record, by name."""

    def vintages(self, metric: str) -> tuple[Vintage, ...]:
        """Return all vintages of a metric in order of number, their chain checked; () if there are none."""

    def append(self, tip: str, found: Sequence[tuple[Taking, tuple[Row, ...]]]) -> bool:
        """Add a vintage for each of them, durably; False, and nothing is added, where the branch left `tip`."""
