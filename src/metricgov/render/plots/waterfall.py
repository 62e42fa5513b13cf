"""A difference as a waterfall: from one value down and up to the other; as a specification and as lines of signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from metricgov.domain.digest import JSON
from metricgov.render.bars import number
from metricgov.render.kit import Screen
from metricgov.render.plots.picture import BREAK, NEW, OLD, Spec, spec

WIDTH, STEP = 420, 34
"""Points: width of a picture, and height of one step of it."""

CELLS = 24
"""Columns of a waterfall in a terminal."""


@dataclass(frozen=True, slots=True)
class Step:
    """A bar from one number to another; `whole` is one of the two values between which the others stand."""

    label: str
    begins: float
    ends: float
    shown: str
    whole: bool = False


def steps(
    start: tuple[str, float], parts: Sequence[tuple[str, float, str]], end: tuple[str, float]
) -> tuple[Step, ...]:
    """Return the bars: the first value, each part where the one before ends, the second value.

    A part is its label, how much it is, and that in words.
    """
    found = [Step(start[0], 0.0, start[1], number(start[1]), whole=True)]
    at = start[1]
    for label, amount, shown in parts:
        found.append(Step(label, at, at + amount, shown))
        at += amount
    return (*found, Step(end[0], 0.0, end[1], number(end[1]), whole=True))


def cut(found: Sequence[Step]) -> str:
    """Return what to say where bars do not begin at 0, "" where they do."""
    low, _ = _edges(found)
    return f"Bars of values begin at {number(low)}, not at 0." if low > 0 else ""


def waterfall(title: str, says: str, found: Sequence[Step]) -> Spec:
    """Return the picture: whole values grey, rises blue, falls vermilion, each with its number and sign in words."""
    low, high = _edges(found)
    rows: list[JSON] = [
        {
            "label": f"{place + 1}. {one.label}",
            "from": low if one.whole else one.begins,
            "to": one.ends,
            "text": one.shown,
            "kind": "value" if one.whole else "rise" if one.ends >= one.begins else "fall",
            "edge": max(one.begins, one.ends),
        }
        for place, one in enumerate(found)
    ]
    labels: list[JSON] = [f"{place + 1}. {one.label}" for place, one in enumerate(found)]
    axis: dict[str, JSON] = {"field": "label", "type": "nominal", "sort": labels, "title": None}
    body: dict[str, JSON] = {
        "width": WIDTH,
        "height": {"step": STEP},
        "data": {"values": rows},
        "encoding": {"y": {**axis, "axis": {"labelLimit": 320}}},
        "layer": [
            {
                "mark": {"type": "bar", "stroke": "#333333", "strokeWidth": 0.5},
                "encoding": {
                    "x": {
                        "field": "from",
                        "type": "quantitative",
                        "title": cut(found) or None,
                        "scale": {"domain": [low, high + (high - low) * 0.15], "nice": False},
                    },
                    "x2": {"field": "to"},
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "legend": None,
                        "scale": {"domain": ["value", "rise", "fall"], "range": [BREAK, NEW, OLD]},
                    },
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": "#333333"},
                "encoding": {"x": {"field": "edge", "type": "quantitative"}, "text": {"field": "text"}},
            },
        ],
    }
    return spec(title, says, body)


def drawn(found: Sequence[Step], screen: Screen) -> list[str]:
    """Return a line of signs for each bar: full for values, + for rises, - for falls, all on one scale."""
    low, high = _edges(found)
    scale = (CELLS - 1) / (high - low) if high > low else 0.0
    lines = []
    for one in found:
        begins = low if one.whole else one.begins
        left, right = sorted((round((begins - low) * scale), round((one.ends - low) * scale)))
        sign = ("#" if screen.ascii else "█") if one.whole else "+" if one.ends >= one.begins else "-"
        lines.append(" " * left + sign * max(1, right - left))
    return lines


def _edges(found: Sequence[Step]) -> tuple[float, float]:
    """Return the ends of the axis: from 0, unless every value is far from it."""
    marks = [one.ends for one in found] + [one.begins for one in found if not one.whole]
    low, high = min(marks), max(marks)
    spread = high - low
    if low > 0 and spread < low / 2:
        return low - max(spread, low * 0.02) * 0.5, high
    return min(low, 0.0), max(high, 0.0)
