"""Landing a change on main, bringing it up to date, undoing it."""

from __future__ import annotations

from typing import Annotated

import typer

from metricgov.cli.options import Actor, AsJson, ChangeId
from metricgov.cli.words import spoken
from metricgov.desk.session import Session

Words = Annotated[str, typer.Option("--message", "-m", metavar="WORDS", help="Why; goes on record.")]


def apply(change: ChangeId, claimed: Actor = None, as_json: AsJson = False) -> None:
    """Put an approved change on main; everything is judged again first.

    Example: metricgov apply sales_accepted_lead_rate
    """
    from metricgov.app.applying import apply as apply_change
    from metricgov.cli.output import data, talk
    from metricgov.render.json_text import json_text

    session = Session(claimed)
    found = session.change(change)
    landed = apply_change(session.access, landing=session.workspace.landing, change=found, actor=session.actor)
    label = session.label(found)
    if as_json:
        data(json_text({"format": 1, "change": found, "commit": landed.commit, "recovered": landed.recovered}))
        return
    if landed.recovered:
        talk("An earlier call was interrupted; this one finished it.")
    data(f"{label} is on main as {landed.commit[:12]}. See: metricgov change explain {label}")


def rebase(change: ChangeId, claimed: Actor = None, as_json: AsJson = False) -> None:
    """Bring a change whose paths moved on main into review again, on today's main.

    Fields that only one side changed are taken from it; where both changed one, it is named and you decide.

    Example: metricgov rebase chg-7f3kq2
    """
    from metricgov.app.rebasing import rebase as rebase_change
    from metricgov.cli.telling import tell_outcome

    session = Session(claimed)
    found = session.change(change)
    events = rebase_change(session.access, change=found, actor=session.actor)
    tell_outcome(session, found, events, as_json=as_json)


def revert(change: ChangeId, message: Words = "", claimed: Actor = None, as_json: AsJson = False) -> None:
    """Propose to undo an applied change; the revert is a change of its own, judged like any other.

    Example: metricgov revert chg-7f3kq2 -m "the source was wrong, not the window"
    """
    from metricgov.app.reverting import revert as revert_change
    from metricgov.cli.telling import tell_outcome

    session = Session(claimed)
    found = session.change(change)
    undoing, events = revert_change(session.access, change=found, actor=session.actor, why=spoken(message, "a revert"))
    tell_outcome(session, undoing, events, as_json=as_json)
