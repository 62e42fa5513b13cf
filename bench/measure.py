"""Times and peak memory of whole processes, medians, bars with a verdict; what is measured lives beside this file."""

from __future__ import annotations

import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

PYTHON = sys.executable
METRICGOV = str(Path(sys.executable).with_name("metricgov"))
Item = TypeVar("Item")


class NotMeasuredError(Exception):
    """Something that a bar needs does not work here; the text says what."""


@dataclass(frozen=True, slots=True)
class Run:
    """One process: seconds, peak memory of it and its children in MB, exit code."""

    seconds: float
    megabytes: float
    code: int


@dataclass(frozen=True, slots=True)
class Bar:
    """A promise: the measured value is at most `limit`; None was not measured, for the reason given."""

    name: str
    value: float | None
    limit: float
    unit: str = "x"
    reason: str = ""

    @property
    def verdict(self) -> str:
        """What stands in the report; never `pass` for what was not measured."""
        if self.value is None:
            return "not measured"
        return "pass" if self.value <= self.limit else "fail"

    def as_json(self) -> dict[str, object]:
        """Return the shape of the report."""
        value = None if self.value is None else round(self.value, 4)
        found: dict[str, object] = {"name": self.name, "value": value, "limit": self.limit, "unit": self.unit}
        return found | {"verdict": self.verdict} | ({"reason": self.reason} if self.reason else {})


@dataclass(slots=True)
class Section:
    """One table of the report: rows of numbers, and the bars that follow from them."""

    name: str
    rows: dict[str, dict[str, float]] = field(default_factory=dict)
    bars: list[Bar] = field(default_factory=list)


def process(command: Sequence[str], cwd: Path, expect: Sequence[int] = (0,)) -> Run:
    """Run one process to its end; NotMeasuredError if its exit code is not expected."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")} | {"NO_COLOR": "1"}
    env.pop("PYTHONDONTWRITEBYTECODE", None)  # compiled once, by the unmeasured round, as on any machine in use
    with (cwd / ".bench-stderr").open("w+b") as err:
        began = time.perf_counter()
        started = subprocess.Popen(command, cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=err)
        _, status, usage = os.wait4(started.pid, 0)
        seconds = time.perf_counter() - began
        started.returncode = code = os.waitstatus_to_exitcode(status)
        err.seek(0)
        said = err.read().decode("utf-8", "replace").split("\n")
    (cwd / ".bench-stderr").unlink()
    if code not in expect:
        raise NotMeasuredError(f"{Path(command[0]).name} {' '.join(command[1:3])} ended with code {code}: {said[0]}")
    scale = 1024 * 1024 if sys.platform == "darwin" else 1024
    return Run(seconds, usage.ru_maxrss / scale, code)


def in_turn(jobs: Mapping[str, Callable[[], Run]], rounds: int) -> dict[str, list[Run]]:
    """Run jobs in turn, so that a slow minute of the machine meets all of them; one unmeasured round warms caches."""
    runs: dict[str, list[Run]] = {name: [] for name in jobs}
    for round_ in range(rounds + 1):
        for name, job in jobs.items():
            run = job()
            if round_:
                runs[name].append(run)
    return runs


def row(runs: Sequence[Run]) -> dict[str, float]:
    """Return what the table shows of some runs: milliseconds and megabytes."""
    times = [1000 * run.seconds for run in runs]
    return {
        "median_ms": statistics.median(times),
        "min_ms": min(times),
        "max_ms": max(times),
        "peak_mb": max(run.megabytes for run in runs),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which a share of the values lies."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


class Progress:
    """Says on stderr how far a long part is, every few seconds and at its end."""

    EVERY = 5.0

    def __init__(self, what: str, total: int) -> None:
        self._what, self._total, self._done = what, total, 0
        self._began = self._said = time.monotonic()

    def past(self, one: Item) -> Item:
        """Count one thing as done, and return it."""
        self._done += 1
        now = time.monotonic()
        if now - self._said >= self.EVERY or (self._done == self._total and self._said > self._began):
            self._said = now
            left = (now - self._began) / self._done * (self._total - self._done)
            words = f"  {self._done:,} of {self._total:,} {self._what}, about {left:,.0f} s to go"
            print(words, file=sys.stderr, flush=True)
        return one


FEW = 20
"""So many jobs need no processes of their own."""


def side_by_side(job: Callable[[int], Item], numbers: Sequence[int]) -> Iterator[Item]:
    """Yield what a job makes of each number, as they end, from a process a core; Ctrl-C ends them with this one.

    A few are done here, one after the other: a pool is not worth it, and a test runner with threads must not fork one,
    whose workers may wait for ever for a lock that a thread held.
    """
    if len(numbers) <= FEW:
        yield from map(job, numbers)
        return
    context = multiprocessing.get_context("fork")
    with context.Pool(max(1, min(2, os.cpu_count() or 1)), _leave_when_told) as pool:
        yield from pool.imap_unordered(job, numbers)


def _leave_when_told() -> None:
    """Let the process that began the work be the one that Ctrl-C reaches, and clean up when it says so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
