"""What every screen has: a top row, panels, the message row and the key row; and how it talks to the desk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, Concatenate, ParamSpec, TypeVar

from rich.text import Text
from textual.screen import Screen

from metricgov.desk.asked import Desk
from metricgov.desk.serving import Broken
from metricgov.domain.errors import MetricgovError
from metricgov_tui import words
from metricgov_tui.guarded import Guarded
from metricgov_tui.keys import bindings, first_key, in_place, name_of
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import RuleRow, Sides, TextRow

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.worker import Worker


P = ParamSpec("P")
T = TypeVar("T")

MESSAGE_ROWS = 2
"""Rows that a message may take."""

ADDS_KEYS = ("keys", "palette")
"""What the key row always ends with: `? keys  : all`."""


class Face(Guarded, Screen[Any], inherit_bindings=False):
    """A screen of the UI.

    Subclasses give `WHERE` (places of the key table that work here besides "app"), `SHOWN` (actions of the key row, the
    most useful first), `body()`, and what is asked of the desk in `load()`.
    """

    WHERE: ClassVar[tuple[str, ...]] = ()
    SHOWN: ClassVar[tuple[str, ...]] = ()
    BINDINGS = bindings("app")
    AUTO_FOCUS = ""
    DEFAULT_CSS = """
    Face { layout: vertical; }
    Face > .body { height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.problem: Broken | None = None
        self.laid_out = False
        """Whether its panels are there to be drawn in: a place that was not opened yet has none."""
        self.listens = False
        """Whether one of its panels has the focus: keys that come before wait."""
        self.filled = False
        """Whether what its keys are about is there: those that need it wait."""
        self._works: list[Worker[Any]] = []
        self._loads = 0

    # layout

    def compose(self) -> ComposeResult:
        """Lay the screen out: top row, line, panels, line, message, keys."""
        yield Sides(id="top")
        yield from self.above()
        yield RuleRow()
        yield from self.body()
        yield RuleRow()
        if self.gov.tour is not None:
            yield TextRow(*self.gov.tour.rows(), id="tour")
        yield TextRow(id="message")
        yield Sides(id="keys")

    def above(self) -> ComposeResult:
        """Rows between the top row and the line."""
        yield from ()

    def body(self) -> ComposeResult:
        """The panels."""
        yield LineView(id="main")

    def on_mount(self) -> None:
        """Draw what is known, ask for the rest."""
        self.laid_out = True
        self.draw_edges()
        self.call_after_refresh(self._begin_listening)
        self.reload()

    def _begin_listening(self) -> None:
        self._first_focus()
        self.listens = True
        self.gov.ready_for_keys()

    def fill(self) -> None:
        """What the keys are about is there."""
        if not self.filled:
            self.filled = True
            self.gov.ready_for_keys()

    def _first_focus(self) -> None:
        if self.focused is None and (views := list(self.query(LineView))):
            next((one for one in views if one.cursor), views[0]).focus()

    def on_screen_resume(self) -> None:
        """Draw the edges again: what they say may have moved while another screen was in front."""
        self.draw_edges()
        self.gov.ready_for_keys()

    def draw_edges(self) -> None:
        """Draw top row, message row and key row; a screen that is being taken down has none any more."""
        if not self.laid_out or not self.query("#keys"):
            return
        left, right = self.top()
        self.query_one("#top", Sides).show_sides(left, right)
        said = self.gov.message or Text(self.resting(), style="text")
        if self.gov.refused is not None and not self.gov.message:
            said = Text(words.error(self.gov.refused), style="grave")
        if self.size.width < 80 or self.size.height < 24:
            said = Text(words.SMALL, style="warn") if not self.gov.message else said
        self.query_one("#message", TextRow).show(*_wrapped(said, max(20, self.size.width - 2)))
        self.query_one("#keys", Sides).show_sides(self._key_row(), Text())
        if self.gov.tour is not None:
            self.query_one("#tour", TextRow).show(*self.gov.tour.rows())

    def draw(self) -> None:
        """Draw what is known."""

    def top(self) -> tuple[Text, Text]:
        """Return what the top row says, left and right."""
        return Text(), self.gov.who()

    def resting(self) -> str:
        """Return what the message row says while nothing has happened."""
        return ""

    def shown_keys(self) -> tuple[str, ...]:
        """Return the actions of the key row as things stand."""
        return self.SHOWN

    def _key_row(self) -> Text:
        """Return as many keys as there is room for; `?` and `:` always."""
        always = [self._key_words(one) for one in ADDS_KEYS]
        room = self.size.width - 2 - sum(one.cell_len + 2 for one in always)
        row = Text(" ")
        for action in self.shown_keys():
            one = self._key_words(action)
            if row.cell_len + one.cell_len + 2 > room:
                break
            row = Text.assemble(row, one, "  ")
        for one in always:
            row = Text.assemble(row, one, "  ")
        return row

    def closed(self, action: str) -> str:
        """Return why a key does nothing now: nobody is let in, or what the screen says."""
        if self.gov.refused is not None and action in _of_places(self.WHERE):
            return words.error(self.gov.refused)
        return self.refusal(action)

    def _key_words(self, action: str) -> Text:
        where = (*self.WHERE, "rows", "app")
        key = first_key(action, where)
        known = (one.words for place in where for one in in_place(place) if name_of(one.action) == action)
        said = self.key_words(action) or next(known, action)
        if self.closed(action):
            return Text(f"[{key} {said}]", style="closed")
        return Text.assemble((key, "key"), (f" {said}", "text"))

    def key_words(self, action: str) -> str:  # noqa: ARG002 - screens say what their keys open
        """Return other words for a key than those of the table, "" for these."""
        return ""

    # asking

    def reload(self) -> None:
        """Ask for everything that is shown; a screen that was never shown asks when it is."""
        if self.laid_out:
            self.run_worker(self._loaded(), group="load", exclusive=True)

    async def _loaded(self) -> None:
        await self.guarded(self.load())
        if self.gov.reader is not None:
            self.fill()
        elif self.gov.refused is not None:
            self.draw()
            self.fill()

    async def load(self) -> None:
        """Ask for what is shown and show it."""

    async def ask(self, question: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Ask the desk."""
        return await self.gov.room.ask(question, *args, **kwargs)

    async def guarded(self, work: Awaitable[T]) -> T | None:
        """Do something and say what came of it where it went wrong: an error of ours never ends the program."""
        try:
            return await work
        except MetricgovError as error:
            self.fault(error)
        except Broken as broken:
            self.problem = broken
            self.gov.say(words.OUR_MISTAKE, "grave")
        except (asyncio.CancelledError, GeneratorExit):
            raise
        except Exception as error:  # noqa: BLE001 - the edge of a panel: the rest of the screen goes on
            from metricgov.desk.serving import report_of

            self.problem = Broken(report_of(error))
            self.gov.say(words.OUR_MISTAKE, "grave")
        return None

    def fault(self, error: MetricgovError) -> None:
        """Say an error of the desk; screens with a panel for it show it there."""
        self.gov.say(words.error(error), "grave")

    def begin(self, work: Awaitable[Any], *, group: str = "work", exclusive: bool = True) -> None:
        """Do something beside the screen, guarded."""
        self.run_worker(self.guarded(work), group=group, exclusive=exclusive)

    async def long(
        self, what: str, question: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Ask something that takes long: the message row says how far it is, Ctrl-C stops it; None where it was."""
        return await self.gov.works.run(self, what, question, *args, **kwargs)

    # keys

    def refusal(self, action: str) -> str:  # noqa: ARG002 - screens with keys that may be closed say why
        """Return why a key does nothing now, "" where it does something."""
        return ""

    def action_next_panel(self) -> None:
        """Focus the next panel."""
        self.focus_next()

    def action_previous_panel(self) -> None:
        """Focus the panel before."""
        self.focus_previous()

    def action_back(self) -> None:
        """One step back."""
        self.gov.say("")
        if len(self.gov.screen_stack) > 2:
            self.gov.pop_screen()

    def action_leave(self) -> None:
        """Back."""
        self.action_back()

    def action_copy(self) -> None:
        """Copy what the cursor is on."""
        if self.problem is not None:
            self.gov.copied(self.problem.report)
            self.problem = None
            return
        self.gov.copied(self.copies())

    def about_definition(self) -> str:
        """Return the definition that is in front, as `kind:name`; "" where there is none."""
        return ""

    def copies(self) -> str:
        """Return what `y` copies."""
        view = self.focused
        return view.at if isinstance(view, LineView) else ""

    def action_redraw(self) -> None:
        """Draw the screen again."""
        self.refresh(layout=True, repaint=True)

    def action_search(self) -> None:
        """Search; screens without a search say so."""
        self.gov.say("There is no search here.")

    def action_next_match(self) -> None:
        """Go to the next match."""

    def action_previous_match(self) -> None:
        """Go to the match before."""

    def action_news(self) -> None:
        """Show what is new, then fetch."""
        self.gov.fetch(self)

    def action_view_right(self) -> None:
        """Show the view to the right."""

    def action_view_left(self) -> None:
        """Show the view to the left."""


def _of_places(where: tuple[str, ...]) -> frozenset[str]:
    """Return the actions that are about what a place shows."""
    return frozenset({"open", "search", "news", *(name_of(one.action) for one in in_place(*where))})


def _wrapped(said: Text, width: int) -> list[Text]:
    """Return a message in at most two rows."""
    from rich.console import Console

    rows = said.wrap(Console(width=width), width)[:MESSAGE_ROWS] or [Text()]
    return [Text.assemble(" ", row) for row in rows]


class Place(Face):
    """One of the five places: `q` quits here, `Esc` clears the filter and then leads to the inbox."""

    NAME: ClassVar[str] = ""

    def top(self) -> tuple[Text, Text]:
        """Return the five places, this one in brackets."""
        return self.gov.places_row(self.NAME), self.gov.who()

    def cleared(self) -> bool:
        """Clear a search or filter; say whether there was one."""
        return False

    def action_back(self) -> None:
        """Clear the filter; then go to the inbox."""
        self.gov.say("")
        if self.cleared():
            return
        if self.NAME != "inbox":
            self.gov.go_to("inbox")
        elif self.gov.tour is not None:
            self.gov.end_tour()

    def action_leave(self) -> None:
        """Quit, asking only where work runs."""
        self.gov.quit()


class Works:
    """Long work: one at a time is reported in the message row, all of it can be stopped."""

    def __init__(self) -> None:
        self._running: dict[asyncio.Task[Any], str] = {}

    @property
    def running(self) -> list[str]:
        """What runs, in words."""
        return list(self._running.values())

    def stop(self) -> int:
        """Stop everything that runs; return how much that was."""
        for task in list(self._running):
            task.cancel()
        return len(self._running)

    async def run(
        self, face: Face, what: str, question: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Ask something long and report how far it is; None where it was stopped."""
        began = time.monotonic()
        app = face.gov

        def on(doing: str, done: int, total: int) -> None:
            app.say(words.progress(doing or what, done, total, time.monotonic() - began))

        app.say(words.progress(what, 0, 0, 0))
        task: asyncio.Task[T] = asyncio.ensure_future(app.room.run(question, on, *args, **kwargs))
        self._running[task] = what
        try:
            answer = await task
        except asyncio.CancelledError:
            if not task.cancelled() and not task.done():
                task.cancel()
                raise
            app.say(words.STOPPED)
            return None
        finally:
            self._running.pop(task, None)
        app.say("")
        return answer
