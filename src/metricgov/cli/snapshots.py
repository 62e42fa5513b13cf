"""Values as they are known: stored by `snapshot`, shown as they were."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.measured import AsOf, KnownAt, engine_of, metric_named
from metricgov.cli.numbers import DAY, Engine
from metricgov.cli.options import AsJson, Name
from metricgov.desk.explained import moment_of, versions_of, vintages_of
from metricgov.domain.errors import BadInput, MetricgovError

if TYPE_CHECKING:
    from metricgov.app.snapshots import Wanted
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.vintages import Taken
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.query.span import Grain

MOST_DIMENSIONS = 3
"""Dimensions of a combination that is stored."""

USUAL: Grain = "month"
"""The periods in which values are stored where nobody names others, and the definition is not coarser."""


def snapshot(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Metrics; with --show, one and perhaps a period.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every metric that is active.")] = False,
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=DAY, metavar="DAY", help="First day (52 weeks ago).", show_default=False),
    ] = None,
    end: Annotated[
        datetime | None,
        typer.Option("--to", formats=DAY, metavar="DAY", help="First day left out (today).", show_default=False),
    ] = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="PERIOD|DIMENSION",
            help="day, week, month, quarter or year (month); dimensions, each for itself; a,b: combined; repeat.",
            show_default=False,
        ),
    ] = None,
    as_of: AsOf = None,
    engine: Engine = None,
    show: Annotated[bool, typer.Option("--show", help="Compute nothing; print what was known.")] = False,
    known_at: KnownAt = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="With --show: print CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """Store the values of metrics as they are known now, so that anyone can say later what was reported.

    They go to a branch of their own (`values:` in metricgov.yaml, else metricgov/values), with the version, the commit
    of main, the engine and the digest of the SQL. Only what is new or differs is added: on unchanged data a second
    snapshot adds nothing. With a remote they are sent at once, or by sync. With --show they are read.

    JSON: {"format": 1, "metrics": [{"metric", "values", "new", "revised", "vintage", "reason", "provisional_from"}]};
    with --show {"format": 1, "metric", "known_at", "values": [{"period", "dimension", "segment", "value", "above",
    "below", "units", "version", "change", "computed_at", "vintage", "engine", "main", "sql"}]}; of a combination,
    "dimension" is "a,b" and "segment" a list (in CSV as JSON text).

    Example: metricgov snapshot sales_accepted_lead_rate --by month --by channel

    Example: metricgov snapshot sales_accepted_lead_rate --by channel,country
    """
    from metricgov.cli.output import data, screen
    from metricgov.desk.session import Session
    from metricgov.render.snapshots import taken_json, taken_text

    session = Session()
    session.workspace.require_journal()
    if show:
        _show(session, names or [], known_at, as_csv=as_csv, as_json=as_json)
        return
    for wrong, option in ((known_at, "--known-at"), (as_csv, "--csv")):
        if wrong:
            raise BadInput("needs_show", f"{option} is about what was stored", hint="add --show")
    chosen = _chosen(session, names or [], every=every)
    _exchange(session)
    found = list(_taken(session, chosen, start, end, by or [], as_of, engine))
    if not as_json:
        data(taken_text(found, screen=screen()))
    _exchange(session)
    if as_json:
        data(taken_json(found))
    if any(one.reason for one in found) and (names or all(one.reason for one in found)):
        raise typer.Exit(3)


def _chosen(session: Session, names: Sequence[str], *, every: bool) -> list[str]:
    if names and every:
        raise BadInput("names_and_all", "--all is every metric", hint="leave the names away, or --all")
    if names:
        return [metric_named(session, one) for one in names]
    if not every:
        raise BadInput("nothing_named", "name the metrics whose values shall be stored", hint="or: --all")
    from metricgov.domain.definitions.kinds import Kind

    registry = session.workspace.load_registry(session.tip).registry
    return sorted(one.name for one in registry if one.kind is Kind.METRIC and one.data.get("status") == "active")


def _taken(
    session: Session,
    metrics: Sequence[str],
    start: datetime | None,
    end: datetime | None,
    by: list[str],
    as_of: datetime | None,
    engine: str | None,
) -> Iterator[Taken]:
    from metricgov.app.snapshots import take
    from metricgov.domain.comparability.vintages import Taken

    with engine_of(session, engine, as_of) as valuer_of:
        for metric in metrics:
            try:
                versions = versions_of(session, metric)
                newest = versions[-1].version.catalogue.metrics.get(metric) if versions else None
                if newest is None:
                    raise BadInput("metric_unreadable", f"{metric} has no version that can be read")
                wanted = _wanted(session, newest, start, end or as_of, by)
                yield take(wanted, versions, valuer_of(metric), session.workspace.values)
            except MetricgovError as error:
                if len(metrics) == 1:
                    raise
                yield Taken(metric, reason=error.message)


def _wanted(session: Session, metric: Metric, start: datetime | None, end: datetime | None, by: list[str]) -> Wanted:
    from metricgov import __version__
    from metricgov.app.snapshots import Wanted
    from metricgov.domain.query.span import ORDER, grain_and_dimensions
    from metricgov.domain.time import to_text

    calculation = metric.calculation
    fixed = calculation.type == "sql" or ORDER[calculation.grain] > ORDER[USUAL]  # a query of its own has one period
    usual = calculation.grain if fixed else USUAL
    grain, dimensions = grain_and_dimensions(by, usual)
    dimensions = tuple(dict.fromkeys(_combination(one) for one in dimensions))
    last = end or session.today()
    return Wanted(
        f"{start:%Y-%m-%d}" if start else "",
        last,
        grain,
        dimensions,
        to_text(session.access.clock.now()),
        session.tip,
        __version__,
    )


def _combination(word: str) -> str:
    """Return the name of a dimension, or of a combination (`a,b`); BadInput for one of too many."""
    from metricgov.domain.comparability.on_record import combined

    names = [one.strip() for one in word.split(",")]
    if not all(names):
        raise BadInput("bad_by", f"{word} lacks a dimension", hint="--by channel,country")
    if len(names) > MOST_DIMENSIONS:
        raise BadInput("bad_by", f"{word} combines {len(names)} dimensions, at most {MOST_DIMENSIONS}")
    return combined(names)


def _exchange(session: Session) -> None:
    """Fetch and send values where there is a remote that answers; else they wait, and that is said."""
    from metricgov.cli.output import talk
    from metricgov.ports.remote import Unreachable

    shared = session.workspace.shared_values
    if shared is None or session.workspace.offline:
        return
    try:
        shared.exchange()
    except Unreachable as error:
        talk(f"{error.message}; the values wait here. Later: metricgov sync")


def _show(session: Session, words: Sequence[str], known_at: str, *, as_csv: bool, as_json: bool) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.domain.comparability.vintages import known
    from metricgov.domain.query.period_names import period_named
    from metricgov.render.snapshots import known_csv, known_json, known_text

    if not 1 <= len(words) <= 2:
        raise BadInput("name_one", "--show takes a metric, and perhaps a period", hint="--show NAME 2026-03")
    metric = metric_named(session, words[0])
    at = moment_of(known_at)
    found = known(vintages_of(session, metric), at)
    if len(words) > 1:
        grain, first = period_named(words[1])
        found = {
            cell: one for cell, one in found.items() if (cell.grain, cell.period[:10]) == (grain, f"{first:%Y-%m-%d}")
        }
    rows = [
        found[cell] for cell in sorted(found, key=lambda one: (one.grain, one.dimension, str(one.segment), one.period))
    ]
    if not rows:
        raise BadInput(
            "nothing_known",
            f"no value of {metric} was on record"
            + (f" for {words[1]}" if len(words) > 1 else "")
            + (f" by {known_at}" if at else ""),
            hint=f"what is: metricgov snapshot --show {metric}",
        )
    if as_json or as_csv:
        data(known_json(metric, at, rows) if as_json else known_csv(rows))
        return
    data(known_text(metric, at, rows, screen=screen()))


def revisions(
    name: Name,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="PERIOD|DIMENSION=VALUE",
            help="Of these periods; of one segment; repeat for a combination.",
            show_default=False,
        ),
    ] = None,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print every stored value as CSV.")] = False,
    as_json: AsJson = False,
) -> None:
    """How the values of a metric were revised after they were first stored.

    A row a period, a column a snapshot; and the mean, mean absolute and relative revision from the first to the newest
    value, separated into late data, mended defects and new definitions. Periods that only the newest snapshot knows are
    left out of it.

    JSON: {"format": 1, "metric", "periods": [{"period", "dimension", "segment", "values": [{"vintage", "computed_at",
    "value"}], "moves": [{"cause", "amount", "at", "changes", "version"}]}], "measures": {"all", "data", "defect",
    "definition", "not_told_apart"}}; amounts are exact.

    Example: metricgov revisions sales_accepted_lead_rate --by month
    """
    from metricgov.cli.output import data, screen
    from metricgov.desk.explained import revised
    from metricgov.desk.session import Session
    from metricgov.render.revisions import revisions_csv, revisions_json, revisions_text

    session = Session()
    metric = metric_named(session, name)
    found = revised(session, metric, by or [])
    if as_csv or as_json:
        data(revisions_json(metric, found) if as_json else revisions_csv(found))
        return
    data(revisions_text(metric, found, screen()))
