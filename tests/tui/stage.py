"""Where the UI is played: a real registry in a repository, the whole app, keys as a person presses them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual import events
from textual.pilot import Pilot
from textual.screen import ModalScreen

from metricgov.client import connect
from metricgov.desk.local import LocalDesk
from metricgov_tui.app import GovApp
from metricgov_tui.remembered import Settings
from metricgov_tui.rooms import ThreadRoom
from metricgov_tui.themes import DARK, Theme
from serving_http import served

T = TypeVar("T")

GOLDEN_VARIABLE = "METRICGOV_GOLDEN"
SMALL, LARGE = (80, 24), (140, 40)


class Stage:
    """One app over one repository, in the size of a terminal; `over_http` puts a server between the two."""

    over_http: ClassVar[bool] = False

    def __init__(
        self,
        folder: Path,
        home: Path,
        *,
        claimed: str | None = None,
        change: str = "",
        theme: Theme = DARK,
        settings: Settings | None = None,
        clock: Any = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = ""
        self._served = lambda: served(folder, clock=clock)

        def desk() -> object:
            if self._url:
                return connect(self._url, claimed or "crm-lead")
            return LocalDesk(folder, claimed=claimed, clock=clock)

        self.app = GovApp(
            ThreadRoom(desk),
            home=home,
            change=change,
            theme=theme,
            settings=settings,
            now=now,
        )
        self.app.raising = True

    def play(self, scene: Callable[[Stage, Pilot[None]], Coroutine[Any, Any, T]], size: tuple[int, int] = SMALL) -> T:
        """Run a scene against the app in a terminal of that size, and return what it returns."""

        async def whole() -> T:
            async with self.app.run_test(size=size) as pilot:
                await self.settled(pilot)
                return await scene(self, pilot)

        with contextlib.ExitStack() as stack:
            if self.over_http:
                self._url = stack.enter_context(self._served())
            return asyncio.run(whole())

    async def settled(self, pilot: Pilot[None]) -> None:
        """Wait until nothing is being asked or drawn."""
        for _ in range(400):
            await pilot.pause(0.01)
            if self.app.reader is not None and not self._busy():
                await pilot.pause()
                if not self._busy():
                    return
        raise AssertionError(f"still busy: {[one.name for one in self.app.workers if one.is_running]}")

    def _busy(self) -> bool:
        """Whether anything is being done, apart from waiting for an answer in a dialog."""
        if self.app.waiting_keys:
            return True
        asks = isinstance(self.app.screen, ModalScreen)
        return any(one.is_running and not (asks and one.group == "decide") for one in self.app.workers)

    async def press(self, pilot: Pilot[None], *keys: str) -> None:
        """Press keys as a person does: each after what the one before did is on the screen."""
        for key in keys:
            await pilot.press(key)
            await self.settled(pilot)

    def burst(self, *keys: str) -> None:
        """Hand keys to the app all at once, as a terminal does with what was typed while it was busy."""
        names = {"/": "slash", "_": "underscore", ":": "colon", " ": "space"}
        chars = {"slash": "/", "colon": ":", "space": " ", "enter": "\r", "escape": "\x1b", "alt+l": "l"}
        for key in keys:
            char = chars.get(key, key)
            self.app.post_message(events.Key(names.get(key, key), char if len(char) == 1 else None))

    async def type(self, pilot: Pilot[None], text: str) -> None:
        """Type a text."""
        names = {
            " ": "space",
            "-": "minus",
            "_": "underscore",
            ".": "full_stop",
            "/": "slash",
            ":": "colon",
            "'": "apostrophe",
            '"': "quotation_mark",
            ",": "comma",
            "<": "less_than_sign",
            ">": "greater_than_sign",
            "=": "equals_sign",
        }
        await pilot.press(*(names.get(char, char) for char in text))
        await self.settled(pilot)

    def text(self) -> str:
        """Return the screen as it stands, as text."""
        return text_of(self.app)

    @property
    def message(self) -> str:
        """What the message row says."""
        return self.app.message.plain


def text_of(app: GovApp) -> str:
    """Return what a terminal would show, one line a row."""
    width, height = app.size
    lines = ["".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips()]
    return "\n".join(line[:width].rstrip() for line in lines[:height]) + "\n"


def snapshot(shown: str, path: Path) -> None:
    """Compare a screen with the one that was looked at; METRICGOV_GOLDEN=write writes it."""
    if os.environ.get(GOLDEN_VARIABLE) == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(shown.encode())
    assert shown == path.read_bytes().decode(), f"{path.name} looks different; look at it, then {GOLDEN_VARIABLE}=write"


def cli(folder: Path, *words: str, person: str = "", ok: tuple[int, ...] = (0,)) -> str:
    """Run the command line in a registry, as a person in another window would."""
    from metricgov.cli.main import entry  # noqa: F401 - it must be importable for the process below

    environ = {**os.environ, **({"METRICGOV_ACTOR": person} if person else {})}
    import sys

    done = subprocess.run(
        [sys.executable, "-c", "from metricgov.cli.main import entry; entry()", *words],
        cwd=folder, env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode in ok, done.stdout + done.stderr
    return done.stdout
