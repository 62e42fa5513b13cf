"""Lines of a panel as strips of a terminal: names of the palette become styles of the theme."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.strip import Strip

from metricgov.render.kit import Screen

if TYPE_CHECKING:
    from rich.text import Text

    from metricgov_tui.themes import Theme

PLAIN = Screen(ascii=True)


def strip_of(
    text: Text, theme: Theme, width: int, *, over: str = "", lead: str = "", ascii_only: bool = False
) -> Strip:
    """Return one line painted and exactly as wide as asked; `over` is a style on all of it, `lead` stands before it.

    With `ascii_only` letters that a terminal without UTF-8 lacks are written in others, as the command line does.
    """
    letters = PLAIN.letters if ascii_only else str
    plain, spans = text.plain, text.spans
    base = str(text.style) if text.style else "text"
    cuts = sorted({0, len(plain), *(place for span in spans for place in (span.start, span.end) if place > 0)})
    pieces = [Segment(lead, theme.style(f"{base} {over}"))] if lead else []
    for start, end in pairwise(cuts):
        if start >= len(plain):
            break
        names = " ".join([base, *(str(span.style) for span in spans if span.start <= start < span.end), over])
        pieces.append(Segment(letters(plain[start:end]), theme.style(names)))
    return Strip(pieces).adjust_cell_length(width, theme.style(f"{base} {over}"))
