"""A dialog: a box over the screen that asks one thing and gives one answer; Esc leaves everything as it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from rich.text import Text
from textual.containers import Vertical
from textual.screen import ModalScreen

from metricgov_tui.guarded import Guarded
from metricgov_tui.keys import bindings
from metricgov_tui.widgets.rows import TextRow

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.await_complete import AwaitComplete


R = TypeVar("R")


class Box(Guarded, ModalScreen[R], Generic[R], inherit_bindings=False):
    """A titled box; subclasses give `title_words()` and `inside()`; `dismiss(answer)` closes it."""

    BINDINGS = bindings("dialog")
    DEFAULT_CSS = """
    Box { align: center middle; }
    Box > Vertical {
        width: 76; max-width: 96%; height: auto; max-height: 90%; padding: 0 1;
        background: $background; border: solid $foreground;
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.listens = False
        """Whether it is there to be answered: keys that come before wait."""

    def on_mount(self) -> None:
        """Take keys, once what is in it has said where they go."""
        self.call_later(self._begin_listening)

    def _begin_listening(self) -> None:
        self.listens = True
        self.gov.ready_for_keys()

    def on_screen_resume(self) -> None:
        """Take keys again after another dialog."""
        self.gov.ready_for_keys()

    def dismiss(self, result: R | None = None) -> AwaitComplete:
        """Close with an answer; keys wait for what whoever asked does with it."""
        self.gov.answered()
        return super().dismiss(result)

    def compose(self) -> ComposeResult:
        """Lay the box out: a title, what is inside."""
        with Vertical():
            yield TextRow(Text(self.title_words(), style="title"), id="title")
            yield from self.inside()

    def title_words(self) -> str:
        """Return the title."""
        return ""

    def inside(self) -> ComposeResult:
        """What is inside."""
        yield from ()

    def action_cancel(self) -> None:
        """Close without an answer."""
        self.dismiss(None)
