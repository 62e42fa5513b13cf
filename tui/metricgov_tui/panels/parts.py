"""Small parts of panels: labels with hanging text, names that are cut in the middle, values with their unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov.render.bars import number
from metricgov.render.kit import Screen, cells, clean, wrap_words
from metricgov_tui.lines import Line
from metricgov_tui.words import nothing_shown

if TYPE_CHECKING:
    from metricgov.domain.errors import MetricgovError
    from metricgov_tui.look import Look

LABEL: Final = 10
"""Columns that labels take."""

PROSE: Final = 100
"""Columns above which prose is not easier to read."""


def wrapped(text: str, width: int, *, style: str = "", indent: str = "", key: str = "") -> list[Line]:
    """Return clean text in lines; the first is a stop where there is a key."""
    parts = wrap_words(text, min(width - 1, PROSE), indent)
    return [
        Line(Text(part, style=style or "text"), key if not place else "", under=bool(key and place))
        for place, part in enumerate(parts)
    ]


def nothing_lines(why: MetricgovError, width: int) -> list[Line]:
    """Return what a place says that cannot be read: why, and the way on."""
    return [line for said in nothing_shown(why) for line in wrapped(said, width, indent="  ")]


def labelled(label: str, text: str, width: int, *, style: str = "", key: str = "", at: int = LABEL) -> list[Line]:
    """Return a label and clean text, which hangs beside it."""
    first = f"{label:<{at - 1}} "
    parts = wrap_words(text, min(width - 1, PROSE), first, " " * at)
    found = []
    for place, part in enumerate(parts):
        line = Text(part, style=style or "text")
        if not place:
            line.stylize("dim", 0, len(first))
        found.append(Line(line, key if not place else "", under=bool(key and place)))
    return found


def screen_of(width: int, look: Look) -> Screen:
    """Return how the renderers are told of a panel of this width."""
    return Screen(width, ascii=look.rule.isascii())


def heading(text: str, width: int, look: Look) -> Line:
    """Return a line across with a title in it."""
    said = f"{look.rule * 2} {text} "
    return Line(Text(said + look.rule * max(0, width - cells(said)), style="dim"))


def cut(text: str, width: int, look: Look) -> str:
    """Return a name shortened to a width in its middle: names that begin alike end differently."""
    if cells(text) <= width:
        return text
    room = width - len(look.ellipsis)
    if room < 2:
        return text[:width]
    front = (room + 1) // 2
    return text[:front] + look.ellipsis + text[len(text) - (room - front) :]


def row_of(cells_: Iterable[tuple[str, int, str]], look: Look, *, lead: str = "") -> Text:
    """Return cells of fixed widths, each (text, columns, style), two spaces apart; too long ones are cut at the end."""
    row = Text(lead, style="text")
    for text, columns, style in cells_:
        if columns <= 0:
            continue
        shown = text if cells(text) <= columns else text[: max(0, columns - len(look.ellipsis))] + look.ellipsis
        row.append(shown + " " * max(0, columns - cells(shown)), style or None)
        row.append("  ")
    row.rstrip()
    return row


UNITS: Final = {"percent": "%", "eur": "EUR", "usd": "USD", "count": ""}


def valued(value: float | None, unit: str) -> str:
    """Return a value in few figures with its unit."""
    said = number(value)
    short = UNITS.get(unit, clean(unit).replace("_", " "))
    return f"{said} {short}".rstrip() if value is not None else said


def walkable(lines: Iterable[Line]) -> list[Line]:
    """Return lines of prose with a stop on each, so that the cursor reads on as it does in a list."""
    return [
        one if one.key or not one.text.plain.strip() else Line(one.text, f"line {place}", one.says)
        for place, one in enumerate(lines)
    ]
