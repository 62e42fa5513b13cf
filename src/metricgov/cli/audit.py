"""The journal as an auditor reads it: its events, and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson
from metricgov.cli.period import Since, Until
from metricgov.desk.proving import Events, lookup_for, query_of
from metricgov.desk.session import Session
from metricgov.domain import time
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.domain.past_views import AuditRow

ANCHOR = re.compile(r"(\d{1,15}):([0-9a-f]{64})")


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
    from metricgov.cli.audit_main import judged_main, pinned, values_of

    session = Session()
    wanted = pinned(root, full=full)
    expected = anchor_of(expect)
    if full and since:
        says = "--full judges all of main, by all of the journal"
        raise BadInput("since_and_full", says, hint="leave --since out")
    if full:
        judged_main(session.workspace, root=wanted, expected=expected, as_json=as_json)
        return
    from metricgov.app.auditing import audit_verify, audit_verify_since
    from metricgov.cli.output import data, screen
    from metricgov.render.reading import audit_verify_json, audit_verify_text
    from metricgov.render.values_checked import values_json, values_text

    workspace, now = session.workspace, time.to_text(session.workspace.clock.now())
    if since:
        found = audit_verify_since(workspace.integrity, workspace.audited, seq=since, expected=expected, now=now)
    else:
        found = audit_verify(workspace.integrity, expected=expected, now=now)
    what = found.as_shown()
    values = values_of(workspace)
    if as_json:
        data(audit_verify_json(**what, values=values_json(values)))
    else:
        data(audit_verify_text(**what, screen=screen()) + values_text(values, screen()))
    if not found.holds or not values.holds:
        raise typer.Exit(1)


def anchor_of(text: str) -> tuple[int, str] | None:
    """Return the seq and the digest that `--expect` names; BadInput where it names none."""
    if not text:
        return None
    found = ANCHOR.fullmatch(text)
    if not found:
        raise BadInput("bad_anchor", f"{text!r} is no anchor", hint="write SEQ:SHA256, as audit verify prints it")
    return int(found[1]), found[2]
