"""The journal as lines: an event a row, and all that one event says below it."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.render.changes import PROGRAM
from metricgov.render.kit import clean, plural, time_words, wrap_words
from metricgov_tui.lines import Line, Rows

if TYPE_CHECKING:
    from metricgov.desk.proving import Events, Verified
    from metricgov.domain.past_views import AuditRow
    from metricgov_tui.look import Look

SERVER = "server"
"""What proves an event that no person made."""


def matching(rows: Sequence[AuditRow], text: str) -> list[AuditRow]:
    """Return the rows that hold every word of a text anywhere."""
    wanted = text.casefold().split()
    if not wanted:
        return list(rows)
    return [
        row
        for row in rows
        if all(word in f"{row.what} {row.who} {row.label} {row.definition} {row.type}".casefold() for word in wanted)
    ]


def only(text: str, form: str, seqs: Collection[int]) -> str:
    """Return the lines of an export that are about some events, with the head that CSV has; one event is one line."""
    lines = [f"{line}\n" for line in text.split("\n") if line]
    head = 1 if form == "csv" else 0
    return "".join([*lines[:head], *(line for line in lines[head:] if _seq(line, form) in seqs)])


def _seq(line: str, form: str) -> int:
    return int(line.partition(",")[0]) if form == "csv" else int(json.loads(line)["seq"])


def filter_words(wanted: Events, shown: int, total: int) -> tuple[Text, Text]:
    """Return what the filter lets through, and how many of all events that is."""
    said = [
        f"since {wanted.since}" if wanted.since else "from the first day",
        *([f"until {wanted.until}"] if wanted.until else []),
        wanted.person or "any person",
        wanted.event.replace("_", " ") or "any event",
        wanted.definition.removeprefix("metric:") or "any definition",
        *([wanted.change] if wanted.change else []),
    ]
    return Text(f" {' · '.join(said)}"), Text(f"{shown:,} of {total:,} ", style="dim")


def head(width: int) -> Line:
    """Return the row of column names; the cursor of the list below takes a column of its own."""
    return Line(Text(" " + _columns("seq", "time claimed", "who", "proof", "what", width), style="dim"))


def _columns(seq: str, at: str, who: str, proof: str, what: str, width: int, ellipsis: str = "") -> str:
    person = 18 if width < 100 else 28
    row = f"{seq:>7}  {at:<18}{_cut(who, person - 2, ellipsis):<{person}}{proof:<9}"
    return row + _cut(what, max(1, width - len(row) - 1), ellipsis)


def _cut(text: str, room: int, ellipsis: str) -> str:
    return text if len(text) <= room else text[: room - len(ellipsis)].rstrip() + ellipsis


def lines(rows: Sequence[AuditRow], width: int, look: Look) -> Rows:
    """Return the events, newest first as they come; only what is seen is made."""

    def make(place: int) -> Line:
        row = rows[place]
        proof = row.identity.value if row.who else SERVER
        what = clean(row.what) + (f" {look.dot} {clean(row.label)}" if row.label and width >= 100 else "")
        at = time_words(row.at).replace(" 20", " ", 1) if width < 100 else row.at.replace("T", " ").removesuffix("Z")
        text = Text(_columns(f"{row.seq:,}", at[:17], clean(row.who) or look.dash, proof, what, width, look.ellipsis))
        if row.fault:
            text.append(f"  {look.error} {clean(row.fault)}", "grave")
        elif row.waiting:
            text.append("  not yet sent", "warn")
        said = f"event {row.seq}, {time_words(row.at)}, {clean(row.who) or PROGRAM}, {proof}: {what}"
        return Line(text, str(row.seq), f"{said}, {place + 1} of {len(rows)}")

    return Rows([str(row.seq) for row in rows], make)


def detail(row: AuditRow | None, width: int, look: Look) -> list[Line]:
    """Return everything about one event: words, change, contents, place in the chain."""
    if row is None:
        return []
    title = f"{look.rule * 2} {row.seq:,}  {clean(row.what)} "
    found = [Line(Text(_cut(title, width - 1, look.ellipsis).ljust(width, look.rule), style="title"))]
    about = " ".join(filter(None, [clean(row.label), clean(row.definition).removeprefix("metric:")]))
    proof = row.identity.value if row.who else SERVER
    pairs = (
        ("what", clean(row.what)),
        ("who", f"{clean(row.who) or PROGRAM}, {proof}"),
        ("time", f"{row.at} as claimed"),
        ("change", about),
        ("chain", f"sha256 {_short(row.sha256, look)} follows {_short(row.prev, look) if row.prev else 'nothing'}"),
        ("fault", clean(row.fault)),
    )
    for name, said in pairs:
        if said:
            style = "grave" if name == "fault" else ""
            found += [
                Line(Text(part, style=style)) for part in wrap_words(f"{name:<9}{said}", width - 1, " ", " " * 10)
            ]
    return found


def _short(digest: str, look: Look) -> str:
    return f"{digest[:12]}{look.ellipsis}" if digest else look.dash


def verified(found: Verified, look: Look) -> Text:
    """Return what verifying came to, as a message."""
    if found.first_bad is not None or found.problems:
        where = f"event {found.first_bad:,} is the first bad one: " if found.first_bad is not None else ""
        more = f" {len(found.problems) - 1} more." if len(found.problems) > 1 else ""
        hint = f" {found.hints[0]}" if found.hints else ""
        return Text(
            f"{look.error} {where}{clean(found.problems[0]) if found.problems else ''}.{more}{hint}", style="grave"
        )
    counted = f"{plural(found.events, 'event')} of {plural(found.changes, 'change')} hold"
    said = f"{look.ok} {counted}; chain {found.sha256[:12]}."
    return Text(said + (f" {found.note[:1].upper()}{found.note[1:]}." if found.note else ""), style="ok")
