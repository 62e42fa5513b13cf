"""One durable event in the journal beside one SQLite insert with synchronous=FULL, on the same disk."""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from bench.gating import SMALL, registry
from bench.measure import Section, percentile
from metricgov.app.laying import AT
from metricgov.bootstrap import Workspace
from metricgov.domain.workflow.envelope import Actor, Draft


def measure(folder: Path, *, quick: bool) -> Section:
    """Return medians and p99 of both; no bar is set, the numbers stand side by side."""
    section = Section("append one event, durable")
    times = 60 if quick else 300
    workspace = Workspace(registry(folder, SMALL))
    actor = Actor("ada-anders")

    def append(number: int) -> None:
        payload = {"before": "", "after": f"{number:040x}"}
        workspace.journal.append(lambda: (Draft(None, "main_moved", actor, AT, payload),))

    database = sqlite3.connect(folder / "beside.sqlite")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE event (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    body = "x" * 400

    def insert(_number: int) -> None:
        with database:
            database.execute("INSERT INTO event (body) VALUES (?)", (body,))

    section.rows = {
        "journal append": _timed(append, times),
        "SQLite insert, synchronous=FULL": _timed(insert, times),
    }
    database.close()
    workspace.repository.close()
    return section


def _timed(job: Callable[[int], None], times: int) -> dict[str, float]:
    job(0)
    taken = []
    for number in range(1, times + 1):
        began = time.perf_counter()
        job(number)
        taken.append(1000 * (time.perf_counter() - began))
    return {"median_ms": statistics.median(taken), "p99_ms": percentile(taken, 0.99), "max_ms": max(taken)}
