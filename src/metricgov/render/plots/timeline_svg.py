"""A metric over time as a picture for a page: measured, bridged and stored parts told apart, breaks never crossed."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.render.plots.chart import FEWEST
from metricgov.render.plots.svg import LEFT, MARKED, RIGHT, WIDTH, Drawing, Scale, around
from metricgov.render.plots.timeline import PARTS, part_of

TOP, VALUES, FOOT = 60, 220, 28
_KINDS = {name: name.replace(" ", "-") for name in PARTS}
_SHAPES = {"triangle-up": "triangle", "triangle-down": "diamond"}


def timeline_svg(found: Series, line: Line, unit: str = "") -> Markup | None:
    """Return the picture of one line of a series; None with too little to see."""
    points = line.observations
    known = [value for one in points for value in _values(one)]
    if sum(one.value is not None for one in points) < FEWEST:
        return None
    drawing = Drawing(TOP + VALUES + FOOT)
    across = Scale(0, len(points) - 1, LEFT + 4, WIDTH - RIGHT)
    up = Scale(*around(known), TOP + VALUES, TOP)
    present = [name for name in PARTS if any(one.value is not None and part_of(one) == name for one in points)]
    drawing.legend([(_KINDS[name], _shape(name), name) for name in present], 14)
    drawing.upright(up, unit or "value")
    for name in present:
        _part(drawing, name, points, (across, up))
    for place, one in enumerate(points):
        if one.interval is not None and one.value is not None:
            x = across(place)
            drawing.line("interval", (x, up(one.interval.low)), (x, up(one.interval.high)))
        if one.pre_break_value is not None:
            drawing.sign("before", "diamond", (across(place), up(one.pre_break_value)), 4)
        if Flag.BREAK in one.flags and place:
            x = across(place - 0.5)
            drawing.line("break", (x, TOP - 6), (x, TOP + VALUES))
            drawing.words("tick end" if x > WIDTH * 0.7 else "tick start", f"break: {one.version}", x, TOP - 24)
    drawing.level([one.period for one in points], across, TOP + VALUES)
    return drawing.markup(f"{found.metric} by {found.grain}")


def _part(drawing: Drawing, name: str, points: Sequence[Observation], scales: tuple[Scale, Scale]) -> None:
    """Draw what belongs to one part; a line ends where another part begins, and at every break."""
    across, up = scales
    run: list[tuple[float, float] | None] = []
    for place, one in enumerate(points):
        if Flag.BREAK in one.flags:
            run.append(None)
        mine = one.value is not None and part_of(one) == name
        run.append((across(place), up(one.value)) if mine and one.value is not None else None)
    drawing.course(_KINDS[name], run)
    if len(points) <= MARKED:
        for at in run:
            if at is not None:
                drawing.sign(_KINDS[name], _shape(name), at)


def _values(one: Observation) -> list[float]:
    found = [one.value, one.pre_break_value]
    if one.interval is not None and one.value is not None:
        found += [one.interval.low, one.interval.high]
    return [value for value in found if value is not None]


def _shape(name: str) -> str:
    shape = PARTS[name][2]
    return _SHAPES.get(shape, shape)
