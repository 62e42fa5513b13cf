"""A menu of keys: those of one place of the table, each with what it does; one press, and it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from metricgov_tui.dialogs.box import Box
from metricgov_tui.keys import WHERE, in_place, keys_of, name_of, written
from metricgov_tui.lines import Line
from metricgov_tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key


class Menu(Box[str]):
    """Gives back the name of the action that was chosen, None where nothing was."""

    DEFAULT_CSS = "Menu LineView { height: auto; max-height: 16; }"

    def __init__(self, where: str, *, without: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._where = where
        self._keys = [one for one in in_place(where) if name_of(one.action) not in without]

    def title_words(self) -> str:
        """Return the title."""
        return WHERE[self._where]

    def inside(self) -> ComposeResult:
        """The keys."""
        yield LineView(id="menu")

    def on_mount(self) -> None:
        """Show them."""
        view = self.query_one(LineView)
        view.styles.height = len(self._keys)
        view.show(
            lambda _width: [
                Line(
                    Text.assemble((f" {written(keys_of(one).split(',')[0]):<4}", "key"), one.says),
                    name_of(one.action),
                    f"{one.words}: {one.says}",
                )
                for one in self._keys
            ]
        )
        view.focus()

    def on_key(self, event: Key) -> None:
        """Choose by key."""
        for one in self._keys:
            if event.key in keys_of(one).split(",") or event.character in keys_of(one).split(","):
                event.stop()
                event.prevent_default()
                self.dismiss(name_of(one.action))
                return

    def on_line_view_opened(self, event: LineView.Opened) -> None:
        """Choose by Enter."""
        self.dismiss(event.key)
