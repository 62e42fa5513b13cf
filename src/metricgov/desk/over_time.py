"""Values over time: versions, series computed or stored, scorecards; answered from the registry and its engine here."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from metricgov.desk.asked import WHOLE, Days, Progress, silent
from metricgov.desk.reading import LocalReading
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from metricgov.app.from_record import Kept
    from metricgov.app.moment import Moment
    from metricgov.app.series import Version
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.flags import Observation
    from metricgov.domain.comparability.over_time import Series
    from metricgov.domain.query.span import Grain
    from metricgov.domain.reading_views import Score, ScorecardView, SeriesView, VersionHistory

USUAL: Grain = "month"
"""The periods of a scorecard where the definition is not coarser."""

POINTS = 13
"""Whole periods of a score: a year of months, and the month a year ago."""

DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}
"""Days of a period, roughly."""

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
        today = f"{session.today():%Y-%m-%d}"
        catalogue = catalogue_of(self.whole().registry, {})
        strict, bridged = comparable_from(name, measured, catalogue, today)
        return VersionHistory(found, rows, all_pairs(name, measured), months(strict, today), months(bridged, today))

    def stored(self, metric: str, asked: Days = WHOLE) -> SeriesView | None:
        """Return a metric over time from the values that were stored; None where there are none."""
        from metricgov.domain.reading_views import Origin, SeriesView

        name = self._metric(metric)
        kept = self._kept(name, asked.known_at)
        grain = stored_grain(kept, asked.grain, asked.by)
        if not grain:
            return None
        found = self._read(name, replace(asked, grain=grain), kept, None, lambda _says: None)
        at = max((one.stored for line in found.lines for one in line.observations), default="")
        engine = next((one.taking.engine for one in reversed(kept.vintages) if one.taking.computed_at == at), "")
        return SeriesView(found, Origin.STORED, engine, at, asked.known_at)

    def series(self, metric: str, asked: Days = WHOLE, *, progress: Progress = silent) -> SeriesView:
        """Compute a metric over time, with every break marked; Undecidable without an engine.

        What no raw data reach comes from the values that were stored.
        """
        from metricgov.domain.reading_views import Origin, SeriesView
        from metricgov.domain.time import to_text

        session = self.session()
        name = self._metric(metric)
        opened = Opened(session)
        try:

            def told(says: str) -> None:
                progress(f"{opened.name}: {says}", 0, 0)

            found = self._read(name, replace(asked, known_at=""), self._kept(name), opened, told)
        finally:
            opened.close()
        return SeriesView(found, Origin.ENGINE, opened.name, to_text(session.access.clock.now()))

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
        opened = Opened(self.session())
        found = []
        try:
            for place, one in enumerate(bare):
                progress(f"{opened.name}: {one.metric.partition(':')[2]}", place, len(bare))
                found.append(self._computed_score(one, opened))
        finally:
            opened.close()
        return tuple(found)

    def _metric(self, metric: str) -> str:
        found = self.session().definition(metric, past=True)
        if not found.startswith("metric:"):
            raise BadInput("not_a_metric", f"{found} is not a metric", hint="values are of metrics")
        return found.partition(":")[2]

    def _kept(self, name: str, known_at: str = "") -> Kept:
        from metricgov.app.from_record import Kept

        return Kept(self.session().workspace.values.vintages(name), f"{known_at}T23:59:59Z" if known_at else "")

    def _read(self, name: str, asked: Days, kept: Kept, opened: Opened | None, told: Callable[[str], None]) -> Series:
        from metricgov.app.claimed import tier
        from metricgov.app.moment import at_tip
        from metricgov.app.series import Wanted, read_series
        from metricgov.domain.comparability.thresholds import Thresholds
        from metricgov.ports.warehouse import Limits

        session = self.session()
        session.workspace.require_journal()
        versions = versions_in_force(session, at_tip(session.reading), name, kept.known_at)
        newest = versions[-1].catalogue.metrics.get(name) if versions else None
        if newest is None:
            then = f" on {asked.known_at}" if asked.known_at else ""
            raise Undecidable(
                "metric_unreadable", f"{name} has no version that can be read{then}", hint="metricgov lint"
            )
        last = datetime.fromisoformat(asked.end) if asked.end else session.today()
        first = asked.start or min((one.measuring.start for one in versions if one.measuring.start), default="")
        first = first or f"{last - timedelta(days=365):%Y-%m-%d}"
        grain = _grain(asked.grain, newest.calculation.grain, datetime.fromisoformat(first), last)
        settings = session.workspace.settings
        return read_series(
            Wanted(
                name, first, f"{last:%Y-%m-%d}", grain, asked.basis, (asked.by,) if asked.by else (), across_breaks=True
            ),
            versions,
            opened.warehouse if opened else None,
            as_of=session.today(),
            dialect=settings.dialect,
            limits=opened.limits if opened else Limits(),
            thresholds=Thresholds(**settings.effect.thresholds(tier(newest, newest))),  # type: ignore[arg-type]
            told=told,
            kept=kept,
        )

    def _stored_score(self, bare: Score) -> Score:
        from metricgov.app.scoring import scored

        if bare.why:
            return bare
        try:
            grain = stored_grain(self._kept(bare.metric.partition(":")[2]), "")
            found = self.stored(bare.metric, self._score_days(grain)) if grain else None
        except MetricgovError as error:
            return replace(bare, why=error.message)
        if found is None:
            return replace(bare, why="no value is stored")
        done = scored(bare, _points(found.series), self.whole().registry, grain=found.series.grain)
        return replace(done, origin=found.origin, at=found.at, behind=self._behind(done))

    def _computed_score(self, bare: Score, opened: Opened) -> Score:
        from metricgov.app.scoring import scored
        from metricgov.domain.reading_views import Origin
        from metricgov.domain.time import to_text

        if bare.why:
            return bare
        session = self.session()
        try:
            name = self._metric(bare.metric)
            asked = self._score_days(self._usual_grain(name))
            found = self._read(name, asked, self._kept(name), opened, lambda _says: None)
        except MetricgovError as error:
            return replace(bare, why=error.message)
        done = scored(bare, _points(found), self.whole().registry, grain=found.grain)
        at = to_text(session.access.clock.now())
        return replace(done, origin=Origin.ENGINE, at=at, behind=self._behind(done))

    def _behind(self, score: Score) -> str:
        """Return the newest whole period where the last value is of an older one."""
        from metricgov.domain.query.period_names import name_of
        from metricgov.domain.query.span import after, start_of

        grain = _grain_named(score.grain)
        newest = f"{after(start_of(self.session().today(), grain), -1, grain):%Y-%m-%d}"
        return name_of(grain, newest) if score.last is not None and score.last.period < newest else ""

    def _score_days(self, grain: str) -> Days:
        """Return the last whole periods of a kind."""
        from metricgov.domain.query.span import after, start_of

        kind = _grain_named(grain)
        end = start_of(self.session().today(), kind)
        return Days("current", f"{after(end, -POINTS, kind):%Y-%m-%d}", f"{end:%Y-%m-%d}", kind)

    def _usual_grain(self, name: str) -> Grain:
        """Return the month, or what the definition has where that is coarser or the only one."""
        from metricgov.domain.definitions.metric import Metric
        from metricgov.domain.query.span import ORDER

        model = self.whole().registry[f"metric:{name}"].model
        assert isinstance(model, Metric), "the path says that it is one"
        calculation = model.calculation
        fixed = calculation.type == "sql" or ORDER[calculation.grain] > ORDER[USUAL]
        return calculation.grain if fixed else USUAL


class Opened:
    """The engine that values are computed with, open; Undecidable, with what to do, where none is bound."""

    def __init__(self, session: Session) -> None:
        from metricgov.ports.warehouse import Limits

        if not session.workspace.settings.engines:
            raise Undecidable(
                "no_engine",
                "no engine is bound, so nothing can be computed",
                hint="name one under engines: in metricgov.yaml; metricgov sample-data makes data to try it on",
            )
        self.name, settings, self.warehouse = session.workspace.warehouse(None)
        self.limits = Limits(settings.rows, settings.seconds)

    def close(self) -> None:
        """Let go of it."""
        self.warehouse.close()


def versions_in_force(session: Session, moment: Moment, metric: str, known_at: str = "") -> tuple[Version, ...]:
    """Return the versions of a metric that measure or measured, each with everything as it was then.

    With a second, those that were known until then, and nothing that happened to them later.
    """
    from metricgov.app.effects import catalogue_of
    from metricgov.app.history import history
    from metricgov.app.series import known_until, versions_of

    workspace = session.workspace
    rows = known_until(history(moment, f"metric:{metric}", workspace.journal), known_at)
    return versions_of(
        rows, metric, lambda commit: catalogue_of(workspace.load_registry(commit or moment.tip).registry, {})
    )


def stored_grain(kept: Kept, wanted: str, dimension: str = "") -> str:
    """Return the kind of period to show of what is on record: the wanted one, else the month, else that of most values.

    "" where there is nothing of that kind, for the whole or by a dimension.
    """
    from collections import Counter

    counts = Counter(
        row.cell.grain
        for one in kept.vintages
        if not kept.known_at or one.taking.computed_at <= kept.known_at
        for row in one.rows
        if row.cell.dimension == dimension
    )
    if wanted:
        return wanted if wanted in counts else ""
    return max(counts, key=lambda one: (one == USUAL, counts[one]), default="")


def _points(series: Series) -> Sequence[Observation]:
    return series.lines[0].observations if series.lines else ()


def _grain_named(word: str) -> Grain:
    from metricgov.domain.query.span import GRAINS

    named: Grain | None = next((one for one in GRAINS if one == word), None)
    if named is None:
        raise BadInput("bad_grain", f"{word} is no kind of period", hint=f"one of {', '.join(GRAINS)}")
    return named


def _grain(wanted: str, own: Grain, first: datetime, last: datetime) -> Grain:
    """Return the wanted kind of period, else the finest from the definition's own on that leaves few points."""
    from metricgov.domain.query.span import GRAINS, ORDER

    if wanted:
        return _grain_named(wanted)
    days = max(1, (last - first).days)
    fitting = [one for one in GRAINS if ORDER[one] >= ORDER[own] and days / DAYS[one] <= MOST_POINTS]
    return fitting[0] if fitting else "year"
