"""The past of definitions: versions with their days, and what changed, in sentences."""

from __future__ import annotations

from typing import Annotated

import typer

from metricgov.cli.options import AsJson, Name
from metricgov.cli.period import Since
from metricgov.desk.session import Session


def history(name: Name, as_json: AsJson = False) -> None:
    """The versions of a definition: which days each measures, since when it is known, who agreed.

    Example: metricgov history sales_accepted_lead_rate
    """
    from metricgov.app.history import history as versions
    from metricgov.app.moment import at_tip
    from metricgov.cli.output import data, screen
    from metricgov.render.history import history_text
    from metricgov.render.past_json import history_json

    session = Session()
    definition = session.definition(name, past=True)
    session.workspace.require_journal()
    rows = versions(at_tip(session.reading), definition, session.workspace.journal)
    data(history_json(rows) if as_json else history_text(definition, rows, screen=screen()))


def changelog(
    since: Since = "",
    definition: Annotated[str, typer.Option("--definition", metavar="NAME", help="Of this definition alone.")] = "",
    as_json: AsJson = False,
) -> None:
    """What changed, newest first, in sentences for readers of numbers.

    Example: metricgov changelog --since 2026-06-01
    """
    from metricgov.app.changelog import changelog as entries
    from metricgov.app.moment import at_tip
    from metricgov.cli.output import data, screen
    from metricgov.domain.period import start_of
    from metricgov.render.history import changelog_text
    from metricgov.render.past_json import changelog_json

    session = Session()
    moment = at_tip(session.reading)
    only = session.definition(definition, past=True) if definition else ""
    found = entries(session.workspace.lookup, moment, session.workspace.journal, since=start_of(since), definition=only)
    data(changelog_json(found) if as_json else changelog_text(found, screen=screen()))
