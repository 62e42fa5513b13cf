"""Every byte of random journals flipped, every event moved, and what the two verifiers miss of it (INV-62)."""

from __future__ import annotations

import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Bar, Progress, Section, side_by_side

JOURNALS, FEW = 200, 5
BETWEEN = (3, 8)
"""Events of a journal."""


@dataclass(frozen=True, slots=True)
class Mutated:
    """One journal: how many events and bytes it had, how many mutants were made of it, which of them went wrong."""

    events: int
    size: int
    mutants: int
    missed: tuple[str, ...]


def measure(_folder: Path, *, quick: bool) -> Section:
    """Return how many mutants there were and how many went unfound, or were named wrongly; none may."""
    section, began = Section("mutated journals"), time.perf_counter()
    seeds = range(FEW if quick else JOURNALS)
    progress = Progress("journals", len(seeds))
    found = [progress.past(one) for one in side_by_side(mutated, seeds)]
    missed = [name for one in found for name in one.missed]
    section.rows = {
        "journals": {
            "made_n": len(found),
            "events_n": sum(one.events for one in found),
            "bytes_n": sum(one.size for one in found),
        },
        "mutants": {
            "made_n": sum(one.mutants for one in found),
            "missed_n": len(missed),
            "took_s": time.perf_counter() - began,
        },
    }
    says = "; ".join(missed[:3])
    section.bars = [Bar("mutants that a verifier missed, or named wrongly", len(missed), 0, "mutants", says)]
    return section


def mutated(seed: int) -> Mutated:
    """Flip every byte of one journal, of its files' names and of its tip; drop, double, swap and rechain its events."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from attacks.mutations import Bench, flips, journal, moves, rewrites

    dice, number, missed = random.Random(seed), 0, []
    one = journal(seed, dice.randint(*BETWEEN))
    with Bench() as bench:
        for mutants in (flips(one, dice), moves(one, dice), rewrites(one, dice)):
            for name, mutant, seq in mutants:
                number += 1
                for ask in (bench.first, bench.second):
                    verdict = ask(mutant, (one.last,))
                    if not verdict.found or (seq is not None and verdict.first_bad != seq):
                        missed.append(f"journal {seed}, {name}: {ask.__name__} names {verdict.first_bad}, not {seq}")
    size = sum(len(path) + len(data) for path, data in one.files.items())
    return Mutated(len(one.events), size, number, tuple(missed))
