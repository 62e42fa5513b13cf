"""The ratio of every segment with its interval, on a logarithmic axis: the second plot of an effect."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from metricgov.domain.comparability.effect import Dimension, Part
from metricgov.domain.digest import JSON
from metricgov.render.bars import number
from metricgov.render.plots.overlap import WIDTH
from metricgov.render.plots.picture import BREAK, NEW, Spec, spec

NARROWEST = 12
"""Columns below which intervals cannot be told apart."""

_SIGNS = {False: ("├", "─", "●", "┤", "┊"), True: ("|", "-", "o", "|", ":")}


def shown(dimension: Dimension) -> tuple[Part, ...]:
    """Return the segments that have a ratio on a logarithmic axis."""
    return tuple(one for one in dimension.parts if one.estimate is not None and one.estimate.interval.low > 0)


def forest_words(dimension: Dimension) -> str:
    """Return the picture in a sentence."""
    parts = shown(dimension)
    if not parts:
        return f"No {dimension.name} has a ratio."
    ordered = sorted(parts, key=_ratio)
    ends = [f"{_name(one)} {number(_ratio(one))}" for one in (ordered[0], ordered[-1])]
    crossing = sum(1 in one.estimate.interval for one in parts if one.estimate)
    said = f"Ratio new over old of {len(parts)} values of {dimension.name}, from {' to '.join(ends)}"
    return said + (f"; {crossing} of them show no detectable change." if crossing else "; all of them leave 1.")


def forest_rows(parts: Sequence[Part], columns: int, *, ascii_only: bool = False) -> list[str]:
    """Return one line a segment, `columns` wide: its interval, its ratio, and a mark at 1; "" where there is none."""
    left, dash, point, right, one = _SIGNS[ascii_only]
    known = [part.estimate for part in parts if part.estimate is not None and part.estimate.interval.low > 0]
    if not known or columns < NARROWEST:
        return ["" for _ in parts]
    low = min(1.0, *(found.interval.low for found in known), *(found.ratio for found in known))
    high = max(1.0, *(found.interval.high for found in known), *(found.ratio for found in known))
    span = log(high / low) or 1.0

    def place(value: float) -> int:
        return round((columns - 1) * log(value / low) / span)

    rows = []
    for part in parts:
        found = part.estimate
        cells = [" "] * columns
        cells[place(1.0)] = one
        if found is not None and found.interval.low > 0:
            first, last = place(found.interval.low), place(found.interval.high)
            cells[first : last + 1] = dash * (last + 1 - first)
            cells[first], cells[last] = left, right
            cells[place(found.ratio)] = point
        rows.append("".join(cells))
    return rows


def forest_spec(metric: str, dimension: Dimension) -> Spec:
    """Return the plot as a specification; segments stand in the order of their share of the old values."""
    rows: list[JSON] = [
        {
            "segment": _name(part),
            "ratio": part.estimate.ratio,
            "low": part.estimate.interval.low,
            "high": part.estimate.interval.high,
        }
        for part in shown(dimension)
        if part.estimate is not None
    ]
    names: list[JSON] = [_name(part) for part in shown(dimension)]
    y: JSON = {"field": "segment", "type": "nominal", "sort": names, "title": dimension.name}
    axis: JSON = {"type": "log", "nice": False, "padding": 12}
    ticks: JSON = {"values": _ticks(shown(dimension)), "format": ".3~g"}
    layers: list[JSON] = [
        {
            "data": {"values": [{"at": 1}]},
            "mark": {"type": "rule", "color": BREAK, "strokeDash": [4, 3]},
            "encoding": {"x": {"field": "at", "type": "quantitative"}},
        },
        {
            "mark": {"type": "rule", "color": NEW, "strokeWidth": 2},
            "encoding": {
                "x": {
                    "field": "low",
                    "type": "quantitative",
                    "scale": axis,
                    "axis": ticks,
                    "title": "new / old, 95 % interval",
                },
                "x2": {"field": "high"},
                "y": y,
            },
        },
        {
            "mark": {"type": "point", "filled": True, "size": 60, "color": NEW, "opacity": 1},
            "encoding": {"x": {"field": "ratio", "type": "quantitative", "scale": axis}, "y": y},
        },
        {
            "mark": {"type": "text", "dy": -9, "fontSize": 10},
            "encoding": {
                "x": {"field": "ratio", "type": "quantitative", "scale": axis},
                "y": y,
                "text": {"field": "ratio", "type": "quantitative", "format": ".3f"},
            },
        },
    ]
    body: dict[str, JSON] = {
        "width": WIDTH,
        "height": {"step": 30},
        "data": {"values": rows},
        "layer": layers,
    }
    return spec(f"{metric} by {dimension.name}", forest_words(dimension), body)


def _ticks(parts: Sequence[Part]) -> list[JSON]:
    """Return places of a logarithmic axis that can be read, 1 among them."""
    limits = [limit for one in parts if one.estimate for limit in one.estimate.interval.values]
    low, high = min(1.0, *limits), max(1.0, *limits)
    steps = 4
    return [*sorted({1.0, *(float(f"{low * (high / low) ** (step / steps):.2g}") for step in range(steps + 1))})]


def _ratio(part: Part) -> float:
    return part.estimate.ratio if part.estimate is not None else 1.0


def _name(part: Part) -> str:
    return "(none)" if part.segment is None else part.segment
