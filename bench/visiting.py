"""The larger small worlds of tests/model: how many states there are within their bound, and how long a visit takes.

They are too large for every test run. Every state of them is held to the same laws as those of the smaller ones.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from bench.measure import Bar, Section

TESTS = Path(__file__).parent.parent / "tests"
MINUTES = 15


def measure(folder: Path, *, quick: bool) -> Section:  # noqa: ARG001 - every part has this shape
    """Return states, steps and seconds a world; the bars: the whole bound was reached, in time. Quick: small worlds."""
    sys.path[:0] = [str(TESTS)]
    from model.exploring import Bound, explore, remembering
    from model.worlds import LARGER, TAKEN

    section = Section("every state of small worlds")
    began, cut = time.perf_counter(), []
    for world, bound in [(one, Bound()) for one in TAKEN] if quick else LARGER:
        since = time.perf_counter()
        with remembering():
            found = explore(world, bound)
        cut += [] if found.whole else [world.name]
        section.rows[f"{world.name}: {bound}"] = {
            "states": found.states,
            "steps_taken": found.taken,
            "steps_tried": found.tried,
            "seconds": time.perf_counter() - since,
        }
    section.bars.append(Bar("worlds cut before their bound", len(cut), 0, "worlds", reason=", ".join(cut)))
    section.bars.append(Bar("visiting all of them", (time.perf_counter() - began) / 60, MINUTES, "minutes"))
    return section
