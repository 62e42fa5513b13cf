"""`policy check`: every definition, class and author of a large registry, as a whole process."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from bench.gating import LARGE, registry
from bench.measure import METRICGOV, Bar, NotMeasuredError, Section, in_turn, process, row

PEOPLE, SECONDS = 500, 10.0
CHECK = (METRICGOV, "policy", "check", "--json")


def measure(folder: Path, *, quick: bool) -> Section:
    """Return the time of a proof on the largest generated registry, which has as many people as there can be."""
    section = Section(f"policy check, {LARGE:,} metrics and {PEOPLE} people")
    name = f"policy check at {LARGE:,} metrics and {PEOPLE} people"
    try:
        job = partial(process, CHECK, registry(folder, LARGE))
        section.rows = {"policy check": row(in_turn({"policy check": job}, 3 if quick else 9)["policy check"])}
    except NotMeasuredError as error:
        section.bars = [Bar(name, None, SECONDS, "s", str(error))]
        return section
    section.bars = [Bar(name, section.rows["policy check"]["max_ms"] / 1000, SECONDS, "s")]
    return section
