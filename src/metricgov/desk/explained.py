"""Why numbers changed and how they were revised: what words mean, for the command line and for the desk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput, MetricgovError
from metricgov.domain.period import last_of, whole_day

if TYPE_CHECKING:
    from metricgov.app.explaining import Question
    from metricgov.app.valuing import Defined
    from metricgov.desk.asked_past import Asked
    from metricgov.desk.progress import Progress
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.causes import Revised
    from metricgov.domain.comparability.vintages import Cell, Vintage
    from metricgov.domain.comparability.why import Difference

USUAL = "month"
"""The kind of period where nobody names one and there are values of it."""

ENGINE_LESS = frozenset({"no_engine", "engine_library", "engine_secret"})
"""Errors that mean: there is no engine here, so what was stored has to do."""


def moment_of(text: str) -> str:
    """Return the last second of a day, or the second itself; "" for ""."""
    return last_of(text) if text else ""


def question_of(period: str, other: str, reported: str, known_at: str, by: Sequence[str]) -> Question:
    """Return the question that words mean; BadInput where they mean none."""
    from metricgov.app.explaining import Question
    from metricgov.app.valuing import period_text
    from metricgov.domain.comparability.on_record import combined, segment_of
    from metricgov.domain.comparability.vintages import Cell
    from metricgov.domain.query.period_names import period_named

    by = [each for word in by for each in ([word] if "=" in word else word.split(","))]
    named = {one: value or None if sign else "" for one, sign, value in (word.partition("=") for word in by)}
    alone = bool(named) and "" not in named.values()
    if "" in named.values() and any(named.values()):
        raise BadInput("bad_by", "--by splits movement or names one segment, not both", hint="--by channel")
    dimension, segment = (combined(named), segment_of(named) if alone else None) if named else ("", None)
    cells = []
    for text in (period, other or period):
        grain, start = period_named(text)
        cells.append(Cell(grain, period_text(start), dimension if alone else "", segment))
    if cells[0].grain != cells[1].grain:
        raise BadInput(
            "two_grains",
            f"{period} is a {cells[0].grain} and {other} a {cells[1].grain}",
            hint="name two of one length",
        )
    if other and cells[0] == cells[1]:
        raise BadInput("same_period", f"{period} and {other} are one period", hint="leave the second one away")
    if reported and known_at and known_at < reported:
        raise BadInput("known_before", "--known-at lies before --reported", hint="swap them")
    return Question(cells[0], cells[1], reported, known_at, "" if alone else dimension)


def cells_of(vintages: Sequence[Vintage], by: Sequence[str]) -> list[Cell]:
    """Return the cells on record of one kind of period, of everything or of one segment."""
    from metricgov.domain.comparability.on_record import combined, segment_of, words_of
    from metricgov.domain.query.span import ORDER

    grains = [one for one in by if one in ORDER]
    named = [one.partition("=") for one in by if one not in ORDER]
    if len(grains) > 1 or any(not sign for _, sign, _ in named) or len({one for one, _, _ in named}) < len(named):
        raise BadInput("bad_by", "--by takes one period and one segment", hint="--by month --by channel=email")
    known = {row.cell for each in vintages for row in each.rows}
    grain = grains[0] if grains else USUAL if any(one.grain == USUAL for one in known) else vintages[-1].taking.grain
    values = {one: value or None for one, _, value in named}
    dimension, wanted = (combined(values), segment_of(values)) if values else ("", None)
    found = [one for one in known if (one.grain, one.dimension, one.segment) == (grain, dimension, wanted)]
    if not found:
        stored = sorted({f"{one.grain}{f' by {one.dimension}' if one.dimension else ''}" for one in known})
        of = f" for {words_of(dimension, wanted)}" if values else ""
        raise BadInput(
            "nothing_known", f"no values by {grain}{of} are on record", hint=f"there are: {', '.join(stored)}"
        )
    return found


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


def vintages_of(session: Session, metric: str) -> tuple[Vintage, ...]:
    """Return what was stored of a metric; BadInput where nothing was."""
    found = session.workspace.values.vintages(metric)
    if not found:
        raise BadInput(
            "no_values", f"no values of {metric} are on record here", hint=f"store them: metricgov snapshot {metric}"
        )
    return found


def explained(
    session: Session, metric: str, asked: Asked, *, recorded: bool, engine: str, as_of: str, progress: Progress
) -> Difference:
    """Return what a difference consists of; where no engine is bound and none was named, by what was stored."""
    from metricgov.app.behind import behind
    from metricgov.app.explaining import Explainer
    from metricgov.app.valuing import Valuer
    from metricgov.ports.warehouse import Limits

    if engine and recorded:
        raise BadInput("engine_not_asked", "what was stored asks no engine", hint="leave the engine away")
    workspace, warehouse, valuer = session.workspace, None, None
    workspace.require_journal()
    question = question_of(asked.period, asked.other, moment_of(asked.reported), moment_of(asked.known_at), asked.by)
    day = whole_day(as_of) if as_of else session.today()
    try:
        if not recorded:
            name, settings, warehouse = workspace.warehouse(engine or None)
            limits = Limits(settings.rows, settings.seconds)
            dialect = workspace.settings.dialect
            valuer = Valuer(metric, warehouse, day, dialect, limits, lambda says: progress(f"{name}: {says}", 0, 0))
    except MetricgovError as error:
        if engine or error.code not in ENGINE_LESS:
            raise
    try:
        versions = versions_of(session, metric)
        changes = behind(versions, session.reading.journal)
        vintages = workspace.values.vintages(metric)
        return Explainer(metric, versions, changes, vintages, valuer, workspace.settings.dialect).explain(question)
    finally:
        if warehouse is not None:
            warehouse.close()


def revised(session: Session, metric: str, by: Sequence[str]) -> tuple[Revised, ...]:
    """Return every value that periods had, and what moved them; BadInput where nothing is stored."""
    from metricgov.app.behind import defects
    from metricgov.domain.comparability.causes import history_of

    session.workspace.require_journal()
    vintages = vintages_of(session, metric)
    cells = cells_of(vintages, by)
    changes = [one.change for each in vintages for row in each.rows for one in (row.under, *row.via)]
    return history_of(vintages, cells, defects(changes, session.reading.journal))
