"""Old and new over the periods for which both were computed, and their ratio below: the first plot of an effect."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from statistics import fmean

from metricgov.domain.comparability.effect import Effect
from metricgov.domain.digest import JSON
from metricgov.render.bars import bars, number
from metricgov.render.kit import Screen
from metricgov.render.plots.chart import HEIGHT, Course, chart
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
    below, above = sum(one < 1 for one in known), sum(one > 1 for one in known)
    where = " and ".join(
        f"{word} the old in {_of(count, len(known))}" for word, count in (("below", below), ("above", above)) if count
    )
    low, high = number(min(known)), number(max(known))
    said += f"; the new value is {where or 'equal to the old in every period'}"
    return f"{said}; new over old lies between {low} and {high}."


def _of(count: int, whole: int) -> str:
    return "every period" if count == whole else f"{count} of {whole} periods"


def overlap_chart(effect: Effect, screen: Screen, height: int = HEIGHT) -> list[str]:
    """Return the plot for a terminal: two courses, and a line of bars of their ratio.

    More periods than a terminal can show are drawn as means of neighbours, days by whole weeks.
    """
    names, values, together = coarse(effect)
    courses = (Course("old", "o", [old for old, _ in values]), Course("new", "+", [new for _, new in values]))
    lines = chart(courses, names, screen, height=height)
    if not lines:
        return []
    if together > 1:
        lines[0] += f"   {each(together, effect.grain)}"
    found = ratios(effect)
    known = [one for one in found if one is not None]
    if drawn := bars(found, screen):
        lines.append(f"{drawn}  ratio, {number(min(known))} to {number(max(known))}")
    return lines


def coarse(effect: Effect) -> tuple[list[str], list[tuple[float | None, float | None]], int]:
    """Return names and values of periods, at most as many as can be told apart, and how many are one mean."""
    many = ceil(len(effect.pairs) / MOST)
    together = 7 * ceil(many / 7) if effect.grain == "day" and many > 1 else max(1, many)
    values = [effect.scaled(one) for one in effect.pairs]
    old, new = _means([one for one, _ in values], together), _means([one for _, one in values], together)
    return [one.period[:10] for one in effect.pairs[::together]], list(zip(old, new, strict=True)), together


def each(together: int, grain: str) -> str:
    """Return what one point stands for where several periods are one mean."""
    return f"each the mean of {together} {grain}s"


def _means(values: Sequence[float | None], together: int) -> list[float | None]:
    """Return the means of neighbours, so many at a time; None where none of them is known."""
    found: list[float | None] = []
    for start in range(0, len(values), together):
        known = [one for one in values[start : start + together] if one is not None]
        found.append(fmean(known) if known else None)
    return found


def overlap_spec(metric: str, effect: Effect, unit: str = "") -> Spec:
    """Return the plot as a specification: both courses above, their ratio with the margin of materiality below."""
    names, values, together = coarse(effect)
    rows: list[JSON] = [
        {"period": name, "definition": which, "value": value}
        for name, pair in zip(names, values, strict=True)
        for which, value in zip(_SHAPES, pair, strict=True)
        if value is not None
    ]
    below: list[JSON] = [
        {"period": name, "ratio": new / old}
        for name, (old, new) in zip(names, values, strict=True)
        if old is not None and new is not None and old > 0
    ]
    return spec(
        metric if together == 1 else f"{metric}, {each(together, effect.grain)}",
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
