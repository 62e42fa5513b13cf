"""Old and new over the periods for which both were computed, and their ratio below: the first plot of an effect."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import fmean

from metricgov.domain.comparability.effect import Effect
from metricgov.domain.digest import JSON
from metricgov.render.bars import bars, number
from metricgov.render.kit import Screen
from metricgov.render.plots.chart import Course, chart
from metricgov.render.plots.picture import BAND, BREAK, NEW, OLD, Spec, spec

WIDTH = 640
"""Width of the pictures of a report, in pixels."""

MOST = 60
"""Periods that a terminal can show side by side."""

_SHAPES = {"old": "circle", "new": "cross"}


def ratios(effect: Effect) -> tuple[float | None, ...]:
    """Return new over old of each period; None where one of them has no value or the old one is not positive."""
    return tuple(
        None if old is None or new is None or old <= 0 else new / old for old, new in map(effect.scaled, effect.pairs)
    )


def overlap_words(metric: str, effect: Effect) -> str:
    """Return the picture in a sentence."""
    known = [one for one in ratios(effect) if one is not None]
    total = effect.total
    said = f"{metric} under the old and the new definition, {len(effect.pairs)} periods of a {effect.grain}"
    said += f": over all {number(total.old)} became {number(total.new)}"
    if not known:
        return said + "."
    ways = {"below" if one < 1 else "above" if one > 1 else "equal to" for one in known}
    where = f"in every period {ways.pop()} the old" if len(ways) == 1 else "not always on the same side of the old"
    low, high = number(min(known)), number(max(known))
    return f"{said}; the new value is {where}, new over old lies between {low} and {high}."


def overlap_chart(effect: Effect, screen: Screen) -> list[str]:
    """Return the plot for a terminal: two courses, and a line of bars of their ratio.

    More periods than a terminal can show are drawn as means of neighbours, days by whole weeks.
    """
    many = ceil(len(effect.pairs) / MOST)
    together = 7 * ceil(many / 7) if effect.grain == "day" and many > 1 else many
    values = [effect.scaled(one) for one in effect.pairs]
    old, new = (_means(course, together) for course in zip(*values, strict=True)) if values else ((), ())
    names = [one.period[:10] for one in effect.pairs[::together]] if together else []
    lines = chart((Course("old", "o", old), Course("new", "+", new)), names, screen)
    if not lines:
        return []
    if together > 1:
        lines[0] += f"   each the mean of {together} {effect.grain}s"
    found = ratios(effect)
    known = [one for one in found if one is not None]
    if drawn := bars(found, screen):
        lines.append(f"{drawn}  ratio, {number(min(known))} to {number(max(known))}")
    return lines


def _means(values: Sequence[float | None], together: int) -> list[float | None]:
    """Return the means of neighbours, so many at a time; None where none of them is known."""
    found: list[float | None] = []
    for start in range(0, len(values), together):
        known = [one for one in values[start : start + together] if one is not None]
        found.append(fmean(known) if known else None)
    return found


def overlap_spec(metric: str, effect: Effect, unit: str = "") -> Spec:
    """Return the plot as a specification: both courses above, their ratio with the margin of materiality below."""
    rows: list[JSON] = []
    below: list[JSON] = []
    for pair, ratio in zip(effect.pairs, ratios(effect), strict=True):
        old, new = effect.scaled(pair)
        rows += [
            {"period": pair.period[:10], "definition": name, "value": value}
            for name, value in (("old", old), ("new", new))
            if value is not None
        ]
        if ratio is not None:
            below.append({"period": pair.period[:10], "ratio": ratio})
    return spec(
        metric,
        overlap_words(metric, effect),
        {"vconcat": [_values(rows, unit), _ratio(below, effect)], "resolve": {"scale": {"x": "shared"}}},
    )


def _values(rows: Sequence[JSON], unit: str) -> JSON:
    scale: JSON = {"domain": list(_SHAPES), "range": [OLD, NEW]}
    return {
        "width": WIDTH,
        "height": 220,
        "data": {"values": list(rows)},
        "mark": {"type": "line", "point": {"size": 28}},
        "encoding": {
            "x": {"field": "period", "type": "temporal", "title": None},
            "y": {"field": "value", "type": "quantitative", "title": unit or "value", "scale": {"zero": False}},
            "color": {"field": "definition", "type": "nominal", "scale": scale, "title": "definition"},
            "shape": {
                "field": "definition",
                "type": "nominal",
                "scale": {"domain": list(_SHAPES), "range": list(_SHAPES.values())},
            },
            "strokeDash": {
                "field": "definition",
                "type": "nominal",
                "scale": {"domain": list(_SHAPES), "range": [[6, 3], [1, 0]]},
            },
        },
    }


def _ratio(rows: Sequence[JSON], effect: Effect) -> JSON:
    margin: JSON = {"low": 1 / (1 + effect.margin), "high": 1 + effect.margin}
    layers: list[JSON] = [
        {
            "data": {"values": [margin]},
            "mark": {"type": "rect", "color": BAND, "opacity": 0.25},
            "encoding": {"y": {"field": "low", "type": "quantitative"}, "y2": {"field": "high"}},
        },
        {"data": {"values": [{"at": 1}]}, "mark": {"type": "rule", "color": BREAK}, "encoding": _at()},
        {
            "data": {"values": list(rows)},
            "mark": {"type": "line", "color": "black", "point": {"color": "black", "size": 16}},
            "encoding": {
                "x": {"field": "period", "type": "temporal", "title": None},
                "y": {
                    "field": "ratio",
                    "type": "quantitative",
                    "title": f"new / old (band: ±{100 * effect.margin:g} %)",
                    "scale": {"zero": False},
                },
            },
        },
    ]
    return {"width": WIDTH, "height": 90, "layer": layers}


def _at() -> JSON:
    return {"y": {"field": "at", "type": "quantitative"}}
