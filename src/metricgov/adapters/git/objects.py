"""Git objects as values: ids, trees, commits, in both object formats; running git lives elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from metricgov.domain.errors import Undecidable
from metricgov.domain.time import from_text

if TYPE_CHECKING:
    from hashlib import _Hash

ObjectFormat = Literal["sha1", "sha256"]
HEX_LENGTH: Mapping[ObjectFormat, int] = {"sha1": 40, "sha256": 64}
NOBODY = "metricgov <metricgov@invalid>"

FILE = "100644"
FOLDER = "40000"


def digest_of(object_format: ObjectFormat, data: bytes) -> _Hash:
    """Return the running hash of a format; SHA-1 names objects here and secures nothing."""
    if object_format == "sha256":
        return hashlib.sha256(data)
    return hashlib.sha1(data, usedforsecurity=False)


def object_id(object_format: ObjectFormat, kind: str, data: bytes) -> str:
    """Return the id that git gives to an object."""
    return digest_of(object_format, b"%s %d\0" % (kind.encode(), len(data)) + data).hexdigest()


def is_object_id(object_format: ObjectFormat, text: str) -> bool:
    """Say whether a text is a full object id."""
    return len(text) == HEX_LENGTH[object_format] and not text.strip("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a raw tree; the mode is kept as written."""

    mode: str
    name: bytes
    oid: str


def tree_entries(object_format: ObjectFormat, data: bytes) -> tuple[Entry, ...]:
    """Return the lines of a raw tree object in stored order, twins and oddities included."""
    size = HEX_LENGTH[object_format] // 2
    entries: list[Entry] = []
    position = 0
    while position < len(data):
        space = data.find(b" ", position)
        end = data.find(b"\0", space)
        if space < 0 or end < 0 or end + 1 + size > len(data):
            raise Undecidable("tree_unreadable", "a tree object is damaged", hint="run: git fsck --full")
        mode = data[position:space].decode("ascii", "replace")
        entries.append(Entry(mode, data[space + 1 : end], data[end + 1 : end + 1 + size].hex()))
        position = end + 1 + size
    return tuple(entries)


def tree_bytes(entries: Iterable[Entry]) -> bytes:
    """Return the raw tree object of some lines, sorted as git sorts (a folder as if its name ended in a slash)."""
    ordered = sorted(entries, key=lambda entry: entry.name + b"/" if entry.mode == FOLDER else entry.name)
    return b"".join(b"%s %s\0" % (entry.mode.encode(), entry.name) + bytes.fromhex(entry.oid) for entry in ordered)


def commit_bytes(*, tree: str, parents: Iterable[str], at: str, message: str, author: str = NOBODY) -> bytes:
    """Return a raw commit; `at` is a moment as the journal writes it, the zone is UTC."""
    if any(sign in author for sign in "\n\0"):
        raise ValueError("an author stands on one line")
    stamp = f"{author} {int(from_text(at).timestamp())} +0000"
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents), f"author {stamp}", f"committer {stamp}"]
    return "\n".join([*lines, "", message.replace("\0", "").rstrip("\n"), ""]).encode()


@dataclass(slots=True)
class Objects:
    """Objects that are not written yet, by id; `commit` is the one that a ref shall name."""

    object_format: ObjectFormat
    contents: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def add(self, kind: str, data: bytes) -> str:
        """Take in an object and return its id."""
        oid = object_id(self.object_format, kind, data)
        self.contents[oid] = (kind, data)
        return oid
