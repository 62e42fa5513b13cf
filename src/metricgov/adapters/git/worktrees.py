"""Work trees that stand on a branch, and how they follow it; moving the branch itself lives in landing.py."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from metricgov.adapters.git import locate
from metricgov.adapters.git.objects import HEX_LENGTH, ObjectFormat, object_id
from metricgov.adapters.git.process import Git, failure
from metricgov.domain.errors import Refused
from metricgov.ports.source import TreeChange, TreeEntry

IN_THE_MIDDLE = {
    "rebase-merge": "a rebase",
    "rebase-apply": "a rebase",
    "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick",
    "REVERT_HEAD": "a revert",
}


@dataclass(frozen=True, slots=True)
class WorkTree:
    """One work tree and how to run git in it."""

    path: Path
    git: Git
    object_format: ObjectFormat

    def in_the_middle_of(self) -> str:
        """Return what a person has begun here and not ended, "" if nothing."""
        return next((words for name, words in IN_THE_MIDDLE.items() if (self.git.git_dir / name).exists()), "")

    def obstacles(self, changes: Sequence[TreeChange]) -> tuple[str, ...]:
        """Return the paths whose contents here are neither those before nor those after."""
        states = self._states(changes)
        return tuple(change.path for change in changes if states[change.path] is None)

    def follow(self, old: str, new: str, changes: Sequence[TreeChange]) -> None:
        """Bring index and files from tree `old` to `new`; what no change names stays as it is. Repeatable."""
        states = self._states(changes)
        for path, state in states.items():
            if state and state.half_written:
                (self.path / path).unlink(missing_ok=True)
        wanted = {path: state.entry for path, state in states.items() if state and state.restage}
        staged = b"".join(self._index_line(path, entry) for path, entry in wanted.items())
        if staged:
            self.git.write("update-index", "-z", "--index-info", stdin=staged, work_tree=self.path)
            self._refresh()
        options = ("-m", "-u", "--no-recurse-submodules", "--end-of-options", old, new)
        done = self.git.write("read-tree", *options, work_tree=self.path, ok=(0, 128))
        if done.code != 0:
            if "Cannot merge" in done.err or "would be" in done.err or "unmerged" in done.err:
                words = [line for line in done.err.splitlines() if line.strip()]
                raise dirty([f"{self.path}: {words[0].removeprefix('error: ')}"])
            raise failure(done, "read-tree", str(self.path))

    def _index_line(self, path: str, entry: TreeEntry | None) -> bytes:
        mode, oid = (entry.mode, entry.oid) if entry else ("0", "0" * HEX_LENGTH[self.object_format])
        return f"{mode} {oid}\t".encode() + path.encode("utf-8", "surrogateescape") + b"\0"

    def _refresh(self) -> None:
        self.git.write("update-index", "--refresh", work_tree=self.path, ok=(0, 1))

    def _states(self, changes: Sequence[TreeChange]) -> Mapping[str, _State | None]:
        """Say for each path which of the two contents stands here; None for a third one."""
        paths = [change.path for change in changes]
        touched = self._touched(paths)
        if touched:
            self._refresh()  # a touched file may still have its contents, as git converts them here
            touched = self._touched(paths)
        index = self._index(paths)
        return {change.path: self._state(change, index, touched) for change in changes}

    def _touched(self, paths: Sequence[str]) -> frozenset[str]:
        listed = self.git.read("diff-files", "-z", "--name-only", "--", *paths, work_tree=self.path)
        return frozenset(listed.out.decode("utf-8", "surrogateescape").split("\0")[:-1])

    def _state(self, change: TreeChange, index: Mapping[str, TreeEntry], touched: frozenset[str]) -> _State | None:
        staged = index.get(change.path)
        if staged not in (change.before, change.after):
            return None
        known = staged is not None
        if known and change.path not in touched:
            return _State(staged, restage=False)
        data = read_file(self.path, change.path)
        if isinstance(data, Unreadable):
            return None
        if data is None and not known:
            return _State(None, restage=False)
        here = None if data is None else object_id(self.object_format, "blob", data)
        sides = (change.after, change.before)
        for side in sides:
            if here == (side.oid if side else None):
                return _State(side, restage=True)
        if data is not None and any(side and self._begins(side.oid, data) for side in sides):
            return _State(change.before, restage=True, half_written=True)  # so that git writes the file anew
        return None

    def _begins(self, oid: str, data: bytes) -> bool:
        """Say whether a file is the beginning of one of the contents, as a full disk or a killed git leaves it."""
        found = self.git.read("cat-file", "blob", oid, ok=(0, 128))
        return found.code == 0 and found.out.startswith(data)

    def _index(self, paths: Sequence[str]) -> Mapping[str, TreeEntry]:
        listed = self.git.read("ls-files", "-s", "-z", "--", *paths, work_tree=self.path)
        found: dict[str, TreeEntry] = {}
        for row in listed.out.decode("utf-8", "surrogateescape").split("\0")[:-1]:
            meta, _, path = row.partition("\t")
            mode, oid, stage = meta.split(" ")
            found[path] = TreeEntry(mode if stage == "0" else "unmerged", oid)
        return found


@dataclass(frozen=True, slots=True)
class _State:
    """The content that stands at a path, and whether the index has yet to learn of it.

    A half-written file is all in contents that git holds, so nothing of anybody's is lost when it makes way.
    """

    entry: TreeEntry | None
    restage: bool
    half_written: bool = False


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What stands at a path is no regular file inside the work tree."""


