"""A metric over time by a dimension: bars for each of its values, on one scale, and where each stands now."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.domain.comparability.flags import Flag, Observation
from metricgov.domain.query.period_names import name_of
from metricgov.render.bars import bars, number
from metricgov.render.kit import Screen, clean
from metricgov_tui import words_registry as words
from metricgov_tui.lines import Line
from metricgov_tui.panels.over_time import flags_of, legend, said_lines, table_lines
from metricgov_tui.panels.parts import heading, row_of, screen_of

if TYPE_CHECKING:
    from metricgov.domain.comparability import over_time
    from metricgov.domain.reading_views import SeriesView
    from metricgov_tui.look import Look

MOST_BARS = 60
"""Columns of bars; the rest is for names and figures."""


def segment_key(line: over_time.Line) -> str:
    """Return the key of a value of a dimension; rows that have none are a value of their own."""
    return "segment " + "\x00".join("" if one is None else f"={one}" for one in line.key)


def segment_name(line: over_time.Line) -> str:
    """Return what a value of a dimension is called."""
    return ", ".join(words.NO_SEGMENT if one is None else clean(one) for one in line.key)


def one_segment(view: SeriesView, key: str) -> SeriesView | None:
    """Return the series of one value alone; None where there is none of that key."""
    line = next((one for one in view.series.lines if segment_key(one) == key), None)
    return None if line is None else replace(view, series=replace(view.series, lines=(line,)))


def segment_lines(view: SeriesView, width: int, look: Look) -> list[Line]:
    """Return every value of the dimension, the largest of today first, each with its course; each row is a stop.

    All bars stand on one scale, so that rows can be compared by looking.
    """
    lines = sorted(view.series.lines, key=lambda one: (-(_last_value(one) or 0.0), segment_name(one)))
    points = max((len(one.observations) for one in lines), default=0)
    if not points:
        return [Line(Text(words.NO_POINTS))]
    screen = screen_of(width - 1, look)
    name = min(28, max(len(segment_name(one)) for one in lines) + 2)
    room = max(0, min(MOST_BARS, points + 4, width - name - 24))
    columns = (max(8, name), room, 10, 12)
    head = (view.series.dimensions[0], "", "value", "period")
    found = [Line(row_of(zip(map(clean, head), columns, ["dim"] * 4, strict=True), look))]
    known = [one.value for line in lines for one in line.observations if one.value is not None]
    scale = (min(known, default=0.0), max(known, default=0.0))
    for line in lines:
        last = _last(line)
        drawn = course(line.observations, scale, screen, room)
        period = " ".join([name_of(view.series.grain, last.period), *flags_of(last)]) if last else ""
        value = number(last.value) if last else look.dash
        cells = zip((segment_name(line), drawn, value, period), columns, ("", "new", "bold", "dim"), strict=True)
        spoken = f"{segment_name(line)}, {value} in {period}" if last else f"{segment_name(line)}, no value"
        found.append(Line(row_of(cells, look), segment_key(line), spoken))
    lasts = [last for line in lines if (last := _last(line))]
    return [*found, *legend(lasts), *said_lines(view.series, width)]


def segment_tables(view: SeriesView, width: int, look: Look) -> list[Line]:
    """Return the values of every segment as a table of its own."""
    found: list[Line] = []
    for line in view.series.lines:
        one = one_segment(view, segment_key(line))
        if one is not None:
            bare = replace(one, series=replace(one.series, stretches=(), stored=(), warned=(), notes=()))
            found += [heading(segment_name(line), width, look), *table_lines(bare, width, look)]
    return [*found, *said_lines(view.series, width)] if found else [Line(Text(words.NO_POINTS))]


def course(points: tuple[Observation, ...], scale: tuple[float, float], screen: Screen, room: int) -> str:
    """Return the newest points that fit as bars on a scale, parted at each break."""
    breaks = sum(Flag.BREAK in one.flags for one in points[1:])
    shown = points[-(room - breaks) :] if room > breaks else ()
    drawn = bars([one.value for one in shown], Screen(2 * len(shown), ascii=screen.ascii), scale) or "." * len(shown)
    sign = "|" if screen.ascii else "┊"
    return "".join(
        (sign if place and Flag.BREAK in one.flags else "") + bar
        for place, (one, bar) in enumerate(zip(shown, drawn, strict=True))
    )


def _last(line: over_time.Line) -> Observation | None:
    return next((one for one in reversed(line.observations) if one.value is not None), None)


def _last_value(line: over_time.Line) -> float | None:
    last = _last(line)
    return last.value if last else None
