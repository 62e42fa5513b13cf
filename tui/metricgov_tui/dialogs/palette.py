"""`:`: everything by its name: keys that work here, places, changes by their id, definitions, themes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.widgets import Input

from metricgov.desk.asked import Desk
from metricgov.domain.errors import MetricgovError
from metricgov_tui.commands import COMMANDS, line_of
from metricgov_tui.dialogs.box import Box
from metricgov_tui.keys import OF_THE_APP, in_place, keys_of, name_of, written
from metricgov_tui.lines import Line, Lines
from metricgov_tui.screens.base import Face
from metricgov_tui.themes import THEMES
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.search import Words

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key
    from textual.screen import Screen

    from metricgov_tui.app import GovApp


SHORTEST = 4
"""Letters from which definitions are looked for: every name holds fewer."""

MOST_DEFINITIONS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to do: its name, what it does, the key that does it as well, and how it is done."""

    name: str
    says: str
    key: str
    act: Callable[[], object]


def entries(app: GovApp, below: Screen[object]) -> list[Entry]:
    """Return everything that can be done from a screen."""
    where = (*below.WHERE, "rows", "app") if isinstance(below, Face) else ("app",)
    found = []
    for one in in_place(*where):
        name = name_of(one.action).replace("_", " ")
        key = written(keys_of(one).split(",")[0])
        target = "app" if one.action.partition("(")[0] in OF_THE_APP else "screen"
        found.append(Entry(name, one.says, key, _acting(app, f"{target}.{one.action}")))
    found += [Entry(name, says, "", _typing(app, line)) for name, says, line in COMMANDS]
    found.append(Entry("plain", "go on line by line, for screen readers", "", lambda: app.leave_for("plain")))
    if app.tour is None:
        says = "three minutes on a copy of the starter registry; nothing of yours is touched"
        found.append(Entry("tour", says, "", lambda: app.leave_for("tour")))
    else:
        if app.tour.ended:
            found.append(Entry("tour", "go on with the tour where you left it", "", app.resume_tour))
        found.append(Entry("keep", "keep the copy of the tour when you leave it", "", app.keep_copy))
    found += [Entry(f"theme {name}", "another look of everything", "", _theming(app, name)) for name in THEMES]
    return found


def _typing(app: GovApp, line: str) -> Callable[[], object]:
    """Return what shows and copies the line of a command that is typed in a shell."""

    def tell() -> None:
        typed = line_of(line, app.in_front())
        app.copy_to_clipboard(typed)
        app.say(f"Type this in a shell (copied): {typed}")

    return tell


def _acting(app: GovApp, action: str) -> Callable[[], object]:
    return lambda: app.call_later(app.run_action, action)


def _opening(app: GovApp, definition: str) -> Callable[[], object]:
    return lambda: app.open_definition(definition)


def _theming(app: GovApp, name: str) -> Callable[[], object]:
    return lambda: app.use_theme(THEMES[name])


def _line(one: Entry, place: str) -> Line:
    return Line(Text.assemble(f"{one.name:<23} ", (f"{one.key:<10}", "key"), (one.says, "dim")), place, one.name)


class Palette(Box[None]):
    """A line to type in, and what matches it."""

    DEFAULT_CSS = "Palette LineView { height: 16; max-height: 70%; } Palette #found { height: 16; }"

    def __init__(self, below: Screen[object]) -> None:
        super().__init__()
        self._below = below
        self._entries: list[Entry] = []
        self._shown: list[Entry] = []
        self._names: tuple[str, ...] = ()

    def title_words(self) -> str:
        """Return the title."""
        return "Everything: type a name, a change (chg-…) or a definition"

    def inside(self) -> ComposeResult:
        """The line and the list."""
        yield Words(id="line")
        yield LineView(id="found")

    def on_mount(self) -> None:
        """Show everything there is."""
        self._entries = entries(self.gov, self._below)
        self._show("")
        self.query_one(Words).focus()
        self.run_worker(self._learn_names(), group="names")

    async def _learn_names(self) -> None:
        """Ask for the names of all definitions, once for as long as the dialog is open."""
        with suppress(MetricgovError):
            self._names = await self.gov.room.ask(Desk.names)
            if typed := self.query_one(Words).value:
                self._show(typed)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self._show(event.value)

    def _show(self, typed: str) -> None:
        wanted = typed.casefold().split()
        named = [one for one in self._entries if all(word in one.name.casefold() for word in wanted)]
        said = [
            one for one in self._entries
            if one not in named and all(word in f"{one.name} {one.says}".casefold() for word in wanted)
        ]  # fmt: skip
        self._shown = [*named, *self._addressed(typed.strip()), *said]

        def make(_width: int) -> Lines:
            if not self._shown:
                return [Line(Text(f'Nothing is called "{typed}". Esc closes.', style="dim"))]
            return [_line(one, str(place)) for place, one in enumerate(self._shown)]

        view = self.query_one("#found", LineView)
        view.show(make)
        view.go("0")

    def _addressed(self, typed: str) -> list[Entry]:
        """Return what a change or a definition by that name would open."""
        if len(typed) < SHORTEST:
            return []
        found = self._definitions(typed)
        if typed.startswith("chg-") or (len(typed) == 26 and typed.isalnum()):
            found.append(Entry(typed, "review this change", "", lambda: self.gov.open_change(typed)))
        return found

    def _definitions(self, typed: str) -> list[Entry]:
        """Return the definitions in whose names every word stands, shortest first."""
        wanted = typed.casefold().replace("_", " ").split()
        held = [one for one in self._names if all(word in one.replace("_", " ") for word in wanted)]
        return [
            Entry(one.partition(":")[2], f"{one.partition(':')[0]}, in the registry", "", _opening(self.gov, one))
            for one in sorted(held, key=len)[:MOST_DEFINITIONS]
        ]

    def on_key(self, event: Key) -> None:
        """Let arrows move in the list while the line keeps the letters."""
        view = self.query_one("#found", LineView)
        if event.key in ("down", "up"):
            event.stop()
            view.action_down() if event.key == "down" else view.action_up()

    @on(Input.Submitted)
    def _chosen(self) -> None:
        self._do(self.query_one("#found", LineView).at)

    @on(LineView.Opened)
    def _opened(self, event: LineView.Opened) -> None:
        self._do(event.key)

    def _do(self, key: str) -> None:
        if not key:
            return
        chosen = self._shown[int(key)]
        self.dismiss(None)
        self.gov.call_later(chosen.act)
