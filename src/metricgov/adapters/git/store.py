"""Writing objects and moving refs so that a crash, a full disk or a gc loses nothing that was acknowledged."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

from metricgov.adapters.git.batch import ObjectReader
from metricgov.adapters.git.moving import RefMoves
from metricgov.adapters.git.objects import (
    FILE,
    FOLDER,
    HEX_LENGTH,
    Entry,
    ObjectFormat,
    Objects,
    tree_bytes,
    tree_entries,
)
from metricgov.adapters.git.packing import kept, sync_folder
from metricgov.adapters.git.process import Git, Result, failure
from metricgov.adapters.git.ref_files import SHARED, RefFiles, mark_of
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import BadInput, Refused, Undecidable

if TYPE_CHECKING:
    from metricgov.domain.workflow.envelope import Envelope

KEPT_KINDS = 10_000
"""Objects whose kind is remembered at one time."""
KEPT_LINES = 60_000
"""Lines of trees that are remembered at one time."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ref:
    """A ref as it is now: full name, object id, kind of object."""

    name: str
    oid: str
    kind: str


class ObjectStore:
    """Objects and refs of one repository; what they mean lives in journal.py and landing.py."""

    def __init__(self, git: Git, reader: ObjectReader, common_dir: Path, object_format: ObjectFormat) -> None:
        self.git = git
        self.reader = reader
        self.common_dir = common_dir
        self.object_format = object_format
        self._ref_files = RefFiles(common_dir, object_format)
        self._moves = RefMoves(git)
        self._kinds: dict[str, str] = {}
        self.envelopes: dict[tuple[str, str], Envelope] = {}
        """Events by path and object id, as the journal reads them."""
        self.events_of: dict[str, tuple[str, tuple[Envelope, ...]]] = {}
        """The events of a change, and the tree that held them when the journal read them last."""
        self._of_files: dict[Path, tuple[object, object]] = {}
        self.changes: dict[str, tuple[str, ...]] = {}
        """Ids of changes by the tree that lists them, as the journal read them last."""
        self._trees: dict[str, tuple[Entry, ...]] = {}
        self._kept = 0

    def close(self) -> None:
        """End the processes of git; the next question or move starts them again."""
        self.reader.close()
        self._moves.close()

    @property
    def zero(self) -> str:
        """The id that stands for "no object"."""
        return "0" * HEX_LENGTH[self.object_format]

    def refs(self, *names: str) -> tuple[Ref, ...]:
        """Return those of the named full refs that exist, in the order asked; never what merely looks like one."""
        found = []
        for name in names:
            oid = self._ref_files.read(name)
            kind = self._kind(oid) if oid else ""
            if oid is None or (oid and not kind):  # where it is no plain ref, or names nothing, git says what it is
                return self._listed(names)
            if oid:
                found.append(Ref(name, oid, kind))
        return tuple(found)

    def _listed(self, names: Sequence[str]) -> tuple[Ref, ...]:
        listed = self.git.read(
            "for-each-ref", "--format=%(refname) %(objectname) %(objecttype)", "--end-of-options", *names
        )
        if "broken ref" in listed.err:
            raise failure(Result(1, b"", listed.err), "for-each-ref")
        rows = [Ref(*line.rsplit(" ", 2)) for line in listed.text.splitlines()]
        return tuple(row for name in names for row in rows if row.name == name)

    def _kind(self, oid: str) -> str:
        """Return the kind of an object, "" where it is missing; an id never means another one."""
        if oid not in self._kinds:
            kind = next(self.reader.kinds([oid]))
            if not kind:
                return ""
            self._remember(oid, kind)
        return self._kinds[oid]

    def _remember(self, oid: str, kind: str) -> None:
        if len(self._kinds) >= KEPT_KINDS:
            self._kinds.clear()
        self._kinds[oid] = kind

    def of_file(self, path: Path, read: Callable[[], T]) -> T:
        """Return what was read of a file before, anew where another stands in its place."""
        mark = mark_of(path)  # before it is read: what is written meanwhile is read the next time
        before, found = cast("tuple[object, T]", self._of_files.get(path, (None, None)))
        if before != mark:
            found = read()
            self._of_files[path] = mark, found
        return found

    def mark(self, *, but: str = "") -> str:
        """Return a word that changes whenever a branch, a remote branch or a ref of our own has moved.

        Where one full ref does not matter, `but` names it; the word may change with it all the same.
        """
        found = self._ref_files.all_of_them(but=but)
        if found is None:
            listed = self.git.read("for-each-ref", "--format=%(refname) %(objectname)", *SHARED)
            return sha256_hex(listed.out)[:16]
        return found

    def ref(self, name: str) -> str:
        """Return the object id that a full ref has now, "" if it does not exist."""
        found = self.refs(name)
        return found[0].oid if found else ""

    def missing(self, oids: Iterable[str]) -> tuple[str, ...]:
        """Return those of the objects that the repository does not hold now.

        A git of its own looks: one that stays goes on seeing a pack that a gc deleted.
        """
        wanted = tuple(oids)
        asked = "".join(f"{oid}\n" for oid in wanted).encode()
        lines = self.git.read("cat-file", "--batch-check", stdin=asked).text.splitlines()
        return tuple(oid for oid, line in zip(wanted, lines, strict=True) if line.endswith(" missing"))

    def swap(self, ref: str, old: str, new: str, reason: str) -> bool:
        """Move a full ref from `old` ("" = absent) to `new`, durably; False if it is elsewhere."""
        if not self._moves.moved(ref, old or self.zero, new, reason) and not self._moved(ref, old, new, reason):
            return False
        sync_folder((self.common_dir / ref).parent)
        return True

    def _moved(self, ref: str, old: str, new: str, reason: str) -> bool:
        """Move a ref by a git of its own, which waits for locks and says what is wrong; True if it is there now."""
        words = ("-m", reason, "--end-of-options", ref, new, old or self.zero)
        done = self.git.write("update-ref", *words, ok=range(-64, 256))
        now = new if done.code == 0 else self.ref(ref)
        if now == old:
            raise failure(done, "update-ref", str(self.git.root))
        return now == new

    def set(self, ref: str, new: str, reason: str) -> None:
        """Let a ref of our own name an object, wherever it was before."""
        self.git.write("update-ref", "-m", reason, "--end-of-options", ref, new)
        sync_folder((self.common_dir / ref).parent)

    def publish(
        self, ref: str, old: str, new: str, objects: Objects, reason: str, *, first: Callable[[], None] = lambda: None
    ) -> bool:
        """Write objects and move the ref to what needs them: only then is it done. `first` needs them before that."""
        with self.written(objects):
            first()
            moved = self.swap(ref, old, new, reason)
        if moved:
            self.reader.learn(objects.contents)
            if new in objects.contents:
                self._remember(new, objects.contents[new][0])
        return moved

    def written(self, objects: Objects) -> contextlib.AbstractContextManager[None]:
        """Make objects durable; no gc takes them before the block is left, and by then a ref should lead to them."""
        return kept(self.common_dir / "objects" / "pack", objects)

    def tree_of(self, commit: str) -> str:
        """Return the id of a commit's tree."""
        return self.commit_header(commit)["tree"][0]

    def commit_header(self, commit: str) -> Mapping[str, tuple[str, ...]]:
        """Return the header lines of a commit by name; the message stands under "" as one text."""
        found = next(self.reader.contents([commit]))
        if found is None or found.kind != "commit":
            raise Undecidable("commit_missing", f"there is no commit {commit}", hint="run: git fetch")
        head, _, message = found.data.decode("utf-8", "replace").partition("\n\n")
        header: dict[str, tuple[str, ...]] = {"": (message,)}
        for line in head.splitlines():
            name, _, value = line.partition(" ")
            if name:
                header[name] = (*header.get(name, ()), value)
        return header

    def tree_bytes(self, oid: str) -> bytes:
        """Return a raw tree."""
        found = next(self.reader.contents([oid]))
        if found is None or found.kind != "tree":
            raise Undecidable("object_missing", f"tree {oid} is missing", hint="run: git fsck --full")
        return found.data

    def entries(self, oid: str) -> tuple[Entry, ...]:
        """Return the lines of a tree; an id never means another tree, so those read lately are not read again."""
        found = self._trees.get(oid)
        if found is None:
            found = tree_entries(self.object_format, self.tree_bytes(oid))
            if self._kept + len(found) > KEPT_LINES:
                self._trees, self._kept = {}, 0
            self._trees[oid] = found
            self._kept += len(found)
        return found


