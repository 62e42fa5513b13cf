"""The terminal UI in a real terminal: first frame, inbox, keys under load, search, a long diff, memory; beside a
hello-world app."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import shlex
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Sequence
from fcntl import ioctl
from pathlib import Path

from bench.looking import opened
from bench.measure import METRICGOV, PYTHON, Bar, NotMeasuredError, Section, percentile
from bench.reporting import ACTOR, METRIC, proposed

ROWS, COLUMNS = 40, 140
METRICS, CHANGES = 10_000, 1_000
FEWER_METRICS, FEWER_CHANGES = 500, 30
PATIENCE = 120.0
LINES = 2_000
"""Lines of the diff that is opened and turned over."""
ROWS_OF_DATA, FEWER_ROWS = 1_000_000, 50_000
RESTED = 8.0
"""Seconds after which what lists needed has been let go of."""
QUIET = 0.03
"""Seconds without output after which a key is taken for painted."""

HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello, world")
Hello().run()
"""


class Terminal:
    """One program in a pseudo terminal: what it writes is read, and the time of each piece is known."""

    def __init__(self, command: Sequence[str], folder: Path, home: Path) -> None:
        self.began = time.perf_counter()
        self.seen = b""
        self.pid, self._fd = pty.fork()
        if not self.pid:
            os.chdir(folder)
            environ = {**os.environ, "TERM": "xterm-256color", "XDG_STATE_HOME": str(home), "LANG": "C.UTF-8"}
            for name in ("COLUMNS", "LINES", "NO_COLOR"):
                environ.pop(name, None)
            os.execvpe(command[0], list(command), environ)
        ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read(self, patience: float) -> bytes:
        """Return what comes within some seconds, as soon as something does."""
        if not select.select([self._fd], [], [], patience)[0]:
            return b""
        with contextlib.suppress(OSError):
            data = os.read(self._fd, 1 << 20)
            self.seen += data
            return data
        return b""

    def wait(self, text: bytes) -> float:
        """Return the seconds from the start until a text was written."""
        while text not in self.seen:
            if not self.read(PATIENCE):
                raise NotMeasuredError(f"{text.decode()!r} did not come on the screen")
        return time.perf_counter() - self.began

    def settle(self, quiet: float) -> None:
        """Read until nothing comes for some seconds."""
        until = time.monotonic() + PATIENCE
        while self.read(quiet) and time.monotonic() < until:
            pass

    def painted(self, key: bytes) -> float:
        """Press a key and return the milliseconds until the last thing it painted."""
        began = last = time.perf_counter()
        os.write(self._fd, key)
        patience, until = 1.0, time.monotonic() + PATIENCE
        while self.read(patience) and time.monotonic() < until:
            last, patience = time.perf_counter(), QUIET
        return 1000 * (last - began)

    def megabytes(self) -> float:
        """Return the memory of it and its children: each page counted by how many share it (PSS)."""
        total = 0
        for pid in [self.pid, *_children(self.pid)]:
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                    if line.startswith("Pss:"):
                        total += int(line.split()[1])
        return total / 1024

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        with contextlib.suppress(OSError):
            os.close(self._fd)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def _children(pid: int) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, IndexError):
            fields = path.read_text().rpartition(")")[2].split()
            if int(fields[1]) == pid:
                child = int(path.parent.name)
                yield child
                yield from _children(child)


