"""Courses of numbers as a chart of characters, for a terminal; drawn by plotext, told apart by signs, not by colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metricgov.render.kit import Screen

FEWEST = 3
"""Known values below which a course is no picture."""

HEIGHT = 14
"""Rows of a chart, its axis included."""

WIDEST = 120
"""Columns above which a chart is not easier to read."""

_TICKS = 6
_ASCII = str.maketrans("┌┐└┘├┤┬┴┼─│", "+++++++++-|")


@dataclass(frozen=True, slots=True)
class Course:
    """A line of numbers: what it is, the sign it is drawn with, and one value a period (None: no value)."""

    name: str
    sign: str
    values: Sequence[float | None]


def chart(
    courses: Sequence[Course],
    periods: Sequence[str],
    screen: Screen,
    *,
    breaks: Sequence[int] = (),
    height: int = HEIGHT,
) -> list[str]:
    """Return a chart as lines; none where there is too little to see.

    `periods` name the places on the horizontal axis, `breaks` are places before which a vertical line is drawn. Where
    courses meet, the one that is named last is seen.
    """
    if sum(value is not None for one in courses for value in one.values) < FEWEST or len(periods) < FEWEST:
        return []
    with_values = [one for one in courses if any(value is not None for value in one.values)]
    legend = "   ".join(f"{one.sign} {one.name}" for one in with_values)
    drawn = _drawn(with_values, _ticks(periods), breaks, (min(screen.columns, WIDEST), height))
    if screen.ascii:
        drawn = [line.translate(_ASCII) for line in drawn]
    return [legend, *drawn]


def _drawn(
    courses: Sequence[Course], ticks: Mapping[int, str], breaks: Sequence[int], size: tuple[int, int]
) -> list[str]:
    from plotext import figure, terminal  # one figure a process: cleared before each use, so nothing stays of another

    terminal.limit(False, False)  # the size is the caller's: what is drawn may go to a file or a screen of another size
    figure.clear()
    figure.theme("colorless")
    figure.plot_size(*size)
    for place in breaks:
        figure.line(place - 0.5, orientation="v")
    for one in courses:
        known = [(place, value) for place, value in enumerate(one.values) if value is not None]
        figure.draw(figure.signal([place for place, _ in known], [value for _, value in known], marker=one.sign))
    figure.ruler("x").ticks(list(ticks), list(ticks.values()))
    text = str(figure.build().string(colorless=True))
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def _ticks(periods: Sequence[str]) -> dict[int, str]:
    """Return places of the axis with their names, spread evenly, first and last among them."""
    last = len(periods) - 1
    steps = min(_TICKS, last)
    return {round(place * last / steps): periods[round(place * last / steps)] for place in range(steps + 1)}