def path_parts(path: str) -> tuple[bytes, ...]:
    """Return the components of a path in a tree; BadInput for one that could leave it or confuse git (INV-42)."""
    parts = path.split("/")
    for part in parts:
        plain = part.casefold().rstrip(" .")
        if not part or part in (".", "..") or plain in (".git", "git~1") or any(c in part for c in "\0\\\n"):
            raise BadInput("bad_path", f"not a path of a registry: {path!r}", hint="name files like metrics/x/y.yaml")
    return tuple(part.encode("utf-8", "surrogateescape") for part in parts)


def edited_tree(
    objects: Objects,
    lines: Callable[[str], tuple[Entry, ...]],
    root: str,
    edits: Mapping[tuple[bytes, ...], str | None],
) -> str:
    """Return the id of the tree that `root` ("" = empty) becomes when paths get other blobs (None removes a path).

    `lines` gives those of a tree. New trees are added to `objects`; what no edit names keeps its mode and id.
    """
    stored = lines(root) if root else ()
    entries = {entry.name: entry for entry in stored}
    if len(entries) != len(stored):
        raise Refused(
            "duplicate_tree_entry", "a folder holds one name twice", hint="repair the branch: git fsck --full"
        )
    below: dict[bytes, dict[tuple[bytes, ...], str | None]] = defaultdict(dict)
    for path, oid in edits.items():
        name, rest = path[0], path[1:]
        if rest:
            below[name][rest] = oid
        elif oid is None:
            entries.pop(name, None)
        elif name in entries and entries[name].mode == FOLDER:
            raise _in_the_way(name, "folder")
        else:
            entries[name] = Entry(FILE, name, oid)
    for name, inner in below.items():
        old = entries.get(name)
        if old is not None and old.mode.lstrip("0") != FOLDER:
            raise _in_the_way(name, "file")
        new = edited_tree(objects, lines, old.oid if old else "", inner)
        if new:
            entries[name] = Entry(FOLDER, name, new)
        else:
            entries.pop(name, None)
    return objects.add("tree", tree_bytes(entries.values())) if entries else ""


def _in_the_way(name: bytes, what: str) -> Refused:
    shown = name.decode("utf-8", "replace")
    return Refused("path_in_the_way", f"there is a {what} named {shown} in the way", hint="move it away first")
