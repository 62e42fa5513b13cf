"""Numbers as a line of bars, for a glance at their course; the figures themselves stand beside it."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.render.kit import Screen

BARS = "▁▂▃▄▅▆▇█"
PLAIN_BARS = "_.-~=+*#"
FEWEST = 3
"""Values below which a course is no picture."""


def bars(values: Sequence[float | None], screen: Screen, scale: tuple[float, float] | None = None) -> str:
    """Return a line of bars, at most half the screen wide, of the mean of neighbours; a gap where there is no value.

    They reach from the least value to the greatest, or over a `scale` that several lines share.
    """
    known = [one for one in values if one is not None]
    if len(known) < FEWEST:
        return ""
    width = min(len(values), screen.columns // 2)
    low, high = scale or (min(known), max(known))
    marks = PLAIN_BARS if screen.ascii else BARS
    drawn = ""
    for place in range(width):
        here = values[place * len(values) // width : (place + 1) * len(values) // width]
        some = [one for one in here if one is not None]
        if not some:
            drawn += " "
            continue
        height = (sum(some) / len(some) - low) / (high - low) if high > low else 0.0
        drawn += marks[min(len(marks) - 1, int(height * len(marks)))]
    return drawn


def number(value: float | None) -> str:
    """Return a value in four figures, with separators where it is large; "none" for none."""
    if value is None:
        return "none"
    if value == int(value) and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"