def on_branch(git: Git, ref: str) -> tuple[WorkTree, ...]:
    """Return every work tree whose HEAD is a full ref; Refused for one that is away and locked."""
    found: list[WorkTree] = []
    for record in (
        git.read("worktree", "list", "--porcelain", "-z").out.decode("utf-8", "surrogateescape").split("\0\0")
    ):
        words = dict(line.partition(" ")[::2] for line in record.split("\0") if line)
        if "bare" in words:
            continue
        path = Path(words.get("worktree", ""))
        if words.get("branch") == ref or ("detached" in words and _rebases(git, path, ref)):
            if not path.is_dir():
                if "locked" in words:
                    raise Refused(
                        "work_tree_away", f"work tree {path} is not here", hint="attach it, or git worktree unlock"
                    )
                continue
            place = locate.find(path, git.environ)
            found.append(WorkTree(path, place.git, place.object_format))
    return tuple(found)


def _rebases(git: Git, path: Path, ref: str) -> bool:
    """Say whether a detached work tree is in the middle of rebasing the branch."""
    if not path.is_dir():
        return False
    git_dir = locate.find(path, git.environ).git.git_dir
    for folder in ("rebase-merge", "rebase-apply"):
        name = git_dir / folder / "head-name"
        if name.is_file() and name.read_text(encoding="utf-8").strip() == ref:
            return True
    return False


def blocked(trees: Iterable[WorkTree], changes: Sequence[TreeChange]) -> list[str]:
    """Return why work trees cannot follow, in words, one entry each."""
    reasons = []
    for tree in trees:
        if begun := tree.in_the_middle_of():
            reasons.append(f"{tree.path} is in the middle of {begun}")
        elif paths := tree.obstacles(changes):
            reasons.append(f"{tree.path} has its own contents in {', '.join(paths)}")
    return reasons


def dirty(reasons: Sequence[str]) -> Refused:
    """Return the refusal that names every work tree in the way."""
    return Refused(
        "work_tree_dirty",
        f"a work tree on the target cannot follow: {'; '.join(reasons)}",
        hint="put the edits aside with git stash, or on a branch (git switch -c mine), and end what was begun",
    )


def read_file(root: Path, path: str) -> bytes | Unreadable | None:
    """Return the bytes of a regular file below a root, None if nothing is there; no symlink is followed (INV-31)."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
    parts = path.split("/")
    if any(part in ("", ".", "..", ".git") for part in parts):
        return Unreadable()
    folder = os.open(root, flags | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            inner = os.open(part, flags | os.O_DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = inner
        with os.fdopen(os.open(parts[-1], flags | os.O_NONBLOCK, dir_fd=folder), "rb") as file:
            return file.read() if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else Unreadable()
    except FileNotFoundError:
        return None
    except OSError:
        return Unreadable()
    finally:
        os.close(folder)


def write_file(root: Path, path: str, data: bytes) -> bool:
    """Write a regular file below a root, whole or not at all, making its folders; False where a link is in the way."""
    parts = path.split("/")
    if any(part in ("", ".", "..", ".git") for part in parts):
        return False
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_DIRECTORY
    folder = os.open(root, flags)
    try:
        for part in parts[:-1]:
            with suppress(FileExistsError):
                os.mkdir(part, dir_fd=folder)
            inner = os.open(part, flags, dir_fd=folder)
            os.close(folder)
            folder = inner
        with suppress(FileNotFoundError):
            if not stat.S_ISREG(os.stat(parts[-1], dir_fd=folder, follow_symlinks=False).st_mode):
                return False
        fresh = f".{parts[-1]}.metricgov"
        with os.fdopen(
            os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o666, dir_fd=folder), "wb"
        ) as file:
            file.write(data)
        os.replace(fresh, parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
    except (NotADirectoryError, IsADirectoryError):
        return False
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False
        raise
    finally:
        os.close(folder)
    return True
