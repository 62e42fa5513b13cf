"""One repository as the gate and the use cases read it: refs, trees, blobs, ancestry; nothing here writes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.adapters.git import ancestry, hygiene, locate, refs
from metricgov.adapters.git.batch import ObjectReader
from metricgov.adapters.git.objects import Entry, is_object_id, object_id, tree_entries
from metricgov.adapters.git.pathwalk import Folders
from metricgov.adapters.git.process import signing_key
from metricgov.adapters.git.store import ObjectStore
from metricgov.adapters.git.worktrees import Unreadable, read_file, write_file
from metricgov.domain.errors import BadInput, Place, Problem, Undecidable
from metricgov.ports.source import TreeChange, TreeEntry

if TYPE_CHECKING:
    from metricgov.adapters.git.journal import Line

TOGETHER = 200
"""Words that git looks for with one pattern: a pattern each costs it a pass over every file."""

_PLAIN = re.compile(r"[A-Za-z0-9_]+")


class GitRepository:
    """Implements the ports DefinitionSource and Ancestry; `GitRepository.open` is the way in.

    Attributes: `git` (how to run git here), `store` (objects and refs), `object_format` ("sha1" or "sha256"), `bare`,
    `shallow`.
    """

    def __init__(self, place: locate.Place) -> None:
        self.git = place.git
        self.object_format = place.object_format
        self.bare = place.work_tree is None
        self.shallow = place.shallow
        self._lines_of: dict[str, Line] = {}
        self._place = place
        self._elsewhere: dict[str, str] = {}
        self._reader = ObjectReader(place.git)
        self.store = ObjectStore(place.git, self._reader, place.common_dir, place.object_format)
        self._folders = Folders(self._lines)

    def again(self) -> GitRepository:
        """Return the repository as if it were opened anew, over the same processes and what they have read."""
        fresh = copy(self)
        fresh.shallow = bool(self._boundary())
        fresh._elsewhere = {}
        return fresh

    def line(self, ref: str) -> Line:
        """Return where appends to a journal wait for one another."""
        from metricgov.adapters.git.journal import Line

        return self._lines_of.setdefault(ref, Line())

    @classmethod
    def open(cls, folder: Path | str | None = None, *, environ: Mapping[str, str] | None = None) -> GitRepository:
        """Open the repository that a folder is in; without a folder, GIT_DIR (as in hooks) or the current one.

        BadInput `no_repository` if there is none, Undecidable if git cannot open it.
        """
        return cls(locate.find(folder, os.environ if environ is None else environ))

    def close(self) -> None:
        """End the processes of git; the object stays usable."""
        self.store.close()

    def __enter__(self) -> GitRepository:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def toplevel(self) -> Path:
        """Return the root of the work tree; BadInput in a bare repository."""
        if self._place.work_tree is None:
            raise BadInput("no_work_tree", f"{self.git.root} is bare: it has no work tree", hint="work in a clone")
        return self._place.work_tree

    def common_dir(self) -> Path:
        """Return the git directory that all work trees share."""
        return self._place.common_dir

    def state_dir(self) -> Path:
        """Return the folder for the index and caches; it may not exist yet and may not be writable."""
        return self._place.common_dir / "metricgov"

    def user_email(self) -> str:
        """Return git's `user.email` as the user set it, "" if unset."""
        return self.git.user_setting("user.email")

    def user_signing_key(self) -> str:
        """Return git's `user.signingkey` as the user set it, "" if unset or not a key of SSH."""
        return signing_key(self.git.user_setting)

    # DefinitionSource

    def resolve(self, ref: str) -> str:
        """Return the commit id of an object id, full ref, `HEAD`, branch or remote branch; never a tag (INV-30)."""
        if (there := self._elsewhere.get(ref)) and (tip := self.store.ref(there)):
            return tip
        return refs.resolve(self.store, ref, shallow=self.shallow)

    def follow(self, ref: str, there: str) -> None:
        """Let a full ref mean, from now on, what another one knows of it at a remote, once that is known at all."""
        self._elsewhere[ref] = there

    def branch(self) -> str:
        """Return the full ref that HEAD stands on, "" if it is detached (as in the middle of a rebase)."""
        return self.git.read("symbolic-ref", "-q", "HEAD", ok=(0, 1)).text

    def tree(self, commit: str, paths: Sequence[str] = ()) -> Mapping[str, TreeEntry]:
        """Return entries of a commit by path: all, or those at or below the given paths."""
        if paths:
            return self._folders.entries_at(self.store.tree_of(self._known(commit)), paths)
        listed = self.git.read("ls-tree", "-r", "-z", "--full-tree", "--end-of-options", self._known(commit))
        found: dict[str, TreeEntry] = {}
        for row in listed.out.split(b"\0")[:-1]:
            head, _, path = row.partition(b"\t")
            mode, _, oid = head.decode().split(" ")
            name = path.decode("utf-8", "surrogateescape")
            if name in found:
                raise _twice(name, commit)
            found[name] = TreeEntry(mode, oid)
        return found

    def changed(self, base: str, head: str) -> tuple[TreeChange, ...]:
        """Return what differs between two commits, by whole path, without rename detection (INV-22)."""
        options = ("--raw", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=none")
        listed = self.git.read(
            "diff-tree", *options, "--no-abbrev", "--end-of-options", self._known(base), self._known(head)
        )
        fields = listed.out.split(b"\0")[:-1]
        changes: dict[str, TreeChange] = {}
        for meta, raw in zip(fields[::2], fields[1::2], strict=True):
            old_mode, mode, old_oid, oid, _ = meta[1:].decode().split(" ")
            path = raw.decode("utf-8", "surrogateescape")
            if path in changes:
                raise _twice(path, head)
            changes[path] = TreeChange(path, _side(old_mode, old_oid), _side(mode, oid))
        return tuple(changes[path] for path in sorted(changes))

    def read(self, oids: Iterable[str]) -> Iterator[bytes]:
        """Yield the raw bytes of blobs, in the order asked, in one batch."""
        wanted = [self._known(oid) for oid in oids]
        for oid, found in zip(wanted, self._reader.contents(wanted), strict=True):
            if found is None or found.kind != "blob":
                raise Undecidable(
                    "object_missing", f"blob {oid} is missing", hint="run: git fetch, then git fsck --full"
                )
            yield found.data

    def mentioning(self, commit: str, words: Sequence[str], *, key: str = "") -> Mapping[str, tuple[str, ...]]:
        """Return, by path, the lines that hold one of the words, and those with `key`, as the port says."""
        known = self._known(commit)
        wanted = [part for pattern in _patterns(words) for part in ("-e", pattern)]
        if not wanted:
            return {}
        keyed = (
            ("--or", "(", "-e", _literal(key), "--and", "--not", "-e", f"^kind: {_literal(key)}$", ")") if key else ()
        )
        options = ("--threads=1", "-z", "-w", "-E", "-a", "--no-textconv", "--no-recurse-submodules", "--full-name")
        found = self.git.read("grep", *options, *wanted, *keyed, known, "--", ok=(0, 1))
        lines: dict[str, list[str]] = {}
        start = len(known) + 1
        for row in found.out.decode("utf-8", "surrogateescape").split("\n"):
            path, zero, line = row.partition("\0")
            if zero:
                lines.setdefault(path[start:], []).append(line)
        return {path: tuple(lines[path]) for path in sorted(lines)}

    def problems(
        self, commit: str, governed: Callable[[str], bool], paths: Iterable[str] | None = None
    ) -> tuple[Problem, ...]:
        """Return what governed paths of a commit must not be (INV-31): of the given ones, or (None) of all."""

        @cache
        def lines(tree: str) -> tuple[Entry, ...]:
            return tree_entries(self.object_format, self.store.tree_bytes(tree))

        return hygiene.problems(self.store.tree_of(self._known(commit)), lines, governed, paths)

    # The work tree, which decides nothing: for diff, lint, fmt, edit and propose

    def read_worktree(self, paths: Iterable[str]) -> Mapping[str, bytes | None]:
        """Return the bytes of files of the work tree, None where there is none; a link is BadInput (INV-31)."""
        found: dict[str, bytes | None] = {}
        for path in paths:
            data = read_file(self.toplevel(), path)
            if isinstance(data, Unreadable):
                raise BadInput("not_a_file", "this is not a regular file", hint=hygiene.HINT, place=Place(path))
            found[path] = data
        return found

    def write_worktree(self, files: Mapping[str, bytes]) -> None:
        """Write files into the work tree; BadInput where a link or a folder stands in the way (INV-31)."""
        for path, data in files.items():
            if not write_file(self.toplevel(), path, data):
                raise BadInput(
                    "not_a_file", f"{path} cannot be a regular file here", hint=hygiene.HINT, place=Place(path)
                )

    def worktree_paths(self, folders: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the paths of files in the work tree (all, or below folders), new ones included, ignored ones not."""
        options = ("-z", "--cached", "--others", "--exclude-standard", "--deduplicate")
        listed = self.git.read("ls-files", *options, "--", *folders, work_tree=self.toplevel())
        names = listed.out.decode("utf-8", "surrogateescape").split("\0")[:-1]
        return tuple(sorted(name for name in names if os.path.lexists(self.toplevel() / name)))

    def worktree_changed(self, commit: str, folders: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the paths whose bytes in the work tree differ from a commit: edited, new, deleted."""
        before = self.tree(commit, folders)
        here = self.worktree_paths(folders)
        options = ("-z", "--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules=all", "--end-of-options")
        listed = self.git.read("diff-index", *options, commit, "--", *folders, work_tree=self.toplevel())
        suspects = {*listed.out.decode("utf-8", "surrogateescape").split("\0")[:-1], *(set(here) - before.keys())}
        return tuple(sorted(path for path in suspects if self._differs(path, before.get(path))))

    def _differs(self, path: str, before: TreeEntry | None) -> bool:
        data = read_file(self.toplevel(), path)
        if data is None or before is None:
            return (data is None) != (before is None)
        return isinstance(data, Unreadable) or object_id(self.object_format, "blob", data) != before.oid

    # Ancestry

    def merge_base(self, one: str, other: str) -> str:
        """Return the merge base of two commits; Undecidable, naming the fetch that helps, if none is known."""
        return self.merge_bases(one, other)[0]

    def merge_bases(self, one: str, other: str) -> tuple[str, ...]:
        """Return every best common ancestor of two commits; Undecidable as `merge_base` is."""
        return ancestry.merge_bases(self.git, self._known(one), self._known(other), shallow=self._boundary())

    def contains(self, descendant: str, ancestor: str) -> bool:
        """Say whether `ancestor` is reachable from `descendant` (a commit contains itself).

        A commit that a full clone does not hold is reachable from nothing; a shallow one cannot say.
        """
        if not self._is_here(ancestor):
            return ancestry.absent(ancestor, shallow=self._boundary())
        return ancestry.contains(self.git, self._known(descendant), self._known(ancestor), shallow=self._boundary())

    def first_parents(self, tip: str, *, since: str = "") -> tuple[str, ...]:
        """Return the first-parent commits after `since` (all, if "") up to `tip`, oldest first."""
        known = self._known(since) if since else ""
        if known and not self._is_here(known):
            ancestry.absent(known, shallow=self._boundary())
            raise Undecidable("commit_missing", f"commit {known} is not here", hint="run: git fetch")
        return ancestry.first_parents(self.git, self._known(tip), since=known, shallow=self._boundary())

    def steps_at(self, tip: str, paths: Sequence[str], *, since: str = "") -> tuple[str, ...]:
        """Return the first-parent commits after `since` (all, if "") that changed one of these paths, oldest first."""
        if self._boundary():
            self.first_parents(tip, since=since)  # Undecidable where the steps leave the clone
        return ancestry.steps_at(self.git, self._known(tip), paths, since=self._known(since) if since else "")

    def authors(self, tip: str, *, since: str) -> tuple[str, ...]:
        """Return the e-mail addresses of authors and committers of what `tip` has and `since` lacks, each once."""
        return ancestry.authors(self.git, self._known(tip), since=self._known(since), shallow=self._boundary())

    def _lines(self, tree: str) -> tuple[Entry, ...]:
        return tree_entries(self.object_format, self.store.tree_bytes(tree))

    def _is_here(self, commit: str) -> bool:
        return next(self._reader.kinds([self._known(commit)])) == "commit"

    def _boundary(self) -> frozenset[str]:
        """Return the commits whose parents a shallow clone lacks; none in a full one."""
        try:
            return frozenset((self._place.common_dir / "shallow").read_text().split())
        except FileNotFoundError:
            return frozenset()

    def _known(self, oid: str) -> str:
        """Only full object ids reach git (INV-30, INV-32); anything else here is a mistake of the caller."""
        if not is_object_id(self.object_format, oid):
            raise BadInput("not_an_object_id", f"not a full object id: {oid!r}", hint="resolve the ref first")
        return oid


def _patterns(words: Iterable[str]) -> Iterator[str]:
    """Yield patterns that match the words. Of several in one the longest counts, so none may end within another."""
    known = [word for word in dict.fromkeys(words) if word]
    plain = [word for word in known if _PLAIN.fullmatch(word)]
    for at in range(0, len(plain), TOGETHER):
        yield "|".join(plain[at : at + TOGETHER])
    yield from (_literal(word) for word in known if not _PLAIN.fullmatch(word))


def _literal(word: str) -> str:
    """Return a word as an extended regular expression that matches only itself."""
    return re.sub(r"([.*^$\[\]\\+?(){}|])", r"\\\1", word)


def _side(mode: str, oid: str) -> TreeEntry | None:
    return None if mode == "000000" else TreeEntry(mode, oid)


def _twice(path: str, commit: str) -> Undecidable:
    return Undecidable(
        "duplicate_tree_entry",
        f"commit {commit[:12]} lists {path} twice",
        hint="no checkout can hold both: rebuild the commit (git fsck names the tree)",
    )
