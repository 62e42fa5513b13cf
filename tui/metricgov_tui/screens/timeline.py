"""The timeline of a metric: versions and their links above, the series they made below, the link in words."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.containers import Vertical

from metricgov.desk.asked import Days, Desk
from metricgov.domain.errors import MetricgovError
from metricgov.render.kit import clean
from metricgov_tui import words
from metricgov_tui import words_registry as said
from metricgov_tui.dialogs.dates import WHOLE, DatesBox, basis_box, split_box
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Line, Lines
from metricgov_tui.panels import over_time as panels
from metricgov_tui.panels import segments
from metricgov_tui.panels.parts import heading, wrapped
from metricgov_tui.screens.base import Face
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import TextRow

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.cards import DefinitionCard
    from metricgov.domain.reading_views import SeriesView, VersionHistory

LEAST = 8
"""Rows that the plot keeps, however many versions there are."""


class Timeline(Face):
    """Versions, series, link."""

    WHERE = ("lists", "timeline")
    SHOWN = ("open", "basis", "dates", "split", "plot", "read_values", "edit", "leave")
    BINDINGS = bindings("app", "lists", "timeline")
    DEFAULT_CSS = """
    Timeline #panels { height: 1fr; }
    Timeline #versions { height: 5; }
    Timeline #plot { height: 1fr; }
    Timeline #link { height: 6; }
    """

    def __init__(self, definition: str) -> None:
        super().__init__()
        self.definition = definition
        self.asked = Days()
        self.history: VersionHistory | None = None
        self.view: SeriesView | None = None
        self.read = False
        self.engine = ""
        self.unit = ""
        self.dimensions: tuple[str, ...] = ()
        self.segment = ""
        """Key of the value of the dimension that is drawn alone, "" where all are listed."""
        self.table = False
        self.news = False
        self._error = ""

    @property
    def is_metric(self) -> bool:
        """Whether it has values."""
        return self.definition.startswith("metric:")

    def top(self) -> tuple[Text, Text]:
        """Return the way here."""
        arrow = self.gov.look.crumb
        name = clean(self.definition.removeprefix("metric:"))
        new = (f"  {words.news(1).replace('1 ', '')}", "warn") if self.news else ("", "")
        return Text.assemble(" Registry ", arrow, " ", (name, "title"), " ", arrow, " Timeline", new), self.gov.who()

    def body(self) -> ComposeResult:
        """The three panels, and a line that says what is drawn."""
        with Vertical(id="panels"):
            yield LineView(id="versions")
            yield TextRow(id="title")
            yield LineView(id="plot")
            yield LineView(id="link")

    def on_resize(self) -> None:
        """Lay the panels out anew."""
        self.draw()

    @property
    def versions(self) -> LineView:
        """The versions."""
        return self.query_one("#versions", LineView)

    # asking

    async def load(self) -> None:
        """Versions first, then what is stored; where nothing is, the engine is asked, and can be stopped."""
        self.news = False
        self.history = await self.ask(Desk.history, self.definition)
        self.definition = self.history.definition
        self.draw()
        self.versions.go(panels.version_key(self._first_link()))
        self.fill()
        if not self.is_metric:
            self.read = True
            self.draw()
            return
        with suppress(MetricgovError):  # one that is only proposed is not on main yet
            card = await self.ask(Desk.card, self.definition)
            self.unit, self.dimensions = str((card.data or {}).get("unit", "")), _dimensions(card)
        self.engine = await self.ask(Desk.engine)
        await self._read(computed=False)
        if self.view is None and self.engine and not self._error:
            self.begin(self._read(computed=True), group="values")

    def _first_link(self) -> int:
        """Return the place of the newest version that has another after it: its link is what people ask about."""
        rows = self.history.rows if self.history else ()
        told = [
            place for place, one in enumerate(rows)
            if one.link is not None and one.state in panels.IN_FORCE and one.data_from != one.data_to
        ]  # fmt: skip
        return max(told, default=0)

    async def _read(self, *, computed: bool) -> None:
        self._error, self.segment = "", ""
        try:
            if computed and not self.asked.known_at:
                name = self.definition.partition(":")[2]
                found = await self.long(name, Desk.series, self.definition, self.asked)
                self.view = found or self.view
                if found is not None:
                    self.gov.say(panels.origin_words(found))
            else:
                self.view = await self.ask(Desk.stored, self.definition, self.asked)
        except MetricgovError as error:
            self._error = words.error(error)
        self.read = True
        self.draw()

    def moved(self) -> None:
        """Something has moved: it comes in when asked for."""
        self.news = True
        self.draw_edges()

    def action_news(self) -> None:
        """Show what has moved."""
        if self.news:
            self.reload()
        else:
            super().action_news()

    # showing

    def draw(self) -> None:
        """Draw the panels."""
        if not self.is_mounted:
            return
        history, look = self.history, self.gov.look
        height = self.query_one("#panels").size.height or self.size.height - 5
        rows = len(history.rows) + 1 if history else 2
        self.versions.styles.height = max(2, min(rows, (height - LEAST) // 2))
        self.versions.show(
            lambda width: panels.version_lines(history, width, look) if history else [Line(Text(look.ellipsis))]
        )
        self.draw_link()
        self.query_one("#title", TextRow).show(heading(self._title(), self.size.width, look).text)
        plot = self.query_one("#plot", LineView)
        plot.show(lambda width: self._plot(width, plot.size.height))
        self.draw_edges()

    def draw_link(self) -> None:
        """Draw what lies between the version under the cursor and the next."""
        if self.history is None:
            return
        history, look = self.history, self.gov.look
        row = panels.version_at(history, self.versions.at)
        lines = panels.link_lines(history, row, self.size.width - 1, look)
        height = self.query_one("#panels").size.height or self.size.height - 5
        link = self.query_one("#link", LineView)
        link.styles.height = max(1, min(len(lines), (height - LEAST) // 2))
        link.show(lambda width: panels.link_lines(history, row, width, look))

    def _title(self) -> str:
        if self.view is None:
            return "Values"
        said = panels.series_title(self.view, self.unit, f"{self.gov.now():%Y-%m-%d}")
        alone = segments.one_segment(self.view, self.segment)
        return f"{segments.segment_name(alone.series.lines[0])} · {said}" if alone else said

    def _plot(self, width: int, height: int) -> Lines:
        if self._error:
            return wrapped(self._error, width, style="grave")
        if not self.is_metric:
            return wrapped("Only metrics have values.", width)
        if self.view is None:
            return wrapped(said.reads_from(self.engine) if self.read else self.gov.look.ellipsis, width)
        tables, look = self.table or not self.gov.look.plots, self.gov.look
        alone = segments.one_segment(self.view, self.segment)
        if self.view.series.dimensions and alone is None:
            return (segments.segment_tables if tables else segments.segment_lines)(self.view, width, look)
        view = alone or self.view
        return panels.table_lines(view, width, look) if tables else panels.plot_lines(view, width, height, look)

    def resting(self) -> str:
        """Return where the values come from."""
        return panels.origin_words(self.view) if self.view is not None else ""

    @on(LineView.Moved, "#versions")
    def _moved(self) -> None:
        self.draw_link()

    # keys

    @on(LineView.Opened, "#plot")
    def _drawn_alone(self, event: LineView.Opened) -> None:
        if self.view is not None and segments.one_segment(self.view, event.key):
            self.segment = event.key
            self.draw()

    @on(LineView.Opened, "#versions")
    def _opened(self, event: LineView.Opened) -> None:
        row = panels.version_at(self.history, event.key)
        if row is not None and row.change:
            self.gov.open_change(row.change)
        else:
            self.gov.say(said.NO_CHANGE)

    def refusal(self, action: str) -> str:
        """Say why a key does nothing here."""
        if action in ("basis", "dates", "split", "plot", "read_values") and not self.is_metric:
            return "Only metrics have values."
        if action == "split" and not self.dimensions:
            return said.NO_DIMENSION
        return ""

    def key_words(self, action: str) -> str:
        """Return what `Enter` and `p` do here."""
        listed = isinstance(self.focused, LineView) and self.focused.id == "plot"
        mine = {"open": "alone" if listed else "change", "plot": "plot" if self.table else "table"}
        return mine.get(action) or super().key_words(action)

    def about_definition(self) -> str:
        """Return the definition of this timeline."""
        return self.definition

    def action_plot(self) -> None:
        """Plot or table."""
        self.table = not self.table
        self.draw()

    def action_read_values(self) -> None:
        """Read the values from the engine."""
        self.begin(self._read(computed=True), group="values")

    def action_basis(self) -> None:
        """Read the values by another definition."""
        measured = [one for one in self.history.rows if one.state in panels.IN_FORCE] if self.history else []
        labels = list(dict.fromkeys(one.version for one in measured if not one.cause))

        def take(basis: str | None) -> None:
            if basis is not None and basis != self.asked.basis:
                self._ask_for(replace(self.asked, basis=basis))

        self.gov.push_screen(basis_box(self.asked.basis, labels), take)

    def action_split(self) -> None:
        """Show a line for each value of a dimension, or the whole again."""

        def take(chosen: str | None) -> None:
            by = "" if chosen == WHOLE else chosen
            if by is not None and (by != self.asked.by or self.segment):
                self._ask_for(replace(self.asked, by=by))

        self.gov.push_screen(split_box(self.asked.by, self.dimensions), take)

    def action_back(self) -> None:
        """From one value of a dimension to all of them, then back."""
        if not self.segment:
            super().action_back()
            return
        at, self.segment = self.segment, ""
        self.draw()
        self.query_one("#plot", LineView).go(at)

    def action_dates(self) -> None:
        """Show other days, or what was known on another day."""

        def take(asked: Days | None) -> None:
            if asked is not None and asked != self.asked:
                self._ask_for(asked)

        self.gov.push_screen(DatesBox(self.asked), take)

    def _ask_for(self, asked: Days) -> None:
        self.asked = asked
        stored = bool(asked.known_at) or not self.engine
        self.begin(self._read(computed=not stored), group="values")

    def action_edit(self) -> None:
        """Edit the definition."""
        self.gov.open_edit(definition=self.definition)

    def action_timeline(self) -> None:
        """This is it."""

    def copies(self) -> str:
        """Return the line under the cursor."""
        view = self.focused
        return view.line_here() if isinstance(view, LineView) else ""


def _dimensions(card: DefinitionCard) -> tuple[str, ...]:
    """Return the dimensions that a definition names."""
    found = (card.data or {}).get("dimensions")
    return tuple(one for one in found if isinstance(one, str)) if isinstance(found, list) else ()
