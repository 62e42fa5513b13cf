"""A long series: measured and bridged parts told apart, breaks marked, values before them kept; the third plot."""

from __future__ import annotations

from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.comparability.over_time import Line, Series
from metricgov.domain.digest import JSON
from metricgov.domain.time import spoken
from metricgov.render.bars import number
from metricgov.render.kit import Screen, clean, plural
from metricgov.render.plots.chart import HEIGHT, Course, chart
from metricgov.render.plots.overlap import WIDTH
from metricgov.render.plots.picture import BAND, BREAK, NEW, OLD, Spec, spec

MOST_LINES = 8
"""Lines of a series that are drawn, one below the other; the figures have all."""

PARTS: dict[str, tuple[str, list[int], str]] = {
    "measured": (NEW, [1, 0], "circle"),
    "bridged": (NEW, [6, 3], "square"),
    "by another definition": (OLD, [2, 2], "triangle-up"),
    "stored": (NEW, [3, 1], "cross"),
    "stored and bridged": (NEW, [1, 3], "triangle-down"),
}
"""Parts of a line: colour, dashes and shape, each enough to tell them apart."""


def part_of(one: Observation) -> str:
    """Return which part of a line an observation belongs to."""
    if Flag.DIFFERS in one.flags:
        return "by another definition"
    if one.stored:
        return "stored and bridged" if Flag.ESTIMATED in one.flags else "stored"
    return "bridged" if Flag.ESTIMATED in one.flags else "measured"


def timeline_words(found: Series) -> str:
    """Return the picture in sentences."""
    said = f"{found.metric} by {found.grain}, {spoken(found.start)} until {spoken(found.end)}"
    for line in found.lines[:MOST_LINES]:
        known = [one for one in line.observations if one.value is not None]
        if not known:
            continue
        name = f" {_name(found, line)}:" if found.dimensions else ""
        first, last = known[0], known[-1]
        said += f";{name} from {number(first.value)} ({first.period}) to {number(last.value)} ({last.period})"
        bridged = [one for one in known if part_of(one) in ("bridged", "stored and bridged")]
        if bridged:
            said += f", {plural(len(bridged), 'point')} bridged, until {bridged[-1].period}"
        if stored := [one for one in known if one.stored]:
            said += f", {plural(len(stored), 'point')} stored, until {stored[-1].period}"
        for one in known:
            if Flag.BREAK in one.flags:
                was = f", {number(one.pre_break_value)} before" if one.pre_break_value is not None else ""
                said += f", break at {one.period}{was}"
    return said + "."


def _name(found: Series, line: Line) -> str:
    pairs = zip(found.dimensions, line.key, strict=True)
    return ", ".join(f"{clean(name)} {'(none)' if value is None else clean(value)}" for name, value in pairs)


def timeline_chart(line: Line, screen: Screen, height: int = HEIGHT) -> list[str]:
    """Return one line for a terminal: each part with a sign of its own, a vertical line before each break."""
    points = line.observations
    courses = [
        Course("as it was", ".", [one.pre_break_value for one in points]),
        *(
            Course(name, sign, [one.value if part_of(one) == name else None for one in points])
            for name, sign in zip(PARTS, ("+", "~", "o", "#", "x"), strict=True)
        ),
    ]
    breaks = [place for place, one in enumerate(points) if place and Flag.BREAK in one.flags]
    return chart(courses, [one.period for one in points], screen, breaks=breaks, height=height)


def timeline_spec(found: Series) -> Spec:
    """Return the plot as a specification, one picture a line of the series."""
    lines = found.lines[:MOST_LINES]
    more = len(found.lines) - len(lines)
    basis = found.basis if found.basis in ("current", "as-reported") else f"version {found.basis}"
    title = f"{found.metric}, {basis}" + (f", {len(lines)} of {len(found.lines)} lines" if more else "")
    return spec(title, timeline_words(found), {"vconcat": [_panel(found, line) for line in lines]})


def _panel(found: Series, line: Line) -> JSON:
    rows = [_row(one) for one in line.observations if one.value is not None]
    band = [one for one in rows if one["low"] is not None]
    befores = [one for one in rows if one["before"] is not None]
    breaks = [one for one in rows if one["break"]]
    layers: list[JSON] = [
        _layer(
            band,
            {"type": "area", "color": BAND, "opacity": 0.35},
            {"y": _y("low"), "y2": {"field": "high"}},
        ),
        _layer(rows, {"type": "line", "point": {"size": 30, "filled": True}}, _course()),
        _layer(befores, {"type": "point", "shape": "diamond", "color": OLD, "filled": False}, {"y": _y("before")}),
        _layer(breaks, {"type": "rule", "color": BREAK, "strokeDash": [4, 4]}, {}),
        _layer(
            breaks,
            {"type": "text", "align": "left", "baseline": "top", "dx": 4, "color": BREAK},
            {"text": {"field": "says"}, "y": {"value": 2}},
        ),
    ]
    panel: dict[str, JSON] = {"width": WIDTH, "height": 220 if len(found.lines) == 1 else 110, "layer": layers}
    return panel | ({"title": _name(found, line)} if found.dimensions else {})


def _row(one: Observation) -> dict[str, JSON]:
    return {
        "period": one.period,
        "value": one.value,
        "part": part_of(one),
        "low": one.interval.low if one.interval else None,
        "high": one.interval.high if one.interval else None,
        "before": one.pre_break_value,
        "break": Flag.BREAK in one.flags,
        "says": f"{one.version} begins",
    }


def _layer(rows: list[dict[str, JSON]], mark: JSON, encoding: dict[str, JSON]) -> JSON:
    x: JSON = {"field": "period", "type": "temporal", "title": None}
    return {"data": {"values": [*rows]}, "mark": mark, "encoding": {"x": x, **encoding}}


def _y(field: str) -> JSON:
    return {"field": field, "type": "quantitative", "title": "value (diamonds: as it was)", "scale": {"zero": False}}


def _course() -> dict[str, JSON]:
    names: list[JSON] = [*PARTS]
    ranges: list[list[JSON]] = [[one[place] for one in PARTS.values()] for place in range(3)]
    shared: dict[str, JSON] = {"field": "part", "type": "nominal", "title": "part"}
    channels = ("color", "strokeDash", "shape")
    return {
        "y": _y("value"),
        **{
            channel: {**shared, "scale": {"domain": names, "range": kinds}}
            for channel, kinds in zip(channels, ranges, strict=True)
        },
    }
