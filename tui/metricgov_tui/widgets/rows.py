"""The rows around a panel: where you are at the top, what happened and the keys at the bottom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.strip import Strip
from textual.widget import Widget

from metricgov_tui.paint import strip_of

if TYPE_CHECKING:
    from textual import events

    from metricgov_tui.app import GovApp


class TextRow(Widget):
    """One or a few lines of text, cut at the width of the screen."""

    DEFAULT_CSS = "TextRow { height: 1; width: 1fr; }"

    def __init__(self, *texts: Text, id: str | None = None) -> None:
        super().__init__(id=id)
        self._texts = texts
        if len(texts) > 1:
            self.styles.height = len(texts)

    def show(self, *texts: Text) -> None:
        """Show other lines."""
        if texts != self._texts:
            self._texts = texts
            self.styles.height = max(1, len(texts))
            self.refresh()

    @property
    def said(self) -> str:
        """What is shown, as plain text."""
        return "\n".join(one.plain for one in self._texts)

    def render_line(self, y: int) -> Strip:
        """Return a line as it is painted."""
        app: GovApp = self.app  # type: ignore[assignment]
        text = self._texts[y] if y < len(self._texts) else Text()
        return strip_of(text, app.palette, self.size.width, ascii_only=app.look.rule.isascii())


class RuleRow(Widget):
    """A line across."""

    DEFAULT_CSS = "RuleRow { height: 1; width: 1fr; }"

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 - there is but one
        """Return the line."""
        app: GovApp = self.app  # type: ignore[assignment]
        return strip_of(Text(app.look.rule * self.size.width, style="dim"), app.palette, self.size.width)


class Sides(TextRow):
    """A row with something on the left and something on the right; the right gives way last."""

    def show_sides(self, left: Text, right: Text) -> None:
        """Show two texts, with as much space between as there is."""
        self._sides = left, right
        self._lay()

    def _lay(self) -> None:
        left, right = getattr(self, "_sides", (Text(), Text()))
        gap = self.size.width - left.cell_len - right.cell_len - 1
        if gap < 1:
            left = left.copy()
            left.truncate(max(0, self.size.width - right.cell_len - 2), overflow="ellipsis")
            gap = max(1, self.size.width - left.cell_len - right.cell_len - 1)
        self.show(Text.assemble(left, " " * gap, right))

    def on_resize(self, _event: events.Resize) -> None:
        """Lay the two out anew."""
        self._lay()
