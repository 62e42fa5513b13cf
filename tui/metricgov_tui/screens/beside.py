"""A place with a list and what its row is about: below the list, or beside it where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical

from metricgov_tui.screens.base import Place
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widths import WIDE

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Beside(Place):
    """A list with a preview; subclasses give `draw()` and may give the preview another width or height."""

    DEFAULT_CSS = """
    Beside #both { layout: vertical; height: 1fr; }
    Beside #list { height: 2fr; }
    Beside #preview { height: 1fr; min-height: 8; }
    Beside.wide #both { layout: horizontal; }
    Beside.wide #list { height: 1fr; }
    Beside.wide #preview { height: 1fr; width: 52; border-left: solid $foreground 30%; }
    """

    def panes(self) -> ComposeResult:
        """The list and the preview."""
        with Horizontal(id="both"):
            yield LineView(id="list")
            with Vertical(id="preview"):
                yield LineView(id="about", cursor=False)

    @property
    def list(self) -> LineView:
        """The list."""
        return self.query_one("#list", LineView)

    def on_resize(self) -> None:
        """Put list and preview side by side where there is room."""
        self.set_class(self.size.width >= WIDE, "wide")
        self.draw()

    def draw(self) -> None:
        """Draw what is known."""
