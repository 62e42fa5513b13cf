"""Working together over a remote: what an append costs there, and writers killed at random steps."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.measure import Bar, Section, percentile

ROOT = Path(__file__).parents[1]
SEED = 53
RUNS, QUICK_RUNS = 360, 12


def measure(folder: Path, *, quick: bool) -> Section:
    """Return the time of a comment that is fetched, decided and pushed, and how many killed writers lost nothing.

    Every killed run must leave each event there once, and the journal whole; the first one that does not ends the part.
    """
    sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tests" / "integration" / "remote")]
    import killing

    section = Section("sharing a registry through a remote")
    base = killing.make(_fresh(folder / "shared"))
    place = killing.copied(base, folder / "timed")
    times = 5 if quick else 30
    section.rows = {
        "a comment, over a path": _timed(lambda number: killing.comment(place / "here", f"{number}"), times),
        "the same, let wait": _timed(lambda number: killing.comment(place / "there", f"{number}", offline=True), times),
    }
    runs = QUICK_RUNS if quick else RUNS
    try:
        killed = killing.random_runs(base, _fresh(folder / "runs"), runs, seed=SEED)
    except AssertionError as error:
        section.bars = [Bar("killed writers that lost or doubled something", 1.0, 0.0, "runs", str(error)[:200])]
        return section
    section.rows["writers killed"] = {f"{name}_runs": float(number) for name, number in killed.items()}
    section.bars = [Bar("killed writers that lost or doubled something", 0.0, 0.0, "runs")]
    return section


def _timed(job: Callable[[int], None], times: int) -> dict[str, float]:
    job(0)
    taken = []
    for number in range(1, times + 1):
        began = time.perf_counter()
        job(number)
        taken.append(1000 * (time.perf_counter() - began))
    return {"median_ms": statistics.median(taken), "p99_ms": percentile(taken, 0.99), "max_ms": max(taken)}


def _fresh(folder: Path) -> Path:
    folder.mkdir()
    return folder
