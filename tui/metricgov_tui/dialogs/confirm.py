"""A confirmation: one sentence that says what will happen, to whom, and what can undo it; in two grades."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from rich.text import Text

from metricgov_tui.dialogs.box import Box
from metricgov_tui.widgets.rows import TextRow

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

TYPED_AHEAD: Final = 0.25
"""Seconds in which keys are dropped where something ends: over a slow line they were typed for what was there before."""

WIDTH: Final = 72


class Confirm(Box[bool]):
    """Says what will happen. Enter does it, Esc leaves it.

    With a `letter` it ends something or moves main: then Enter leaves it as well, and only that capital letter does it.
    """

    DEFAULT_CSS = "Confirm TextRow { height: auto; }"

    def __init__(self, says: str, *, title: str = "", letter: str = "", button: str = "") -> None:
        super().__init__()
        self._says, self._title, self._letter, self._button = says, title, letter, button
        self._since = time.monotonic()

    def title_words(self) -> str:
        """Return the title."""
        return self._title

    def inside(self) -> ComposeResult:
        """The sentence, and the keys."""
        from metricgov.render.kit import wrap_words

        lines = [Text(part) for part in wrap_words(self._says, WIDTH)]
        yield TextRow(*lines, id="says")
        if self._letter:
            keys = Text.assemble((f"[{self._letter} {self._button}]", "grave"), "   Esc or Enter leaves it")
        else:
            keys = Text.assemble(("Enter", "key"), f" {self._button or 'does it'}   ", ("Esc", "key"), " leaves it")
        yield TextRow(Text(), keys, id="keys")

    def on_mount(self) -> None:
        """Give each row the height of its text."""
        for row in self.query(TextRow):
            row.styles.height = max(1, row.said.count("\n") + 1)

    def on_key(self, event: Key) -> None:
        """Answer."""
        event.stop()
        if self._letter and time.monotonic() - self._since < TYPED_AHEAD:
            event.prevent_default()
            return
        if event.key == "enter":
            self.dismiss(not self._letter)
        elif event.key in ("escape", "q"):
            self.dismiss(False)
        elif self._letter and event.character == self._letter:
            self.dismiss(True)
