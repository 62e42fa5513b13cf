"""What `notify` did, for a terminal and a log of cron."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metricgov.render.kit import Ink, Screen, clean, ink, plural

PARTS = (
    ("sent", "told", Ink.ADDED),
    ("would_send", "would tell", Ink.BOLD),
    ("failed", "NOT YET", Ink.WARN),
    ("dead", "GIVEN UP", Ink.GRAVE),
    ("undeliverable", "NO CHANNEL", Ink.GRAVE),
)


def notified_text(whole: Mapping[str, Any], screen: Screen) -> str:
    """Return one line a notice: what became of it, for whom, about what; and why it did not arrive."""
    lines: list[str] = []
    for name, word, colour in PARTS:
        for row in whole.get(name, ()):
            lines += _lines(row, ink(f"{word:<10}", colour), screen)
    if whole["began"] is not None:
        lines += screen.wrap(
            f"This is the first time here: what happened up to event {whole['began']} is not told any more. "
            "From now on, each run tells what is new; --since SEQ begins earlier."
        )
    elif not lines:
        lines.append("Nobody is to be told anything.")
    if whole["waiting"]:
        waits = plural(whole["waiting"], "notice")
        lines += screen.wrap(f"{waits} for a later attempt or a digest (--digest daily, --digest weekly).")
    return screen.text(lines)


def listed_text(rows: Sequence[Mapping[str, Any]], screen: Screen) -> str:
    """Return what did not arrive, with what to do about it."""
    lines: list[str] = []
    for row in rows:
        lines += _lines(row, ink(f"{'GIVEN UP' if row['channel'] else 'NO CHANNEL':<10}", Ink.GRAVE), screen)
        lines += [f"            metricgov notify --redeliver {row['id']}"] if row["channel"] else []
    return screen.text(lines or ["Everything arrived, or is still being tried."])


def _lines(row: Mapping[str, Any], word: str, screen: Screen) -> list[str]:
    who = clean(row["person"] or row["channel"] or "")
    over = f" ({clean(row['digest'])} digest)" if row["digest"] else ""
    lines = screen.wrap(f"{word}  {ink(who, Ink.BOLD)}{over}  {clean(row['headline'])}", rest="            ")
    if row["says"]:
        lines += screen.wrap(clean(row["says"]), "            ")
    elif row["person"]:
        lines += screen.wrap(clean(row["because"]), "            ")
    return lines
