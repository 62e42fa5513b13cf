"""`f`: what the list is narrowed to; typing finds a value, Enter chooses it or takes it off."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.widgets import Input

from metricgov.desk.searching import NAMES
from metricgov.domain.searched import Facets
from metricgov.render.kit import clean
from metricgov_tui.dialogs.box import Box
from metricgov_tui.lines import Line
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.search import Words

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

    from metricgov_tui.look import Look

CLEAR = "clear"


def facet_lines(
    facets: Facets, counts: Mapping[str, Counter[str]], typed: str, look: Look, names: Mapping[str, str] = NAMES
) -> list[Line]:
    """Return each value of each facet with what it would leave, those that are chosen marked."""
    wanted = typed.casefold().split()
    found: list[Line] = []
    if facets.chosen and not wanted:
        found.append(Line(Text("  any of everything: take all of them off", style="words"), CLEAR))
    for name, title in names.items():
        rows = [
            (value, count)
            for value, count in sorted(counts[name].items(), key=lambda one: (-one[1], one[0]))
            if all(word in f"{title} {value}".casefold().replace("_", " ") for word in wanted)
        ]
        if not rows:
            continue
        found.append(Line(Text(f" {title}", style="bold")))
        for value, count in rows:
            chosen = facets.chosen.get(name) == value
            sign = f"({look.chosen})" if chosen else "( )"
            text = Text(f"   {sign} {clean(value):<40} {count:>6,}", style="title" if chosen else "text")
            said = f"{title} {clean(value)}, {count:,}{', chosen' if chosen else ''}"
            found.append(Line(text, f"{name} {value}", said))
    return found


class FacetsBox(Box[Facets]):
    """A line to type in, and the values of every facet; the answer is what the list shall be narrowed to."""

    DEFAULT_CSS = "FacetsBox LineView { height: 18; max-height: 75%; }"

    def __init__(self, facets: Facets, counts: Mapping[str, Counter[str]], names: Mapping[str, str] = NAMES) -> None:
        super().__init__()
        self._facets, self._counts, self._names = facets, counts, names

    def title_words(self) -> str:
        """Return the title."""
        return "Narrow to: type to find a value; Enter chooses, Esc leaves it"

    def inside(self) -> ComposeResult:
        """The line and the values."""
        yield Words(id="line")
        yield LineView(id="values")

    def on_mount(self) -> None:
        """Show all of them."""
        self._show("")
        self.query_one(Words).focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, typed: str) -> None:
        view = self.query_one(LineView)
        found = facet_lines(self._facets, self._counts, typed, self.gov.look, self._names)
        view.show(lambda _width: found or [Line(Text(f' No facet has "{clean(typed)}". Esc closes.', style="dim"))])
        if typed and (keys := view.keys):
            view.go(keys[0])

    def on_key(self, event: Key) -> None:
        """Let arrows move in the list while the line keeps the letters."""
        view = self.query_one(LineView)
        moves = {"down": view.action_down, "up": view.action_up, "pagedown": view.action_page_down,
                 "pageup": view.action_page_up}  # fmt: skip
        if event.key in moves:
            event.stop()
            moves[event.key]()

    @on(Input.Submitted)
    def _chosen(self) -> None:
        self._take(self.query_one(LineView).at)

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        self._take(event.key)

    def _take(self, key: str) -> None:
        name, _, value = key.partition(" ")
        if key == CLEAR:
            self.dismiss(type(self._facets)())
        elif name in self._names:
            self.dismiss(self._facets.turned(name, value))
