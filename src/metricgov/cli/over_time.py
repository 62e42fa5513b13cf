"""A metric over time: as text, as data, as a picture."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.measured import AsOf, KnownAt
from metricgov.cli.numbers import DAY, Engine
from metricgov.cli.options import AsJson, Name
from metricgov.desk.explained import ENGINE_LESS, moment_of, vintages_of

if TYPE_CHECKING:
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.over_time import Series
    from metricgov.ports.warehouse import Limits, Warehouse

FORMS = (".csv", ".json", ".parquet", ".svg", ".png")
"""Endings of files that a series is written to."""


def series(
    name: Name,
    start: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, metavar="DAY", help="First day.", show_default=False)
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option(
            "--to", formats=DAY, metavar="DAY", help="First day that is left out (today).", show_default=False
        ),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="PERIOD|DIMENSION",
            help="day, week, month, quarter or year; and dimensions; repeat.",
            show_default=False,
        ),
    ] = None,
    basis: Annotated[
        str, typer.Option("--basis", metavar="current|as-reported|VERSION", help="By which definition.")
    ] = "current",
    across_breaks: Annotated[
        bool, typer.Option("--across-breaks", help="Cross a break, marked, instead of refusing.")
    ] = False,
    as_of: AsOf = None,
    engine: Engine = None,
    recorded: Annotated[bool, typer.Option("--recorded", help="Ask no engine; read what snapshot stored.")] = False,
    known_at: KnownAt = "",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Write .csv, .json, .parquet, .svg or .png there.", show_default=False
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """A metric over time; every point says which version made it.

    `current` reads it by today's definition as far back as links and raw data reach, `as-reported` by the definition
    of each day. A series that crosses a break is refused, unless --across-breaks asks for it; then the break is
    marked, with the value before it beside. What raw data do not reach is bridged where a link was measured: flag E,
    with its interval.

    What no raw data reach comes from the values that `snapshot` stored, moved over the same links; so does all of it
    with --recorded, with --known-at (the versions and values that were known then), and where no engine is bound.
    `as-reported` takes the first stored value of each period before it computes one. What was not stored is missing.

    Values are read as of today, or of --as-of. A period is provisional (flag P) while it is not over, and while the
    definition lets some of its rows wait (`created_at < as_of - INTERVAL '30' DAY`).

    Example: metricgov series sales_accepted_lead_rate --from 2026-01-01 --by month --by channel

    Example: metricgov series sales_accepted_lead_rate --by month --out rate.svg
    """
    from metricgov.cli.output import data, screen
    from metricgov.desk.session import Session
    from metricgov.domain.errors import BadInput
    from metricgov.render.series import series_csv, series_json, series_text

    if out is not None and out.suffix not in FORMS:
        raise BadInput("bad_output", f"{out} has none of the endings {', '.join(FORMS)}", hint="--out series.parquet")
    session = Session()
    definition = session.definition(name)
    if not definition.startswith("metric:"):
        raise BadInput("not_a_metric", f"{definition} is not a metric", hint="series are of metrics: metricgov list")
    at = moment_of(known_at)
    if as_of and (recorded or at):
        says = "--recorded and --known-at read what was stored, each value with the day of its reading"
        raise BadInput("engine_not_asked", says, hint="leave --as-of away")
    if engine and (recorded or at):
        raise BadInput("engine_not_asked", "--recorded and --known-at read what was stored", hint="leave --engine away")
    words = tuple(word.strip() for one in by or () for word in one.split(","))
    ask = Ask(start, end, words, basis, across_breaks, engine, recorded or bool(at), at, as_of)
    found = _series(session, definition, ask)
    if out is not None:
        _write(session, found, out)
        return
    if as_json or as_csv:
        data(series_json(found) if as_json else series_csv(found))
        return
    data(series_text(found, screen()))


def _write(session: Session, found: Series, out: Path) -> None:
    """Write a series in the form that the file's ending names; a picture comes with its words."""
    from metricgov.cli.output import talk, written_file
    from metricgov.render.plots.picture import picture
    from metricgov.render.plots.timeline import timeline_spec, timeline_words
    from metricgov.render.series import series_csv, series_json, series_table

    match out.suffix:
        case ".csv":
            written_file(out, series_csv(found))
        case ".json":
            written_file(out, series_json(found))
        case ".parquet":
            session.workspace.write_parquet(out, *series_table(found))
        case kind:
            written_file(out, picture(timeline_spec(found), "svg" if kind == ".svg" else "png"))
            talk(timeline_words(found))
    talk(f"The series stands in {out}.")


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to see; `recorded`: without an engine, `known_at` a UTC second ("": now), `as_of` a day."""

    start: datetime | None
    end: datetime | None
    by: tuple[str, ...]
    basis: str
    across_breaks: bool
    engine: str | None
    recorded: bool
    known_at: str
    as_of: datetime | None = None


def _series(session: Session, definition: str, ask: Ask) -> Series:
    """Return a series by the versions that the journal knows."""
    from metricgov.app.claimed import tier
    from metricgov.app.from_record import Kept
    from metricgov.app.moment import at_tip
    from metricgov.app.series import Wanted, read_series
    from metricgov.cli.progress import Meter
    from metricgov.desk.over_time import versions_in_force
    from metricgov.domain.comparability.thresholds import Thresholds
    from metricgov.domain.errors import BadInput, Undecidable
    from metricgov.domain.query.span import after, grain_and_dimensions
    from metricgov.ports.warehouse import Limits

    workspace, moment = session.workspace, at_tip(session.reading)
    workspace.require_journal()
    metric = definition.partition(":")[2]
    versions = versions_in_force(session, moment, metric, ask.known_at)
    newest = versions[-1].catalogue.metrics.get(metric) if versions else None
    if newest is None:
        if ask.known_at:
            says = f"no version of {metric} was known at {ask.known_at}"
            raise BadInput("nothing_known", says, hint=f"see since when: metricgov history {metric}")
        raise Undecidable("metric_unreadable", f"{metric} has no version that can be read", hint="metricgov lint")
    grain, dimensions = grain_and_dimensions(ask.by, newest.calculation.grain)
    vintages = vintages_of(session, metric) if ask.recorded else workspace.values.vintages(metric)
    kept = Kept(vintages, ask.known_at)
    name, limits, warehouse = "", Limits(), None
    if not ask.recorded:
        name, limits, warehouse = _engine(session, ask.engine, stored=bool(vintages))
    as_of = ask.as_of or session.today()
    last = ask.end or as_of
    wanted = Wanted(
        metric,
        f"{ask.start or after(last, -90, 'day'):%Y-%m-%d}",
        f"{last:%Y-%m-%d}",
        grain,
        ask.basis,
        dimensions,
        ask.across_breaks,
    )
    meter = Meter()
    try:
        return read_series(
            wanted,
            versions,
            warehouse,
            as_of=as_of,
            dialect=workspace.settings.dialect,
            limits=limits,
            thresholds=Thresholds(**workspace.settings.effect.thresholds(tier(newest, newest))),  # type: ignore[arg-type]
            told=lambda says: meter(f"{name}: {says}", 0, 1),
            kept=kept,
            now=session.today(),
        )
    finally:
        meter.clear()
        if warehouse is not None:
            warehouse.close()


def _engine(session: Session, engine: str | None, *, stored: bool) -> tuple[str, Limits, Warehouse | None]:
    """Open an engine; none where none is bound and values were stored, which have to do then."""
    from metricgov.domain.errors import MetricgovError
    from metricgov.ports.warehouse import Limits

    try:
        name, settings, warehouse = session.workspace.warehouse(engine)
    except MetricgovError as error:
        if not stored:
            raise
        if engine is None and error.code in ENGINE_LESS:
            return "", Limits(), None
        error.hint = "; ".join(one for one in (error.hint, "or read what was stored: --recorded") if one)
        raise
    return name, Limits(settings.rows, settings.seconds), warehouse
