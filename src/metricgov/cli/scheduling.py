"""Dates: set one for an approved change, take it back, and do what time has made due."""

from __future__ import annotations

from typing import Annotated

import typer

from metricgov.cli.options import Actor, AsJson, ChangeId
from metricgov.cli.words import spoken
from metricgov.desk.session import Session

Words = Annotated[str, typer.Option("--message", "-m", metavar="WORDS", help="Why; goes on record.")]


def schedule(
    change: ChangeId,
    at: Annotated[
        str, typer.Option("--at", metavar="TIME", help="A day (its first second, UTC) or a time; without a zone, UTC.")
    ],
    message: Words = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Let an approved change be applied by itself: at the first `metricgov tick` from that time on.

    Everything is judged again then; a change that no longer holds is suspended instead.

    Example: metricgov schedule routing_speed --at 2026-08-01T08:00 -m "with the new quarter"
    """
    from metricgov.app.deciding import say
    from metricgov.cli.telling import tell_outcome
    from metricgov.domain.period import instant
    from metricgov.domain.workflow.commands import Schedule

    session, due = Session(claimed), instant(at)
    found = session.change(change)
    events = say(
        session.access,
        change=found,
        actor=session.actor,
        command=lambda _state: Schedule(due=due, reason=message.strip()),
    )
    tell_outcome(session, found, events, as_json=as_json)


def unschedule(change: ChangeId, message: Words = "", claimed: Actor = None, as_json: AsJson = False) -> None:
    """Take the time of a scheduled change back; one that was suspended goes back into review.

    Example: metricgov unschedule routing_speed -m "finance closes the quarter first"
    """
    from metricgov.app.deciding import say
    from metricgov.cli.telling import tell_outcome
    from metricgov.domain.workflow.commands import Unschedule

    session, reason = Session(claimed), spoken(message, "taking a date back")
    found = session.change(change)
    events = say(session.access, change=found, actor=session.actor, command=lambda _state: Unschedule(reason=reason))
    tell_outcome(session, found, events, as_json=as_json)


def tick(as_json: AsJson = False) -> None:
    """Do what time has made due: record main, finish interrupted applies, apply or suspend scheduled changes, expire.

    Whoever is asked is reminded halfway and at the end; where nobody answers in time, the next in line may as well.

    Made for cron and CI: running it again does nothing, running it twice at once does nothing twice. Exit codes:
    0 done or nothing to do, 1 something due could not be done now, 3 no verdict is possible.

    Example: metricgov tick --json
    """
    from metricgov.app.addressing import Labels
    from metricgov.app.ticking import tick as do_what_is_due
    from metricgov.cli.output import data, screen
    from metricgov.render.ticked import ticked_json, ticked_text

    workspace = Session().workspace
    workspace.require_journal()
    ticked = do_what_is_due(workspace.access, landing=workspace.landing, lookup=lambda: workspace.lookup)
    labels = Labels(workspace.journal.changes())
    data(ticked_json(ticked, labels) if as_json else ticked_text(ticked, labels, screen()))
    raise typer.Exit(ticked.exit_code)
