"""The gate with one changed metric, as whole processes, at growing sizes of the registry."""

from __future__ import annotations

import subprocess
from functools import partial
from pathlib import Path

from bench.measure import METRICGOV, PYTHON, Bar, NotMeasuredError, Section, in_turn, process, row

SMALL, LARGE = 100, 10_000
BLOCKED = 1
GATE = (METRICGOV, "gate", "--base", "main", "--head", "change")
GROWTH, OVER_PYDANTIC, MEGABYTES = 1.25, 7.0, 100.0


def measure(folder: Path, *, quick: bool) -> Section:
    """Return the times of the gate and of importing pydantic, in one run."""
    section = Section("gate, 1 changed metric")
    names = (
        f"gate at {LARGE:,} / gate at {SMALL:,}",
        f"gate at {LARGE:,} / import pydantic",
        "peak memory of the gate",
    )
    try:
        sizes = (SMALL, LARGE) if quick else (SMALL, 1_000, LARGE)
        jobs = {f"gate at {size:,}": partial(process, GATE, registry(folder, size), (BLOCKED,)) for size in sizes}
        jobs["import pydantic"] = partial(process, (PYTHON, "-c", "import pydantic"), folder)
        section.rows = {name: row(runs) for name, runs in in_turn(jobs, 5 if quick else 15).items()}
    except NotMeasuredError as error:
        limits = ((GROWTH, "x"), (OVER_PYDANTIC, "x"), (MEGABYTES, "MB"))
        section.bars = [Bar(name, None, *limit, str(error)) for name, limit in zip(names, limits, strict=True)]
        return section
    large = section.rows[f"gate at {LARGE:,}"]
    section.bars = [
        Bar(names[0], large["median_ms"] / section.rows[f"gate at {SMALL:,}"]["median_ms"], GROWTH),
        Bar(names[1], large["median_ms"] / section.rows["import pydantic"]["median_ms"], OVER_PYDANTIC),
        Bar(names[2], max(one["peak_mb"] for name, one in section.rows.items() if "gate" in name), MEGABYTES, "MB"),
    ]
    return section


def registry(folder: Path, size: int) -> Path:
    """Return a generated registry of a size, made once a run."""
    path = folder / f"registry-{size}"
    if not path.exists():
        made = subprocess.run(
            [METRICGOV, "bench", "registry", str(path), "--metrics", str(size)],
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise NotMeasuredError(f"bench registry --metrics {size}: {made.stderr.splitlines()[0]}")
    return path
