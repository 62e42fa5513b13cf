"""Digests over canonical JSON (RFC 8785) and raw bytes; every approval is bound to one of these."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

JSON: TypeAlias = "None | bool | int | float | str | Sequence[JSON] | Mapping[str, JSON]"
"""What a strict YAML or JSON file can hold."""


def canonical_json(value: JSON) -> bytes:
    """Return the RFC 8785 form of a value: sorted keys, shortest numbers, UTF-8, no white space."""
    if _is_plain(value):
        try:
            return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        except UnicodeEncodeError:
            pass  # half of a character: the library says so in its own words
    import rfc8785

    return rfc8785.dumps(value)


LARGEST = 2**53 - 1
"""The largest integer that every reader of JSON keeps as it is."""


def _is_plain(value: JSON) -> bool:
    """Say whether Python's own writer, which is ten times as fast, gives a value the form that RFC 8785 gives it.

    They differ in floats, in large integers, and in the order of keys beyond U+FFFF.
    """
    if type(value) is str or value is None or type(value) is bool:
        return True
    if type(value) is int:
        return -LARGEST <= value <= LARGEST
    if type(value) is dict:
        return all(type(key) is str and key.isascii() and _is_plain(one) for key, one in value.items())
    if type(value) is list or type(value) is tuple:
        return all(map(_is_plain, value))
    return False


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of raw bytes as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class BlobRef:
    """One side of a path: git file mode and the SHA-256 of the raw bytes (not git's object id)."""

    mode: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PathEdit:
    """What a change does to one path; `before` is None for a new file, `after` for a deleted one."""

    path: str
    before: BlobRef | None
    after: BlobRef | None

    def as_json(self) -> dict[str, JSON]:
        """Return the form that goes into digests and into the journal."""

        def side(ref: BlobRef | None) -> JSON:
            return None if ref is None else {"mode": ref.mode, "sha256": ref.sha256}

        return {"path": self.path, "before": side(self.before), "after": side(self.after)}


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Edits of distinct paths, sorted by path: the thing that is proposed, approved and applied."""

    edits: tuple[PathEdit, ...]

    @classmethod
    def of(cls, edits: Sequence[PathEdit]) -> ChangeSet:
        """Return the change set of these edits, whatever their order; a path may appear once."""
        ordered = tuple(sorted(edits, key=lambda edit: edit.path.encode()))
        if len({edit.path for edit in ordered}) != len(ordered):
            raise ValueError("a path may appear once in a change set")
        return cls(ordered)

    @property
    def digest(self) -> str:
        """SHA-256 of the RFC 8785 form of all edits (INV-01, INV-03)."""
        return sha256_hex(canonical_json([edit.as_json() for edit in self.edits]))

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths this change set covers, in order."""
        return tuple(edit.path for edit in self.edits)
