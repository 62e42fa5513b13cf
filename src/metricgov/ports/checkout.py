"""The files of the work tree, which decide nothing: for diff, lint, fmt, edit and propose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol


class Checkout(Protocol):
    """Somebody's work tree."""

    def read_worktree(self, paths: Iterable[str]) -> Mapping[str, bytes | None]:
        """Return the bytes of files, None where there is none; BadInput for a link."""

    def worktree_changed(self, commit: str, folders: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the paths whose bytes differ from a commit: edited, new, deleted."""

    def write_worktree(self, files: Mapping[str, bytes]) -> None:
        """Write files; BadInput where a link stands in the way."""
