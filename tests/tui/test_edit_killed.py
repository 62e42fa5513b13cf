"""A window that is killed in the middle of typing, in a real terminal: the draft is there, and offered."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ESCAPES = re.compile(rb"\x1b\[[0-9;?<>=]*[A-Za-z]|\x1b\][^\x07]*\x07")
TYPED = "abcdefghijklmnopqrstuvwxyz"


class Terminal:
    """A terminal of 80 by 24 with the program in it."""

    def __init__(self, pid: int, file: int) -> None:
        self.pid, self.file, self.out = pid, file, b""

    def until(self, text: str, *, seconds: float = 60.0) -> None:
        """Read until a text was drawn."""
        end = time.monotonic() + seconds
        while text.encode() not in self.out:
            assert time.monotonic() < end, ESCAPES.sub(b"", self.out[-6000:]).decode("utf-8", "replace")
            ready, _, _ = select.select([self.file], [], [], 0.2)
            if ready:
                try:
                    self.out += ESCAPES.sub(b"", os.read(self.file, 65536))
                except OSError:
                    break

    def send(self, keys: str) -> None:
        """Press keys."""
        self.out = b""
        os.write(self.file, keys.encode())


@contextmanager
def window(root: Path, home: Path) -> Iterator[Terminal]:
    """Start `metricgov tui` as ops-lead in a real terminal; it is killed in the end."""
    pid, file = pty.fork()
    if not pid:
        os.chdir(root)
        environ = {**os.environ, "XDG_STATE_HOME": str(home), "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        program = "from metricgov.cli.main import entry; entry()"
        os.execve(sys.executable, [sys.executable, "-c", program, "tui", "--as", "ops-lead"], environ)
    fcntl.ioctl(file, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        yield Terminal(pid, file)
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        os.close(file)


def kept_text(root: Path) -> str:
    found = list((root / ".git/metricgov/drafts").rglob("*.yaml"))
    return found[0].read_text() if found else ""


@pytest.mark.slow
def test_a_killed_window_loses_at_most_two_seconds_of_typing(registry: Path, home: Path) -> None:
    """kill -9 between two keys: what was typed until two seconds before is on the disk and in the next window."""
    with window(registry, home) as terminal:
        terminal.until("Mine 1")
        terminal.send("le")
        terminal.until("Will have to agree   one of")
        terminal.send("l" + 2 * "j")
        time.sleep(0.3)
        terminal.send("i")
        terminal.until("typing")
        at = []
        for letter in TYPED:
            terminal.send(letter)
            at.append(time.monotonic())
            time.sleep(0.15)
        os.kill(terminal.pid, signal.SIGKILL)
        killed = time.monotonic()
    must = "".join(letter for letter, when in zip(TYPED, at, strict=True) if when < killed - 2)
    assert len(must) > 8
    kept = kept_text(registry)
    assert must in kept, kept
    typed = next(run for run in re.findall("[a-z]+", kept) if run.startswith("abc"))
    with window(registry, home) as terminal:
        terminal.until("Mine 1")
        terminal.send("le")
        terminal.until("Draft of ")
        terminal.send("u")
        terminal.until("Taken back")
        end = time.monotonic() + 20
        while typed in kept_text(registry):
            assert time.monotonic() < end, "what was taken back is kept as taken back"
            time.sleep(0.2)
