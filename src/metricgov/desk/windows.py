"""Which window of which program a draft is written in; loaded by the UI too, so nothing heavy is imported here."""

from __future__ import annotations

from metricgov.adapters import drafts


def window_here() -> str:
    """Return the name of the window that this process is: `host:process:start`."""
    return drafts.window_here()


def lives(window: str) -> bool:
    """Say whether a window may still be open; one on another machine may."""
    return drafts.lives(window)


def window_words(window: str) -> str:
    """Return a window as people know it: `another window (process 4711)`."""
    host, _, rest = window.partition(":")
    there = "" if host == window_here().partition(":")[0] else f" on {host}"
    return f"another window (process {rest.partition(':')[0]}{there})"
