"""The past of any repository from three git processes that stream; what a change means is found elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from metricgov.adapters.git import ancestry
from metricgov.adapters.git.process import Result, failure
from metricgov.adapters.git.repository import GitRepository
from metricgov.domain.time import from_text, to_text
from metricgov.ports.history import Commit, Moved
from metricgov.ports.source import TreeChange, TreeEntry

if TYPE_CHECKING:
    from subprocess import Popen

FORMAT = "--format=%H%x00%P%x00%ct%x00%an%x00%ae%x00%s"
AT_ONCE = 200
"""Commits that one diff process compares; more would only hold more in memory."""
RENAMES = ("-M", "-l200")
PLAIN = ("--stdin", "--root", "-r", "-z", "--raw", "--no-abbrev", "--no-ext-diff", "--no-textconv")


class GitHistory:
    """Implements the ports History, Line and PathLine."""

    def __init__(self, repository: GitRepository) -> None:
        self._repository = repository
        self._git = repository.git
        self._sizer: Popen[bytes] | None = None

    def commits(self, tip: str, *, since: str = "") -> Iterator[Commit]:
        """Yield the first-parent commits from a tip, newest first; a shallow clone ends where its history does."""
        limit = [f"--max-age={int(from_text(f'{since}T00:00:00Z').timestamp())}"] if since else []
        return self._listed(*limit, FORMAT, "--end-of-options", tip)

    def touching(self, tip: str, paths: Sequence[str]) -> tuple[tuple[Commit, ...], bool]:
        """Return the first-parent commits that changed these paths, newest first, and whether that is all of them."""
        found = tuple(self._listed("--full-history", FORMAT, "--end-of-options", tip, "--", *paths))
        return found, not self._cut()

    def _listed(self, *words: str) -> Iterator[Commit]:
        process = self._git.start("rev-list", "--first-parent", *words)
        cut = self._cut()
        assert process.stdout is not None
        assert process.stdin is not None
        process.stdin.close()
        try:
            for raw in process.stdout:
                if raw.startswith(b"commit "):
                    continue
                told = raw.rstrip(b"\n").decode("utf-8", "replace").split("\0", 5)
                oid, parents, seconds, author, email, subject = told
                if oid in cut:
                    break
                at = to_text(datetime.fromtimestamp(int(seconds), UTC))
                yield Commit(oid, parents.partition(" ")[0], at, author, subject, email)
            else:
                if process.wait():
                    raise failure(Result(process.returncode, b"", ""), "rev-list", str(self._git.root))
        finally:
            process.stdout.close()
            process.terminate()
            process.wait()

    def moves(self, commits: Iterable[Commit]) -> Iterator[tuple[Commit, tuple[Moved, ...]]]:
        """Yield each commit with what it did against its first parent; renames are found by git."""
        for chunk, found in self._compared(commits, RENAMES):
            for one in chunk:
                yield one, found.get(one.oid, ())

    def line(self, tip: str) -> tuple[Commit, ...]:
        """Return the first-parent commits from the root to a tip, oldest first; Undecidable where some are not here."""
        found = tuple(self.commits(tip))
        if not found or found[-1].parent:
            raise ancestry.shallow_clone(f"the commits before {(found[-1].oid if found else tip)[:12]} are not here")
        return found[::-1]

    def changes(self, commits: Iterable[Commit]) -> Iterator[tuple[TreeChange, ...]]:
        """Yield what each commit did against its first parent, by whole path."""
        for chunk, found in self._compared(commits, ("--no-renames",)):
            for one in chunk:
                yield tuple(TreeChange(move.path_after, move.before, move.after) for move in found.get(one.oid, ()))

    def _compared(
        self, commits: Iterable[Commit], options: tuple[str, ...]
    ) -> Iterator[tuple[list[Commit], dict[str, tuple[Moved, ...]]]]:
        waiting = iter(commits)
        while chunk := list(islice(waiting, AT_ONCE)):
            asked = "".join(f"{one.oid} {one.parent}".rstrip() + "\n" for one in chunk)
            listed = self._git.read("diff-tree", *PLAIN, *options, "--ignore-submodules=none", stdin=asked.encode())
            yield chunk, _by_commit(listed.out)

    def contents(self, oids: Iterable[str], *, at_most: int) -> Iterator[bytes | None]:
        """Yield the bytes of each blob in order; None for one that is larger, missing, or no blob."""
        wanted = list(oids)
        sizes = self._sizes(wanted)
        fit = [oid for oid in dict.fromkeys(wanted) if 0 <= sizes[oid] <= at_most]
        read = dict(zip(fit, self._repository.read(fit), strict=True))
        yield from (read.get(oid) for oid in wanted)

    def _sizes(self, oids: Iterable[str]) -> dict[str, int]:
        """Return the size of each blob, -1 for what is missing or no blob; one process answers for the whole past."""
        names = iter(dict.fromkeys(oids))
        sizes: dict[str, int] = {}
        while chunk := list(islice(names, AT_ONCE)):
            process = self._sizer = self._sizer or self._git.start("cat-file", "--batch-check")
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("".join(f"{name}\n" for name in chunk).encode())
            process.stdin.flush()
            for name in chunk:
                words = process.stdout.readline().split()
                sizes[name] = int(words[2]) if words[1:2] == [b"blob"] else -1
        return sizes

    def close(self) -> None:
        """End the process that answers."""
        if self._sizer is not None:
            for pipe in (self._sizer.stdin, self._sizer.stdout):
                if pipe is not None:
                    pipe.close()
            self._sizer.wait()
            self._sizer = None

    def _cut(self) -> frozenset[str]:
        """Return the commits whose parents a shallow clone lacks: what they did cannot be known here."""
        try:
            return frozenset((self._repository.common_dir() / "shallow").read_text().split())
        except FileNotFoundError:
            return frozenset()


def _by_commit(out: bytes) -> dict[str, tuple[Moved, ...]]:
    found: dict[str, list[Moved]] = {}
    fields = iter(out.split(b"\0"))
    current: list[Moved] = []
    for field in fields:
        if not field.startswith(b":"):
            if field:
                current = found.setdefault(field.decode().strip(), [])
            continue
        old_mode, mode, old_oid, oid, status = field[1:].decode().split(" ")
        before_path = next(fields).decode("utf-8", "surrogateescape")
        renamed = status[0] in "RC"
        after_path = next(fields).decode("utf-8", "surrogateescape") if renamed else before_path
        before, after = (
            None if set(mode_) == {"0"} else TreeEntry(mode_, oid_)
            for mode_, oid_ in ((old_mode, old_oid), (mode, oid))
        )
        current.append(Moved(before_path, after_path, before, after))
    return {oid: tuple(moves) for oid, moves in found.items()}
