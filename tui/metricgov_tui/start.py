"""How the UI begins: what the command line says, what the terminal can do, and which processes answer."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov.domain.errors import MetricgovError
from metricgov_tui.look import ASCII, PLAIN, UNICODE, Look
from metricgov_tui.remembered import Settings, read_settings, settings_path, state_home
from metricgov_tui.rooms import ProcessRoom
from metricgov_tui.themes import DARK, NO_COLOUR, THEMES, Theme

if TYPE_CHECKING:
    from metricgov_tui.tour import Tour


def look_for(settings: Settings, environ: Mapping[str, str], encoding: str) -> Look:
    """Return the signs that the terminal can show."""
    ascii_only = settings.ascii or "utf" not in encoding.lower() or environ.get("TERM") == "linux"
    return ASCII if ascii_only else UNICODE


def theme_for(settings: Settings, environ: Mapping[str, str]) -> Theme:
    """Return the theme: that of the settings, no colour where NO_COLOR is set (no-color.org), else dark."""
    if environ.get("NO_COLOR"):
        return NO_COLOUR
    return THEMES.get(settings.theme, DARK)


def run(
    *, change: str = "", claimed: str = "", key: str = "", folder: str = "", plain: bool = False, server: str = ""
) -> None:
    """Open the UI and return when it is left; line by line with `plain`, and by itself where TERM is dumb."""
    home = state_home()
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    plain = plain or os.environ.get("TERM") == "dumb"
    while True:
        left_for = _play(Window(folder, claimed, key, change, plain, server=server), home)
        if left_for == "plain":
            plain = True
        elif left_for == "tour":
            _tour(home, plain=plain)
        elif left_for == "init":
            if subprocess.call([sys.executable, "-m", "metricgov.cli.main", "init", folder or "."]):
                return
        else:
            return


@dataclass(frozen=True, slots=True)
class Window:
    """What is opened: a registry, for a person, at a change, in the plain mode or not; in a tour or not."""

    folder: str
    claimed: str
    key: str = ""
    change: str = ""
    plain: bool = False
    tour: Tour | None = None
    server: str = ""


def _play(window: Window, home: Path) -> str:
    """Open one window until it is left; return what for, "" for good."""
    settings = read_settings(settings_path())
    room = ProcessRoom(
        window.folder, window.claimed, window.key, server=window.server, log=home / "log" if home.is_dir() else None
    )
    room.start()  # they load while Textual does
    from metricgov_tui.app import GovApp

    app = GovApp(
        room,
        settings=settings,
        theme=NO_COLOUR if window.plain else theme_for(settings, os.environ),
        look=PLAIN if window.plain else look_for(settings, os.environ, getattr(sys.stdout, "encoding", "") or ""),
        home=Path(home),
        change=window.change,
        tour=window.tour,
    )
    try:
        if window.plain:
            from metricgov_tui.plain import play

            play(app)
        else:
            app.run()
    finally:
        room.close()
    return app.leaves_for


def _tour(home: Path, *, plain: bool) -> None:
    """Make a copy, play in it, and take it away again; errors and Ctrl-C lead back to where one was."""
    from metricgov.desk.trying import READER
    from metricgov_tui.tour import Tour, forget, leaving_nothing, make

    sys.stderr.write("Making a copy of the starter registry to try things on; Ctrl-C stops.\n")
    with leaving_nothing():
        try:
            registry = make(lambda what: sys.stderr.write(f"  {what}\n"))
        except KeyboardInterrupt:
            return
        except MetricgovError as error:
            sys.stderr.write(f"{error}\n  {error.hint}\nEnter goes back.\n")
            sys.stdin.readline()
            return
        tour = Tour(registry)
        try:
            while _play(Window(str(registry), READER, plain=plain, tour=tour), home) == "plain":
                plain = True
        finally:
            if not tour.keeps:
                forget(registry)
