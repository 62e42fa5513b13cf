"""What commands on values share: the versions of a metric, an engine that is closed again, and moments of knowing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.domain.errors import BadInput
from metricgov.domain.period import last_of, whole_day

if TYPE_CHECKING:
    from collections.abc import Callable

    from metricgov.app.valuing import Defined, Valuer
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.vintages import Vintage

ENGINE_LESS = frozenset({"no_engine", "engine_library", "engine_secret"})
"""Errors that mean: there is no engine here, so what was stored has to do."""

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


def moment_of(text: str) -> str:
    """Return the last second of a day, or the second itself; "" for ""."""
    return last_of(text) if text else ""


def metric_named(session: Session, name: str) -> str:
    """Return the name of the metric that a word means on main; BadInput for other kinds."""
    definition = session.definition(name, past=True)
    if not definition.startswith("metric:"):
        raise BadInput("not_a_metric", f"{definition} is not a metric", hint="values are of metrics: metricgov list")
    return definition.partition(":")[2]


def versions_of(session: Session, metric: str) -> tuple[Defined, ...]:
    """Return the versions of a metric that measured, by what the journal knows."""
    from metricgov.app.effects import catalogue_of
    from metricgov.app.history import history
    from metricgov.app.moment import at_tip
    from metricgov.app.valuing import defined

    workspace, moment = session.workspace, at_tip(session.reading)
    rows = history(moment, f"metric:{metric}", workspace.journal)
    return defined(
        rows, metric, lambda commit: catalogue_of(workspace.load_registry(commit or moment.tip).registry, {})
    )


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


def vintages_of(session: Session, metric: str) -> tuple[Vintage, ...]:
    """Return what was stored of a metric; BadInput where nothing was."""
    found = session.workspace.values.vintages(metric)
    if not found:
        raise BadInput(
            "no_values", f"no values of {metric} are on record here", hint=f"store them: metricgov snapshot {metric}"
        )
    return found
