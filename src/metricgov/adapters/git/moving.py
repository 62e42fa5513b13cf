"""Moving refs through one `git update-ref --stdin` that stays; what a move means lives in store.py."""

from __future__ import annotations

import subprocess
import threading
import weakref
from collections.abc import Callable
from typing import Final

from metricgov.adapters.git.process import Git, stop

LIVES: Final = 1.0
"""Seconds that one process moves refs.

Git reads the clock once a process, for what it adds to a reflog; and whoever finds the lock of a dead process takes it
away only where no git that writes is left (locks.py).
"""

ANSWERS: Final = ("start: ok", "prepare: ok", "commit: ok")


class RefMoves:
    """Compare-and-swap of refs; safe to share between threads.

    A process for every move takes longer than the move. One that stays is told each as a transaction of its own.
    """

    def __init__(self, git: Git) -> None:
        self._git = git
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._stop: Callable[[], object] = lambda: None
        self._reason = ""

    def moved(self, ref: str, old: str, new: str, reason: str) -> bool:
        """Move a full ref from `old` (all zeros: absent) to `new`; False where git did not say that it did."""
        with self._lock:
            told = self._told(reason, f"start\nupdate {ref} {new} {old}\nprepare\ncommit\n".encode())
            if not told:
                self._end()
            return told

    def close(self) -> None:
        """End the process; the next move starts a new one."""
        with self._lock:
            self._end()

    def _told(self, reason: str, request: bytes) -> bool:
        process = self._running(reason)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except BrokenPipeError:
            return False
        return all(process.stdout.readline().decode().strip() == answer for answer in ANSWERS)

    def _running(self, reason: str) -> subprocess.Popen[bytes]:
        if self._process is None or reason != self._reason:
            self._end()
            self._process = process = self._git.start("update-ref", "-m", reason, "--stdin")
            self._stop = weakref.finalize(self, stop, process)
            self._reason = reason
            end = threading.Timer(LIVES, _end_of, (weakref.ref(self), process))
            end.daemon = True
            end.start()
        return self._process

    def _end(self) -> None:
        self._stop()
        self._process = None

    def retire(self, process: subprocess.Popen[bytes]) -> None:
        """End a process, unless another one has taken its place."""
        with self._lock:
            if self._process is process:
                self._end()


def _end_of(moves: weakref.ref[RefMoves], process: subprocess.Popen[bytes]) -> None:
    if (found := moves()) is not None:
        found.retire(process)
