"""Objects by id or path in a tree, from one `git cat-file` process that stays; refs never reach it (INV-30)."""

from __future__ import annotations

import subprocess
import threading
import weakref
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from metricgov.adapters.git.process import Git, check_version, stop
from metricgov.domain.errors import Undecidable

AT_ONCE = 400
"""Requests on their way at one time: all of them fit into a pipe, so neither side waits for the other."""


LARGEST_KEPT = 1 << 15
KEPT_BYTES = 1 << 23
"""Bytes of the largest object that is remembered, and of all of them together."""
OF_AN_OBJECT = 300
"""Bytes that remembering an object takes besides its own."""


@dataclass(frozen=True, slots=True)
class Object:
    """One git object: id, kind (commit, tree, blob, tag) and raw bytes."""

    oid: str
    kind: str
    data: bytes


class Recent:
    """Objects that were read or written lately, by full id; an id never means other bytes. Not for two threads."""

    def __init__(self) -> None:
        self._objects: OrderedDict[str, Object] = OrderedDict()
        self._bytes = 0

    def get(self, oid: str) -> Object | None:
        """Return an object, None where it is not remembered."""
        found = self._objects.get(oid)
        if found is not None:
            self._objects.move_to_end(oid)
        return found

    def keep(self, one: Object) -> None:
        """Remember an object; those that nobody asked for the longest are let go of."""
        if one.oid in self._objects or len(one.data) > LARGEST_KEPT:
            return
        self._objects[one.oid] = one
        self._bytes += len(one.data) + OF_AN_OBJECT
        while self._bytes > KEPT_BYTES:
            _, oldest = self._objects.popitem(last=False)
            self._bytes -= len(oldest.data) + OF_AN_OBJECT


class ObjectReader:
    """Asks one long-lived `git cat-file --batch-command`; safe to share between threads.

    Small objects asked for by their full id are remembered. What a gc deleted since may still be seen here; whether an
    object is missing, the store asks a new git.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._recent = Recent()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the process and forget what it read; the next question starts a new one."""
        with self._lock:
            self._recent = Recent()
            self._end()

    def contents(self, names: Iterable[str]) -> Iterator[Object | None]:
        """Yield the object of each name (full object id, or `<id>:<path>`) in order; None where there is none."""
        names = iter(names)
        while chunk := list(islice(names, AT_ONCE)):
            with self._lock:
                found = self._known(chunk)
            yield from found

    def learn(self, objects: Mapping[str, tuple[str, bytes]]) -> None:
        """Remember objects that were just written: their kind and bytes by full id."""
        with self._lock:
            for oid, (kind, data) in objects.items():
                self._recent.keep(Object(oid, kind, data))

    def _known(self, names: Sequence[str]) -> list[Object | None]:
        """Return the object of each name, asking git for those that are not remembered."""
        known = {name: self._recent.get(name) for name in names}
        missing = [name for name, one in known.items() if one is None]
        if missing:
            for name, one in zip(missing, self._ask(missing, want_data=True), strict=True):
                if one is not None and one.oid == name:
                    self._recent.keep(one)
                known[name] = one
        return [known[name] for name in names]

    def kinds(self, oids: Iterable[str]) -> Iterator[str]:
        """Yield the kind of each object in order, "" where it is missing; no contents are read."""
        oids = iter(oids)
        while chunk := list(islice(oids, AT_ONCE)):
            with self._lock:
                found = self._ask(chunk, want_data=False)
            yield from ("" if one is None else one.kind for one in found)

    def _ask(self, names: Sequence[str], *, want_data: bool) -> list[Object | None]:
        word = b"contents " if want_data else b"info "
        requests = b"".join(word + name.encode("utf-8", "surrogateescape") + b"\0" for name in names)
        process = self._running()
        assert process.stdin is not None
        try:
            process.stdin.write(requests)
            process.stdin.flush()
            return [self._answer(process, name, want_data=want_data) for name in names]
        except BrokenPipeError:
            raise self._broken(names[0]) from None

    def _answer(self, process: subprocess.Popen[bytes], name: str, *, want_data: bool) -> Object | None:
        assert process.stdout is not None
        header = process.stdout.readline()
        if not header.endswith(b"\n"):
            raise self._broken(name)
        words = header[:-1].rsplit(b" ", 2)
        if words[-1] in (b"missing", b"ambiguous", b"dangling", b"loop", b"notdir"):
            return None
        oid, kind, size = words
        data = b""
        if want_data:
            data = process.stdout.read(int(size) + 1)[:-1]
            if len(data) != int(size):
                raise self._broken(name)
        return Object(oid.decode(), kind.decode(), data)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = self._git.start("cat-file", "--batch-command", "-z")
            weakref.finalize(self, stop, self._process)
        return self._process

    def _broken(self, name: str) -> Undecidable:
        code = self._process.wait() if self._process else 0
        self._end()
        if code == 129:
            check_version()
        return Undecidable(
            "object_unreadable",
            f"git cannot read object {name} in {self._git.root}",
            hint="run: git fsck --full; in a partial clone: git fetch --refetch --no-filter",
        )

    def _end(self) -> None:
        if self._process is not None:
            stop(self._process)
            self._process = None
