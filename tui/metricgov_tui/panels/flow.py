"""Text in runs of one style each, laid into lines: wrapped with an indent, at two ends, or in two columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from rich.text import Span, Text

from metricgov.render.kit import cells

Run: TypeAlias = tuple[str, str]
"""A piece of text and its style, "" for that of the line."""

_BREAKS = "_./:-,)"


def flow(runs: Iterable[Run], width: int, first: str = "", rest: str | None = None, style: str = "") -> list[Text]:
    """Return runs as lines of at most `width` columns; the first begins with `first`, the others with `rest`.

    A line break in a run begins a line, and what it begins with keeps its own indent.
    """
    rest = " " * cells(first) if rest is None else rest
    plain, spans = "", []
    for text, look in runs:
        if look and text:
            spans.append((len(plain), len(plain) + len(text), look))
        plain += text
    room = max(width - max(cells(first), cells(rest)), 4)
    found = []
    for number, (start, end) in enumerate(_cuts(plain, room)):
        lead = rest if number else first
        shift = len(lead) - start
        here = [
            Span(max(begins, start) + shift, min(ends, end) + shift, look)
            for begins, ends, look in spans
            if begins < end and ends > start
        ]
        found.append(Text(lead + plain[start:end], style=style or "text", spans=here))
    return found


def _cuts(plain: str, room: int) -> list[tuple[int, int]]:
    """Return where lines begin and end; the space at which a line is cut belongs to neither."""
    found: list[tuple[int, int]] = []
    at = 0
    for hard in plain.split("\n"):
        end = at + len(hard)
        if cells(hard) <= room:
            found.append((at, end))
        else:
            found += _soft(plain, at, end, room)
        at = end + 1
    return found


def _soft(plain: str, start: int, end: int, room: int) -> list[tuple[int, int]]:
    found = []
    while start < end:
        stop = _fits(plain, start, end, room)
        if stop < end:
            space = plain.rfind(" ", start + 1, stop + 1)
            if space > start and plain[start:space].strip():
                found.append((start, space))
                start = space + 1
                continue
            broken = max(plain.rfind(sign, start + room // 2, stop) for sign in _BREAKS)
            stop = broken + 1 if broken > start else stop
        found.append((start, stop))
        start = stop
    return found


def _fits(plain: str, start: int, end: int, room: int) -> int:
    """Return how far a line reaches, at least one character."""
    stop = min(end, start + room)
    while stop > start + 1 and cells(plain[start:stop]) > room:
        stop -= 1
    return stop


def ends(left: Sequence[Run], right: Sequence[Run], width: int, rest: str = "  ") -> list[Text]:
    """Return two texts at the ends of a line; a left one that is too long wraps before the right one."""
    tail = "".join(text for text, _ in right)
    room = max(width - cells(tail) - 2, 8)
    lines = flow(left, room, "", rest)
    first = lines[0]
    gap = max(width - cells(first.plain) - cells(tail), 1)
    spans, at = [*first.spans], len(first.plain) + gap
    for text, look in right:
        if look and text:
            spans.append(Span(at, at + len(text), look))
        at += len(text)
    lines[0] = Text(first.plain + " " * gap + tail, style=first.style, spans=spans)
    if cells(lines[0].plain) > width:
        lines[0].truncate(width)
    return lines


def beside(left: Sequence[Text], right: Sequence[Text], half: int, bar: str) -> list[Text]:
    """Return two columns, the left one `half` wide, with a bar between."""
    found = []
    for place in range(max(len(left), len(right))):
        one = left[place] if place < len(left) else Text()
        other = right[place] if place < len(right) else Text()
        gap = max(half - one.cell_len, 0)
        found.append(Text.assemble(one, " " * gap, (bar, "dim"), " ", other))
    return found


def rule(title: str, width: int, sign: str, style: str = "dim") -> Text:
    """Return a line across with a title in it."""
    head = f"{sign * 2} {title} "
    text = Text(head + sign * max(0, width - cells(head)), style=style)
    text.truncate(width)
    return text
