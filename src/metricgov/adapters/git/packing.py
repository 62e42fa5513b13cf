"""Packs of our own: objects made durable by two files and no process (ADR 66); what they mean lives in store.py."""

from __future__ import annotations

import contextlib
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from metricgov.adapters.git.objects import HEX_LENGTH, ObjectFormat, Objects, digest_of
from metricgov.adapters.git.process import Result, failure

KEPT_BY: Final = "metricgov"
"""What stands in the `.keep` of a pack until a ref leads to it."""

KINDS: Final = {"commit": 1, "tree": 2, "blob": 3}
HEADER: Final = 12
"""Bytes before the first object."""
PARTS: Final = ("keep", "pack", "half", "idx")
"""Suffixes of what a pack consists of, as written one after the other; an index is a half until it is whole."""
QUICKLY: Final = 1
"""Level of compression: git compresses better when it puts packs together."""


@dataclass(frozen=True, slots=True)
class Pack:
    """The bytes of a pack and of its index (gitformat-pack(5), both version 2, no deltas)."""

    data: bytes
    index: bytes

    @classmethod
    def of(cls, objects: Objects) -> Pack:
        """Return objects as a pack."""
        parts = [b"PACK", (2).to_bytes(4), len(objects.contents).to_bytes(4)]
        rows, place = [], HEADER
        for oid, (kind, data) in objects.contents.items():
            part = _header(KINDS[kind], len(data)) + zlib.compress(data, QUICKLY)
            rows.append((bytes.fromhex(oid), zlib.crc32(part), place))
            parts.append(part)
            place += len(part)
        body = b"".join(parts)
        checksum = digest_of(objects.object_format, body).digest()
        return cls(body + checksum, _index(objects.object_format, sorted(rows), checksum))


def _header(kind: int, size: int) -> bytes:
    """Return type and size: four bits of size beside the type, then seven a byte, lowest first."""
    first = (kind << 4) | (size & 15)
    size >>= 4
    out = bytearray()
    while size:
        out.append(first | 128)
        first = size & 127
        size >>= 7
    out.append(first)
    return bytes(out)


def _index(object_format: ObjectFormat, rows: list[tuple[bytes, int, int]], checksum: bytes) -> bytes:
    """Return the index of a pack of less than 2 GiB: id, CRC-32 and place of each object, sorted by id."""
    upto = [0] * 256
    for oid, _, _ in rows:
        upto[oid[0]] += 1
    for number in range(1, 256):
        upto[number] += upto[number - 1]
    parts = [
        b"\xfftOc",
        (2).to_bytes(4),
        *(count.to_bytes(4) for count in upto),
        *(oid for oid, _, _ in rows),
        *(crc.to_bytes(4) for _, crc, _ in rows),
        *(place.to_bytes(4) for _, _, place in rows),
        checksum,
    ]
    body = b"".join(parts)
    return body + digest_of(object_format, body).digest()


@contextlib.contextmanager
def kept(folder: Path, objects: Objects) -> Iterator[None]:
    """Make objects durable in a pack of their own in a folder; no gc takes it away before the block is left (INV-50).

    For that git knows the `.keep` beside a pack. No other pack has its name, not even one of the same objects, which a
    gc may be about to delete. Raises what a full disk or a missing right means.
    """
    if not objects.contents:
        yield
        return
    name = secrets.token_hex(HEX_LENGTH[objects.object_format] // 2)
    try:
        keep = _written(folder, name, Pack.of(objects))
    except OSError as error:
        raise failure(Result(1, b"", f"cannot write a pack: {error.strerror}"), "pack", str(folder)) from error
    try:
        yield
    finally:
        keep.unlink(missing_ok=True)


def _written(folder: Path, name: str, pack: Pack) -> Path:
    """Write a pack and return its `.keep`.

    Without an index it is no pack for git. What is half written does not have the name of a temporary file, which a gc
    takes away from under us; `let_go` does that.
    """
    folder.mkdir(exist_ok=True)
    readable = folder.stat().st_mode & 0o444  # as git does it: whoever may read the folder
    keep, data, half, index = (folder / f"pack-{name}.{suffix}" for suffix in PARTS)
    try:
        keep.write_text(f"{KEPT_BY}\n")
        _durable(data, pack.data, readable)
        _durable(half, pack.index, readable)
        _appear(half, index)
    except OSError:
        _unlink((half, data, keep))
        raise
    sync_folder(folder)
    return keep


def let_go(keep: Path) -> None:
    """Take away what guards a pack whose writer was killed, and what it had not come to write whole."""
    data, half, index = (keep.with_suffix(f".{suffix}") for suffix in PARTS[1:])
    _unlink((keep,) if index.exists() else (half, data, keep))


def _durable(path: Path, data: bytes, mode: int) -> None:
    with path.open("xb") as file:
        file.write(data)
        os.fchmod(file.fileno(), mode)
        file.flush()
        os.fsync(file.fileno())


def _appear(half: Path, whole: Path) -> None:
    half.rename(whole)


def _unlink(paths: Iterable[Path]) -> None:
    for one in paths:
        with contextlib.suppress(OSError):
            one.unlink()


def sync_folder(folder: str | Path) -> None:
    """Make the names in a folder durable; where the system cannot do that, git's own promise has to do."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
