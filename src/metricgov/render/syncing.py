"""What a sync did and what is kept of what was refused, for people and programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink

Row = Mapping[str, Any]


def synced_text(sent: Sequence[str], refused: Sequence[Row], seq: int, *, screen: Screen | None = None) -> str:
    """Return the outcome of a sync; `sent` are types of events, `seq` is the last event of the journal."""
    screen = screen or Screen()
    if sent:
        many = "1 event" if len(sent) == 1 else f"{len(sent):,} events"
        first = f"Sent {many}: {', '.join(dict.fromkeys(one.replace('_', ' ') for one in sent))}."
    else:
        first = "Nothing waited to be sent." if not refused else "Nothing was sent."
    lines = screen.wrap(f"{first} The journal is at event {seq:,}.")
    if refused:
        lines += [screen.rule(f"Refused {len(refused)}"), *_refused_lines(refused, screen, texts=False)]
        lines += screen.wrap("Kept here with the texts: metricgov sync --show; forget one: metricgov sync --drop N")
    return screen.text(lines)


def outbox_text(waiting: Sequence[str], refused: Sequence[Row], *, screen: Screen | None = None) -> str:
    """Return everything that waits here, and what was refused, with its texts."""
    screen = screen or Screen()
    lines = [f"{len(waiting)} decisions wait to be sent." if len(waiting) != 1 else "1 decision waits to be sent."]
    for one in waiting:
        lines += screen.wrap(clean(one), "  ")
    if refused:
        lines += [screen.rule(f"Refused {len(refused)}"), *_refused_lines(refused, screen, texts=True)]
    return screen.text(lines)


def synced_json(sent: Sequence[str], refused: Sequence[Row], moved: Sequence[Row]) -> str:
    """Return the outcome of a sync as JSON."""
    return json_text({"format": 1, "sent": list(sent), "refused": list(refused), "main": list(moved)})


def outbox_json(waiting: Sequence[str], refused: Sequence[Row]) -> str:
    """Return the outbox as JSON."""
    return json_text({"format": 1, "waiting": list(waiting), "refused": list(refused)})


def _refused_lines(rows: Sequence[Row], screen: Screen, *, texts: bool) -> list[str]:
    lines: list[str] = []
    for number, row in enumerate(rows, 1):
        did = ", ".join(one.replace("_", " ") for one in row["did"])
        head = f"{did} · {row['label']} · {row['principal']} · {row['at'][:10]}" if row["label"] else did
        lines += screen.wrap(ink(clean(head), Ink.BOLD), f"{number}. ", "   ")
        for said in row["says"].splitlines():
            lines += screen.wrap(clean(said), "   ")
        if row["hint"]:
            lines += screen.wrap(f"Next: {clean(row['hint'])}", "   ")
        if row["words"]:
            lines += screen.wrap(f"Your words: {clean(row['words'])}", "   ")
        for path, text in row["texts"].items() if texts else ():
            lines += [f"   {clean(path)}:", *(f"     {clean(line)}" for line in text.splitlines())]
    return lines
