"""Values over time: versions, series computed or stored, scorecards; answered from the registry and its engine here."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.desk.asked import Progress, silent
from metricgov.desk.reading import LocalReading
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metricgov.app.moment import Moment
    from metricgov.app.series import Version
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.over_time import Series
    from metricgov.domain.past_views import VersionRow
    from metricgov.domain.query.span import Grain
    from metricgov.domain.reading_views import Score, ScorecardView, SeriesView, VersionHistory
    from metricgov.ports.warehouse import Warehouse

USUAL: Grain = "month"
"""The periods of a scorecard where the definition is not coarser."""

POINTS = 13
"""Whole periods of a score: a year of months, and the month a year ago."""

MOST_POINTS = 60
"""Periods of a series above which the next coarser kind is taken, where nobody names one."""


class LocalOverTime(LocalReading):
    """Implements OverTime over a Session."""

    def engine(self) -> str:
        """Return the name of the engine that values are computed with, "" where none is bound."""
        settings = self.session().workspace.settings
        return settings.effect.engine or next(iter(settings.engines), "")

    def history(self, definition: str) -> VersionHistory:
        """Return the versions of a definition, and of a metric how they compare."""
        from metricgov.app.comparable import comparable_from, months
        from metricgov.app.comparing_versions import in_force
        from metricgov.app.effects import catalogue_of
        from metricgov.app.history import history
        from metricgov.app.moment import at_tip
        from metricgov.domain.comparability.pairing import all_pairs
        from metricgov.domain.reading_views import VersionHistory

        session = self.session()
        session.workspace.require_journal()
        found = session.definition(definition, past=True)
        rows = history(at_tip(session.reading), found, session.workspace.journal)
        kind, _, name = found.partition(":")
        measured = in_force(rows)
        if kind != "metric" or not measured:
            return VersionHistory(found, rows)
        today = f"{_today(session):%Y-%m-%d}"
        catalogue = catalogue_of(self.whole().registry, {})
        strict, bridged = comparable_from(name, measured, catalogue, today)
        return VersionHistory(found, rows, all_pairs(name, measured), months(strict, today), months(bridged, today))

    def stored(self, metric: str, *, grain: str = "", known_at: str = "") -> SeriesView | None:
        """Return the values of a metric that were stored; None where there are none.

        `grain` is the kind of period ("": the month, else the one of most values), `known_at` an ISO day ("": now).
        """
        from metricgov.app.stored_series import stored_grain, stored_series, taken_last
        from metricgov.domain.comparability.vintages import known
        from metricgov.domain.reading_views import Origin, SeriesView

        session = self.session()
        name = self._metric(metric)
        vintages = session.workspace.values.vintages(name)
        found = known(vintages, f"{known_at}T23:59:59Z" if known_at else "") if vintages else {}
        chosen = stored_grain(found, grain)
        if not chosen:
            return None
        versions = {row.under.version for cell, (row, _) in found.items() if cell.grain == chosen}
        matrix = self.history(metric).matrix if len(versions) > 1 else None
        at, engine = taken_last(found, chosen)
        return SeriesView(stored_series(name, found, chosen, matrix), Origin.STORED, engine, at, known_at)

    def series(
        self,
        metric: str,
        *,
        basis: str = "current",
        start: str = "",
        end: str = "",
        grain: str = "",
        progress: Progress = silent,
    ) -> SeriesView:
        """Compute a metric over the days [start, end), with every break marked.

        By default from its first version until today, by the finest kind of period that is easy to read; Undecidable
        where there is no engine.
        """
        from metricgov.domain.reading_views import Origin, SeriesView
        from metricgov.domain.time import to_text

        session = self.session()
        name = self._metric(metric)
        opened, _, warehouse = _opened(session)
        try:
            found = self._series(name, (basis, start, end, grain), warehouse, lambda says: progress(says, 0, 0))
        finally:
            warehouse.close()
        return SeriesView(found, Origin.ENGINE, opened, to_text(session.access.clock.now()))

    def scorecards(self) -> tuple[ScorecardView, ...]:
        """Return every scorecard, those of the reader's teams first; their values are asked for one by one."""
        from metricgov.app.scoring import scorecards

        try:
            person = self.session().actor.principal
        except MetricgovError:  # somebody who is nobody here may read
            person = ""
        return scorecards(self.whole(), self._governance(), person)

    def scores(
        self, metrics: tuple[str, ...], *, computed: bool = False, progress: Progress = silent
    ) -> tuple[Score, ...]:
        """Return where some metrics stand, by what is stored; with `computed`, by what the engine says now.

        What cannot be read says why, and does not keep the others from being read.
        """
        from metricgov.app.scoring import bare_score

        registry = self.whole().registry
        bare = [bare_score(one, registry) for one in metrics]
        if not computed:
            return tuple(self._stored_score(one) for one in bare)
        session = self.session()
        opened, _, warehouse = _opened(session)
        found = []
        try:
            for place, one in enumerate(bare):
                progress(f"{opened}: {one.metric.partition(':')[2]}", place, len(bare))
                found.append(self._computed_score(one, warehouse))
        finally:
            warehouse.close()
        return tuple(found)

    def _metric(self, metric: str) -> str:
        found = self.session().definition(metric, past=True)
        if not found.startswith("metric:"):
            raise BadInput("not_a_metric", f"{found} is not a metric", hint="values are of metrics")
        return found.partition(":")[2]

    def _series(
        self, name: str, asked: tuple[str, str, str, str], warehouse: Warehouse, told: Callable[[str], None]
    ) -> Series:
        from metricgov.app.claimed import tier
        from metricgov.app.moment import at_tip
        from metricgov.app.series import Wanted, read_series
        from metricgov.domain.comparability.thresholds import Thresholds
        from metricgov.ports.warehouse import Limits

        session = self.session()
        workspace = session.workspace
        workspace.require_journal()
        versions = versions_in_force(session, at_tip(session.reading), name)
        newest = versions[-1].catalogue.metrics.get(name) if versions else None
        if newest is None:
            raise Undecidable("metric_unreadable", f"{name} has no version that can be read", hint="metricgov lint")
        basis, start, end, wanted = asked
        last = datetime.fromisoformat(end) if end else _today(session)
        first = start or min((one.measuring.start for one in versions if one.measuring.start), default="")
        first = first or f"{last.replace(year=last.year - 1):%Y-%m-%d}"
        grain = _grain(wanted, newest.calculation.grain, datetime.fromisoformat(first), last)
        settings = workspace.settings
        limits = next(
            (Limits(one.rows, one.seconds) for key, one in settings.engines.items() if key == warehouse.name), Limits()
        )
        return read_series(
            Wanted(name, first, f"{last:%Y-%m-%d}", grain, basis, across_breaks=True),
            versions,
            warehouse,
            as_of=last,
            dialect=settings.dialect,
            limits=limits,
            thresholds=Thresholds(**settings.effect.thresholds(tier(newest, newest))),  # type: ignore[arg-type]
            told=told,
        )

    def _stored_score(self, bare: Score) -> Score:
        from dataclasses import replace

        from metricgov.app.scoring import scored
        from metricgov.app.stored_series import last_points

        if bare.why:
            return bare
        try:
            found = self.stored(bare.metric)
        except MetricgovError as error:
            return replace(bare, why=error.message)
        if found is None:
            return replace(bare, why="no value is stored")
        series = found.series
        done = scored(bare, last_points(series, POINTS), self.whole().registry, grain=series.grain)
        return replace(done, origin=found.origin, at=found.at)

    def _computed_score(self, bare: Score, warehouse: Warehouse) -> Score:
        from dataclasses import replace

        from metricgov.app.scoring import scored
        from metricgov.domain.query.span import after, start_of
        from metricgov.domain.reading_views import Origin
        from metricgov.domain.time import to_text

        if bare.why:
            return bare
        session = self.session()
        try:
            name = self._metric(bare.metric)
            grain = self._usual_grain(name)
            end = start_of(_today(session), grain)
            start = after(end, -POINTS, grain)
            asked = ("current", f"{start:%Y-%m-%d}", f"{end:%Y-%m-%d}", grain)
            series = self._series(name, asked, warehouse, lambda _says: None)
        except MetricgovError as error:
            return replace(bare, why=error.message)
        points = series.lines[0].observations if series.lines else ()
        done = scored(bare, points, self.whole().registry, grain=grain)
        return replace(done, origin=Origin.ENGINE, at=to_text(session.access.clock.now()))

    def _usual_grain(self, name: str) -> Grain:
        """Return the month, or what the definition has where that is coarser or the only one."""
        from metricgov.domain.definitions.metric import Metric
        from metricgov.domain.query.span import ORDER

        model = self.whole().registry[f"metric:{name}"].model
        assert isinstance(model, Metric), "the path says that it is one"
        calculation = model.calculation
        fixed = calculation.type == "sql" or ORDER[calculation.grain] > ORDER[USUAL]
        return calculation.grain if fixed else USUAL


