"""Refs read from the files that git keeps them in (gitrepository-layout(5)), without a process for every look.

Only what is exactly one object id in one regular file, or one line of `packed-refs`, counts. About anything else -
symbolic refs, links, other storages, file systems for which two names are one - git is asked (INV-30).
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from metricgov.adapters.git.objects import HEX_LENGTH, ObjectFormat

SHARED: Final = ("refs/heads/", "refs/remotes/", "refs/metricgov/")
"""Refs that all work trees share, and that this reads."""

MOST_FILES: Final = 400
"""Refs in files of their own up to which reading them all is quicker than asking git for them."""

_PLAIN: Final = re.compile(r"refs/(heads|remotes|metricgov)(/[A-Za-z0-9_][A-Za-z0-9_.+-]*)+")
_LONGEST: Final = 4096


class RefFiles:
    """The refs below one git directory. "" stands for a ref that does not exist, None for "ask git"."""

    def __init__(self, common_dir: Path, object_format: ObjectFormat) -> None:
        self._dir = os.fspath(common_dir)
        self._hex = re.compile(rb"[0-9a-f]{%d}" % HEX_LENGTH[object_format])
        self._packed: tuple[tuple[int, int, int], dict[str, str] | None] = ((0, 0, 0), {})
        # Where HEAD is found under another name as well, so is every ref, and only git lists what is really there.
        self._ours = not (common_dir / "reftable").exists() and not (common_dir / "head").exists()

    def read(self, name: str) -> str | None:
        """Return the object id that a full ref has now."""
        if not self._ours or not _PLAIN.fullmatch(name) or ".." in name or name.endswith((".lock", ".")):
            return None
        try:
            data = _bytes_of(f"{self._dir}/{name}")
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            packed = self._in_one_file()  # looked at after the file of its own: git packs first, then deletes that
            return None if packed is None else packed.get(name, "")
        except OSError:
            return None
        return self._id(data)

    def all_of_them(self, *, but: str = "") -> str | None:
        """Return a word that changes whenever one of the shared refs has moved, one full ref perhaps left out."""
        if not self._ours:
            return None
        said = hashlib.sha256()
        seen = 0
        left_out = f"{self._dir}/{but}"
        for folder in SHARED:
            for path in _files_below(f"{self._dir}/{folder[:-1]}"):
                if path == left_out:
                    continue
                try:
                    data = _bytes_of(path)
                except FileNotFoundError:
                    continue
                except OSError:
                    return None
                seen += 1
                if seen > MOST_FILES:
                    return None
                said.update(os.fsencode(path) + b"\0" + data + b"\0")
        said.update(repr(mark_of(f"{self._dir}/packed-refs")).encode())
        return said.hexdigest()[:16]

    def _in_one_file(self) -> dict[str, str] | None:
        """Return the packed refs by name, read again when their file was replaced."""
        path = f"{self._dir}/packed-refs"
        mark = mark_of(path)
        if mark != self._packed[0]:
            self._packed = mark, self._parsed(path)
        return self._packed[1]

    def _parsed(self, path: str) -> dict[str, str] | None:
        try:
            lines = Path(path).read_bytes().split(b"\n")
        except FileNotFoundError:
            return {}
        except OSError:
            return None
        found = {}
        for line in lines:
            oid, _, name = line.partition(b" ")
            if self._hex.fullmatch(oid) and name:
                found[os.fsdecode(name)] = oid.decode()
            elif line and not line.startswith((b"#", b"^")):
                return None
        return found

    def _id(self, data: bytes) -> str | None:
        word = data.rstrip(b"\n")
        return word.decode() if self._hex.fullmatch(word) else None


def _bytes_of(path: str) -> bytes:
    """Return a small regular file, whole; a link is an OSError."""
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    try:
        return os.read(handle, _LONGEST)
    finally:
        os.close(handle)


def _files_below(folder: str) -> Iterator[str]:
    try:
        listed = sorted(os.scandir(folder), key=lambda one: one.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for one in listed:
        if one.is_dir(follow_symlinks=False):
            yield from _files_below(one.path)
        elif not one.name.endswith(".lock"):
            yield one.path


def mark_of(path: str | Path) -> tuple[int, int, int]:
    """Return what differs when git has put another file in the place of this one."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked for every look at a ref, and a Path costs more than the look
    except OSError:
        return (0, 0, 0)
    return found.st_ino, found.st_mtime_ns, found.st_size
