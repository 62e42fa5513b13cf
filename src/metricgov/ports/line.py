"""The whole first-parent line of a branch, as an audit walks it: every commit, and what each did by whole path."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from metricgov.ports.history import Commit
from metricgov.ports.source import TreeChange


class Line(Protocol):
    """Reads a line of any length with a few processes."""

    def line(self, tip: str) -> tuple[Commit, ...]:
        """Return the first-parent commits from the root to a tip, oldest first; Undecidable in a shallow clone."""

    def changes(self, commits: Iterable[Commit]) -> Iterator[tuple[TreeChange, ...]]:
        """Yield what each commit did against its first parent (a root: against nothing), without rename detection."""


class PathLine(Protocol):
    """Reads the part of a line that touches a few paths; what the rest did is not looked at."""

    def touching(self, tip: str, paths: Sequence[str]) -> tuple[tuple[Commit, ...], bool]:
        """Return the first-parent commits that changed these paths, newest first, and whether that is all of them.

        It is not in a shallow clone; the commit at which that ends is not among them.
        """
