"""The plain mode: the same screens and keys, told line by line; for screen readers, pipes and TERM=dumb.

The app runs without a screen. After each key what has changed is said in new lines at the bottom: the place, the item
under the cursor as a sentence, what the message row says. Nothing is ever painted over.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input, TextArea

from metricgov.render.kit import Screen as Kit
from metricgov_tui.keys import NAMES
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import TextRow

if TYPE_CHECKING:
    from metricgov_tui.app import GovApp

SIZE: Final = (100, 60)
"""Columns and rows of the screen that is never seen: one pane, and long enough to need little scrolling."""

READ_ALL: Final = "equals_sign"
"""The key that reads everything in the panel: = by the name that Textual gives it."""

SETTLED: Final = 0.15
"""Seconds of quiet after which a key has done what it does."""

PATIENCE: Final = 15.0

GREETING: Final = (
    "metricgov, plain. Keys are those of the screens: j k move, Enter opens, Esc goes back, ? lists keys, : does "
    "anything by its name, = reads all that is here, q leaves."
)

SEQUENCES: Final = {
    "[A": "up", "[B": "down", "[C": "right", "[D": "left", "[H": "home", "[F": "end", "[5~": "pageup",
    "[6~": "pagedown", "[Z": "shift+tab", "[3~": "delete",
}  # fmt: skip
CONTROLS: Final = {"\r": "enter", "\n": "enter", "\t": "tab", "\x7f": "backspace", "\x08": "backspace", " ": "space"}
WORDS: Final = {written: name for name, written in NAMES.items()} | {"esc": "escape", "Esc": "escape"}


@dataclass(frozen=True, slots=True)
class Told:
    """What was said last, by part."""

    place: str = ""
    item: str = ""
    message: str = ""
    whole: str = ""


class Plain:
    """Tells an app that runs without a screen, and gives it keys."""

    def __init__(self, app: GovApp, out: IO[str]) -> None:
        self.app, self._out = app, out
        self._told = Told()
        self._pilot: Pilot[None] = Pilot(app)

    # telling

    def say(self, text: str) -> None:
        """Write a line, in ASCII."""
        kit = Kit(ascii=True)
        line = kit.letters(text).encode("ascii", "replace").decode()
        self._out.write(line.rstrip() + "\n")
        self._out.flush()

    def tell(self) -> None:
        """Say what is other than it was."""
        now = Told(self.place(), self.item(), self.app.message.plain.strip(), "\n".join(self._panel_without_stops()))
        before, self._told = self._told, now
        if now.place != before.place:
            self.say("")
            for line in now.place.splitlines():
                self.say(line)
        if now.whole and now.whole != before.whole:
            for line in now.whole.splitlines():
                self.say(line)
        if now.item and (now.item != before.item or now.place != before.place):
            self.say(now.item)
        if now.message and now.message != before.message:
            self.say(now.message)

    def place(self) -> str:
        """Return where one is: the rows at the top of a screen, all fixed rows of a dialog."""
        screen = self.app.screen
        left_out = {"message", "keys"}
        rows = [
            one
            for one in screen.query(TextRow)
            if one.id not in left_out and one.display and not one.has_class("label")
        ]
        said = (" ".join(one.said.split()) for one in rows)
        return "\n".join(filter(None, said))

    def item(self) -> str:
        """Return the item in focus as a sentence: a row, a field, a line of a text."""
        focused = self.app.focused
        if isinstance(focused, LineView):
            return " ".join(_spoken(focused))
        if isinstance(focused, Input):
            label = self._label(focused)
            hidden = f" ({focused.placeholder})" if focused.placeholder and not focused.value else ""
            return f"{label}: {focused.value or 'empty'}{hidden}"
        if isinstance(focused, TextArea):
            row = focused.cursor_location[0]
            return f"line {row + 1}: {focused.document.get_line(row)}"
        return ""

    def _label(self, field: Input) -> str:
        name = (field.id or "").partition("-")[2]
        for label in self.app.screen.query(TextRow):
            if label.id == f"label-{name}":
                return label.said.strip()
        return "type"

    def _panel_without_stops(self) -> list[str]:
        focused = self.app.focused
        if isinstance(focused, LineView) and not focused.keys:
            return _all(focused)
        return []

    def read_all(self) -> None:
        """Say everything in every panel that is shown, in reading order."""
        for view in self.app.screen.query(LineView):
            if view.display and view.size.height:
                for line in _all(view):
                    self.say(line)

    # playing

    async def press(self, key: str) -> None:
        """Press a key, and say what it did."""
        if key == READ_ALL and not isinstance(self.app.focused, Input | TextArea):
            self.read_all()
            return
        await self._pilot.press(key)
        await self.settle()
        self.tell()

    async def settle(self) -> None:
        """Wait until nothing is being asked any more, saying how far long work is, at most once a second."""
        loop = asyncio.get_running_loop()
        until, said = loop.time() + PATIENCE, loop.time()
        quiet = 0.0
        while quiet < SETTLED and loop.time() < until and self.app.is_running:
            await asyncio.sleep(0.03)
            quiet = 0.0 if self._busy() else quiet + 0.03
            if self.app.works.running:
                until = loop.time() + PATIENCE
                if loop.time() - said >= 1.0:
                    said = loop.time()
                    self.say(self.app.message.plain)

    def _busy(self) -> bool:
        """Whether something is being asked; what waits for an answer in a dialog does not count."""
        if self.app.reader is None:
            return not self.app.message.plain  # nobody by that name: the message says so
        asks = isinstance(self.app.screen, ModalScreen)
        return any(one.is_running and not (asks and one.group == "decide") for one in self.app.workers)

    async def run(self, keys: Keys) -> None:
        """Tell and play until the keys end or the app is left."""
        self.say(GREETING)
        await self.settle()
        self.tell()
        while self.app.is_running:
            try:
                key = await keys.next(patience=1.0)
            except TimeoutError:
                self.tell()  # what others did meanwhile
                continue
            if key is None:
                self.app.quit()
                self.app.quit()  # asked twice: no key can come any more
                break
            await self.press(key)


def _spoken(view: LineView) -> Iterator[str]:
    """Yield the sentence of the item under the cursor, and the lines that belong to it."""
    lines = view.lines()
    for place, line in enumerate(lines):
        if line.key == view.at and line.key:
            yield line.says or " ".join(line.text.plain.split())
            if line.says:
                return
            for below in lines[place + 1 : place + 13]:
                if not below.under:
                    return
                yield " ".join((below.says or below.text.plain).split())
            return


def _all(view: LineView) -> list[str]:
    said = (" ".join((line.says or line.text.plain).split()) for line in view.lines())
    return [line for line in said if line.strip("-= ")]


# keys


def keys_of_line(line: str) -> list[str]:
    """Return the keys that one line of a pipe means: names and single keys with spaces between."""
    found = []
    for word in line.split():
        if len(word) == 1 or word in WORDS.values():
            found.append(_key(word))
        elif word in WORDS:
            found.append(WORDS[word])
        else:
            found += [_key(char) for char in word]
    return found


def _key(char: str) -> str:
    """Return Textual's name of a key that stands for itself."""
    from textual.keys import _character_to_key

    return char if len(char) > 1 else _character_to_key(char)


