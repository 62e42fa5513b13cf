"""A menu of deeds under `d` or `m`: one key each; what cannot be done now is in brackets and says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual import on

from metricgov.render.kit import wrap_words
from metricgov_tui.dialogs.box import Box
from metricgov_tui.keys import in_place, keys_of, name_of, written
from metricgov_tui.lines import Line
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import TextRow

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key


ROWS: Final = 6
"""Rows for a reason: with the longest menu above them they fit into 24 rows of a terminal."""


def reason(why: str, ellipsis: str) -> list[str]:
    """Return a reason in the rows there are for it; one that is longer says so at its end."""
    rows = wrap_words(why, 72)
    if len(rows) <= ROWS:
        return rows
    return [*rows[: ROWS - 1], rows[ROWS - 1][: 72 - len(ellipsis) - 1].rstrip(" ,;") + f" {ellipsis}"]


class Menu(Box[str | None]):
    """Answers with the name of a deed."""

    DEFAULT_CSS = "Menu LineView { height: 12; } Menu #why { height: 6; }"

    def __init__(self, title: str, where: str, refusals: Mapping[str, str]) -> None:
        super().__init__()
        self._title, self._where, self._refusals = title, where, refusals

    def title_words(self) -> str:
        """Return the title."""
        return self._title

    def inside(self) -> ComposeResult:
        """The deeds, and why the one under the cursor cannot be done."""
        yield LineView(id="deeds")
        yield TextRow(Text(), id="why")

    def on_mount(self) -> None:
        """Show them."""
        view = self.query_one(LineView)
        view.styles.height = len(in_place(self._where))
        view.show(lambda _width: [self._line(name_of(one.action)) for one in in_place(self._where)])
        view.focus()

    def _line(self, name: str) -> Line:
        one = next(each for each in in_place(self._where) if name_of(each.action) == name)
        key = written(keys_of(one).split(",")[0])
        if self._refusals.get(name):
            return Line(Text(f"[{key}] {one.says}", style="closed"), name, f"{one.says}, not now")
        return Line(Text.assemble((f" {key}  ", "key"), one.says), name, one.says)

    @on(LineView.Moved)
    def _moved(self, event: LineView.Moved) -> None:
        self._tell(event.key)

    def _tell(self, name: str) -> None:
        why = self._refusals.get(name, "")
        rows = reason(why, self.gov.look.ellipsis) if why else [""]
        self.query_one("#why", TextRow).show(*[Text(row, style="warn") for row in rows])

    def on_key(self, event: Key) -> None:
        """Take the key of a deed."""
        for one in in_place(self._where):
            if event.key in keys_of(one).split(","):
                event.stop()
                event.prevent_default()
                self._choose(name_of(one.action))
                return

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        self._choose(event.key)

    def _choose(self, name: str) -> None:
        if self._refusals.get(name):
            self.query_one(LineView).go(name)
            self._tell(name)
            return
        self.dismiss(name)
