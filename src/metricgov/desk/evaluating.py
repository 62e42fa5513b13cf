"""Asking an engine what a change does to the numbers: the contents of the change on main as it is now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from metricgov.desk.asked import Progress, silent

if TYPE_CHECKING:
    from metricgov.app.effects import Asked
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.evidence import Evidence
    from metricgov.domain.comparability.over_time import Series
    from metricgov.domain.effect_report import EffectReport
    from metricgov.ports.warehouse import Warehouse


def evaluated(
    session: Session, change: str, engine: str = "", as_of: datetime | None = None, *, progress: Progress = silent
) -> tuple[Evidence, Mapping[str, Series]]:
    """Return the effects of the contents of a change, and history as it will read; nothing is recorded."""
    from metricgov.app.effects import evaluate
    from metricgov.app.foreseen import foreseen
    from metricgov.app.moment import at_tip, known_change
    from metricgov.desk.over_time import versions_in_force
    from metricgov.domain.comparability.warnings import Claimed
    from metricgov.domain.errors import Refused
    from metricgov.domain.workflow.vocabulary import ENDED

    moment = at_tip(session.access)
    state = known_change(session.access, change)
    if state.stage in ENDED:
        label = session.label(change)
        says = (
            f"{label} is {state.stage.replace('_', ' ')}: main holds what it changed or never will, so nothing is left"
        )
        raise Refused("stage", f"{says} to compare", hint=f"metricgov effect {label} --recorded")
    assessment = moment.assessment(state)
    contents = state.revision or state.draft
    if assessment is None or contents is None:
        raise Refused("stage", f"{session.label(change)} has no contents yet", hint="see: metricgov change show")
    whole = session.workspace.load_registry(moment.tip).registry
    with asking(session, moment.tip, engine, as_of, progress=progress) as (warehouse, asked):
        evidence = evaluate(assessment, whole, warehouse, Claimed(contents.intent, contents.treatment), asked)
        known = partial(versions_in_force, session, moment)
        return evidence, foreseen(assessment, whole, evidence, known, warehouse, asked)


@contextmanager
def asking(
    session: Session, tip: str, engine: str = "", as_of: datetime | None = None, *, progress: Progress = silent
) -> Iterator[tuple[Warehouse, Asked]]:
    """Give the engine of a registry with all it is to be asked by, files as they are at `tip`; it is closed after."""
    from metricgov.app.contents import read_paths
    from metricgov.app.effects import Asked
    from metricgov.ports.warehouse import Limits

    settings = session.workspace.settings
    name, chosen, warehouse = session.workspace.warehouse(engine or None)
    try:
        yield (
            warehouse,
            Asked(
                as_of=as_of or session.today(),
                settings=settings.effect,
                limits=Limits(chosen.rows, chosen.seconds),
                dialect=settings.dialect,
                read=lambda paths: read_paths(session.access.source, tip, paths),
                told=lambda says: progress(f"{name}: {says}", 0, 1),
                now=session.today(),
            ),
        )
    finally:
        warehouse.close()


def report_of(session: Session, change: str, found: tuple[Evidence, Mapping[str, Series]]) -> EffectReport:
    """Return an effect with what its readers need besides its numbers."""
    from metricgov.app.effect_report import effect_report
    from metricgov.app.moment import at_tip

    whole = session.workspace.load_registry(at_tip(session.access).tip).registry
    return effect_report(session.access, change, found[0], whole, found[1], label=session.label(change))
