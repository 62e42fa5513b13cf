"""What a governed path must not be: a link, a submodule, executable, or one of two names that look alike (INV-31)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

from metricgov.adapters.git.objects import FILE, FOLDER, Entry
from metricgov.domain.errors import Place, Problem

WORDS = {
    "120000": ("governed_symlink", "is a symbolic link"),
    "160000": ("governed_submodule", "is a submodule"),
    "100755": ("governed_executable", "is executable"),
}
HINT = "a definition is a regular file of mode 100644: replace it"


def mode_problem(path: str, mode: str) -> Problem | None:
    """Return what is wrong with the mode of a governed path."""
    if mode == FILE:
        return None
    code, words = WORDS.get(mode, ("governed_mode", f"has the mode {mode}"))
    return Problem(code, f"{path} {words}", Place(path), HINT)


def problems(
    root: str, read: Callable[[str], tuple[Entry, ...]], governed: Callable[[str], bool], paths: Iterable[str] | None
) -> tuple[Problem, ...]:
    """Return what is wrong with governed paths of a tree: the given ones, or all.

    `read` returns the lines of a tree by its id. For given paths the cost is that of the folders they stand in; paths
    that the tree does not hold have no problem.
    """
    walk = _Walk(read, governed)
    if paths is None:
        walk.everything(root, "")
    else:
        for path in sorted(set(paths)):
            walk.one(root, path)
    return tuple(sorted(set(walk.found), key=lambda problem: (problem.place.path, problem.code)))


class _Walk:
    def __init__(self, read: Callable[[str], tuple[Entry, ...]], governed: Callable[[str], bool]) -> None:
        self._read = read
        self._governed = governed
        self._twins: dict[str, dict[str, list[bytes]]] = {}
        self.found: list[Problem] = []

    def everything(self, tree: str, folder: str) -> bool:
        """Look at all governed paths below a folder and say whether there are any."""
        any_governed = False
        for entry in self._read(tree):
            path = folder + entry.name.decode("utf-8", "surrogateescape")
            if entry.mode.lstrip("0") == FOLDER:
                concerned = self.everything(entry.oid, f"{path}/")
            elif concerned := self._governed(path):
                self._leaf(path, entry.mode)
            if concerned:
                self._siblings(tree, entry.name, path)
                any_governed = True
        return any_governed

    def one(self, root: str, path: str) -> None:
        """Look at one path, and at each folder on the way to it."""
        if not self._governed(path):
            return
        tree = root
        parts = path.encode("utf-8", "surrogateescape").split(b"/")
        for depth, name in enumerate(parts, 1):
            entries = [entry for entry in self._read(tree) if entry.name == name]
            if not entries:
                return
            self._siblings(tree, name, b"/".join(parts[:depth]).decode("utf-8", "surrogateescape"))
            if depth == len(parts) or entries[0].mode.lstrip("0") != FOLDER:
                self._leaf(path, entries[0].mode)
                return
            tree = entries[0].oid

    def _leaf(self, path: str, mode: str) -> None:
        if mode.lstrip("0") == FOLDER:
            return
        if problem := mode_problem(path, mode):
            self.found.append(problem)
        if not path.isprintable() or any("\ud800" <= sign <= "\udfff" for sign in path):
            shown = path.encode("utf-8", "replace").decode()
            self.found.append(
                Problem("path_unreadable", f"{shown!r} is not a printable name", Place(shown), "rename it")
            )

    def _siblings(self, tree: str, name: bytes, path: str) -> None:
        if tree not in self._twins:
            folded: dict[str, list[bytes]] = {}
            for entry in self._read(tree):
                folded.setdefault(look(entry.name), []).append(entry.name)
            self._twins[tree] = folded
        same = self._twins[tree][look(name)]
        if len(same) > 1:
            names = sorted({one.decode("utf-8", "replace") for one in same})
            if len(names) == 1:
                text = f"{path}: its tree lists {names[0]} {len(same)} times"
                self.found.append(Problem("duplicate_tree_entry", text, Place(path), "rebuild the commit: git fsck"))
            else:
                text = f"{path}: {' and '.join(names)} differ by case or by normal form alone"
                self.found.append(Problem("lookalike_paths", text, Place(path), "rename one of them"))


def look(name: bytes) -> str:
    """Return what is the same for names that a file system may take for one."""
    if name.isascii():
        return name.decode().lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name.decode("utf-8", "replace")).casefold())
