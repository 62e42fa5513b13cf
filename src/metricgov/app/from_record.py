"""Points of a series from values on record, moved to its basis as measured ones are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.domain.comparability.flags import LOW_RELIABILITY, Flag, Observation
from metricgov.domain.comparability.joining import CURRENT, Stretch
from metricgov.domain.comparability.on_record import Chosen, Records, choose, path, records
from metricgov.domain.comparability.over_time import Key
from metricgov.domain.comparability.vintages import Vintage
from metricgov.domain.errors import BadInput
from metricgov.domain.query.span import after
from metricgov.domain.time import spoken

if TYPE_CHECKING:
    from metricgov.app.series import Version, Wanted
    from metricgov.domain.comparability.bridging import Cell, Moved
    from metricgov.domain.comparability.link import Linked
    from metricgov.domain.query.maturity import Wait


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything that was stored of a metric, as known at a UTC second ("": now)."""

    vintages: Sequence[Vintage]
    known_at: str = ""

    @property
    def seen(self) -> tuple[Vintage, ...]:
        """What was on record at that second."""
        return tuple(one for one in self.vintages if not self.known_at or one.taking.computed_at <= self.known_at)


def nothing_stored(wanted: Wanted, kept: Kept | None) -> BadInput:
    """Return the error for a series of which nothing is on record, with what is."""
    seen = kept.seen if kept is not None else ()
    by = f" and {', '.join(wanted.dimensions)}" if wanted.dimensions else ""
    then = f" at {spoken(kept.known_at)}" if kept is not None and kept.known_at else ""
    cells = {row.cell for one in seen for row in one.rows}
    found: dict[str, list[str]] = {}
    for one in cells:
        name = f"{one.grain} by {one.dimension}" if one.dimension else one.grain
        found.setdefault(name, []).append(one.period)
    spans = [f"{name} ({min(some)[:10]} to {max(some)[:10]})" for name, some in sorted(found.items())]
    first = min((one.taking.computed_at for one in kept.vintages), default="") if kept is not None else ""
    return BadInput(
        "nothing_known",
        f"no value of {wanted.metric} by {wanted.grain}{by} from {wanted.start} until {wanted.end} was on record{then}",
        hint=f"there are: {', '.join(spans)}" if spans else f"the first values were stored on {spoken(first)}",
    )


