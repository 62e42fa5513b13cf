"""The screen where there is no registry: try one, make one, or leave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual import on

from metricgov_tui import words
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Line, Lines
from metricgov_tui.screens.base import Face
from metricgov_tui.widgets.line_view import LineView

if TYPE_CHECKING:
    from metricgov.domain.errors import MetricgovError


IN_A_TERMINAL: Final = (
    ("t", "try", "Try the starter registry in a copy; nothing of yours is touched."),
    ("i", "init", "Make one here: asks who you are, shows what it writes (metricgov init)."),
    ("q", "leave", "Quit."),
)
IN_A_BROWSER: Final = (
    ("t", "try", "Try the starter registry: in a terminal, metricgov tui, then t."),
    ("i", "init", "Make one: in a terminal, metricgov init; then load this page again."),
    ("q", "leave", "Quit."),
)
"""The same ways; a program that asks has nobody to ask behind a page."""

WHY = {
    "no_repository": "This folder is in no git repository.",
    "no_registry": "There is no metricgov.yaml on the main branch here.",
}


class FirstRun(Face):
    """What can be done where there is no registry."""

    WHERE = ("first",)
    SHOWN = ("try", "init", "leave")
    BINDINGS = bindings("app", "first")

    def __init__(self, why: MetricgovError) -> None:
        super().__init__()
        self._why = why

    def top(self) -> tuple[Text, Text]:
        """Return the title."""
        return Text(" metricgov", style="title"), Text()

    def on_mount(self) -> None:
        """Show what there is to do."""
        super().on_mount()
        self.query_one("#main", LineView).show(self._lines)
        self.fill()

    def _lines(self, width: int) -> Lines:
        del width
        doing = IN_A_BROWSER if self.gov.is_web else IN_A_TERMINAL
        rows = [Line(Text()), Line(Text("  No registry here.", style="text")), Line(Text())]
        rows += [Line(Text.assemble((f"  {key}  ", "key"), says), name, f"{key}: {says}") for key, name, says in doing]
        return rows

    @on(LineView.Opened, "#main")
    def _opened(self, event: LineView.Opened) -> None:
        getattr(self, f"action_{event.key}")()

    def reload(self) -> None:
        """There is nothing to ask."""

    def refusal(self, action: str) -> str:
        """Return where it is done, for keys that need a terminal."""
        leaves_for = {"try": "tour", "init": "init"}.get(action, "")
        return words.IN_A_TERMINAL[leaves_for] if leaves_for and self.gov.is_web else ""

    def resting(self) -> str:
        """Return what is missing."""
        return WHY.get(self._why.code, self._why.message)

    def action_try(self) -> None:
        """Try the starter registry in a copy."""
        self.gov.leave_for("tour")

    def action_init(self) -> None:
        """Make a registry here."""
        self.gov.leave_for("init")

    def action_back(self) -> None:
        """Nothing lies behind this."""
        self.gov.say("q quits.")

    def action_leave(self) -> None:
        """Quit."""
        self.gov.quit()
