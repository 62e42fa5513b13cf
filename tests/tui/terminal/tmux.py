"""A real terminal: tmux holds it, keys go in as a person's do, and what stands on the screen is read back."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from metricgov_tui.dialogs.confirm import DEAF_FOR

PROMPT = "shell>"
"""What the shell below the UI says."""

PATIENCE = 30.0
"""Seconds after which a text that does not come is missed; nothing here takes long on a quiet machine."""


def missing() -> str:
    """Return why there is no terminal here, "" where there is one."""
    return "" if shutil.which("tmux") else "no tmux on this machine, so nothing was tried in a real terminal"


class Terminal:
    """One terminal with the UI in it."""

    def __init__(
        self, folder: Path, home: Path, *words: str, size: tuple[int, int] = (80, 24), environ: Mapping[str, str] = {}
    ) -> None:
        self.name = f"metricgov-{uuid.uuid4().hex[:8]}"
        self._folder = folder
        program = f"{sys.executable} -c 'from metricgov.cli.main import entry; entry()' {' '.join(words)}"
        held = {
            "XDG_STATE_HOME": str(home),
            "XDG_CONFIG_HOME": str(home),
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "LANG": "C.UTF-8",
            **environ,
        }
        said = " ".join(f"{name}='{value}'" for name, value in {"PS1": f"{PROMPT} ", **held}.items())
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(size[0]), "-y", str(size[1]), "-c", str(folder),
            f"env -u COLUMNS -u LINES {said} sh",
        )  # fmt: skip
        self.keys(program, "Enter")

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(["tmux", "-L", self.name, *words], capture_output=True, text=True, check=False)
        return done.stdout

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names, or type texts."""
        for key in keys:
            self._tmux("send-keys", key) if key in NAMED or len(key) == 1 else self._tmux("send-keys", "-l", key)

    def screen(self) -> str:
        """Return what stands on the screen."""
        return self._tmux("capture-pane", "-p")

    def wait(self, *texts: str, gone: str = "") -> str:
        """Wait until all texts stand on the screen (and one is gone), and return it."""
        until = time.monotonic() + PATIENCE
        shown = ""
        while time.monotonic() < until:
            shown = self.screen()
            if all(text in shown for text in texts) and not (gone and gone in shown):
                return shown
            time.sleep(0.05)
        raise AssertionError(f"{texts} did not come, or {gone!r} stayed:\n{shown}")

    def until(self, key: str, text: str) -> str:
        """Press a key until a text stands on the screen: where keys are dropped for a moment, the first may be."""
        until = time.monotonic() + PATIENCE
        while text not in (shown := self.screen()):
            assert time.monotonic() < until, f"{text!r} did not come:\n{shown}"
            self.keys(key)
            time.sleep(DEAF_FOR)
        return shown

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size."""
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self) -> None:
        """End it."""
        self._tmux("kill-server")


NAMED = frozenset(
    {"Enter", "Escape", "Tab", "Space", "Up", "Down", "Left", "Right", "End", "BSpace", "BTab"}
    | {"C-c", "C-z", "C-l", "C-d", "C-u"}
)
"""Keys that tmux knows by name."""

Open = Callable[..., Terminal]


def opening(folder: Path, home: Path) -> Iterator[Open]:
    """Yield what opens `metricgov tui` in a terminal, and end all that were opened."""
    opened: list[Terminal] = []

    def make(*words: str, size: tuple[int, int] = (80, 24), **environ: str) -> Terminal:
        opened.append(Terminal(folder, home, "tui", *words, size=size, environ={"TERM": "xterm-256color", **environ}))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
