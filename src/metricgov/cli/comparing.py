"""Versions of a metric side by side, and which of them measured a day as it was known on another."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.measured import AsOf
from metricgov.cli.numbers import Engine
from metricgov.cli.options import AsJson, Name
from metricgov.domain.period import whole_day

if TYPE_CHECKING:
    from metricgov.app.comparing_versions import Now
    from metricgov.desk.session import Session
    from metricgov.domain.past_views import VersionRow

Version = Annotated[str, typer.Argument(metavar="VERSION", help="A version of it.", show_default=False)]


def compare(
    name: Name,
    old: Version = "",
    new: Version = "",
    engine: Engine = None,
    as_of: AsOf = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="Ask no engine: the links on record alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """How two versions of a metric compare; without versions, the matrix of all of them.

    What differs between the definitions, the links on record, and, where an engine is bound, both definitions measured
    over the same data now. A direct measurement beats a way over several links; a break on the way leaves no ratio.

    Example: metricgov compare sales_accepted_lead_rate 1.2.0 2.0.0
    """
    from metricgov.app.comparing_versions import compare_versions, named
    from metricgov.cli.measured import metric_named
    from metricgov.cli.output import data, screen
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.pairing import all_pairs
    from metricgov.domain.errors import BadInput
    from metricgov.render.compared import matrix_json, matrix_text, pairing_json, pairing_text

    session = Session()
    metric = metric_named(session, name)
    rows = _rows(session, metric)
    if not old:
        found = all_pairs(metric, rows)
        data(matrix_json(found) if as_json else matrix_text(found, screen()))
        return
    if not new:
        raise BadInput("version_missing", f"{old} compared with what?", hint=f"metricgov compare {name} {old} VERSION")
    workspace = session.workspace
    now = None if recorded else _now(session, engine, as_of)
    try:
        pairing = compare_versions(
            metric,
            rows,
            named(rows, old),
            named(rows, new),
            registry_at=lambda commit: workspace.load_registry(commit).registry,
            dialect=workspace.settings.dialect,
            now=now,
        )
    finally:
        if now is not None:
            now.warehouse.close()
    data(pairing_json(pairing) if as_json else pairing_text(pairing, screen()))


def _rows(session: Session, metric: str) -> tuple[VersionRow, ...]:
    """Return the versions in force; one that is on no commit of its own stands as main has it."""
    from dataclasses import replace

    from metricgov.app.comparing_versions import in_force
    from metricgov.app.history import history
    from metricgov.app.moment import at_tip

    session.workspace.require_journal()
    moment = at_tip(session.reading)
    rows = in_force(history(moment, f"metric:{metric}", session.workspace.journal))
    return tuple(replace(one, commit=one.commit or moment.tip) for one in rows)


def _now(session: Session, engine: str | None, as_of: datetime | None) -> Now | None:
    """Return an engine to ask; None where none is bound and none was named."""
    from metricgov.app.comparing_versions import Now
    from metricgov.ports.warehouse import Limits

    workspace = session.workspace
    settings = workspace.settings
    if engine is None and not settings.engines:
        return None
    _, chosen, warehouse = workspace.warehouse(engine)
    effect, limits = settings.effect, Limits(chosen.rows, chosen.seconds)
    return Now(warehouse, as_of or session.today(), settings.dialect, limits, effect.days, effect.margin)


def asof(
    name: Name,
    date: Annotated[datetime, typer.Argument(metavar="DATE", parser=whole_day, help="The day that is measured.")],
    known_at: Annotated[
        datetime | None,
        typer.Option("--known-at", parser=whole_day, metavar="DATE", help="As known then (today).", show_default=False),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Which version measures a day, as it was known on another.

    Every question about the past takes two dates: the day that is meant, and the day of knowing.

    Example: metricgov asof sales_accepted_lead_rate 2026-03-15 --known-at 2026-04-01
    """
    from metricgov.cli.measured import metric_named
    from metricgov.cli.output import data, screen
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.pairing import spans
    from metricgov.domain.comparability.timeline import known
    from metricgov.render.compared import known_json, known_text

    session = Session()
    metric = metric_named(session, name)
    day, then = f"{date:%Y-%m-%d}", f"{known_at or session.today():%Y-%m-%d}"
    found = known(spans(_rows(session, metric)), day, then)
    data(known_json(metric, day, then, found) if as_json else known_text(metric, day, then, found, screen()))
