"""Text of the renderers, with their inks, as text of the palette: panels and the command line say the same words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from rich.text import Text

from metricgov.render.kit import Ink

_STYLE: Final = {
    Ink.GRAVE.value: "grave",
    Ink.WORDS.value: "words",
    Ink.ADDED.value: "added",
    Ink.REMOVED.value: "removed",
    Ink.CHANGED.value: "changed",
    Ink.DIM.value: "dim",
    Ink.BOLD.value: "bold",
    Ink.WARN.value: "warn",
}
_END: Final = "\x01"


def text_of(marked: str) -> Text:
    """Return a line of a renderer with its inks as styles; whatever else is no printable character is left out."""
    text, styles, run = Text(style="text"), list[str](), ""

    def flush() -> None:
        nonlocal run
        if run:
            text.append(run, " ".join(styles) or None)
            run = ""

    for char in marked:
        if char in _STYLE:
            flush()
            styles.append(_STYLE[char])
        elif char == _END:
            flush()
            if styles:
                styles.pop()
        elif char.isprintable():
            run += char
    flush()
    return text


def texts_of(marked: Iterable[str]) -> list[Text]:
    """Return lines of a renderer as texts."""
    return [text_of(line) for line in marked]
