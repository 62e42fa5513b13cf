"""How the UI begins: what the command line says, what the terminal can do, and which processes answer."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from metricgov_tui.look import ASCII, PLAIN, UNICODE, Look
from metricgov_tui.remembered import Settings, read_settings, settings_path, state_home
from metricgov_tui.rooms import ProcessRoom
from metricgov_tui.themes import DARK, NO_COLOUR, THEMES, Theme


def look_for(settings: Settings, environ: Mapping[str, str], encoding: str) -> Look:
    """Return the signs that the terminal can show."""
    ascii_only = settings.ascii or "utf" not in encoding.lower() or environ.get("TERM") == "linux"
    return ASCII if ascii_only else UNICODE


def theme_for(settings: Settings, environ: Mapping[str, str]) -> Theme:
    """Return the theme: that of the settings, no colour where NO_COLOR is set (no-color.org), else dark."""
    if environ.get("NO_COLOR"):
        return NO_COLOUR
    return THEMES.get(settings.theme, DARK)


def run(*, change: str = "", claimed: str = "", key: str = "", folder: str = "", plain: bool = False) -> None:
    """Open the UI and return when it is left; line by line with `plain`, and by itself where TERM is dumb."""
    home = state_home()
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    plain = plain or os.environ.get("TERM") == "dumb"
    settings = read_settings(settings_path())
    while True:
        room = ProcessRoom(folder, claimed, key, log=home / "log" if home.is_dir() else None)
        room.start()  # they load while Textual does
        from metricgov_tui.app import GovApp

        app = GovApp(
            room,
            settings=settings,
            theme=NO_COLOUR if plain else theme_for(settings, os.environ),
            look=PLAIN if plain else look_for(settings, os.environ, getattr(sys.stdout, "encoding", "") or ""),
            home=Path(home),
            change=change,
        )
        try:
            if plain:
                from metricgov_tui.plain import play

                play(app)
            else:
                app.run()
        finally:
            room.close()
        if plain or not app.wants_plain:
            return
        plain = True