class Keys:
    """What comes on standard input: single keys of a terminal, or lines of a pipe, each read when it can be used.

    What a line means depends on where one is when it is used: keys, or a text for the field in focus.
    """

    def __init__(self, app: GovApp) -> None:
        self._app = app
        self._terminal = sys.stdin.isatty()
        self._read: asyncio.Queue[str] = asyncio.Queue()
        self._wanted = threading.Semaphore(1)
        self._loop = asyncio.get_running_loop()
        self._keys: list[str] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            self._wanted.acquire()
            text = os.read(0, 32).decode(errors="replace") if self._terminal else sys.stdin.readline()
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._read.put_nowait, text)
            if not text:
                return

    async def next(self, patience: float) -> str | None:
        """Return the next key, None at the end of the input; raises TimeoutError where none comes."""
        while not self._keys:
            text = await asyncio.wait_for(self._read.get(), patience)
            self._wanted.release()
            if not text:
                return None
            if self._terminal:
                self._keys = list(keys_of_terminal(text))
            elif isinstance(self._app.focused, Input | TextArea):
                self._keys = [*map(_key, text.rstrip("\n")), "enter"]
            else:
                self._keys = keys_of_line(text) or ["enter"]
        return self._keys.pop(0)


def keys_of_terminal(data: str) -> Iterator[str]:
    """Yield Textual's names of what a terminal sent at once."""
    if data.startswith("\x1b"):
        yield SEQUENCES.get(data[1:], "escape")
        return
    for char in data:
        control = f"ctrl+{chr(ord(char) + 96)}" if ord(char) < 27 and char not in CONTROLS else ""
        yield CONTROLS.get(char) or control or _key(char)


@contextlib.contextmanager
def _single_keys() -> Iterator[None]:
    """Take keys from a terminal as they are pressed, and leave it as it was."""
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(0)
    tty.setcbreak(0)
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)


def play(app: GovApp) -> None:
    """Run an app line by line on standard input and output, until it is left."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii", errors="replace")

    async def whole() -> None:
        plain = Plain(app, out)
        running = asyncio.create_task(app.run_async(headless=True, size=SIZE))
        while not app.is_running and not running.done():
            await asyncio.sleep(0.02)
        told = asyncio.create_task(plain.run(Keys(app)))
        await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
        app.exit()
        await asyncio.wait({running}, timeout=5)
        told.cancel()

    with _single_keys(), contextlib.suppress(KeyboardInterrupt):
        asyncio.run(whole())
    out.flush()
