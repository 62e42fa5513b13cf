"""How the UI begins: what the command line says, what the terminal can do, and which processes answer."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from metricgov_tui.look import ASCII, UNICODE, Look
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


def run(*, change: str = "", claimed: str = "", key: str = "", folder: str = "") -> None:
    """Open the UI and return when it is left."""
    home = state_home()
    with contextlib.suppress(OSError):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    room = ProcessRoom(folder, claimed, key, log=home / "log" if home.is_dir() else None)
    room.start()  # they load while Textual does
    settings = read_settings(settings_path())
    from metricgov_tui.app import GovApp

    app = GovApp(
        room,
        settings=settings,
        theme=theme_for(settings, os.environ),
        look=look_for(settings, os.environ, getattr(sys.stdout, "encoding", "") or ""),
        home=Path(home),
        change=change,
    )
    try:
        app.run()
    finally:
        room.close()
