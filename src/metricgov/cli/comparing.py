"""Versions of a metric side by side, and which of them measured a day as it was known on another."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from metricgov.cli.measured import AsOf
from metricgov.cli.numbers import Engine
from metricgov.cli.options import AsJson, Name
from metricgov.domain.period import whole_day

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
    from metricgov.cli.measured import metric_named
    from metricgov.cli.output import data, screen
    from metricgov.desk.past import engine_now, paired, versions_in_order
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.pairing import all_pairs
    from metricgov.domain.errors import BadInput
    from metricgov.render.compared import matrix_json, matrix_text, pairing_json, pairing_text

    session = Session()
    metric = metric_named(session, name)
    if not old:
        found = all_pairs(metric, versions_in_order(session, metric))
        data(matrix_json(found) if as_json else matrix_text(found, screen()))
        return
    if not new:
        raise BadInput("version_missing", f"{old} compared with what?", hint=f"metricgov compare {name} {old} VERSION")
    pairing = paired(session, metric, old, new, None if recorded else engine_now(session, engine or "", as_of))
    data(pairing_json(pairing) if as_json else pairing_text(pairing, screen()))


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
    from metricgov.desk.past import measured_on
    from metricgov.desk.session import Session
    from metricgov.render.compared import known_json, known_text

    session = Session()
    metric, then = metric_named(session, name), known_at or session.today()
    found = measured_on(session, metric, date, then)
    said = metric, f"{date:%Y-%m-%d}", f"{then:%Y-%m-%d}", found
    data(known_json(*said) if as_json else known_text(*said, screen()))
