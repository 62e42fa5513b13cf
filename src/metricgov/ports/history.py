"""The past of any repository, newest first, a commit at a time; what a change in it means is found elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from metricgov.ports.source import TreeEntry


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit of the first-parent line: id, first parent ("" for a root), UTC second, author's name and subject.

    The second is the committer's; `email` is the author's address as git has it.
    """

    oid: str
    parent: str
    at: str
    author: str
    subject: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a commit did to one file; the paths differ where git found a rename. None: the file was not there."""

    path_before: str
    path_after: str
    before: TreeEntry | None
    after: TreeEntry | None


class History(Protocol):
    """Reads a past of any length in bounded memory."""

    def commits(self, tip: str, *, since: str = "") -> Iterator[Commit]:
        """Yield the first-parent commits from a tip down to a UTC day ("" = to the root), newest first."""

    def moves(self, commits: Iterable[Commit]) -> Iterator[tuple[Commit, tuple[Moved, ...]]]:
        """Yield each commit with what it did against its first parent."""

    def contents(self, oids: Iterable[str], *, at_most: int) -> Iterator[bytes | None]:
        """Yield the bytes of each blob in order; None for one that is larger, missing, or no blob."""
