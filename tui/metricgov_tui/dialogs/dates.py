"""`d` and `b` in the timeline: the days that are shown, the day of knowing, and the basis."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.containers import Horizontal
from textual.events import DescendantFocus
from textual.widgets import Input

from metricgov.desk.asked import Days
from metricgov.render.kit import clean
from metricgov_tui.dialogs.box import Box
from metricgov_tui.dialogs.suggesting import day_meant, days_said
from metricgov_tui.lines import Line
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import TextRow
from metricgov_tui.widgets.search import Words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

FIELDS = (
    ("start", "data from"),
    ("end", "data until"),
    ("known_at", "known on"),
)

EMPTY = "empty: everything, as known now; known on reads stored values"


def read_days(texts: dict[str, str], asked: Days) -> Days | str:
    """Return the days that somebody typed, or the sentence that says what is wrong with them."""
    found = {}
    for field, title in FIELDS:
        text = texts[field].strip()
        try:
            found[field] = date.fromisoformat(text).isoformat() if text else ""
        except ValueError:
            return f'{title}: "{clean(text)}" is no day; write it as 2026-03-31, or today, month, year.'
    if found["start"] and found["end"] and found["start"] >= found["end"]:
        return "data from does not lie before data until."
    return replace(asked, **found)


class DatesBox(Box[Days]):
    """Three lines to type days in; empty ones ask for all there is, as known now."""

    DEFAULT_CSS = """
    DatesBox Horizontal { height: 1; }
    DatesBox Horizontal TextRow { width: 14; }
    DatesBox #wrong { margin-top: 1; }
    """

    def __init__(self, asked: Days) -> None:
        super().__init__()
        self._asked = asked

    def title_words(self) -> str:
        """Return the title."""
        return "Which days? Enter shows them, Tab goes on, Esc leaves it"

    def inside(self) -> ComposeResult:
        """The lines."""
        for field, title in FIELDS:
            with Horizontal():
                yield TextRow(Text(f" {title}", style="text"))
                yield Words(getattr(self._asked, field), placeholder="2026-03-31", id=field)
        yield TextRow(Text(f" {EMPTY}", style="dim"), id="wrong")

    def on_mount(self) -> None:
        """Begin with the first."""
        self.query_one("#end", Words).focus()

    @on(Input.Changed)
    @on(DescendantFocus)
    def _suggest(self) -> None:
        """Say what Enter takes the line for."""
        typed = self.focused.value if isinstance(self.focused, Words) else ""
        told = days_said(typed, self.gov.now().date(), gone=True) if typed else EMPTY
        self.query_one("#wrong", TextRow).show(Text(f" {told}", style="dim"))

    @on(Input.Submitted)
    def _take(self) -> None:
        today = self.gov.now().date()
        for line in self.query(Words):
            line.value = day_meant(line.value, today, gone=True)
        found = read_days({field: self.query_one(f"#{field}", Words).value for field, _ in FIELDS}, self._asked)
        if isinstance(found, str):
            self.query_one("#wrong", TextRow).show(Text(f" {found}", style="grave"))
        else:
            self.dismiss(found)


class ChoiceBox(Box[str]):
    """One of several words, each with what it means; the present one is marked."""

    DEFAULT_CSS = "ChoiceBox LineView { height: auto; max-height: 16; }"

    def __init__(self, title: str, chosen: str, choices: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._title, self._present, self._choices = title, chosen, choices

    def title_words(self) -> str:
        """Return the title."""
        return f"{self._title} Enter chooses, Esc leaves it"

    def inside(self) -> ComposeResult:
        """The choices."""
        yield LineView(id="choices")

    def on_mount(self) -> None:
        """Show them."""
        look, choices = self.gov.look, self._choices

        def line(name: str, says: str) -> Line:
            sign = f"({look.chosen})" if name == self._present else "( )"
            return Line(Text.assemble(f"{sign} {clean(name):<14} ", (says, "dim")), name, f"{name}: {says}")

        view = self.query_one(LineView)
        view.styles.height = min(16, len(choices))
        view.show(lambda _width: [line(*one) for one in choices], at=self._present)
        view.focus()

    @on(LineView.Opened)
    def _chosen(self, event: LineView.Opened) -> None:
        self.dismiss(event.key)


def basis_box(basis: str, versions: Sequence[str]) -> ChoiceBox:
    """Return the box that asks by which definition values are read."""
    choices = [
        ("current", "today's, as far back as links and raw data reach"),
        ("as-reported", "that of each day, as it was published"),
        *((one, "this one for every day") for one in reversed(versions)),
    ]
    return ChoiceBox("By which definition?", basis, choices)


WHOLE = "whole"
"""What stands for no dimension in the box below."""


def split_box(dimension: str, dimensions: Sequence[str]) -> ChoiceBox:
    """Return the box that asks by which dimension values are split."""
    choices = [(WHOLE, "one line, of all rows"), *((one, "a line for each of its values") for one in dimensions)]
    return ChoiceBox("By what?", dimension or WHOLE, choices)
