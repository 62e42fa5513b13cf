"""The row in which a search or filter is typed: it applies with every key; Enter keeps it, Esc clears it."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Input


class Words(Input, inherit_bindings=False):
    """A line of text; control keys that terminals, tmux and job control need are left alone."""

    cursor_blink = reactive(False, init=False)  # nothing blinks here: it distracts, and a slow line is never at rest
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "cursor_left", show=False),
        Binding("right", "cursor_right", show=False),
        Binding("home", "home", show=False),
        Binding("end,ctrl+e", "end", show=False),
        Binding("ctrl+left", "cursor_left_word", show=False),
        Binding("ctrl+right", "cursor_right_word", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete", "delete_right", show=False),
        Binding("ctrl+k", "delete_right_all", show=False),
        Binding("ctrl+u", "delete_left_all", show=False),
        Binding("enter", "submit", show=False),
    ]
    DEFAULT_CSS = """
    Words { height: 1; border: none; padding: 0 1; background: $background; color: $foreground; }
    Words:focus { border: none; background: $background; }
    """


class SearchRow(Words):
    """A search; hidden while it is empty and nobody types in it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "clear", show=False),
        Binding("down", "keep", show=False),
    ]
    DEFAULT_CSS = "SearchRow { display: none; } SearchRow.open { display: block; }"

    class Typed(Message):
        """Another text stands in the row."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Entered(Message):
        """Enter was pressed: what was found is what is wanted."""

    def open(self, text: str) -> None:
        """Let somebody type."""
        self.add_class("open")
        self.value = text
        self.placeholder = "/ filter"
        self.focus()

    def close(self) -> None:
        """Hide the row."""
        with self.prevent(Input.Changed):
            self.value = ""
        self.remove_class("open")
        if self.has_focus:
            self.screen.focus_next()

    def action_clear(self) -> None:
        """Clear the search and leave the row."""
        self.close()
        self.post_message(self.Typed(""))

    def action_keep(self) -> None:
        """Leave the row; the search stays."""
        self.screen.focus_next()
        self.set_class(bool(self.value), "open")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(self.Typed(event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_keep()
        self.post_message(self.Entered())
