"""The app: places, what is remembered, the message, long work; screens do the rest."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text
from textual.theme import Theme as TextualTheme

from metricgov.desk.asked import Desk, Reader, Standing
from metricgov.desk.serving import Broken
from metricgov.desk.trying import READER
from metricgov.domain.errors import MetricgovError
from metricgov_tui import words
from metricgov_tui.guarded import Guarded
from metricgov_tui.keys import TABLE, bindings, keys_of, name_of, remap
from metricgov_tui.look import UNICODE, Look
from metricgov_tui.remembered import Remembered, Settings, state_home
from metricgov_tui.screens.base import Face, Works
from metricgov_tui.themes import DARK, THEMES, Theme
from metricgov_tui.tour import EVERY
from metricgov_tui.typed import TypedInOrder
from metricgov_tui.widths import WIDE

if TYPE_CHECKING:
    from metricgov_tui.rooms import Room
    from metricgov_tui.tour import Tour

PLACES: Final[dict[str, tuple[str, str]]] = {
    "inbox": ("1 Inbox", "metricgov_tui.screens.inbox:Inbox"),
    "registry": ("2 Registry", "metricgov_tui.screens.registry:RegistryPlace"),
    "scorecards": ("3 Scorecards", "metricgov_tui.screens.scorecards:Scorecards"),
    "audit": ("4 Audit log", "metricgov_tui.screens.audit:AuditLog"),
    "policy": ("5 Policy", "metricgov_tui.screens.policy:Policy"),
}
"""The five places, as the top row names them, and the screens they are."""

NO_REGISTRY: Final = frozenset({"no_repository", "no_registry"})
"""Codes of what is no fault: there is no registry here yet."""

SECONDS_BETWEEN_LOOKS: Final = 2.0
"""How often the app asks whether something has moved; the question costs one call of git."""

STALE_AFTER: Final = 300.0
"""Seconds without a fetch after which the age is said."""


class GovApp(Guarded, TypedInOrder, inherit_bindings=False):
    """The terminal UI of one registry, for one person."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = bindings("app")
    CSS = """
    Screen { background: $background; color: $foreground; }
    ModalScreen { background: $background 40%; align: center middle; }
    """

    def __init__(
        self,
        room: Room,
        *,
        settings: Settings | None = None,
        theme: Theme = DARK,
        look: Look = UNICODE,
        home: Path | None = None,
        change: str = "",
        tour: Tour | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__()
        self.settings = settings or Settings()
        self.room, self.look, self.now = room, look, now
        self.works = Works()
        self.reader: Reader | None = None
        self.standing: Standing | None = None
        self.remembered: Remembered | None = None
        self.message = Text()
        self.refused: MetricgovError | None = None
        """Why nothing can be shown: no registry here, or nobody by that name."""
        self.waiting: int | None = None
        self._home = home or state_home()
        self._change = change
        self._places: dict[str, Face] = {}
        self._quit_asked = False
        self.tour = tour
        self.leaves_for = ""
        """What it was left for: `plain`, `tour`, `init`; "" for good."""
        self.raising = False
        """Whether bugs end the program: tests want to see them."""
        for one in THEMES.values():
            self.register_theme(_textual(one))
        self.palette = theme
        remap(self.settings.keys)

    # beginning and ending

    async def on_mount(self) -> None:
        """Show the first place at once; what it is about is asked beside it."""
        self.use_theme(self.palette)
        self.set_keymap({f"{one.where}.{name_of(one.action)}": keys_of(one) for one in TABLE})
        if self.settings.reduced_motion:
            self.animation_level = "none"
        await self.push_screen(self._place("inbox"))
        self.run_worker(self._enter(), group="enter")

    async def _enter(self) -> None:
        """Learn who asks and where; then bring back what was on the screen last."""
        face = self._places["inbox"]
        try:
            reader = await self.room.ask(Desk.reader)
        except MetricgovError as error:
            if error.code in NO_REGISTRY:
                from metricgov_tui.screens.first_run import FirstRun

                await self.push_screen(FirstRun(error))
            else:
                self.refused = error
                face.fill()
                self._redraw()
            return
        except Broken as broken:
            face.problem = broken
            face.fill()
            self.say(words.OUR_MISTAKE, "grave")
            return
        self.reader = reader
        self.remembered = Remembered(self._home / reader.registry)
        if not self.settings.theme and (theme := THEMES.get(self.remembered.get("theme", ""))):
            self.use_theme(theme)
        await face.guarded(self._look())
        for one in self._places.values():
            one.reload()
        self._redraw()
        self.set_interval(SECONDS_BETWEEN_LOOKS, self._watch)
        if self.tour is not None:
            self.set_interval(EVERY, self._go_on)
        if self._change:
            await self._open_named(self._change)
        elif (place := self.remembered.get("place", "")) in PLACES and place != "inbox":
            self.go_to(place)

    async def _open_named(self, change: str) -> None:
        """Open the change that the command line named; where there is none, say so over the inbox."""
        try:
            view = await self.room.ask(Desk.change, change)
        except MetricgovError as error:
            self.say(words.error(error), "grave")
        else:
            self.open_change(view.change)

    def quit(self) -> None:
        """Leave; only where work runs a second time."""
        if self.works.running and not self._quit_asked:
            self._quit_asked = True
            count = len(self.works.running)
            runs = (
                "1 piece of work is running and stops" if count == 1 else f"{count} pieces of work are running and stop"
            )
            self.say(f"{runs} with this window. q again quits.", "warn")
            return
        self.works.stop()
        if self.remembered is not None:
            self.remembered.write()
        self.room.close()
        self.exit()

    # places and things

    def _place(self, name: str) -> Face:
        if name not in self._places:
            module, _, kind = PLACES[name][1].partition(":")
            self._places[name] = getattr(import_module(module), kind)()
            self.install_screen(self._places[name], name)  # it stays as it is while another one is in front
        return self._places[name]

    def go_to(self, name: str) -> None:
        """Show one of the places."""
        while len(self.screen_stack) > 2:
            self.pop_screen()
        if self.screen is self._places.get(name):
            return
        self.say("")
        self.switch_screen(self._place(name))
        if self.remembered is not None:
            self.remembered.set("place", name)

    def action_place(self, name: str) -> None:
        """Show one of the places."""
        self.go_to(name)

    def open_change(self, change: str, among: tuple[str, ...] = ()) -> None:
        """Open a change for review; `among` are the changes of the list it came from."""
        from metricgov_tui.screens.review import Review

        self.push_screen(Review(change, among or (change,)))

    def open_definition(self, definition: str) -> None:
        """Show a definition in the registry."""
        from metricgov_tui.screens.registry import RegistryPlace

        self.go_to("registry")
        place = self._places["registry"]
        assert isinstance(place, RegistryPlace)
        place.find(definition)

    def open_narrowed(self, **facets: str) -> None:
        """Show the definitions of the registry that some facets let through."""
        from metricgov.domain.searched import Facets
        from metricgov_tui.screens.registry import RegistryPlace

        self.go_to("registry")
        place = self._places["registry"]
        assert isinstance(place, RegistryPlace)
        place.narrow(Facets(**facets))

    def open_timeline(self, definition: str) -> None:
        """Open the timeline of a metric."""
        from metricgov_tui.screens.timeline import Timeline

        self.push_screen(Timeline(definition))

    def open_edit(self, *, definition: str = "", change: str = "") -> None:
        """Open the editor for a definition, or for the contents of a change."""
        from metricgov_tui.screens.edit import Edit

        self.push_screen(Edit(definition=definition, change=change))

    # what everybody sees

    def say(self, text: str | Text, style: str = "text") -> None:
        """Say something in the message row, until something else is said."""
        self._quit_asked = False
        self.message = Text(text, style=style) if isinstance(text, str) else text
        self._redraw()

    def _redraw(self) -> None:
        for one in reversed(self.screen_stack):
            if isinstance(one, Face):
                one.draw_edges()
                return

    def who(self) -> Text:
        """Return the right end of the top row: the registry where there is room, the person, what is not sent."""
        if self.reader is None:
            return Text("…", style="dim")
        text = Text()
        if self.size.width >= WIDE:
            text.append(f"{self.reader.title}   ", "dim")
        text.append(self.reader.principal, "bold")
        if self.standing is not None and (self.standing.remote or self.size.width >= WIDE):
            said = words.sent(self.standing)
            age = self._age()
            if self.size.width >= WIDE and self.standing.fetched_at:
                said += f", fetched {words.ago(age)}"
            elif self.standing.remote and age > STALE_AFTER and self.standing.fetched_at:
                said = f"as of {words.ago(age)}"
            text.append(f"  {said}", "warn" if self.standing.unsent or self.standing.offline else "dim")
        text.append(" ")
        return text

    def places_row(self, here: str) -> Text:
        """Return the five places, the one that is shown in brackets."""
        row = Text(" ")
        gap = "   " if self.size.width >= WIDE else "  "
        for name, (label, _) in PLACES.items():
            said = f"{label} {self.waiting}" if name == "inbox" and self.waiting is not None else label
            row.append(f"[{said}]" if name == here else said, "title" if name == here else "text")
            row.append(gap)
        return row

    def resting(self) -> str:
        """Return what the message row says where nothing has happened."""
        return words.fetched(self.standing, self._age()) if self.standing else ""

    def _age(self) -> float:
        if self.standing is None or not self.standing.fetched_at:
            return 0.0
        then = datetime.fromisoformat(self.standing.fetched_at.replace("Z", "+00:00"))
        return max(0.0, (self.now() - then).total_seconds())

    # what moves

    async def _look(self) -> bool:
        standing = await self.room.ask(Desk.standing)
        moved = self.standing is not None and standing.mark != self.standing.mark
        self.standing = standing
        return moved

    async def _watch(self) -> None:
        """See whether something has moved; screens count what is new and show it when they are asked to."""
        try:
            moved = await self._look()
        except MetricgovError:
            return
        if moved:
            for one in dict.fromkeys([*self._places.values(), *self.screen_stack]):
                if isinstance(one, Face) and hasattr(one, "moved") and one.laid_out:
                    one.moved()
        self._redraw()

    def fetch(self, face: Face) -> None:
        """Show what is new here; fetch and send where there is a remote."""
        if self.standing is not None and self.standing.remote and not self.standing.offline:
            face.begin(self._fetched(face), group="fetch")
        else:
            face.reload()

    async def _fetched(self, face: Face) -> None:
        began = time.monotonic()
        self.say("Fetching …")
        done = await self.room.ask(Desk.sync)
        await self._look()
        if done.refused:
            self.say(f"Fetched; {done.refused} of your decisions met a newer state and are kept here.", "warn")
        else:
            sent = f", sent {done.sent}" if done.sent else ""
            self.say(f"Fetched in {time.monotonic() - began:.1f} s{sent}. {done.behind}".rstrip())
        face.reload()

    # keys of everywhere

    async def run_action(self, action: Any, default_namespace: Any = None, namespaces: Any = None) -> bool:
        """Run an action, or say why it cannot be run now: a closed key answers."""
        face = self.screen
        if isinstance(action, str) and isinstance(face, Face):
            name = name_of(action.rpartition(".")[2])
            if self.tour is not None:
                self.tour.press(name)
            why = face.refusal(name)
            if why:
                self.say(why, "warn")
                return True
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except MetricgovError as error:
            self.say(words.error(error), "grave")
        except Exception as error:
            if self.raising:
                raise
            self.broke(error)
        return True

    def broke(self, error: Exception) -> None:
        """Say that something of ours broke, and keep the report for `y`; nobody loses a draft to a panel."""
        from metricgov.desk.serving import report_of

        face = self.screen
        if isinstance(face, Face):
            face.problem = Broken(report_of(error))
        self.say(words.OUR_MISTAKE, "grave")

    def action_stop(self) -> None:
        """Stop what runs."""
        if not self.works.stop():
            self.say(words.NOTHING_RUNS)

    def action_palette(self) -> None:
        """Everything by its name."""
        from metricgov_tui.dialogs.palette import Palette

        self.push_screen(Palette(self.screen))

    def action_keys(self) -> None:
        """The keys that work here."""
        from metricgov_tui.dialogs.keys import KeysHelp

        where = self.screen.WHERE if isinstance(self.screen, Face) else ("dialog",)
        self.push_screen(KeysHelp((*where, "rows", "app")))

    def copied(self, text: str) -> None:
        """Copy a text (OSC 52), and show it as well."""
        if not text:
            self.say("Nothing to copy here.")
            return
        self.copy_to_clipboard(text)
        self.say(words.COPIED.format(text.splitlines()[0][:200]))

    def in_front(self) -> str:
        """Return the definition that the screen is about, "" where it is about none."""
        for one in reversed(self.screen_stack):
            if isinstance(one, Face):
                return one.about_definition()
        return ""

    def leave_for(self, what: str) -> None:
        """Leave the screens for something that comes back to them: `plain`, `tour`, `init`."""
        self.leaves_for = what
        self._quit_asked = True
        self.quit()

    # the tour

    def _go_on(self) -> None:
        if self.tour is not None and self.tour.look(self):
            self._redraw()

    def end_tour(self) -> None:
        """Say no more; the copy stays until it is left."""
        if self.tour is not None and not self.tour.ended:
            self.tour.ended = True
            self.say("The tour is over; : tour goes on with it. You are still in the copy; q leaves it.")

    def resume_tour(self) -> None:
        """Go on with a tour that was ended."""
        if self.tour is not None:
            self.tour.resume()
            self.say("")

    def keep_copy(self) -> None:
        """Let the copy of the tour stay when it is left."""
        if self.tour is not None:
            self.tour.keep()
            self.say(f"The copy stays in {self.tour.folder}: cd there, then metricgov tui --as {READER}")

    def use_theme(self, theme: Theme) -> None:
        """Change the look of everything."""
        self.palette = theme
        self.ansi_color = not theme.background
        self.theme = f"gov {theme.name}"
        if self.remembered is not None:
            self.remembered.set("theme", theme.name)
        self.refresh(repaint=True)
        for screen in self.screen_stack:
            screen.refresh(repaint=True)
            for widget in screen.query("*"):
                widget.refresh()


def _textual(theme: Theme) -> TextualTheme:
    """Return a theme as the widgets of Textual take it: inputs, borders, selections."""
    text = theme.colours.get("text", "ansi_default")
    ground = theme.background or "ansi_default"
    return TextualTheme(
        name=f"gov {theme.name}",
        primary=theme.colours.get("words", "ansi_default"),
        foreground=text,
        background=ground,
        surface=ground,
        panel=ground,
        dark=theme.dark,
    )
