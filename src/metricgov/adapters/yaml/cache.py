"""The parse cache: one file of lines under the git directory, by blob id; a broken one costs time and nothing else.

A line is blob id, CRC-32, record. Nothing in it is executed, a line that does not check is not there, and a file of
another version of loader, schema or rules is never opened: its digest is part of the name.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Mapping
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

from metricgov.adapters.yaml.record import Record

MAX_BYTES = 256 * 1024 * 1024
_PREFIX, _SUFFIX = "parsed-", ".lines"


class Cache:
    """Records by blob id."""

    def __init__(self, path: Path | None, lines: dict[bytes, bytes]) -> None:
        self._path = path
        self._lines = lines

    @classmethod
    def open(cls, folder: Path | None, dialect: str) -> Cache:
        """Return the cache in a folder, empty where there is none or it cannot be read."""
        if folder is None:
            return cls(None, {})
        path = folder / f"{_PREFIX}{code_digest(dialect)}{_SUFFIX}"
        lines: dict[bytes, bytes] = {}
        try:
            if not path.is_symlink() and path.stat().st_size <= MAX_BYTES:
                for line in path.read_bytes().split(b"\n"):
                    oid, _, rest = line.partition(b" ")
                    lines[oid] = rest
        except OSError:
            lines = {}
        return cls(path, lines)

    def get(self, oid: str) -> Record | None:
        """Return what is known of a blob."""
        line = self._lines.get(oid.encode())
        if line is None:
            return None
        check, _, record = line.partition(b" ")
        try:
            if int(check, 16) != crc32(record):
                return None
            return Record.from_line(record)
        except (ValueError, TypeError, KeyError, RecursionError):
            return None

    def add(self, records: Mapping[str, Record]) -> None:
        """Keep records; a folder that cannot be written is no error."""
        if self._path is None or not records:
            return
        text = b"".join(_line(oid, record) for oid, record in records.items())
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists() and not self._path.is_symlink():
                self._append(text)
            else:
                self._create(text)

    def _append(self, text: bytes) -> None:
        assert self._path is not None
        if self._path.stat().st_size + len(text) > MAX_BYTES:
            self._path.unlink()
            return
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0))
        with os.fdopen(handle, "ab") as file:
            file.write(b"\n" + text)

    def _create(self, text: bytes) -> None:
        assert self._path is not None
        for old in self._path.parent.glob(f"{_PREFIX}*{_SUFFIX}"):
            old.unlink(missing_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=_PREFIX)
        with os.fdopen(handle, "wb") as file:
            file.write(text)
        Path(name).replace(self._path)


def _line(oid: str, record: Record) -> bytes:
    body = record.line
    return b"%s %08x %s\n" % (oid.encode(), crc32(body), body)


@lru_cache(maxsize=8)
def code_digest(dialect: str) -> str:
    """Return a digest of all that decides what a record says: our code, and the libraries it calls."""
    digest = hashlib.sha256(dialect.encode())
    package = Path(__file__).resolve().parents[2]
    folders = ("adapters/yaml", "domain/definitions", "domain/practice", "domain/changes")
    for folder in folders:
        for source in sorted((package / folder).glob("*.py")):
            digest.update(source.name.encode())
            digest.update(source.read_bytes())
    for library in ("yaml12", "yaml", "pydantic", "sqlglot"):
        found = find_spec(library)
        if found is not None and found.origin:
            told = Path(found.origin).stat()
            digest.update(f"{library} {told.st_size} {told.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]
