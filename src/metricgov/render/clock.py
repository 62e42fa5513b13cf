"""What correcting a clock did, in words and as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.workflow.requirements import shown
from metricgov.render.json_text import json_text
from metricgov.render.kit import Screen, plural

FORMAT = 1


def corrected_text(found: tuple[int, int] | None, changes: Sequence[str], screen: Screen) -> str:
    """Return which events count without their time (first and last seq), and which changes are decided anew."""
    if found is None:
        return screen.text(["No event is dated ahead of the clock here."])
    first, last = found
    events = f"Event {first} counts" if first == last else f"Events {first} to {last} count"
    lines = screen.wrap(f"{events} without the time it gives." if first == last else f"{events} without their times.")
    if changes:
        names = ", ".join(map(shown, changes))
        lines += screen.wrap(
            f"{plural(len(changes), 'change')} touched: {names}; what is open is decided anew", "  ", "    "
        )
    return screen.text(lines)


def corrected_json(found: tuple[int, int] | None, changes: Sequence[str]) -> str:
    """Return `correct-clock --json`."""
    first, last = found or (None, None)
    return json_text({"format": FORMAT, "first": first, "last": last, "changes": list(changes)})
