"""Clocks that were ahead: putting on record which events they dated."""

from __future__ import annotations

from typing import Annotated

import typer

from metricgov.cli.options import Actor, AsJson, SigningKey
from metricgov.cli.words import spoken
from metricgov.desk.session import Session


def correct_clock(
    message: Annotated[str, typer.Option("--message", "-m", metavar="WHY", help="Why; goes on record.")] = "",
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Put on record that the last events were dated ahead of time, because a clock was wrong; for the council.

    While the journal ends in the future, everybody whose clock is right is refused. This names the events that are
    dated after the clock here, and order counts from now on without them. Open changes that they are of are decided
    anew, with all their days before them; what such a clock let expire is open again. It takes somebody else of the
    council than whoever wrote those events, where there is one.

    JSON: {"format": 1, "first": SEQ|null, "last": SEQ|null, "changes": [ID]}.

    Example: metricgov correct-clock -m "the build server lived in 2036"
    """
    from metricgov.app.correcting_clock import correct_clock as put_right
    from metricgov.cli.output import data, screen
    from metricgov.render.clock import corrected_json, corrected_text

    session = Session(claimed, key=key)
    reason = spoken(message, "a correction of the clock")
    voice = session.voice
    events = put_right(voice.access, actor=voice.actor, reason=reason)
    own = next((one for one in events if one.type == "clock_corrected"), None)
    found = (int(str(own.payload["first"])), own.seq - 1) if own else None
    changes = tuple(one.change for one in events if one.change)
    data(corrected_json(found, changes) if as_json else corrected_text(found, changes, screen()))