@dataclass
class Recorded:
    """Reads points from values on record.

    `used` says for each period by which version, over which links and to which values; `lacking` by which dimensions
    a link needs values of it that nobody stored.
    """

    wanted: Wanted
    versions: Sequence[Version]
    kept: Kept
    dialect: str = "duckdb"
    lacking: dict[str, str] = field(default_factory=dict)
    used: dict[str, tuple[str, tuple[Linked, ...], list[Moved]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._records = self._by(self.wanted.dimensions)
        self.negative: set[str] = set()
        self._known_waits: dict[str, tuple[Wait, ...]] = {}

    def of(self, stretch: Stretch, period: str) -> dict[Key, Observation]:
        """Return the values of a period where a version measures, {} where none is on record.

        Values that no link brings to the basis of the series say that their definition differs.
        """
        from metricgov.app.series import doubtful

        found = self._chosen(self._records, stretch, period)
        by_version: dict[str, dict[Key, Chosen]] = {}
        for key, one in found.items():
            by_version.setdefault(one.under.version, {})[key] = one
        points: dict[Key, Observation] = {}
        for version, some in by_version.items():
            points |= self._points(stretch, period, version, some)
        for key in [key for key, one in found.items() if (one.under.amount.below or "").startswith("-")]:
            self.negative.add(period)
            points |= {key: doubtful(points[key])} if key in points else {}
        return {key: self._as_settled(one) for key, one in points.items()}

    def _as_settled(self, point: Observation) -> Observation:
        """Return a stored value, marked where not all of its rows were counted yet when it was computed."""
        from metricgov.app.series import provisional
        from metricgov.domain.query.maturity import settled_until

        read = next((one.taking.as_of for one in self.kept.vintages if one.number == point.vintage), "")
        if not read:
            return point
        settled = settled_until(self._waits(point.version), datetime.fromisoformat(read))
        return (
            provisional(point) if after(datetime.fromisoformat(point.period), 1, self.wanted.grain) > settled else point
        )

    def _waits(self, version: str) -> tuple[Wait, ...]:
        from metricgov.domain.query.maturity import waits_of

        if version not in self._known_waits:
            catalogue = next((one.catalogue for one in self.versions if one.measuring.version == version), None)
            metric = catalogue.metrics.get(self.wanted.metric) if catalogue is not None else None
            self._known_waits[version] = waits_of(metric, catalogue, self.dialect) if catalogue is not None else ()
        return self._known_waits[version]

    def _points(
        self, stretch: Stretch, period: str, version: str, some: Mapping[Key, Chosen]
    ) -> dict[Key, Observation]:
        if self.wanted.basis != CURRENT:
            differs = version != stretch.version
            flags = frozenset({Flag.DIFFERS}) if differs else frozenset({Flag.NORMAL})
            self.used.setdefault(period, (version, (), []))
            return {key: _plain(period, one, flags) for key, one in some.items()}
        links = path([one.measuring for one in self.versions], version, stretch.onto)
        if links is None:
            self.used.setdefault(period, (version, (), []))
            return {key: _plain(period, one, frozenset({Flag.DIFFERS})) for key, one in some.items()}
        if not links:
            self.used.setdefault(period, (version, (), []))
            return {key: _plain(period, one, frozenset({Flag.NORMAL})) for key, one in some.items()}
        return dict(self._moved(stretch, period, version, links, some))

    def _moved(
        self, stretch: Stretch, period: str, version: str, links: tuple[Linked, ...], some: Mapping[Key, Chosen]
    ) -> Iterator[tuple[Key, Observation]]:
        """Yield values moved over links, read as finely as these need."""
        from metricgov.app.bridged import BORROWED
        from metricgov.domain.comparability import bridging

        wanted = self.wanted
        bridging.check(links, wanted.dimensions, wanted.grain)
        names = bridging.needed(links, wanted.dimensions)
        fine = some if names == wanted.dimensions else self._chosen(self._by(names), stretch, period)
        if not fine or any(one.under.version != version for one in fine.values()):
            self.lacking[period] = ", ".join(names)
            return
        parts = any(link.factor is not None and link.factor.above is not None for link in links)
        cells = {key: cell for key, one in fine.items() if (cell := _cell(one, parts=parts)) is not None}
        quotient = all(one.under.amount.above is not None for one in fine.values())
        found = bridging.moved(
            cells,
            links,
            names=names,
            asked=len(wanted.dimensions),
            grain=wanted.grain,
            scale=self._scale(version) if quotient else 1,
        )
        self.used[period] = (version, links, [*found.values()])
        for key, one in found.items():
            flags = {Flag.ESTIMATED}
            if one.rse > LOW_RELIABILITY or one.borrowed > BORROWED:
                flags.add(Flag.UNRELIABLE)
            whole = some.get(key) or next(iter(fine.values()))
            vintage = whole.vintage
            yield (
                key,
                Observation(
                    period,
                    one.value,
                    version,
                    frozenset(flags),
                    one.old,
                    one.interval,
                    vintage.taking.computed_at,
                    vintage.number,
                ),
            )

    def _chosen(self, known: Records, stretch: Stretch, period: str) -> dict[Key, Chosen]:
        version = stretch.onto if self.wanted.basis == CURRENT else stretch.version
        first = not self.kept.known_at
        found = {
            key: choose(rows, version, self.wanted.basis, first=first) for key, rows in known.get(period, {}).items()
        }
        return {key: one for key, one in found.items() if one is not None}

    def _by(self, dimensions: Sequence[str]) -> Records:
        return records(self.kept.vintages, self.wanted.grain, dimensions, self.kept.known_at)

    def _scale(self, version: str) -> float:
        catalogue = next(one.catalogue for one in self.versions if one.measuring.version == version)
        metric = catalogue.metrics.get(self.wanted.metric)
        return metric.calculation.scale if metric is not None else 1.0


def _plain(period: str, one: Chosen, flags: frozenset[Flag]) -> Observation:
    assert one.under.amount.value is not None
    value, taking = float(one.under.amount.value), one.vintage.taking
    return Observation(period, value, one.under.version, flags, stored=taking.computed_at, vintage=one.vintage.number)


def _cell(one: Chosen, *, parts: bool) -> Cell | None:
    """Return a stored value as links move it: its two sides where they have a factor for each, else unscaled."""
    from metricgov.domain.comparability.bridging import Cell

    amount = one.under.amount
    if amount.above is None or amount.below is None:
        return Cell(float(amount.value or 0))
    above, below = float(amount.above), float(amount.below)
    if parts:
        return Cell(above, below)
    return Cell(above / below) if below else None
