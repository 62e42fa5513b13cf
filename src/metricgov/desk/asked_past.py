"""What doors ask about what was: the changelog, and what differs between two states of the registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from metricgov.desk.progress import Progress, silent

if TYPE_CHECKING:
    from metricgov.app.comparing import Comparison
    from metricgov.domain.comparability.causes import Revised
    from metricgov.domain.comparability.why import Difference
    from metricgov.domain.edited_views import EditedDefinition
    from metricgov.domain.happenings import Happenings
    from metricgov.domain.past_views import ChangelogEntry


@dataclass(frozen=True, slots=True)
class Compared:
    """What one commit does to another, and which two they are."""

    base: str
    head: str
    found: Comparison


NOW = -1
"""In the place of a position: whatever it is now."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which difference of a metric: of one period since it was first stored, or between two, named 2026-03 or 2026-Q1.

    `reported` and `known_at` are days or seconds: the first value as it was known then, the second one as it was known
    then instead of computed now. `by` splits movement by dimensions, or names one segment (`channel=email`).
    """

    period: str
    other: str = ""
    reported: str = ""
    known_at: str = ""
    by: tuple[str, ...] = ()


class Past(Protocol):
    """What was, and what has become of it."""

    def happened(self, *, after: int = NOW, change: str = "", person: str = "", most: int = 500) -> Happenings:
        """Return what happened after a position in the journal, oldest first: `most` events, up to 1000.

        Of one change or by one person, where they are named; -1 asks only where the journal stands. What others do not
        see yet is told once they do.
        """
        ...

    def changelog(self, *, since: str = "", definition: str = "", most: int = 0) -> tuple[ChangelogEntry, ...]:
        """Return what was applied, newest first; `since` is a day or a second, 0 for `most` is no limit."""
        ...

    def differences(self, definition: str, old: str, new: str = "") -> EditedDefinition:
        """Return both texts of two versions of a definition and what differs between them; "" is main as it is."""
        ...

    def compared(self, base: str, head: str = "", *, only: tuple[str, ...] = ()) -> Compared:
        """Return what one commit or branch does to another ("": main), field by field; `only` are files or folders."""
        ...

    def why(
        self,
        metric: str,
        asked: Asked,
        *,
        recorded: bool = False,
        engine: str = "",
        as_of: str = "",
        progress: Progress = silent,
    ) -> Difference:
        """Return what a difference consists of: late data, mended defects, definitions, real movement.

        With `recorded`, or where no engine is bound, by what was stored; `as_of` is an ISO day, "" for today.
        """
        ...

    def revisions(self, metric: str, *, by: tuple[str, ...] = ()) -> tuple[Revised, ...]:
        """Return how stored values were revised: every value of each period, and what moved it.

        `by` names one kind of period and one segment (`month`, `channel=email`).
        """
        ...
