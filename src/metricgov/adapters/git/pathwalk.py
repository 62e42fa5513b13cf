"""Entries of a tree at or below some paths, read object by object: no process is started for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from metricgov.adapters.git.objects import FOLDER, Entry
from metricgov.domain.errors import Undecidable
from metricgov.ports.source import TreeEntry

MAX_DEPTH = 64
"""Folders deeper than this hold nothing that is governed."""

Lines = Callable[[str], tuple[Entry, ...]]


KEPT_LINES = 200_000
"""Lines of folders that are remembered at one time."""


class Folders:
    """Folders by object id, those read lately not again; `lines` returns those of one tree."""

    def __init__(self, lines: Lines) -> None:
        self._lines = lines
        self._known: dict[str, dict[str, TreeEntry]] = {}
        self._kept = 0

    def entries_at(self, root: str, paths: Sequence[str]) -> dict[str, TreeEntry]:
        """Return the entries at or below `paths` in the tree `root`, by path.

        Undecidable for a tree that lists a name twice, which no checkout can hold.
        """
        found: dict[str, TreeEntry] = {}
        for path in sorted(set(paths)):
            entry = self.entry(root, path)
            if entry is None:
                continue
            if entry.mode == FOLDER:
                found.update(self.below(path, entry.oid, MAX_DEPTH))
            else:
                found[path] = entry
        return dict(sorted(found.items()))

    def entry(self, root: str, path: str) -> TreeEntry | None:
        """Return the entry at a path, None where there is none."""
        here = TreeEntry(FOLDER, root)
        for name in path.split("/"):
            if here.mode != FOLDER:
                return None
            inner = self._folder(here.oid).get(name)
            if inner is None:
                return None
            here = inner
        return here

    def below(self, path: str, tree: str, depth: int) -> Iterator[tuple[str, TreeEntry]]:
        """Yield everything below a folder that is not a folder itself."""
        if not depth:
            return
        for name, entry in self._folder(tree).items():
            if entry.mode == FOLDER:
                yield from self.below(f"{path}/{name}", entry.oid, depth - 1)
            else:
                yield f"{path}/{name}", entry

    def _folder(self, tree: str) -> dict[str, TreeEntry]:
        known = self._known.get(tree)
        if known is None:
            lines = self._lines(tree)
            known = {
                line.name.decode("utf-8", "surrogateescape"): TreeEntry(_mode(line.mode), line.oid) for line in lines
            }
            if len(known) != len(lines):
                raise _twice(lines, tree)
            if self._kept + len(known) > KEPT_LINES:
                self._known, self._kept = {}, 0
            self._known[tree] = known
            self._kept += len(known)
        return known


def _mode(stored: str) -> str:
    """Return a mode as git prints it; a tree stores that of a folder without its leading zero."""
    return FOLDER if stored.lstrip("0") == FOLDER.lstrip("0") else stored


def _twice(lines: Sequence[Entry], tree: str) -> Undecidable:
    names = [line.name for line in lines]
    name = next(name for name in names if names.count(name) > 1).decode("utf-8", "replace")
    return Undecidable(
        "duplicate_tree_entry",
        f"tree {tree[:12]} lists {name} twice",
        hint="no checkout can hold both: rebuild the commit (git fsck names the tree)",
    )
