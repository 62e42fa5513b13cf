"""Every byte of random journals flipped, every event moved, and what the two verifiers miss of it (INV-62)."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from bench.measure import Bar, Section

JOURNALS = 200


def measure(_folder: Path, *, quick: bool) -> Section:
    """Return how many mutants there were and how many went unfound, or were named wrongly; none may."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from attacks.mutations import Bench, flips, journal, moves, rewrites

    section, number, missed, began = Section("mutated journals"), 0, 0, time.perf_counter()
    with Bench() as bench:
        for seed in range(5 if quick else JOURNALS):
            dice = random.Random(seed)
            one = journal(seed, dice.randint(3, 8))
            for mutants in (flips(one, dice), moves(one, dice), rewrites(one, dice)):
                for _, mutant, seq in mutants:
                    number += 1
                    for ask in (bench.first, bench.second):
                        verdict = ask(mutant, (one.last,))
                        missed += not verdict.found or (seq is not None and verdict.first_bad != seq)
    section.rows = {"mutants": {"made_n": number, "missed_n": missed, "took_s": time.perf_counter() - began}}
    section.bars = [Bar("mutants that a verifier missed, or named wrongly", missed, 0, "mutants")]
    return section