def versions_in_force(session: Session, moment: Moment, metric: str) -> tuple[Version, ...]:
    """Return the versions of a metric that measure or measured, each with everything as it was then."""
    from metricgov.app.effects import catalogue_of
    from metricgov.app.history import history
    from metricgov.app.series import versions_of

    workspace = session.workspace
    rows: Sequence[VersionRow] = history(moment, f"metric:{metric}", workspace.journal)
    return versions_of(
        rows, metric, lambda commit: catalogue_of(workspace.load_registry(commit or moment.tip).registry, {})
    )


def _grain(wanted: str, own: Grain, first: datetime, last: datetime) -> Grain:
    """Return the wanted kind of period, else the finest from the definition's own on that leaves few points."""
    from metricgov.domain.query.span import GRAINS, ORDER

    if wanted:
        named: Grain | None = next((one for one in GRAINS if one == wanted), None)
        if named is None:
            raise BadInput("bad_grain", f"{wanted} is no kind of period", hint=f"one of {', '.join(GRAINS)}")
        return named
    days = max(1, (last - first).days)
    lengths = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
    fitting = [one for one in GRAINS if ORDER[one] >= ORDER[own] and days / lengths[one] <= MOST_POINTS]
    return fitting[0] if fitting else "year"


def _opened(session: Session) -> tuple[str, object, Warehouse]:
    """Open the engine that values are computed with; Undecidable, with what to do, where none is bound."""
    if not session.workspace.settings.engines:
        raise Undecidable(
            "no_engine",
            "no engine is bound, so nothing can be computed",
            hint="name one under engines: in metricgov.yaml; metricgov sample-data makes data to try it on",
        )
    return session.workspace.warehouse(None)


def _today(session: Session) -> datetime:
    """Return the start of today in UTC and without a zone, as engines are asked."""
    now = session.access.clock.now()
    return now.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
