"""`audit redact`: texts that nobody may see any more leave the journal's tip, on record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import Actor, AsJson, ChangeId, Message, SigningKey
from metricgov.cli.words import spoken
from metricgov.desk.session import Session

if TYPE_CHECKING:
    from metricgov.app.redacting import Stored

KEPT = """The branch's tip no longer holds it. Its older commits still do, here and in every clone, and so does whoever
read it. What this can do for you is said in docs/how-to/redact-a-text.md: beginning the branch anew on the host."""


def redact(
    change: ChangeId,
    blobs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[BLOB]...", help="SHA-256 of a text, or its first 8 digits; none lists them."),
    ] = None,
    message: Message = "",
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Take texts of an ended change out of the journal's tip; for one of the council who did not write it.

    An event says who, why and which digest, signed with your key where main has it. Older commits keep the bytes, and
    every clone has them. Contents that stand on main, or that an approval names, have to stay; so do the words of
    events, which the chain is made of.

    Example: metricgov audit redact chg-7f3kq2 5f1d9a03 -m "names a customer"
    """
    from metricgov.app.redacting import redact as drop
    from metricgov.app.redacting import stored
    from metricgov.cli.output import data, talk

    session = Session(claimed, key=key)
    found = session.change(change, ended=True)
    if not blobs:
        rows = stored(session.access, found)
        data(_json(rows) if as_json else _text(rows))
        return
    reason = spoken(message, "taking a text out of the record")
    voice = session.voice
    drop(voice.access, change=found, actor=voice.actor, blobs=blobs, reason=reason, unsigned=voice.unsigned)
    gone = [one for one in stored(session.access, found) if one.redacted]
    data(_json(gone) if as_json else _text(gone))
    talk(KEPT)


def _text(rows: tuple[Stored, ...] | list[Stored]) -> str:
    from metricgov.cli.output import screen
    from metricgov.render.kit import clean

    shown = screen()
    head = ("BLOB", "EVENT", "WHAT", "STATE")
    cells = [
        (
            one.sha256[:12],
            f"{one.seq:,}",
            clean(one.what),
            clean(one.redacted or (one.needed and f"stays: {one.needed}") or "may go"),
        )
        for one in rows
    ]
    return shown.text(shown.table(head, cells, right=(1,), fixed=(0, 1))) if rows else "It keeps no texts.\n"


def _json(rows: tuple[Stored, ...] | list[Stored]) -> str:
    from metricgov.render.json_text import json_text

    return json_text(
        {
            "format": 1,
            "texts": [
                {
                    "sha256": one.sha256,
                    "event": one.seq,
                    "what": one.what,
                    "needed": one.needed or None,
                    "redacted": one.redacted or None,
                }
                for one in rows
            ],
        }
    )
