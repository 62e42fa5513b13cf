"""Everything about one definition, beside the list it was found in: five tabs, each asked for when it is shown."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.containers import Vertical

from metricgov.desk.asked import Desk
from metricgov.domain.errors import MetricgovError
from metricgov_tui import words
from metricgov_tui import words_registry as said
from metricgov_tui.guarded import Guarded
from metricgov_tui.lines import Line, Lines
from metricgov_tui.panels import lineage as trees
from metricgov_tui.panels import over_time, registry
from metricgov_tui.panels.parts import walkable, wrapped
from metricgov_tui.screens.base import Face
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import TextRow

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.cards import DefinitionCard
    from metricgov.domain.reading_views import SeriesView, VersionHistory
    from metricgov.domain.views import DefinitionRow, WhoView

PASSING = 0.08
"""Seconds for which the cursor rests on a row before it is looked up: it may only be passing."""


class Detail(Guarded, Vertical):
    """The tabs of one definition; what was asked for once is kept until `forget`."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.tab = registry.TABS[0]
        self.row: DefinitionRow | None = None
        self.engine = ""
        self.plot = False
        self.walk = trees.Tree("")
        self._back: list[trees.Tree] = []
        self._cards: dict[str, DefinitionCard] = {}
        self._values: dict[str, SeriesView | None] = {}
        self._who: dict[str, tuple[WhoView, ...]] = {}
        self._history: dict[str, VersionHistory] = {}
        self._errors: dict[str, str] = {}

    def compose(self) -> ComposeResult:
        """The tabs, and the one that is shown."""
        yield TextRow(id="tabs")
        yield LineView(id="detail")

    @property
    def face(self) -> Face:
        """The screen it stands on."""
        assert isinstance(self.screen, Face)
        return self.screen

    @property
    def view(self) -> LineView:
        """The lines of the tab that is shown."""
        return self.query_one("#detail", LineView)

    @property
    def about(self) -> str:
        """The definition it is about, "" where it is about none."""
        return self.row.id if self.row is not None else ""

    # asking

    def forget(self) -> None:
        """Forget all that was asked for: something has moved."""
        for held in (self._cards, self._values, self._who, self._history, self._errors):
            held.clear()
        self.walk = trees.Tree(self.walk.centre)

    def show(self, row: DefinitionRow | None) -> None:
        """Show another definition, or the same one anew."""
        if row is not None and row.id != self.about:
            self._back.clear()
            self.walk = self.walk.at(row.id)
        self.row = row
        self.draw()

    async def look_up(self, definition: str) -> None:
        """Ask for what the tab shows of a definition, each thing once."""
        await asyncio.sleep(PASSING)
        try:
            await self._ask_for(definition)
            self._errors.pop(definition, None)
        except MetricgovError as error:
            self._errors[definition] = words.error(error)
        if self.about == definition:
            self.draw()

    async def _ask_for(self, definition: str) -> None:
        ask = self.face.ask
        if definition not in self._cards:
            self._cards[definition] = await ask(Desk.card, definition)
        match self.tab:
            case "Lineage":
                await self._ask_lineage(self.walk.centre)
            case "Who" if definition not in self._who:
                views = [await ask(Desk.who, definition, one, self._me) for one in registry.CLASSES]
                self._who[definition] = tuple(views)
            case "Versions" if definition not in self._history:
                self._history[definition] = await ask(Desk.history, definition)
            case "Definition" | "Values" if definition not in self._values and definition.startswith("metric:"):
                self.draw()
                self._values[definition] = await ask(Desk.stored, definition)

    async def _ask_lineage(self, definition: str) -> None:
        if definition and definition not in self.walk.known:
            self.walk.known[definition] = await self.face.ask(Desk.lineage, definition)

    async def read_values(self) -> None:
        """Read the values from the engine."""
        definition = self.about
        found = await self.face.long(definition.partition(":")[2], Desk.series, definition)
        if found is not None:
            self._values[definition] = found
            self.gov.say(over_time.origin_words(found))
            if self.tab not in ("Definition", "Values"):
                self.to_tab("Values")
            self.draw()

    # showing

    @property
    def _me(self) -> str:
        reader = self.gov.reader
        return reader.principal if reader else ""

    def draw(self) -> None:
        """Draw the tabs and the one that is shown."""
        row, tabs = self.row, self.query_one("#tabs", TextRow)
        tabs.show(registry.tab_row(self.tab, tabs.size.width or 42))
        self.view.show(lambda width: self._lines(row, width) if row is not None else [])

    def _lines(self, row: DefinitionRow, width: int) -> Lines:
        look, definition, error = self.gov.look, row.id, self._errors.get(row.id, "")
        if error and self.tab != "Definition":
            return walkable(wrapped(error, width, style="grave"))
        match self.tab:
            case "Lineage":
                return trees.lineage_lines(self.walk, width, look)
            case "Who":
                return walkable(registry.who_lines(self._who.get(definition), self._me, width, look))
            case "Versions":
                history = self._history.get(definition)
                return over_time.version_lines(history, width, look) if history else [_waiting(look.ellipsis)]
            case "Values":
                return walkable(self._value_lines(definition, width))
            case _:
                about = registry.About(row, self._cards.get(definition), self._values.get(definition), error)
                return walkable(registry.definition_lines(about, self._me, width, look))

    def _value_lines(self, definition: str, width: int) -> list[Line]:
        gov = self.gov
        if not definition.startswith("metric:"):
            return wrapped("Only metrics have values.", width)
        if definition not in self._values:
            return [_waiting(gov.look.ellipsis)]
        unit = str((self._cards[definition].data or {}).get("unit", "")) if definition in self._cards else ""
        view = self._values[definition]
        if view is not None and self.plot and width > over_time.FEWEST_COLUMNS:
            return over_time.plot_lines(view, width, self.view.size.height, gov.look)
        return over_time.values_lines(view, unit, self.engine, f"{gov.now():%Y-%m-%d}", width, gov.look)

    # keys

    def to_tab(self, tab: str) -> None:
        """Show another tab."""
        self.tab = tab
        self.draw()
        self.view.action_first()
        if self.about:
            self.face.begin(self.look_up(self.about), group="detail")

    @on(LineView.Opened, "#detail")
    def _opened(self, event: LineView.Opened) -> None:
        event.stop()
        gov = self.gov
        if event.key.startswith("change "):
            gov.open_change(event.key.removeprefix("change "))
        elif self.tab == "Lineage":
            self._centre(event.key)
        elif self.tab == "Versions":
            version = over_time.version_at(self._history.get(self.about), event.key)
            if version is not None and version.change:
                gov.open_change(version.change)
            else:
                gov.say(said.NO_CHANGE)
        elif self.tab == "Values":
            gov.open_timeline(self.about)

    def _centre(self, key: str) -> None:
        definition = trees.id_at(key)
        if not definition:
            self.right()
            return
        self._back.append(self.walk)
        self.walk = self.walk.at(definition)
        self.view.action_first()
        self.face.begin(self._walked(), group="tree")

    async def _walked(self) -> None:
        await self._ask_lineage(self.walk.centre)
        self.draw()
        self.gov.say(trees.open_words(self.walk, self.walk.known))

    def step_back(self) -> bool:
        """Make what was the centre of the tree before the centre again; say whether there was one."""
        if not self._back or self.tab != "Lineage":
            return False
        self.walk = self._back.pop()
        self.draw()
        return True

    def right(self) -> None:
        """The next tab; in the tree open."""
        key = self.view.at
        if self.tab == "Lineage" and key and key not in trees.SIDES:
            self._open(key)
            return
        if self.tab == "Lineage" and key and key not in self.walk.opened:
            self.walk.opened.add(key)
            self.draw()
            return
        place = registry.TABS.index(self.tab)
        if place + 1 < len(registry.TABS):
            self.to_tab(registry.TABS[place + 1])

    def left(self) -> bool:
        """The tab before; in the tree close, or go to what it hangs from. Say whether there was one."""
        key = self.view.at
        if self.tab == "Lineage" and key and key not in trees.SIDES:
            if key in self.walk.opened:
                self.walk.opened.discard(key)
                self.draw()
            else:
                self.view.go(trees.parent_of(key))
            return True
        place = registry.TABS.index(self.tab)
        if place:
            self.to_tab(registry.TABS[place - 1])
        return bool(place)

    def _open(self, key: str) -> None:
        if not trees.can_open(self.walk, key):
            self.gov.say(said.NOTHING_FURTHER)
            return
        self.walk.opened.add(key)
        self.draw()
        self.face.begin(self._opened_branch(trees.id_at(key)), group="tree", exclusive=False)

    async def _opened_branch(self, definition: str) -> None:
        await self._ask_lineage(definition)
        self.draw()


def _waiting(sign: str) -> Line:
    return Line(Text(sign, style="dim"))