@contextlib.contextmanager
def _over_and_over(command: Sequence[str], home: Path) -> Iterator[None]:
    """Run a command again and again beside the screen."""
    loop = f"while :; do {shlex.join(command)}; done"
    running = subprocess.Popen(
        ["sh", "-c", loop], cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        yield
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


@contextlib.contextmanager
def _busy(home: Path, measured: Path) -> Iterator[None]:
    """Rebuild the index, and compute an effect on real rows, for as long as it lasts."""
    effect = (METRICGOV, "effect", METRIC, "--dry-run", *ACTOR)
    with _over_and_over((METRICGOV, "index", "rebuild"), home), _over_and_over(effect, measured):
        yield


def measure(folder: Path, *, quick: bool) -> Section:
    """Return first frames beside those of a hello-world app, and keys, search and memory at full size."""
    metrics, changes = (FEWER_METRICS, FEWER_CHANGES) if quick else (METRICS, CHANGES)
    section = Section(f"terminal UI, {metrics:,} metrics, {changes:,} open changes")
    if sys.platform != "linux":
        section.bars = [Bar("first frame", None, 1.6, reason="measured on Linux only")]
        return section
    home, somebody = opened(folder / "painted", changes, metrics=metrics)
    state = folder / "painted-state"
    command = (METRICGOV, "tui", "--as", somebody)
    cold = _first(command, home, state)
    section.rows["first start ever"] = {"frame_s": cold[0], "rows_s": cold[1]}
    hello, frames, rows = [], [], []
    for _ in range(3 if quick else 9):
        hello.append(_hello(folder))
        frame, filled = _first(command, home, state)
        frames.append(frame)
        rows.append(filled - frame)
    section.rows["hello world"] = {"median_s": statistics.median(hello)}
    section.rows["first frame"] = {"median_s": statistics.median(frames), "max_s": max(frames)}
    section.rows["rows after it"] = {"median_s": statistics.median(rows), "max_s": max(rows)}
    measured = proposed(folder / "painted-effect", FEWER_ROWS if quick else ROWS_OF_DATA)
    keys, search, memory = _used(command, home, state, measured, presses=40 if quick else 200)
    opened_in, pages = _read_through(command, home, state, _long_change(home, somebody))
    section.rows["keys under load"] = {"p50_ms": percentile(keys, 0.5), "p95_ms": percentile(keys, 0.95)}
    section.rows["search"] = {"p50_ms": percentile(search, 0.5), "p95_ms": percentile(search, 0.95)}
    section.rows["a diff of 2,000 lines"] = {"open_median_ms": statistics.median(opened_in), "max_ms": max(opened_in)}
    section.rows["a page of it"] = {"p50_ms": percentile(pages, 0.5), "p95_ms": percentile(pages, 0.95)}
    section.rows["memory"] = {"most_mb": memory[0], "rested_mb": memory[1]}
    section.bars = [
        Bar("first frame / hello world", statistics.median(frames) / statistics.median(hello), 1.6),
        Bar("inbox filled after it", statistics.median(rows), 0.5, "s"),
        Bar("a key beside a rebuild and an effect, p95", percentile(keys, 0.95), 50, "ms"),
        Bar("a key of the search, p50", percentile(search, 0.5), 30, "ms"),
        Bar("a diff of 2,000 lines open", statistics.median(opened_in), 200, "ms"),
        Bar("a page of it, p95", percentile(pages, 0.95), 50, "ms"),
        Bar("memory, the lists read and at rest", memory[1], 200, "MB"),
    ]
    shutil.rmtree(home, ignore_errors=True)
    return section


def _hello(folder: Path) -> float:
    terminal = Terminal((PYTHON, "-c", HELLO), folder, folder)
    try:
        return terminal.wait(b"hello, world")
    finally:
        terminal.close()


def _first(command: Sequence[str], home: Path, state: Path) -> tuple[float, float]:
    """Return the seconds until the first frame, and until a row of the inbox is under the cursor."""
    terminal = Terminal(command, home, state)
    try:
        frame = terminal.wait(b"Scorecards")
        rows = terminal.wait("▌".encode())
        terminal.settle(0.5)
        return frame, rows
    finally:
        terminal.close()


def _used(
    command: Sequence[str], home: Path, state: Path, measured: Path, *, presses: int
) -> tuple[list[float], list[float], tuple[float, float]]:
    """Return milliseconds of keys in the inbox while other work runs, of keys of a search, and megabytes: with every
    list just read, and a while later."""
    terminal = Terminal(command, home, state)
    try:
        terminal.wait("▌".encode())
        terminal.settle(1.0)
        with _busy(home, measured):
            time.sleep(1.0)
            keys = [terminal.painted(b"j" if place % 20 < 10 else b"k") for place in range(presses)]
        os.write(terminal._fd, b"2")
        terminal.settle(1.0)
        os.write(terminal._fd, b"/")
        terminal.settle(1.0)
        search = []
        for word in ("revenue", "lead rate", "cost of", "sales 1"):
            search += [terminal.painted(char.encode()) for char in word]
            for _ in word:
                search.append(terminal.painted(b"\x7f"))
        most = terminal.megabytes()
        terminal.settle(2.0)
        time.sleep(RESTED)
        return keys, search, (most, terminal.megabytes())
    finally:
        terminal.close()


def _long_change(home: Path, person: str) -> str:
    """Propose a change that says a metric's description in 2,000 lines; return its label without the prefix."""
    path = next((home / "metrics").rglob("*.yaml"))
    before = path.read_text()
    said = "".join(f"  Line {number} of what is said about this metric.\n" for number in range(LINES))
    begin, _, rest = before.partition("description: ")
    path.write_text(f"{begin}description: |-\n{said}{rest.partition(chr(10))[2]}")
    command = (METRICGOV, "propose", str(path.relative_to(home)), "-m", "said in full", "--as", person, "--json")
    done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
    path.write_text(before)
    if done.returncode:
        raise NotMeasuredError(f"a long change could not be proposed: {done.stderr.strip()[-200:]}")
    return str(json.loads(done.stdout)["change"]["label"]).removeprefix("chg-")


def _read_through(command: Sequence[str], home: Path, state: Path, label: str) -> tuple[list[float], list[float]]:
    """Return milliseconds from Enter on a change to its diff, five times, and those of every page of it."""
    terminal = Terminal(command, home, state)
    try:
        terminal.wait("▌".encode())
        terminal.settle(1.0)
        for _ in range(4):  # to the tab of all that is open
            terminal.painted(b"\x1b[C")
        terminal.settle(3.0)
        for key in ("/", *label, "\r"):
            terminal.painted(key.encode())
        terminal.settle(2.0)
        opening = []
        for _ in range(5):
            terminal.seen, began = b"", time.perf_counter()
            os.write(terminal._fd, b"\r")
            while b"Line 3 of" not in terminal.seen:
                if not terminal.read(PATIENCE):
                    raise NotMeasuredError("the long diff did not come on the screen")
            opening.append(1000 * (time.perf_counter() - began))
            terminal.settle(1.0)
            os.write(terminal._fd, b"\x1b")
            terminal.settle(1.0)
        os.write(terminal._fd, b"\r")
        terminal.settle(1.0)
        return opening, [terminal.painted(b"\x1b[6~") for _ in range(LINES // ROWS)]
    finally:
        terminal.close()
