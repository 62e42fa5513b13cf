"""What a draft would do to the numbers, as the report says it; nothing of it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from metricgov_tui.dialogs.box import Box
from metricgov_tui.lines import Line, Lines
from metricgov_tui.marked import texts_of
from metricgov_tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.comparability.evidence import Evidence


class EffectOfDraft(Box[None]):
    """The figures of each metric; Esc closes."""

    DEFAULT_CSS = """
    EffectOfDraft > Vertical { width: 100; }
    EffectOfDraft LineView { height: 20; max-height: 80%; }
    """

    def __init__(self, evidence: Evidence) -> None:
        super().__init__()
        self._evidence = evidence

    def title_words(self) -> str:
        """Return the title."""
        return "Effect of what is typed, not recorded    Esc closes"

    def inside(self) -> ComposeResult:
        """The figures."""
        yield LineView(id="effect", cursor=False)

    def on_mount(self) -> None:
        """Show them."""
        view = self.query_one(LineView)
        view.show(self._lines)
        view.focus()

    def _lines(self, width: int) -> Lines:
        from metricgov.render.effect import metric_lines
        from metricgov.render.kit import Screen

        found: list[Line] = []
        for one in self._evidence.metrics:
            found += [Line(Text())] if found else []
            found += [Line(text) for text in texts_of(metric_lines(one, screen=Screen(width=width)))]
        return found or [Line(Text("No metric is touched."))]
