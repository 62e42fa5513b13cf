"""The bytes that a change puts before and after on each path; where they come from is for the callers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from metricgov.domain.digest import BlobRef, ChangeSet, PathEdit, sha256_hex
from metricgov.domain.errors import Place, Problem
from metricgov.ports.source import DefinitionSource, TreeChange, TreeEntry

REGULAR = "100644"


@dataclass(frozen=True, slots=True)
class Content:
    """One side of a path: git file mode and raw bytes."""

    mode: str
    data: bytes

    @property
    def ref(self) -> BlobRef:
        """What digests see of it."""
        return BlobRef(self.mode, sha256_hex(self.data))


@dataclass(frozen=True, slots=True)
class EditedPath:
    """A path with its contents on both sides; None where it does not exist."""

    path: str
    before: Content | None
    after: Content | None

    @property
    def edit(self) -> PathEdit:
        """What the change set holds of it."""
        return PathEdit(
            self.path,
            self.before.ref if self.before else None,
            self.after.ref if self.after else None,
        )


def change_set(edited: Sequence[EditedPath]) -> ChangeSet:
    """Return the change set of these paths."""
    return ChangeSet.of([one.edit for one in edited])


def blobs_of(edited: Iterable[EditedPath]) -> dict[str, bytes]:
    """Return the bytes of both sides by SHA-256, as the journal keeps them."""
    sides = (side for one in edited for side in (one.before, one.after) if side is not None)
    return {side.ref.sha256: side.data for side in sides}


def read_changes(source: DefinitionSource, changes: Sequence[TreeChange]) -> tuple[EditedPath, ...]:
    """Read both sides of changed paths in one batch; entries that are not files (submodules) read as empty."""
    wanted = [side for change in changes for side in (change.before, change.after) if side and _is_blob(side)]
    oids = list(dict.fromkeys(side.oid for side in wanted))
    data = dict(zip(oids, source.read(oids), strict=True))

    def content(side: TreeEntry | None) -> Content | None:
        return None if side is None else Content(side.mode, data.get(side.oid, b""))

    return tuple(EditedPath(change.path, content(change.before), content(change.after)) for change in changes)


def read_paths(source: DefinitionSource, commit: str, paths: Sequence[str]) -> dict[str, Content]:
    """Read the files at exactly these paths of a commit; absent ones are left out."""
    if not paths:
        return {}
    wanted = frozenset(paths)
    entries = {path: entry for path, entry in source.tree(commit, tuple(paths)).items() if path in wanted}
    return read_entries(source, entries)


def read_entries(source: DefinitionSource, entries: Mapping[str, TreeEntry]) -> dict[str, Content]:
    """Read the files of tree entries in one batch."""
    files = {path: entry for path, entry in entries.items() if _is_blob(entry)}
    data = source.read([entry.oid for entry in files.values()])
    return {path: Content(entry.mode, raw) for (path, entry), raw in zip(files.items(), data, strict=True)}


def irregular(path: str, mode: str) -> Problem:
    """Return why a path that is no plain file cannot be governed (INV-31)."""
    what = {"120000": "a symbolic link", "160000": "a submodule", "100755": "an executable file"}.get(
        mode, f"mode {mode}"
    )
    return Problem(
        "not_a_regular_file",
        f"a governed path must be a regular file, and this is {what}",
        Place(path),
        "commit it as a plain file (git update-index --chmod=-x, or replace the link with its contents)",
    )


def _is_blob(entry: TreeEntry) -> bool:
    return entry.mode.startswith(("100", "120"))
