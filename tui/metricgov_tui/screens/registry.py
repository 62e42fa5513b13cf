"""The registry: find a definition by a few letters, see everything about it beside the list."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical

from metricgov.desk.asked import Desk
from metricgov.desk.searching import SORTS, Finder
from metricgov.domain.searched import Facets, Found
from metricgov_tui import words
from metricgov_tui import words_registry as said
from metricgov_tui.dialogs.facets import FacetsBox
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Lines
from metricgov_tui.panels import registry
from metricgov_tui.panels.parts import wrapped
from metricgov_tui.screens.base import Place
from metricgov_tui.screens.detail import Detail
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import Sides
from metricgov_tui.widgets.search import SearchRow
from metricgov_tui.widths import WIDE, WIDEST

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.views import DefinitionRow


class RegistryPlace(Place):
    """List and detail, split at every width."""

    NAME: ClassVar[str] = "registry"
    WHERE = ("lists", "registry")
    SHOWN = ("open", "view_right", "search", "edit", "timeline", "new", "facets", "sort", "leave")
    BINDINGS = bindings("app", "lists", "registry")
    DEFAULT_CSS = """
    RegistryPlace #both { height: 1fr; }
    RegistryPlace #left { width: 37; }
    RegistryPlace.wide #left { width: 62; }
    RegistryPlace.widest #left { width: 100; }
    RegistryPlace #right { width: 1fr; border-left: solid $foreground 30%; }
    RegistryPlace.plain #right { border-left: ascii $foreground; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.finder = Finder(())
        self.found = Found((), 0)
        self.typed, self.facets, self.sort = "", Facets(), "name"
        self._narrowed = False
        self.read = False
        self.news = False
        self._first = ""

    def body(self) -> ComposeResult:
        """What it is narrowed to; list and detail."""
        yield Sides(id="narrow")
        with Horizontal(id="both"):
            with Vertical(id="left"):
                yield SearchRow(id="search")
                yield LineView(id="list")
            yield Detail(id="right")

    def on_resize(self) -> None:
        """Give the list more where there is more."""
        self.set_class(self.gov.look.rule.isascii(), "plain")
        self.set_class(WIDE <= self.size.width < WIDEST, "wide")
        self.set_class(self.size.width >= WIDEST, "widest")
        self.draw()

    @property
    def rows(self) -> LineView:
        """The list."""
        return self.query_one("#list", LineView)

    @property
    def beside(self) -> Detail:
        """What stands beside the list."""
        return self.query_one(Detail)

    @property
    def detail(self) -> LineView:
        """The lines of the detail."""
        return self.beside.view

    # asking

    async def load(self) -> None:
        """Names first, then everything that is searched."""
        if self.gov.reader is None:
            return
        if not self.read:
            self._restore()
            names = await self.ask(Desk.names)
            from metricgov.domain.views import DefinitionRow

            self._search(Finder([DefinitionRow(one, "") for one in names]))
            self.fill()
        rows = await self.ask(Desk.definitions)
        self.beside.engine = await self.ask(Desk.engine)
        self.read, self.news = True, False
        self.beside.forget()
        self._search(await asyncio.to_thread(Finder, rows))
        self._look_up(self.rows.at)

    def moved(self) -> None:
        """Something has moved: it comes in when asked for."""
        self.news = True
        self.draw_narrow()

    def find(self, definition: str) -> None:
        """Put the cursor on a definition, whatever the list was narrowed to."""
        self._first = definition
        self.typed, self.facets = "", Facets()
        if definition.startswith("governance:"):
            self.facets = Facets(kind="governance")
        if self.is_mounted:
            self.query_one(SearchRow).close()
            self._search()

    def narrow(self, facets: Facets) -> None:
        """Show what some facets let through, whatever was searched for."""
        self.typed, self.facets, self._narrowed = "", facets, True
        if self.is_mounted:
            self.query_one(SearchRow).close()
            self._search()

    def _restore(self) -> None:
        held = self.gov.remembered.get("registry", {}) if self.gov.remembered and not self._first else {}
        known = set(asdict(Facets()))
        if not self._narrowed:
            self.facets = Facets(**{key: str(value) for key, value in held.get("facets", {}).items() if key in known})
        self.beside.tab = next((one for one in registry.TABS if one == held.get("tab")), self.beside.tab)
        self.sort = next((one for one in SORTS if one == held.get("sort")), self.sort)
        self._first = self._first or str(held.get("at", ""))

    def keep(self) -> None:
        """Keep what is shown for the next start."""
        if self.gov.remembered is not None and self.read:
            held = {"facets": self.facets.chosen, "tab": self.beside.tab, "sort": self.sort, "at": self.rows.at}
            self.gov.remembered.set("registry", held)

    # the list

    def _search(self, finder: Finder | None = None, *, to_first: bool = False) -> None:
        self.finder = finder or self.finder
        self.found = self.finder.find(self.typed, self.facets, self.sort)
        first = self.found.rows[0].id if to_first and self.found.rows else self._first
        self._first = "" if self.read else self._first
        self.draw_list(at=first)
        self.draw_narrow()
        self.draw_edges()

    def draw(self) -> None:
        """Draw everything anew."""
        if self.is_mounted:
            self.draw_list()
            self.draw_narrow()
            self.beside.show(self.row())
            self.draw_edges()

    def draw_list(self, at: str = "") -> None:
        """Draw the list; the cursor stays where it is, or goes where it was last time."""
        found, look = self.found, self.gov.look

        def make(width: int) -> Lines:
            if not self.finder.rows:
                return wrapped(said.EMPTY if self.read else self._reading(), width)
            if not found.rows:
                return registry.nothing_lines(self.typed, found, self.facets, width)
            return registry.list_lines(found, width, look)

        self.rows.show(make, at=at)
        if at:
            self.call_after_refresh(self.rows.go, at)  # into sight, once the list has its size

    def draw_narrow(self) -> None:
        """Draw what the list is narrowed to, and how many there are."""
        count = f"{len(self.found.rows):,} of {len(self.finder.rows):,}"
        new = (f"{words.news(1).replace('1 ', '')}   ", "warn") if self.news else ("", "")
        change = "   f change " if self.size.width >= WIDE else "  f "
        right = Text.assemble(new, (count, "bold"), (change, "dim"))
        self.query_one("#narrow", Sides).show_sides(registry.facet_row(self.facets, self.sort), right)

    def _reading(self) -> str:
        """Return why nothing is here yet: it is being read, or it cannot be."""
        return words.error(self.gov.refused) if self.gov.refused is not None else said.READING

    def resting(self) -> str:
        """Return how the search went."""
        if not self.read:
            return self._reading()
        if self.typed and not self.found.rows:
            return said.nothing_matches(self.typed, self.found.closest, narrowed=bool(self.facets.chosen))
        if self.typed:
            return said.found(self.found.exact, len(self.found.rows) - self.found.exact)
        return self.gov.resting()

    def row(self) -> DefinitionRow | None:
        """The row under the cursor."""
        at = self.rows.at
        return next((one for one in self.found.rows if one.id == at), None)

    def action_search(self) -> None:
        """Search."""
        self.query_one(SearchRow).open(self.typed)

    @on(SearchRow.Typed)
    def _typed_in(self, event: SearchRow.Typed) -> None:
        self.typed = event.text
        self._search(to_first=True)

    @on(SearchRow.Entered)
    def _take_closest(self) -> None:
        """Search for the closest name where nothing matches what was typed."""
        if self.found.closest and not self.found.rows:
            self.query_one(SearchRow).value = self.found.closest

    def action_next_match(self) -> None:
        """The next row that was found."""
        self.rows.action_down()

    def action_previous_match(self) -> None:
        """The row before."""
        self.rows.action_up()

    def cleared(self) -> bool:
        """Go back in the tree; then clear the search."""
        if self.detail.has_focus and self.beside.step_back():
            return True
        had = bool(self.typed)
        if had:
            self.typed = ""
            self.query_one(SearchRow).close()
            self._search()
        elif self.detail.has_focus:
            self.rows.focus()
            return True
        return had

    def action_facets(self) -> None:
        """Narrow the list."""
        counts = self.finder.counts(self.typed, self.facets)

        def take(answer: Facets | None) -> None:
            if answer is not None:
                self.facets = answer
                self._search()
                self.keep()

        self.gov.push_screen(FacetsBox(self.facets, counts), take)

    def action_sort(self) -> None:
        """Sort by the next column."""
        self.sort = SORTS[(SORTS.index(self.sort) + 1) % len(SORTS)]
        self._search()
        self.keep()
        first = " While a search is on, the best match stays first." if self.typed else ""
        self.gov.say(f"Sorted by {self.sort}.{first}")

    def action_news(self) -> None:
        """Show what has moved."""
        if self.news:
            self.reload()
            return
        super().action_news()

    # the detail

    @on(LineView.Moved, "#list")
    def _moved(self, event: LineView.Moved) -> None:
        self.beside.show(self.row())
        self.draw_edges()
        self._look_up(event.key)

    def _look_up(self, definition: str) -> None:
        if definition and self.read:
            self.begin(self.beside.look_up(definition), group="detail")
            self.keep()

    # keys

    @on(LineView.Opened, "#list")
    def _opened(self) -> None:
        self.detail.focus()
        self.draw_edges()

    def action_view_right(self) -> None:
        """Go into the detail; there the next tab, in the tree open."""
        if self.detail.has_focus:
            self.beside.right()
        else:
            self.detail.focus()
            self.draw_edges()

    def action_view_left(self) -> None:
        """The tab before, and from the first one back to the list; in the tree close, or go to what it hangs from."""
        if self.detail.has_focus and not self.beside.left():
            self.rows.focus()
            self.draw_edges()

    def key_words(self, action: str) -> str:
        """Return what `l` does here."""
        inside = self.is_mounted and self.detail.has_focus
        return ("next tab" if inside else "detail") if action == "view_right" else super().key_words(action)

    def refusal(self, action: str) -> str:
        """Say why a key does nothing here."""
        row = self.row() if self.is_mounted else None
        if action == "watch":
            return said.WATCHING
        if action in ("timeline", "read_values") and row is not None and not row.id.startswith("metric:"):
            return said.NOT_A_METRIC
        return ""

    def action_timeline(self) -> None:
        """The timeline of the metric."""
        if self.rows.at:
            self.gov.open_timeline(self.rows.at)

    def action_edit(self) -> None:
        """Edit the definition."""
        if self.rows.at:
            self.gov.open_edit(definition=self.rows.at)

    def action_new(self) -> None:
        """Begin something new."""
        from metricgov_tui.dialogs.new import begin_new

        begin_new(self.gov)

    def action_plot(self) -> None:
        """Values as a plot or as a table."""
        self.beside.plot = not self.beside.plot
        self.beside.draw()

    def action_read_values(self) -> None:
        """Read the values from the engine."""
        if self.rows.at:
            self.begin(self.beside.read_values(), group="values")

    def copies(self) -> str:
        """Return the name of the definition, or the line of the detail."""
        return self.detail.line_here() if self.detail.has_focus else self.rows.at.partition(":")[2]
