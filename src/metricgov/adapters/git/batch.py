"""Objects by id or path in a tree, from one `git cat-file` process that stays; refs never reach it (INV-30)."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from metricgov.adapters.git.process import Git, check_version
from metricgov.domain.errors import Undecidable

AT_ONCE = 400
"""Requests on their way at one time: all of them fit into a pipe, so neither side waits for the other."""


@dataclass(frozen=True, slots=True)
class Object:
    """One git object: id, kind (commit, tree, blob, tag) and raw bytes."""

    oid: str
    kind: str
    data: bytes


class ObjectReader:
    """Asks one long-lived `git cat-file --batch-command`; safe to share between threads."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def close(self) -> None:
        """End the process; the next question starts a new one."""
        with self._lock:
            self._end()

    def contents(self, names: Iterable[str]) -> Iterator[Object | None]:
        """Yield the object of each name (full object id, or `<id>:<path>`) in order; None where there is none."""
        names = iter(names)
        while chunk := list(islice(names, AT_ONCE)):
            with self._lock:
                found = self._ask(chunk, want_data=True)
            yield from found

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
            weakref.finalize(self, _stop, self._process)
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
            _stop(self._process)
            self._process = None


def _stop(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()
