"""The audit log: the journal, newest first; searched, filtered, verified and exported."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on

from metricgov.desk.asked import Desk
from metricgov.desk.proving import Events
from metricgov.render.kit import clean, plural
from metricgov_tui.dialogs.ask import AskLine, Field
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Line, Lines
from metricgov_tui.panels import audit as panels
from metricgov_tui.panels.parts import nothing_lines
from metricgov_tui.screens.beside import Beside
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import Sides
from metricgov_tui.widgets.search import SearchRow

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov.domain.past_views import AuditRow

AT_FIRST = 500
"""Events that are asked for at once; more come when the cursor nears the last one."""

BESIDE = 56
"""Columns of the event beside the list, where there is room for both."""


class AuditLog(Beside):
    """What happened, to the letter."""

    NAME: ClassVar[str] = "audit"
    WHERE = ("audit", "lists")
    SHOWN = ("open", "search", "facets", "verify", "export", "copy", "leave")
    BINDINGS = bindings("audit", "lists")
    DEFAULT_CSS = f"""
    AuditLog #preview {{ min-height: 7; }}
    AuditLog.wide #preview {{ width: {BESIDE}; }}
    AuditLog #columns {{ height: 1; }}
    """

    def __init__(self) -> None:
        super().__init__()
        self.wanted = Events(most=AT_FIRST)
        self.text = ""
        self.rows: tuple[AuditRow, ...] = ()
        self.shown: list[AuditRow] = []
        self.seq = 0
        self._known = False
        self._more = False

    def body(self) -> ComposeResult:
        """Filter, list, what one event says."""
        yield Sides(id="filter")
        yield SearchRow(id="search")
        columns = LineView(id="columns", cursor=False)
        columns.can_focus = False
        yield columns
        yield from self.panes()

    async def load(self) -> None:
        """Ask for the newest events."""
        if self.gov.reader is None:
            return
        found = await self.ask(Desk.journal, self.wanted)
        self.rows, self.seq, self._known = found.rows, found.seq, True
        self._more = len(found.rows) >= self.wanted.most > 0
        self.draw()

    def moved(self) -> None:
        """More events have come: they are shown when asked for."""
        self.gov.say("The journal has grown: . shows it.")

    def draw(self) -> None:
        """Draw everything."""
        if not self.laid_out:
            return
        self.shown = panels.matching(self.rows, self.text)

        def make(width: int) -> Lines:
            if self.gov.refused is not None:
                return nothing_lines(self.gov.refused, width)
            if not self._known:
                return [Line(Text("  …", style="dim"))]
            if not self.shown:
                return [Line(Text("  No event matches this filter. Esc clears."))]
            return panels.lines(self.shown, width, self.gov.look)

        columns = self.query_one("#columns", LineView)
        columns.show(lambda width: [panels.head(width - BESIDE if self.has_class("wide") else width)])
        self.list.show(make)
        left, right = panels.filter_words(self.wanted, len(self.shown), self.seq)
        self.query_one("#filter", Sides).show_sides(left, right)
        self.draw_edges()

    def resting(self) -> str:
        """Say how much is shown."""
        if not self._known:
            return "Reading the journal …"
        return f"{len(self.rows):,} newest events are here; further down come the rest." if self._more else ""

    @on(LineView.Moved, "#list")
    def _moved(self, event: LineView.Moved) -> None:
        row = self._row(event.key)
        self.query_one("#about", LineView).show(lambda width: panels.detail(row, width, self.gov.look))
        if self._more and self.shown and event.key == str(self.shown[-1].seq):
            self.wanted = replace(self.wanted, most=self.wanted.most * 4)
            self.reload()

    def _row(self, key: str) -> AuditRow | None:
        return next((one for one in self.shown if str(one.seq) == key), None)

    @on(LineView.Opened, "#list")
    def _opened(self, event: LineView.Opened) -> None:
        row = self._row(event.key)
        if row is not None and row.change:
            self.gov.open_change(row.change)
        else:
            self.gov.say("This event is about no change.")

    # keys

    def action_search(self) -> None:
        """Search in what is here."""
        self.query_one(SearchRow).open(self.text)

    @on(SearchRow.Typed)
    def _typed(self, event: SearchRow.Typed) -> None:
        self.text = event.text
        self.draw()

    def cleared(self) -> bool:
        """Clear search and filter."""
        had = bool(self.text) or self.narrowed()
        self.text = ""
        self.query_one(SearchRow).close()
        if self.narrowed():
            self.wanted = Events(most=AT_FIRST)
            self.reload()
        self.draw()
        return had

    def action_facets(self) -> None:
        """Ask for the filter."""
        fields = (
            Field("since", "Since", self.wanted.since, "a day, 2026-06-01"),
            Field("until", "Until", self.wanted.until, "a day, included"),
            Field("person", "Person", self.wanted.person, "who did it"),
            Field("event", "Event", self.wanted.event, "approved, revision_submitted, …"),
            Field("definition", "Definition", self.wanted.definition, "its name"),
            Field("change", "Change", self.wanted.change, "chg-…"),
        )
        self.gov.push_screen(AskLine("Which events?", fields, "Enter filters, Esc leaves it"), self._filter)

    def _filter(self, said: dict[str, str] | None) -> None:
        if said is not None:
            before = self.wanted
            self.wanted = Events(**said, most=AT_FIRST)
            self.begin(self._filtered(before), group="load")

    async def _filtered(self, before: Events) -> None:
        try:
            await self.load()
        except Exception:
            self.wanted = before
            raise

    def action_verify(self) -> None:
        """Verify every event beside the screen."""
        self.begin(self._verify(), group="verify")

    async def _verify(self) -> None:
        found = await self.long("Verifying", Desk.verify)
        if found is None:
            return
        self.gov.say(panels.verified(found, self.gov.look))
        if found.first_bad is not None:
            self.list.go(str(found.first_bad))

    def action_export(self) -> None:
        """Ask where to, then write what is found; without a search all that the filter lets through."""
        fields = (Field("path", "File", "events.csv", "ends in .csv or .jsonl; an old file stays as it is"),)
        self.gov.push_screen(AskLine(self._exports(), fields, "Enter writes it, Esc leaves it"), self._export)

    def _exports(self) -> str:
        """Return what an export would hold."""
        if not self.text:
            return "Export what the filter lets through" if self.narrowed() else "Export every event"
        among = f", of the {len(self.rows):,} newest" if self._more else ""
        return f'Export {plural(len(self.shown), "event")} found by "{clean(self.text)}"{among}'

    def narrowed(self) -> bool:
        """Say whether the filter keeps anything out."""
        return self.wanted != Events(most=self.wanted.most)

    def _export(self, said: dict[str, str] | None) -> None:
        if said and said["path"].strip():
            self.begin(self._exported(Path(said["path"].strip()).expanduser()), group="export")

    async def _exported(self, path: Path) -> None:
        form, found = path.suffix.lstrip("."), {row.seq for row in self.shown} if self.text else None
        text = await self.long("Exporting", Desk.export, replace(self.wanted, most=0), form)
        if text is None:
            return
        if found is not None:
            text = panels.only(text, form, found)
        said = await asyncio.to_thread(_write_new, path, text)
        events = plural(text.count("\n") - (form == "csv"), "event")
        self.gov.say(said or f"{events} written to {path}.", "grave" if said else "ok")

    def copies(self) -> str:
        """Copy the digest of the event: an anchor that can be kept elsewhere."""
        row = self._row(self.list.at)
        return f"{row.seq}:{row.sha256}" if row else ""


def _write_new(path: Path, text: str) -> str:
    """Write a file that is not there yet; return why not, "" where it is written."""
    try:
        with path.open("x", encoding="utf-8", newline="") as file:
            file.write(text)
    except FileExistsError:
        return f"{path} is there already, and stays as it is. X asks for another name."
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}. X asks for another name."
    return ""
