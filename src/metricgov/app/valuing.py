"""Exact values of a metric by period, of the whole and of segments, under one of its versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from metricgov.app.series import MEASURED, versions_of
from metricgov.domain.comparability.joining import join
from metricgov.domain.comparability.on_record import segment_of
from metricgov.domain.comparability.vintages import Amount, Cell, exact
from metricgov.domain.digest import sha256_hex
from metricgov.domain.errors import BadInput, Undecidable
from metricgov.domain.past_views import VersionRow
from metricgov.domain.query.maturity import Wait, waits_of
from metricgov.domain.query.rows import Reading
from metricgov.domain.query.span import Grain, Window, after, start_of
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from metricgov.app.series import Version
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.query.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Defined:
    """A version that measured: its row of the history, and everything as it was when it did."""

    row: VersionRow
    version: Version

    @property
    def label(self) -> str:
        """What people call it."""
        return self.version.measuring.version

    @property
    def change(self) -> str:
        """The id of the change that made it, "" for the first."""
        return self.row.change

    @property
    def reaches(self) -> str:
        """First day for which its raw data can be read, "" where nobody said."""
        return self.version.measuring.reaches


def defined(rows: Sequence[VersionRow], metric: str, catalogue_at: Callable[[str], Catalogue]) -> tuple[Defined, ...]:
    """Return the versions of a metric that measured, oldest first."""
    measured = [one for one in rows if one.state in MEASURED]
    return tuple(map(Defined, measured, versions_of(rows, metric, catalogue_at)))


@dataclass
class Valuer:
    """Asks one engine for values of one metric, each question once; `sql` collects what was asked."""

    metric: str
    warehouse: Warehouse
    as_of: datetime
    dialect: str
    limits: Limits
    told: Callable[[str], None] = lambda _says: None
    sql: list[str] = field(default_factory=list)
    _known: dict[tuple[str, str, Window, str], Mapping[Cell, Amount]] = field(default_factory=dict)

    def under(self, one: Defined, window: Window, dimension: str = "") -> Mapping[Cell, Amount]:
        """Return values by cell under a version; Undecidable where it cannot be computed on these data.

        `dimension` may be a combination, as `on_record.combined` names it.
        """
        key = (one.label, one.change, window, dimension)
        if key not in self._known:
            by = f" by {dimension}" if dimension else ""
            self.told(f"{self.metric} {one.label}{by}: {window.start:%Y-%m-%d} until {window.end:%Y-%m-%d}")
            self._known[key] = self._asked(one.version.catalogue, window, dimension)
        return self._known[key]

    def waits(self, one: Defined) -> tuple[Wait, ...]:
        """Return how long rows wait until a version counts them."""
        catalogue = one.version.catalogue
        return waits_of(catalogue.metrics.get(self.metric), catalogue, self.dialect)

    @property
    def digest(self) -> str:
        """The digest of everything that was asked, in order."""
        return sha256_hex("\n".join(self.sql).encode())

    def of(self, catalogue: Catalogue, window: Window, dimension: str = "") -> Mapping[Cell, Amount]:
        """Return values by cell under definitions that were never in force together."""
        return self._asked(catalogue, window, dimension)

    def _asked(self, catalogue: Catalogue, window: Window, dimension: str) -> Mapping[Cell, Amount]:
        from metricgov.app.measuring import relations
        from metricgov.domain.query.series import Compiler, compile_metric

        metric = catalogue.metrics.get(self.metric)
        if metric is None:
            raise Undecidable("version_unreadable", f"{self.metric} cannot be read as it was then")
        by = tuple(dimension.split(",")) if dimension else ()
        reading = Reading(self.dialect, relations((catalogue,), self.warehouse), self.as_of)
        values = self._run(compile_metric(metric, catalogue, reading, window, by), window, dimension)
        sides: dict[str, Mapping[Cell, str | None]] = {}
        if metric.calculation.type == "ratio":
            parts = Compiler(catalogue, reading, window, by).components(metric)
            sides = {label: self._run(tree, window, dimension) for label, tree in parts.items()}
        counted = _counts_units(metric)
        found = {}
        for cell in {*values, *sides.get("above", {}), *sides.get("below", {})}:
            value, below = values.get(cell), sides.get("below", {}).get(cell)
            units = (below if sides else value) if counted else None
            found[cell] = Amount(value, sides.get("above", {}).get(cell), below, units)
        return found

    def _run(self, tree: object, window: Window, dimension: str) -> dict[Cell, str | None]:
        answer = self.warehouse.run(tree, self.limits)  # type: ignore[arg-type]  # a query of sqlglot
        self.sql.append(tree.sql(self.warehouse.dialect))  # type: ignore[attr-defined]
        found: dict[Cell, str | None] = {}
        for row in answer.rows:
            values = [None if one is None else str(one) for one in row[1:-1]]
            segment = segment_of(dict(zip(dimension.split(","), values, strict=True))) if dimension else None
            found[Cell(window.grain, period_text(row[0]), dimension, segment)] = exact(row[-1])
        return found


def period_text(value: object) -> str:
    """Return the start of a period as an ISO day, or with its hour where that is not midnight."""
    moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return moment.strftime("%Y-%m-%d" if moment.hour == 0 else "%Y-%m-%dT%H:00")


def measured_by(
    versions: Sequence[Defined], start: str, end: str, grain: Grain, as_of: datetime
) -> Iterator[tuple[Defined, Window]]:
    """Yield which version measures which whole periods of the days [start, end), as it would be published on a day.

    The newest one, as far as links and raw data reach; before that, the version that measured then. A period in which
    the definition changes belongs to the version before.
    """
    by_label = {one.label: one for one in versions}
    horizon = max(end, f"{as_of + timedelta(days=1):%Y-%m-%d}")
    if start >= end:
        says = f"{start} does not lie before {end}"
        raise BadInput(
            "period_empty", says, hint="--from names the first day, --to the first day left out, a later one"
        )
    stretches = join([one.version.measuring for one in versions], start, horizon, basis="current", across_breaks=True)
    last = datetime.fromisoformat(end)
    for place, stretch in enumerate(stretches):
        begins, ends = datetime.fromisoformat(stretch.start), min(datetime.fromisoformat(stretch.end), last)
        first = start_of(begins, grain)
        if first < begins and place:
            first = after(first, 1, grain)
        if first < ends:
            yield by_label[stretch.version], Window(first, Window.around(first, ends, grain).end, grain)


def _counts_units(metric: Metric) -> bool:
    """Say whether the value (of a quotient: its lower side) is a number of units of the metric's entity."""
    calculation = metric.calculation
    if metric.entity is None:
        return False
    if calculation.type == "simple":
        return calculation.aggregate in ("count", "count_distinct")
    return calculation.type == "ratio" and calculation.denominator.aggregate in ("count", "count_distinct")
