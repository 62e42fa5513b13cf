"""`policy check`: every definition, class and author of a large registry, as a whole process, cold and warm."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.gating import LARGE, registry
from bench.loading import from_nothing
from bench.measure import METRICGOV, Bar, NotMeasuredError, Section, in_turn, process, row

PEOPLE, SECONDS = 500, 10.0
CHECK = (METRICGOV, "policy", "check", "--json")


def measure(folder: Path, *, quick: bool) -> Section:
    """Return the time of a proof on the largest generated registry, which has as many people as there can be."""
    section = Section(f"policy check, {LARGE:,} metrics and {PEOPLE} people")
    name = f"policy check at {LARGE:,} metrics and {PEOPLE} people"
    try:
        home = registry(folder, LARGE)
        jobs = {
            "policy check cold": partial(from_nothing, CHECK, home),
            "policy check warm": partial(process, CHECK, home),
        }
        section.rows = {name: row(runs) for name, runs in in_turn(jobs, 2 if quick else 5).items()}
    except NotMeasuredError as error:
        section.bars = [Bar(name, None, SECONDS, "s", str(error))]
        return section
    section.bars = [Bar(name, section.rows["policy check cold"]["max_ms"] / 1000, SECONDS, "s")]
    return section
