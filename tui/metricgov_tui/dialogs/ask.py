"""A few lines to fill in, one under the other; Enter in any of them answers, Esc leaves everything as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.containers import Horizontal
from textual.widgets import Input

from metricgov_tui.dialogs.box import Box
from metricgov_tui.widgets.rows import TextRow
from metricgov_tui.widgets.search import Words

if TYPE_CHECKING:
    from textual.app import ComposeResult


@dataclass(frozen=True, slots=True)
class Field:
    """One line: the name it answers by, what stands before it, what it holds, what helps to fill it in."""

    name: str
    title: str
    value: str = ""
    hint: str = ""


class AskLine(Box[dict[str, str] | None]):
    """Asks for a few texts; answers with them by name, None where it was left."""

    DEFAULT_CSS = """
    AskLine Horizontal { height: 1; }
    AskLine .label { width: 14; }
    """

    def __init__(self, title: str, fields: Sequence[Field], foot: str) -> None:
        super().__init__()
        self._title, self._fields, self._foot = title, fields, foot

    def title_words(self) -> str:
        """Return the question."""
        return self._title

    def inside(self) -> ComposeResult:
        """A row for each field."""
        for one in self._fields:
            with Horizontal():
                yield TextRow(Text(one.title), id=f"label-{one.name}").add_class("label")
                yield Words(one.value, placeholder=one.hint, id=f"field-{one.name}")
        yield TextRow(Text(self._foot, style="dim"))

    def on_mount(self) -> None:
        """Begin with the first line."""
        self.query(Words).first().focus()

    def key_down(self) -> None:
        """The next line."""
        self.focus_next()

    def key_tab(self) -> None:
        """The next line."""
        self.focus_next()

    def key_up(self) -> None:
        """The line before."""
        self.focus_previous()

    def key_shift_tab(self) -> None:
        """The line before."""
        self.focus_previous()

    @on(Input.Submitted)
    def _answer(self) -> None:
        self.dismiss({one.name: self.query_one(f"#field-{one.name}", Words).value.strip() for one in self._fields})
