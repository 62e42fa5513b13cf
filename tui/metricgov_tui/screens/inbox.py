"""The inbox: what waits for the reader, what is theirs, watched, applied, open; the first screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on

from metricgov.desk.asked import Desk
from metricgov_tui import words
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Lines
from metricgov_tui.panels import inbox as panels
from metricgov_tui.panels.parts import nothing_lines
from metricgov_tui.screens.beside import Beside
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import Sides
from metricgov_tui.widgets.search import SearchRow
from metricgov_tui.widths import WIDE

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.draft_views import DraftRow
    from metricgov.domain.views import ChangeRow, ChangeView, InboxRow


class Inbox(Beside):
    """What waits for me; mine, watched, applied, all open."""

    NAME: ClassVar[str] = "inbox"
    WHERE = ("lists",)
    SHOWN = ("open", "search", "watch", "timeline", "new", "leave")
    BINDINGS = bindings("app", "lists")

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[InboxRow, ...] | None = None
        self.open: tuple[ChangeRow, ...] = ()
        self.applied: tuple[ChangeRow, ...] = ()
        self.drafts: tuple[DraftRow, ...] = ()
        self.tab = "for_me"
        self.filter = ""
        self._views: dict[str, ChangeView] = {}
        self._new: tuple[InboxRow, ...] | None = None

    def above(self) -> ComposeResult:
        """Nothing above the line."""
        yield from ()

    def body(self) -> ComposeResult:
        """Tabs, list, preview."""
        yield Sides(id="tabs")
        yield SearchRow(id="search")
        yield from self.panes()

    # asking

    async def load(self) -> None:
        """Ask for everything in the inbox; the first rows are those seen last."""
        if self.gov.reader is None:
            return
        self.restore()
        mine = self.gov.reader.principal
        self.rows = await self.ask(Desk.inbox)
        self._new = None
        self.gov.waiting = len(self.rows)
        panels.keep(self.gov.remembered, mine, self.rows)
        self.draw()
        self.fill()
        self.open = await self.ask(Desk.change_rows)
        self.applied = await self.ask(Desk.change_rows, state="applied", most=50)
        self.drafts = await self.ask(Desk.drafts)
        self._views.clear()
        self.draw()
        self.preview(self.list.at)

    def restore(self) -> None:
        """Show the rows that were seen last, until the real ones come."""
        remembered = self.gov.remembered
        reader = self.gov.reader
        if self.rows is None and remembered is not None and reader is not None:
            self.rows = panels.kept(remembered, reader.principal)
            self.tab = remembered.get("inbox tab", "for_me")
            if self.rows is not None:
                self.gov.waiting = len(self.rows)
                self.draw()
                self.fill()

    def on_screen_resume(self) -> None:
        """Look for drafts again: one may have been begun, submitted or discarded in front of this screen."""
        super().on_screen_resume()
        if self.filled:
            self.begin(self._drafts(), group="drafts")

    async def _drafts(self) -> None:
        drafts = await self.ask(Desk.drafts)
        if drafts != self.drafts:
            self.drafts = drafts
            self.draw()

    def moved(self) -> None:
        """Something has moved: count what is new, show it when asked."""
        self.begin(self._news(), group="news")

    async def _news(self) -> None:
        rows = await self.ask(Desk.inbox)
        if rows != self.rows:
            self._new = rows
            self.draw_tabs()

    def action_news(self) -> None:
        """Show what has come."""
        if self._new is not None:
            self.reload()
            return
        super().action_news()

    # showing

    def about(self) -> panels.Contents:
        """Return everything the panels show."""
        reader = self.gov.reader
        return panels.Contents(
            rows=self.rows,
            open=self.open,
            applied=self.applied,
            me=reader.principal if reader else "",
            watched=frozenset(self.gov.remembered.get("watched", []) if self.gov.remembered else []),
            now=self.gov.now(),
            filter=self.filter,
            drafts=self.drafts,
        )

    def draw(self) -> None:
        """Draw list, tabs and edges."""
        if not self.laid_out:
            return
        wide = self.size.width >= WIDE

        def make(width: int) -> Lines:
            if self.gov.refused is not None:
                return nothing_lines(self.gov.refused, width)
            return panels.lines(self.about(), self.tab, width, self.gov.look, wide=wide)

        self.list.show(make)
        self.draw_tabs()
        self.draw_edges()

    def draw_tabs(self) -> None:
        """Draw the row of tabs with their counts."""
        new = panels.differing(self.rows or (), self._new) if self._new is not None else 0
        right = Text.assemble((words.news(new), "warn"), "    ", ("/ filter ", "dim"))
        self.query_one("#tabs", Sides).show_sides(panels.tabs(self.about(), self.tab), right)

    def resting(self) -> str:
        """Return when this was fetched."""
        if self.rows is None and self.gov.refused is None:
            return "Reading the registry …"
        return self.gov.resting()

    @on(LineView.Moved, "#list")
    def _moved(self, event: LineView.Moved) -> None:
        self.preview(event.key)

    def preview(self, key: str) -> None:
        """Show what the row under the cursor is about."""
        if draft := panels.draft_of(self.about(), key):
            self.query_one("#about", LineView).show(lambda width: panels.draft_preview(draft, width, self.gov.look))
            return
        change = panels.change_of(key)
        row = panels.row_of(self.about(), change)
        view = self._views.get(change)

        def make(width: int) -> Lines:
            return panels.preview(row, view, width, self.gov.look, self.about().me)

        self.query_one("#about", LineView).show(make)
        if change and view is None:
            self.begin(self._look_closer(change), group="preview")

    async def _look_closer(self, change: str) -> None:
        await asyncio.sleep(0.08)  # the cursor may only be passing
        self._views[change] = await self.ask(Desk.change, change)
        if panels.change_of(self.list.at) == change:
            self.preview(self.list.at)

    def about_definition(self) -> str:
        """Return the definition of the row under the cursor."""
        if draft := panels.draft_of(self.about(), self.list.at):
            return draft.definition
        return panels.definition_of(self.about(), panels.change_of(self.list.at))

    # keys

    @on(LineView.Opened, "#list")
    def _opened(self, event: LineView.Opened) -> None:
        if panels.draft_of(self.about(), event.key):
            self.action_edit()
            return
        changes = map(panels.change_of, self.list.keys)  # headings have none
        among = tuple(dict.fromkeys(filter(None, changes)))
        self.gov.open_change(panels.change_of(event.key), among)

    def action_view_right(self) -> None:
        """The tab to the right."""
        self._to_tab(1)

    def action_view_left(self) -> None:
        """The tab to the left."""
        self._to_tab(-1)

    def _to_tab(self, by: int) -> None:
        place = panels.TABS.index(self.tab) + by
        self.tab = panels.TABS[max(0, min(len(panels.TABS) - 1, place))]
        if self.gov.remembered is not None:
            self.gov.remembered.set("inbox tab", self.tab)
        self.draw()

    def action_search(self) -> None:
        """Filter the rows."""
        self.query_one(SearchRow).open(self.filter)

    @on(SearchRow.Typed)
    def _typed(self, event: SearchRow.Typed) -> None:
        self.filter = event.text
        self.draw()

    def cleared(self) -> bool:
        """Clear the filter."""
        had = bool(self.filter)
        self.filter = ""
        self.query_one(SearchRow).close()
        self.draw()
        return had

    def action_watch(self) -> None:
        """Watch the change under the cursor, or not any more."""
        change = panels.change_of(self.list.at)
        if not change or self.gov.remembered is None:
            return
        held = set(self.gov.remembered.get("watched", []))
        held ^= {change}
        self.gov.remembered.set("watched", sorted(held))
        self.gov.say("Watched: it is listed under Watched." if change in held else "Not watched any more.")
        self.draw()

    def action_timeline(self) -> None:
        """The timeline of the metric under the cursor."""
        if definition := self.about_definition():
            self.gov.open_timeline(definition)

    def action_edit(self) -> None:
        """Revise the change under the cursor, or go on with the draft."""
        if draft := panels.draft_of(self.about(), self.list.at):
            before, of, change = draft.key.partition("change:")
            self.gov.open_edit(definition="" if of else before, change=change)
        elif change := panels.change_of(self.list.at):
            self.gov.open_edit(change=change)

    def action_new(self) -> None:
        """Begin something new."""
        from metricgov_tui.dialogs.new import begin_new

        begin_new(self.gov)
