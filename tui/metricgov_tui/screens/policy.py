"""Policy: whether every change can be approved, whoever writes it; gaps, deadlocks, and how to mend them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on

from metricgov.desk.asked import Desk
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Line, Lines
from metricgov_tui.panels import policy as panels
from metricgov_tui.panels.parts import nothing_lines
from metricgov_tui.screens.base import Place
from metricgov_tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.desk.proving import Checked


class Policy(Place):
    """Who can approve what."""

    NAME: ClassVar[str] = "policy"
    WHERE = ("policy", "lists")
    SHOWN = ("open", "edit", "news", "copy", "leave")
    BINDINGS = bindings("policy", "lists")
    DEFAULT_CSS = """
    Policy #list { height: 2fr; }
    Policy #about { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.checked: Checked | None = None
        self._took = 0.0

    def body(self) -> ComposeResult:
        """The table, and what is weak in the row under the cursor."""
        yield LineView(id="list")
        yield LineView(id="about", cursor=False)

    async def load(self) -> None:
        """Check the rules of main."""
        if self.gov.reader is None:
            return
        began = time.monotonic()
        self.checked = await self.ask(Desk.policy)
        self._took = time.monotonic() - began
        self.draw()

    def moved(self) -> None:
        """Main may have other rules now."""
        self.gov.say("Something moved since this was checked: . checks again.")

    def draw(self) -> None:
        """Draw the table."""
        if not self.laid_out:
            return
        checked = self.checked

        def make(width: int) -> Lines:
            if self.gov.refused is not None:
                return nothing_lines(self.gov.refused, width)
            if checked is None:
                return [Line(Text("  …", style="dim"))]
            return panels.lines(checked.coverage, self.gov.look)

        self.query_one("#list", LineView).show(make)
        self.draw_edges()

    def resting(self) -> str:
        """Say what was checked, and when."""
        if self.checked is None:
            return "Checking every definition, class and author …"
        at = self.checked.at[11:16]
        return f"Checked in {self._took:.1f} s against main {self.checked.commit[:7]}, {at} UTC. . checks again."

    def key_words(self, action: str) -> str:
        """Say what the keys open here."""
        return {"open": "definitions", "news": "check again", "edit": "edit the rules"}.get(action, "")

    @on(LineView.Moved, "#list")
    def _moved(self, event: LineView.Moved) -> None:
        checked = self.checked
        if checked is not None:
            self.query_one("#about", LineView).show(
                lambda width: panels.detail(checked.coverage, event.key, width, self.gov.look)
            )

    @on(LineView.Opened, "#list")
    def _opened(self, event: LineView.Opened) -> None:
        self.gov.open_narrowed(**panels.facet_of(event.key))

    def action_edit(self) -> None:
        """Edit the rules: they are files, with the same checks as everything else."""
        self.gov.open_edit(definition="raci")

    def action_news(self) -> None:
        """Check again."""
        self.reload()

    def copies(self) -> str:
        """Copy the remedies of the row under the cursor."""
        area = self.query_one("#list", LineView).at
        weak = self.checked.coverage.weaknesses if self.checked else ()
        return "\n".join(one.mend for one in weak if area in one.areas) or area
