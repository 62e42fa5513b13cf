"""What the screens about definitions and their values say, each with the key that leads on."""

from __future__ import annotations

from typing import Final

from metricgov.render.kit import clean, plural

EMPTY: Final = "No definitions yet. + begins one."
READING: Final = "Reading the definitions …"
NO_VALUES: Final = "No stored values."
NO_ENGINE: Final = "Values: no engine here. Bind one under engines: in metricgov.yaml."
NO_SCORECARDS: Final = "No scorecard yet. + begins one."
NO_CHANGE: Final = "No change made this version: it was accepted as found."
NOTHING_FURTHER: Final = "Nothing further on this side."
NOT_A_METRIC: Final = "Timelines are of metrics; the Versions tab has those of this."
WATCHING: Final = "Changes are watched, not definitions: w on one in 1 Inbox."
NO_POINTS: Final = "No rows in these periods."
NO_SEGMENT: Final = "(none)"
NO_DIMENSION: Final = "Its definition names no dimension, so it is one line."


def nothing_matches(typed: str, closest: str, *, narrowed: bool) -> str:
    """Return what a search says that finds nothing."""
    said = f'Nothing matches "{clean(typed)}"' if typed else "Nothing matches these facets"
    near = f" Closest: {clean(closest)}; Enter takes it." if closest else ""
    wider = " f widens the facets." if narrowed and typed else ""
    return f"{said}.{near}{wider} Esc clears."


def found(exact: int, alike: int) -> str:
    """Return how a search went."""
    if alike:
        return f"Nothing matches exactly; {plural(alike, 'name')} nearly."
    return f"{exact:,} found by name, title, owner, source or tag."


def reads_from(engine: str) -> str:
    """Return how to get values where none are stored."""
    return f"{NO_VALUES} v reads them from {clean(engine)}." if engine else f"{NO_VALUES} {NO_ENGINE}"


def one_version(since: str) -> str:
    """Return what the timeline of a metric says that never changed."""
    return f"One version since {since}: nothing to compare."


def comparable(strict: int, bridged: int) -> str:
    """Return how much of the past compares with today."""
    if not strict and not bridged:
        return "Comparable today: less than a month."
    said = f"Comparable today: {plural(strict, 'month')} strict"
    return f"{said}, {bridged} with the bridge." if bridged > strict else f"{said}."
