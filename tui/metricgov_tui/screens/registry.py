"""The registry: find a definition by a few letters, see everything about it beside the list."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical

from metricgov.desk.asked import Desk
from metricgov.domain.errors import MetricgovError
from metricgov_tui import words
from metricgov_tui import words_registry as said
from metricgov_tui.dialogs.facets import FacetsBox
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Line, Lines
from metricgov_tui.panels import lineage as trees
from metricgov_tui.panels import over_time, registry
from metricgov_tui.panels.parts import walkable, wrapped
from metricgov_tui.screens.base import Place
from metricgov_tui.searching import SORTS, Facets, Finder, Found
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import Sides, TextRow
from metricgov_tui.widgets.search import SearchRow
from metricgov_tui.widths import WIDE, WIDEST

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.cards import DefinitionCard
    from metricgov.domain.reading_views import SeriesView, VersionHistory
    from metricgov.domain.views import DefinitionRow, WhoView

PASSING = 0.08
"""Seconds for which the cursor rests on a row before it is looked up: it may only be passing."""


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
        self.typed, self.facets, self.sort, self.tab = "", Facets(), "name", registry.TABS[0]
        self._narrowed = False
        self.read = False
        self.engine = ""
        self.news = False
        self.plot = False
        self.walk = trees.Tree("")
        self._back: list[trees.Tree] = []
        self._cards: dict[str, DefinitionCard] = {}
        self._values: dict[str, SeriesView | None] = {}
        self._who: dict[str, tuple[WhoView, ...]] = {}
        self._history: dict[str, VersionHistory] = {}
        self._errors: dict[str, str] = {}
        self._first = ""

    def body(self) -> ComposeResult:
        """What it is narrowed to; list and detail."""
        yield Sides(id="narrow")
        with Horizontal(id="both"):
            with Vertical(id="left"):
                yield SearchRow(id="search")
                yield LineView(id="list")
            with Vertical(id="right"):
                yield TextRow(id="tabs")
                yield LineView(id="detail")

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
    def detail(self) -> LineView:
        """The detail."""
        return self.query_one("#detail", LineView)

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
        rows = await self.ask(Desk.definitions)
        self.engine = await self.ask(Desk.engine)
        self.read, self.news = True, False
        for held in (self._cards, self._values, self._who, self._history, self._errors):
            held.clear()
        self.walk = trees.Tree(self.walk.centre)
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
        self.tab = next((one for one in registry.TABS if one == held.get("tab")), self.tab)
        self.sort = next((one for one in SORTS if one == held.get("sort")), self.sort)
        self._first = self._first or str(held.get("at", ""))

    def keep(self) -> None:
        """Keep what is shown for the next start."""
        if self.gov.remembered is not None and self.read:
            held = {"facets": self.facets.chosen, "tab": self.tab, "sort": self.sort, "at": self.rows.at}
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
            self.draw_detail()
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
        if self._back and self.tab == "Lineage" and self.detail.has_focus:
            self.walk = self._back.pop()
            self.draw_detail()
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
        self._back.clear()
        self.walk = self.walk.at(event.key)
        self.draw_detail()
        self.draw_edges()
        self._look_up(event.key)

    def _look_up(self, definition: str) -> None:
        if definition and self.read:
            self.begin(self._looked_up(definition), group="detail")

    async def _looked_up(self, definition: str) -> None:
        """Ask for what the tab shows of a definition, each thing once."""
        await asyncio.sleep(PASSING)
        self.keep()
        try:
            await self._ask_for(definition)
            self._errors.pop(definition, None)
        except MetricgovError as error:
            self._errors[definition] = words.error(error)
        if self.rows.at == definition:
            self.draw_detail()

    async def _ask_for(self, definition: str) -> None:
        if definition not in self._cards:
            self._cards[definition] = await self.ask(Desk.card, definition)
        match self.tab:
            case "Lineage":
                await self._ask_lineage(self.walk.centre)
            case "Who" if definition not in self._who:
                me = self.gov.reader.principal if self.gov.reader else ""
                views = [await self.ask(Desk.who, definition, one, me) for one in registry.CLASSES]
                self._who[definition] = tuple(views)
            case "Versions" if definition not in self._history:
                self._history[definition] = await self.ask(Desk.history, definition)
            case "Definition" | "Values" if definition not in self._values and definition.startswith("metric:"):
                self.draw_detail()
                self._values[definition] = await self.ask(Desk.stored, definition)

    async def _ask_lineage(self, definition: str) -> None:
        if definition and definition not in self.walk.known:
            self.walk.known[definition] = await self.ask(Desk.lineage, definition)

    def draw_detail(self) -> None:
        """Draw the tabs and the one that is shown."""
        row = self.row()
        tabs = self.query_one("#tabs", TextRow)
        tabs.show(registry.tab_row(self.tab, tabs.size.width or 42))
        self.detail.show(lambda width: self._detail_lines(row, width) if row is not None else [])

    def _detail_lines(self, row: DefinitionRow, width: int) -> Lines:
        look, definition, error = self.gov.look, row.id, self._errors.get(row.id, "")
        me = self.gov.reader.principal if self.gov.reader else ""
        if error and self.tab != "Definition":
            return walkable(wrapped(error, width, style="grave"))
        match self.tab:
            case "Lineage":
                return trees.lineage_lines(self.walk, width, look)
            case "Who":
                return walkable(registry.who_lines(self._who.get(definition), me, width, look))
            case "Versions":
                history = self._history.get(definition)
                return over_time.version_lines(history, width, look) if history else [_waiting(look.ellipsis)]
            case "Values":
                return walkable(self._value_lines(definition, width))
            case _:
                about = registry.About(row, self._cards.get(definition), self._values.get(definition), error)
                return walkable(registry.definition_lines(about, me, width, look))

    def _value_lines(self, definition: str, width: int) -> list[Line]:
        if not definition.startswith("metric:"):
            return wrapped("Only metrics have values.", width)
        if definition not in self._values:
            return [_waiting(self.gov.look.ellipsis)]
        unit = str((self._cards[definition].data or {}).get("unit", "")) if definition in self._cards else ""
        view = self._values[definition]
        if view is not None and self.plot and width > over_time.FEWEST_COLUMNS:
            return over_time.plot_lines(view, width, self.detail.size.height, self.gov.look)
        return over_time.values_lines(view, unit, self.engine, f"{self.gov.now():%Y-%m-%d}", width, self.gov.look)

    def to_tab(self, tab: str) -> None:
        """Show another tab."""
        self.tab = tab
        self.draw_detail()
        self.detail.action_first()
        self._look_up(self.rows.at)

    # keys

    @on(LineView.Opened, "#list")
    def _opened(self) -> None:
        self.detail.focus()
        self.draw_edges()

    @on(LineView.Opened, "#detail")
    def _opened_inside(self, event: LineView.Opened) -> None:
        if event.key.startswith("change "):
            self.gov.open_change(event.key.removeprefix("change "))
        elif self.tab == "Lineage":
            self._centre(event.key)
        elif self.tab == "Versions":
            version = over_time.version_at(self._history.get(self.rows.at), event.key)
            if version is not None and version.change:
                self.gov.open_change(version.change)
            else:
                self.gov.say(said.NO_CHANGE)
        elif self.tab == "Values":
            self.action_timeline()

    def _centre(self, key: str) -> None:
        definition = trees.id_at(key)
        if not definition:
            self.action_view_right()
            return
        self._back.append(self.walk)
        self.walk = self.walk.at(definition)
        self.detail.action_first()
        self.begin(self._walked(), group="tree")

    async def _walked(self) -> None:
        await self._ask_lineage(self.walk.centre)
        self.draw_detail()
        self.gov.say(trees.open_words(self.walk, self.walk.known))

    def action_view_right(self) -> None:
        """Go into the detail; there the next tab, in the tree open."""
        if not self.detail.has_focus:
            self.detail.focus()
            self.draw_edges()
            return
        key = self.detail.at
        if self.tab == "Lineage" and key and key not in trees.SIDES:
            self._open(key)
            return
        if self.tab == "Lineage" and key and key not in self.walk.opened:
            self.walk.opened.add(key)
            self.draw_detail()
            return
        place = registry.TABS.index(self.tab)
        if place + 1 < len(registry.TABS):
            self.to_tab(registry.TABS[place + 1])

    def action_view_left(self) -> None:
        """The tab before, and from the first one back to the list; in the tree close, or go to what it hangs from."""
        if not self.detail.has_focus:
            return
        key = self.detail.at
        if self.tab == "Lineage" and key and key not in trees.SIDES:
            if key in self.walk.opened:
                self.walk.opened.discard(key)
                self.draw_detail()
            else:
                self.detail.go(trees.parent_of(key))
            return
        place = registry.TABS.index(self.tab)
        if place:
            self.to_tab(registry.TABS[place - 1])
        else:
            self.rows.focus()
            self.draw_edges()

    def _open(self, key: str) -> None:
        if not trees.can_open(self.walk, key):
            self.gov.say(said.NOTHING_FURTHER)
            return
        self.walk.opened.add(key)
        self.draw_detail()
        self.begin(self._opened_branch(trees.id_at(key)), group="tree", exclusive=False)

    async def _opened_branch(self, definition: str) -> None:
        await self._ask_lineage(definition)
        self.draw_detail()

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
        self.plot = not self.plot
        self.draw_detail()

    def action_read_values(self) -> None:
        """Read the values from the engine."""
        if self.rows.at:
            self.begin(self._read_values(self.rows.at), group="values")

    async def _read_values(self, definition: str) -> None:
        found = await self.long(definition.partition(":")[2], Desk.series, definition)
        if found is not None:
            self._values[definition] = found
            self.gov.say(over_time.origin_words(found))
            if self.tab not in ("Definition", "Values"):
                self.to_tab("Values")
            self.draw_detail()

    def copies(self) -> str:
        """Return the name of the definition, or the line of the detail."""
        if self.detail.has_focus:
            lines = self.detail.lines()
            return next((one.text.plain.strip() for one in lines if one.key and one.key == self.detail.at), "")
        return self.rows.at.partition(":")[2]


def _waiting(sign: str) -> Line:
    return Line(Text(sign, style="dim"))
