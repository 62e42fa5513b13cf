"""Reading, validating and linting a large registry beside parsing the same files with PyYAML's C loader."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from bench.gating import LARGE, registry
from bench.measure import METRICGOV, PYTHON, Bar, NotMeasuredError, Run, Section, in_turn, process, row

OVER_PYYAML, WARM = 0.7, 0.2
PYYAML = """
import sys, yaml
from pathlib import Path
for file in sorted(Path(sys.argv[1]).rglob("*.yaml")):
    yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
"""
LINTED = (0, 1)


def measure(folder: Path, *, quick: bool) -> Section:
    """Return cold and warm `lint` and PyYAML, each as a whole process, imports included."""
    section = Section(f"load, validate and lint {LARGE:,} metrics")
    names = ("lint cold / PyYAML CSafeLoader parses the same files", "lint warm / lint cold")
    try:
        home = registry(folder, LARGE)
        lint = (METRICGOV, "lint")
        jobs = {
            "lint cold": partial(from_nothing, lint, home, LINTED),
            "lint warm": partial(process, lint, home, LINTED),
            "PyYAML CSafeLoader": partial(process, (PYTHON, "-c", PYYAML, str(home)), folder),
        }
        section.rows = {name: row(runs) for name, runs in in_turn(jobs, 2 if quick else 5).items()}
    except NotMeasuredError as error:
        section.bars = [
            Bar(names[0], None, OVER_PYYAML, reason=str(error)),
            Bar(names[1], None, WARM, reason=str(error)),
        ]
        return section
    cold = section.rows["lint cold"]["median_ms"]
    section.bars = [
        Bar(names[0], cold / section.rows["PyYAML CSafeLoader"]["median_ms"], OVER_PYYAML),
        Bar(names[1], section.rows["lint warm"]["median_ms"] / cold, WARM),
    ]
    return section


def from_nothing(command: tuple[str, ...], home: Path, expect: tuple[int, ...] = (0,)) -> Run:
    """Run a command that remembers nothing of the files it reads."""
    shutil.rmtree(home / ".git" / "metricgov", ignore_errors=True)
    return process(command, home, expect)
