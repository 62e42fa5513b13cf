"""`notify`: tells people what the journal holds since the last time, over the channels of the private file."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from metricgov.cli.options import AsJson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metricgov.app.notifying import Report
    from metricgov.bootstrap import Workspace
    from metricgov.ports.deliveries import Delivery


class Every(StrEnum):
    """Which digests to send as well."""

    DAILY = "daily"
    WEEKLY = "weekly"


def notify(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say who would be told what.")] = False,
    since: Annotated[
        int | None, typer.Option("--since", metavar="SEQ", min=1, help="Begin with this event of the journal.")
    ] = None,
    digest: Annotated[Every | None, typer.Option("--digest", help="Send these digests as well.")] = None,
    redeliver: Annotated[str, typer.Option("--redeliver", metavar="ID", help="Try this notice again, now.")] = "",
    dead: Annotated[bool, typer.Option("--dead", help="List what did not arrive, and send nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell people what happened since the last time: who decides, who is asked, whose change it is, who is informed.

    Made for cron and CI: running it again sends nothing twice, and what did not arrive is tried again. Addresses stand
    in a private file (docs/how-to/notify.md). Exit codes: 0 everybody was reached, 1 somebody was not, 2 the file
    cannot be used, 3 the journal is not here.

    Example: metricgov notify --dry-run
    """
    from metricgov.app import notifying
    from metricgov.cli.output import data, screen
    from metricgov.desk.session import Session
    from metricgov.render.json_text import json_text
    from metricgov.render.notified import listed_text, notified_text

    workspace = Session().workspace
    workspace.require_journal()
    post = workspace.post
    try:
        if dead:
            rows = _rows(post.deliveries.listed(_not_arrived()))
            data(json_text({"format": 1, "dead": rows}) if as_json else listed_text(rows, screen()))
            return
        if redeliver:
            notifying.redeliver(post, redeliver)
        if dry_run:
            report, made = notifying.foresee(workspace.access, post, since=since)
            whole = {**_whole(report), "would_send": _rows(made)}
        else:
            report = notifying.notify(
                workspace.access, post, since=since, digest=digest.value if digest is not None else ""
            )
            whole = _whole(report)
    finally:
        workspace.store.close()
    _hint(workspace)
    data(json_text(whole) if as_json else notified_text(whole, screen()))
    raise typer.Exit(report.exit_code)


def _not_arrived() -> list[Any]:
    from metricgov.ports.deliveries import Stood

    return [Stood.DEAD, Stood.UNDELIVERABLE]


def _hint(workspace: Workspace) -> None:
    from metricgov.cli.output import talk
    from metricgov.domain.notices.preferences import Wishes

    if workspace.post.wishes == Wishes():
        talk("Nobody has a channel yet: docs/how-to/notify.md says how to write notify.toml.")


def _whole(report: Report) -> dict[str, Any]:
    return {
        "format": 1,
        "began": report.began,
        "events": report.events,
        "position": report.position,
        "sent": _rows(report.sent),
        "failed": _rows(report.failed),
        "dead": _rows(report.dead),
        "undeliverable": _rows(report.undeliverable),
        "waiting": report.waiting,
    }


def _rows(deliveries: Iterable[Delivery]) -> list[dict[str, Any]]:
    import json

    rows = []
    for one in deliveries:
        body = json.loads(one.body)
        rows.append(
            {
                "id": one.id,
                "event": one.seq,
                "change": one.change or None,
                "definition": body["definition"] or None,
                "person": one.person or None,
                "channel": one.channel or None,
                "kind": one.kind,
                "headline": body["headline"],
                "because": body["because"],
                "digest": one.digest or None,
                "attempts": one.attempts,
                "sent_at": one.sent_at or None,
                "says": one.says or None,
            }
        )
    return rows
