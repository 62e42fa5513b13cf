"""What commands on values share: the versions of a metric, an engine that is closed again, and moments of knowing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.domain.errors import BadInput
from metricgov.domain.period import whole_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from metricgov.app.valuing import Valuer
    from metricgov.desk.session import Session

KnownAt = Annotated[
    str,
    typer.Option(
        "--known-at", metavar="DATE", help="As it was known at the end of this day (2026-04-15), or at this second."
    ),
]
AsOf = Annotated[
    datetime | None,
    typer.Option("--as-of", parser=whole_day, metavar="DAY", help="Read as on this day (today).", show_default=False),
]


def metric_named(session: Session, name: str) -> str:
    """Return the name of the metric that a word means on main; BadInput for other kinds."""
    definition = session.definition(name, past=True)
    if not definition.startswith("metric:"):
        raise BadInput("not_a_metric", f"{definition} is not a metric", hint="values are of metrics: metricgov list")
    return definition.partition(":")[2]


@contextmanager
def engine_of(session: Session, engine: str | None, as_of: datetime | None) -> Iterator[Callable[[str], Valuer]]:
    """Open an engine and yield what makes a Valuer of a metric; the engine is closed again."""
    from metricgov.app.valuing import Valuer
    from metricgov.cli.progress import Meter
    from metricgov.ports.warehouse import Limits

    workspace = session.workspace
    name, settings, warehouse = workspace.warehouse(engine)
    meter = Meter()

    def valuer(metric: str) -> Valuer:
        return Valuer(
            metric,
            warehouse,
            as_of or session.today(),
            workspace.settings.dialect,
            Limits(settings.rows, settings.seconds),
            lambda says: meter(f"{name}: {says}", 0, 1),
        )

    try:
        yield valuer
    finally:
        meter.clear()
        warehouse.close()
