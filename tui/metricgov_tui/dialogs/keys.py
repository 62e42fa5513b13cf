"""`?`: the keys that work here, from the one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from metricgov_tui.dialogs.box import Box
from metricgov_tui.keys import WHERE, in_place, keys_of, written
from metricgov_tui.lines import Line
from metricgov_tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult


def key_lines(where: tuple[str, ...]) -> list[Line]:
    """Return the keys of some places, a heading each."""
    found: list[Line] = []
    for place in dict.fromkeys(where):
        keys = in_place(place)
        if not keys:
            continue
        found += [Line(Text())] if found else []
        found.append(Line(Text(WHERE[place], style="title")))
        for one in keys:
            name = " ".join(written(key) for key in keys_of(one).split(","))
            text = Text.assemble((f"  {name:<16}", "key"), one.says)
            found.append(Line(text, f"{place} {one.action}", f"{name}: {one.says}"))
    return found


class KeysHelp(Box[None]):
    """All keys that work on the screen below."""

    DEFAULT_CSS = "KeysHelp LineView { height: 24; max-height: 80%; }"

    def __init__(self, where: tuple[str, ...]) -> None:
        super().__init__()
        self._where = where

    def title_words(self) -> str:
        """Return the title."""
        return "Keys that work here    Esc closes"

    def inside(self) -> ComposeResult:
        """The list."""
        yield LineView(id="keys")

    def on_mount(self) -> None:
        """Show them."""
        view = self.query_one(LineView)
        view.show(lambda _width: key_lines(self._where))
        view.focus()
