"""Numbers: what a change does to them, and data to try it on."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import Actor, AsJson, ChangeId

if TYPE_CHECKING:
    from metricgov.cli.session import Session
    from metricgov.domain.comparability.evidence import Evidence

Engine = Annotated[
    str | None,
    typer.Option("--engine", metavar="NAME", help="The engine of metricgov.yaml to ask.", show_default=False),
]


def effect(
    change: ChangeId,
    engine: Engine = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], metavar="DAY", help="Read as on this day (today).", show_default=False
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Compute and show; record nothing.")] = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Compute what a change does to the numbers, and keep it with the change.

    Old and new definition are computed over the same data, overall and by each dimension; metrics that are computed
    from what changes are evaluated too.

    Example: metricgov effect sales_accepted_lead_rate
    """
    from metricgov.app.deciding import say
    from metricgov.cli.output import data, screen, talk
    from metricgov.cli.session import Session
    from metricgov.domain.workflow.commands import RecordEffect
    from metricgov.render.effect import effect_json, effect_text

    session = Session(claimed)
    found = session.change(change)
    evidence = _evaluated(session, found, engine, as_of)
    data(effect_json(evidence) if as_json else effect_text(evidence, screen()))
    if dry_run:
        return
    command = RecordEffect(digest=evidence.digest, evidence=evidence.to_bytes(), says=evidence.says)
    say(session.access, change=found, actor=session.actor, command=lambda _state: command)
    talk(f"Recorded with {session.label(found)}, as evidence {evidence.sha256[:12]}.")


def _evaluated(session: Session, change: str, engine: str | None, as_of: datetime | None) -> Evidence:
    """Return the effects of the contents of a change on main as it is now."""
    from metricgov.app.effects import Asked, evaluate
    from metricgov.app.moment import at_tip, known_change
    from metricgov.cli.progress import Meter
    from metricgov.domain.comparability.warnings import Claimed
    from metricgov.domain.errors import Refused
    from metricgov.ports.warehouse import Limits

    moment = at_tip(session.access)
    state = known_change(session.access, change)
    assessment = moment.assessment(state)
    contents = state.revision or state.draft
    if assessment is None or contents is None:
        raise Refused("stage", f"{session.label(change)} has no contents yet", hint="see: metricgov change show")
    settings = session.workspace.settings
    name, chosen, warehouse = session.workspace.warehouse(engine)
    meter = Meter()
    try:
        return evaluate(
            assessment,
            session.workspace.load_registry(moment.tip).registry,
            warehouse,
            Claimed(contents.intent, contents.treatment),
            Asked(
                as_of=as_of or _today(session),
                settings=settings.effect,
                limits=Limits(chosen.rows, chosen.seconds),
                dialect=settings.dialect,
                told=lambda says: meter(f"{name}: {says}", 0, 1),
            ),
        )
    finally:
        meter.clear()
        warehouse.close()


def _today(session: Session) -> datetime:
    """Return the start of today, in UTC and without a zone, as engines are asked."""
    now = session.access.clock.now()
    return now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)


def sample_data(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="The DuckDB database to write.")],
    rows: Annotated[int, typer.Option("--rows", min=1, max=1_000_000_000, help="Rows of each source.")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Another seed gives other rows.")] = 1,
    engine: Annotated[
        str, typer.Option("--engine", metavar="NAME", help="The engine whose relations are made.")
    ] = "warehouse",
    as_json: AsJson = False,
) -> None:
    """Make up rows for the sources of this registry, to try things on.

    Equal seeds give equal rows. Planted in them: fewer rows at weekends, one channel with nearly all the tests, a day
    without rows, late follow-ups.

    Example: metricgov sample-data data/sample.duckdb --rows 100000
    """
    from metricgov.cli.output import data, talk
    from metricgov.cli.progress import Meter
    from metricgov.cli.session import Session
    from metricgov.render.json_text import json_text

    meter = Meter()
    try:
        made = Session().workspace.make_sample(path, rows=rows, seed=seed, engine=engine, progress=meter)
    finally:
        meter.clear()
    if as_json:
        data(json_text({"format": 1, "path": str(path), "rows": dict(made)}))
        return
    talk(f"{len(made)} tables of {rows:,} rows: {path}")
    talk("Name it in metricgov.yaml, with a change like any other:")
    talk(f"  engines: {{{engine}: {{type: duckdb, path: {path.as_posix()}}}}}")
