"""The journal as an auditor reads it: its events, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson
from metricgov.cli.period import Since, Until
from metricgov.desk.proving import Events, lookup_for, query_of
from metricgov.desk.session import Session

if TYPE_CHECKING:
    from metricgov.app.auditing import Shown
    from metricgov.domain.past_views import AuditRow
    from metricgov.domain.walked import Walked
    from metricgov.render.values_checked import Checked as Values


def log(
    since: Since = "",
    until: Until = "",
    person: Annotated[str, typer.Option("--person", metavar="PERSON", help="What this person did.")] = "",
    event: Annotated[str, typer.Option("--event", metavar="TYPE", help="Events of this type (approved).")] = "",
    definition: Annotated[str, typer.Option("--definition", metavar="NAME", help="Changes of this definition.")] = "",
    change: Annotated[str, typer.Option("--change", metavar="CHANGE", help="Events of this change.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="Newest events shown at most; 0 for all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List the events of the journal, newest first.

    Example: metricgov audit log --person crm-lead --since 2026-06-01
    """
    from metricgov.app.auditing import audit_log

    session = Session()
    query = query_of(session, Events(since, until, person, event, definition, change, limit))
    journal = session.workspace.journal
    unsent = session.access.unsent()
    found = audit_log(lookup_for(session, query), journal, journal, query)
    rows = tuple(replace(row, waiting=row.seq in unsent) for row in found)
    tell_log(rows, limit=limit, as_json=as_json)


def tell_log(rows: Sequence[AuditRow], *, limit: int, as_json: bool) -> None:
    """Print events, wherever they were asked for."""
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.history import audit_text
    from metricgov.render.past_json import audit_json

    data(audit_json(rows) if as_json else audit_text(rows, screen=screen()))
    if limit and len(rows) == limit:
        talk(f"The newest {limit}; --limit 0 lists all.")


def verify(
    full: Annotated[bool, typer.Option("--full", help="Judge every step of main besides, from the root on.")] = False,
    root: Annotated[
        str, typer.Option("--root", metavar="DIGEST", help="With --full: digest of the first governance, as pinned.")
    ] = "",
    expect: Annotated[
        str, typer.Option("--expect", metavar="SEQ:SHA256", help="The last event, as somebody kept it elsewhere.")
    ] = "",
    since: Annotated[
        int,
        typer.Option(
            "--since", min=0, metavar="SEQ", help="Check only what came after this event, as verified before."
        ),
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Check every event, byte and link of the journal and name the first bad one; exit code 1 where one is.

    The values that `snapshot` stored are checked besides, as far as this clone can tell: that none was changed or
    dropped, and that each was computed on main; else exit code 1 too.

    With --since, only what came after an event that was verified before is checked, at a cost of what is new; which
    events that leaves out is said.

    With --full, walk main from the commit in which the registry began, and judge every step by the rules of its base
    and the approvals of its time; exit code 1 where one bypassed them, 3 where this clone cannot tell.

    Example: metricgov audit verify --full
    """
    from metricgov.cli.audit_main import judged_main
    from metricgov.cli.progress import Meter
    from metricgov.desk.judging import anchor_of, pinned, values_of, verified

    workspace = Session().workspace
    digest, expected = pinned(root, full=full, since=since), anchor_of(expect)
    if full:
        judged_main(workspace, root=digest, expected=expected, as_json=as_json)
        return
    meter = Meter()
    try:
        found = verified(workspace, since=since, expected=expected, progress=meter)
    finally:
        meter.clear()
    tell_verified(found.as_shown(), values_of(workspace), as_json=as_json)


def tell_verified(
    shown: Shown, values: Values, *, as_json: bool, full: bool = False, walked: Walked | None = None
) -> None:
    """Print what verifying found, wherever it was asked for; exit code 1 where something does not hold.

    With `full`, also what judging main found, which is None where the journal is not whole.
    """
    from metricgov.cli.output import data, screen
    from metricgov.render.reading import audit_verify_json, audit_verify_text
    from metricgov.render.values_checked import values_json, values_text
    from metricgov.render.walked import walked_json, walked_text

    if as_json:
        main = walked_json(walked) if walked else None
        data(audit_verify_json(**shown, values=values_json(values), main=main))
    else:
        said = "\nMain was not judged: what approved it is not whole.\n" if full else ""
        said = "\n" + walked_text(walked, screen()) if walked else said
        data(audit_verify_text(**shown, screen=screen()) + values_text(values, screen()) + said)
    holds = not shown["problems"] and not values.problems
    if not holds or (full and (walked is None or not walked.holds)):
        raise typer.Exit(1)
