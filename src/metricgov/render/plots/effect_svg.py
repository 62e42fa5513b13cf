"""The pictures of an effect for a page: old and new with their ratio below, and the segments with their intervals."""

from __future__ import annotations

from collections.abc import Sequence
from math import log

from markupsafe import Markup

from metricgov.domain.comparability.effect import Dimension, Effect, Part
from metricgov.render.bars import number
from metricgov.render.plots.chart import FEWEST
from metricgov.render.plots.forest import shown
from metricgov.render.plots.overlap import coarse, each
from metricgov.render.plots.svg import LEFT, MARKED, RIGHT, WIDTH, Drawing, Scale, around, ticks

TOP, VALUES, GAP, RATIO, FOOT = 46, 190, 44, 84, 28
ROW, NAMES, FIGURES = 26, 150, 172
LONGEST_NAME = 20
_SHAPES = {"old": "circle", "new": "cross"}


def overlap_svg(metric: str, effect: Effect, unit: str = "") -> Markup | None:
    """Return both courses above and their ratio with the margin of materiality below; None with too little to see."""
    names, values, together = coarse(effect)
    courses = {name: [one[place] for one in values] for place, name in enumerate(_SHAPES)}
    known = [value for course in courses.values() for value in course if value is not None]
    if len(values) < FEWEST or len(known) < FEWEST:
        return None
    bottom = TOP + VALUES
    drawing = Drawing(bottom + GAP + RATIO + FOOT)
    across = Scale(0, len(values) - 1, LEFT + 4, WIDTH - RIGHT)
    up = Scale(*around(known), bottom, TOP)
    drawing.legend([(name, shape, f"{name} definition") for name, shape in _SHAPES.items()], 14)
    drawing.upright(up, f"{unit or 'value'}{f', {each(together, effect.grain)}' if together > 1 else ''}")
    for name, shape in _SHAPES.items():
        _course(drawing, name, shape, courses[name], (across, up))
    _ratio(drawing, values, effect.margin, Scale(0, 1, bottom + GAP, bottom + GAP + RATIO), across)
    drawing.level(names, across, bottom + GAP + RATIO)
    return drawing.markup(f"{metric}: old and new by {effect.grain}, and new divided by old")


def _course(
    drawing: Drawing, kind: str, shape: str, values: Sequence[float | None], scales: tuple[Scale, Scale]
) -> None:
    across, up = scales
    points = [None if value is None else (across(place), up(value)) for place, value in enumerate(values)]
    drawing.course(kind, points)
    if len(values) <= MARKED:
        for one in points:
            if one is not None:
                drawing.sign(kind, shape, one)


def _ratio(
    drawing: Drawing, values: Sequence[tuple[float | None, float | None]], margin: float, room: Scale, across: Scale
) -> None:
    """Draw new over old within the room, with the band in which a change is not material."""
    found = [None if old is None or new is None or old <= 0 else new / old for old, new in values]
    known = [one for one in found if one is not None]
    if not known:
        drawing.words("title", "no period has a ratio", LEFT, room.start - 8)
        return
    low, high = 1 / (1 + margin), 1 + margin
    up = Scale(*around([*known, low, high]), room.end, room.start)
    drawing.add("rect", "band", x=LEFT, y=up(high), width=WIDTH - RIGHT - LEFT, height=up(low) - up(high))
    drawing.upright(up, f"new / old (band: ±{100 * margin:g} %, no material change)")
    drawing.line("one", (LEFT, up(1)), (WIDTH - RIGHT, up(1)))
    drawing.course("ratio", [None if one is None else (across(place), up(one)) for place, one in enumerate(found)])


def forest_svg(metric: str, dimension: Dimension) -> Markup | None:
    """Return the ratio of every segment with its interval, on a logarithmic axis; None where fewer than two have it."""
    parts = shown(dimension)
    if len(parts) < 2:
        return None
    height = ROW * len(parts) + 58
    drawing = Drawing(height)
    limits = [limit for one in parts if one.estimate for limit in one.estimate.interval.values]
    low, high = around([0.0, *(log(one) for one in limits)], 0.05)
    across = Scale(low, high, NAMES, WIDTH - FIGURES)
    foot = 26 + ROW * len(parts)
    drawing.words("title", f"{dimension.name}: new / old with its 95 % interval", 4, 14)
    for value in _round(limits):
        drawing.line("grid", (across(log(value)), 24), (across(log(value)), foot))
        drawing.words("tick middle", number(value), across(log(value)), foot + 18)
    drawing.line("one", (across(0), 24), (across(0), foot))
    for place, part in enumerate(parts):
        _segment(drawing, part, across, 26 + ROW * (place + 0.5))
    return drawing.markup(f"{metric} by {dimension.name}: new divided by old with 95 % intervals")


def _segment(drawing: Drawing, part: Part, across: Scale, y: float) -> None:
    found = part.estimate
    if found is None:
        return
    first, last = across(log(found.interval.low)), across(log(found.interval.high))
    drawing.line("interval", (first, y), (last, y))
    for end in (first, last):
        drawing.line("interval", (end, y - 4), (end, y + 4))
    drawing.sign("estimate", "circle", (across(log(found.ratio)), y), 4.2)
    name = "(none)" if part.segment is None else part.segment
    drawing.words("name end", name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…", NAMES - 10, y + 4)
    says = f"{number(found.ratio)} ({number(found.interval.low)}–{number(found.interval.high)})"
    drawing.words("figure start", says, WIDTH - FIGURES + 10, y + 4)


def _round(limits: Sequence[float]) -> list[float]:
    """Return places of the logarithmic axis that can be read, 1 among them."""
    low, high = min(1.0, *limits), max(1.0, *limits)
    found = [one for one in ticks(low, high, 4) if one > 0]
    return sorted({1.0, *found})
