"""Scorecards: what a team reads, what it shall be, where it stands; gravest words in capitals of colour and letter."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.containers import Vertical

from metricgov.desk.asked import Desk
from metricgov_tui import words_registry as said
from metricgov_tui.keys import bindings
from metricgov_tui.panels import scorecards as panels
from metricgov_tui.panels.parts import nothing_lines
from metricgov_tui.screens.base import Place
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import TextRow
from metricgov_tui.widgets.search import SearchRow

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.reading_views import Score


class Scorecards(Place):
    """One row a metric, by scorecard; what a row is about below it."""

    NAME: ClassVar[str] = "scorecards"
    WHERE = ("lists", "scorecards")
    SHOWN = ("open", "read_values", "search", "timeline", "edit", "facets", "leave")
    BINDINGS = bindings("app", "lists", "scorecards")
    DEFAULT_CSS = """
    Scorecards #both { height: 1fr; }
    Scorecards #list { height: 1fr; }
    Scorecards #about { height: 6; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.board = panels.Board()
        self.engine = ""
        self.news = False
        self.read = False
        self._places: list[str] = []

    def body(self) -> ComposeResult:
        """Search, head, list, what a row is about."""
        yield SearchRow(id="search")
        yield TextRow(id="head")
        with Vertical(id="both"):
            yield LineView(id="list")
            yield LineView(id="about")

    def on_resize(self) -> None:
        """Lay it out anew."""
        self.draw()

    @property
    def rows(self) -> LineView:
        """The list."""
        return self.query_one("#list", LineView)

    # asking

    async def load(self) -> None:
        """The scorecards, then the values that are stored, one scorecard after the other."""
        if self.gov.reader is None:
            return
        self.news = False
        self.board.cards = await self.ask(Desk.scorecards)
        self.engine = await self.ask(Desk.engine)
        self.read = True
        self.draw()
        self.fill()
        self.board.scores.clear()
        for card in self.board.cards:
            missing = tuple(one for one in self.board.metrics(card) if one not in self.board.scores)
            if missing:
                self.board.scores |= panels.in_order(await self.ask(Desk.scores, missing))
                self.draw()

    def moved(self) -> None:
        """Something has moved: it comes in when asked for."""
        self.news = True
        self.gov.say("Something has moved: . shows it.")

    def action_news(self) -> None:
        """Show what has moved."""
        if self.news:
            self.gov.say("")
            self.reload()
        else:
            super().action_news()

    # showing

    def draw(self) -> None:
        """Draw everything."""
        if not self.is_mounted:
            return
        look, width = self.gov.look, self.size.width
        self.query_one("#head", TextRow).show(Text.assemble(" ", panels.head_line(width - 1, look)))
        refused = self.gov.refused
        if refused is not None:
            self.rows.show(lambda inner: nothing_lines(refused, inner))
        elif self.read:
            self.rows.show(lambda inner: panels.board_lines(self.board, inner, look))
        self.draw_about()
        self.draw_edges()

    def draw_about(self) -> None:
        """Draw what the row under the cursor is about."""
        score, look = self.score(), self.gov.look
        lines = panels.about_lines(score, self.size.width - 1, look)
        about = self.query_one("#about", LineView)
        about.styles.height = max(1, min(len(lines), max(6, self.size.height // 4)))
        about.show(lambda width: panels.about_lines(score, width, look))

    def score(self) -> Score | None:
        """The score under the cursor."""
        return self.board.scores.get(panels.metric_at(self.rows.at))

    def resting(self) -> str:
        """Return what could not be read."""
        return panels.resting(self.board, self.engine) if self.read else "Reading the scorecards …"

    @on(LineView.Moved, "#list")
    def _moved(self) -> None:
        self.draw_about()

    # keys

    def key_words(self, action: str) -> str:
        """Return what `Enter` does here."""
        return "timeline" if action == "open" else super().key_words(action)

    @on(LineView.Opened, "#list")
    def _opened(self) -> None:
        self.action_timeline()

    def action_timeline(self) -> None:
        """The timeline of the metric."""
        if metric := panels.metric_at(self.rows.at):
            self.gov.open_timeline(metric)

    def action_edit(self) -> None:
        """Edit the metric."""
        if metric := panels.metric_at(self.rows.at):
            self.gov.open_edit(definition=metric)

    def action_new(self) -> None:
        """Begin something new."""
        from metricgov_tui.dialogs.new import begin_new

        begin_new(self.gov)

    def action_read_values(self) -> None:
        """Read the values of this scorecard from the engine."""
        card = next((one for one in self.board.cards if one.id == panels.card_at(self.rows.at)), None)
        if card is not None:
            self.begin(self._read_values(self.board.metrics(card)), group="values")

    async def _read_values(self, metrics: tuple[str, ...]) -> None:
        found = await self.long("values", Desk.scores, metrics, computed=True)
        if found is not None:
            self.board.scores |= panels.in_order(found)
            self.draw()
            self.gov.say(panels.resting(self.board, self.engine))

    def action_search(self) -> None:
        """Filter the rows."""
        self.query_one(SearchRow).open(self.board.typed)

    @on(SearchRow.Typed)
    def _typed(self, event: SearchRow.Typed) -> None:
        self.board.typed = event.text
        self.draw()

    def cleared(self) -> bool:
        """Clear the filter and the facet."""
        had = bool(self.board.typed or self.board.word)
        self.board.typed = self.board.word = ""
        self.query_one(SearchRow).close()
        self.draw()
        return had

    def action_facets(self) -> None:
        """Narrow to the gravest word, with each press to the next one, then all again."""
        words = ["", *dict.fromkeys(one.standing.value for one in self.board.scores.values() if one.standing)]
        ordered = sorted(words, key=lambda one: (one != "", panels.gravity(one)))
        place = ordered.index(self.board.word) if self.board.word in ordered else 0
        self.board.word = ordered[(place + 1) % len(ordered)]
        self.draw()
        self.gov.say(f"Only {self.board.word}; f goes on, Esc shows all." if self.board.word else "All of them.")

    def action_sort(self) -> None:
        """The gravest word first, or as the scorecards say."""
        self.board.gravest_first = not self.board.gravest_first
        self.draw()
        self.gov.say("The gravest first." if self.board.gravest_first else "In the order of the scorecards.")

    def refusal(self, action: str) -> str:
        """Say why a key does nothing here."""
        return said.WATCHING if action == "watch" else ""

    def copies(self) -> str:
        """Return the name of the metric."""
        return panels.metric_at(self.rows.at).partition(":")[2]
