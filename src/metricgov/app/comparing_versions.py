"""How two versions of a metric compare: what differs, which links were recorded, and both measured on today's data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.app.effects import catalogue_of
from metricgov.app.series import MEASURED
from metricgov.domain.changes.diff import diff
from metricgov.domain.changes.findings import ChangeClass, gravest
from metricgov.domain.changes.values import DiffContext
from metricgov.domain.comparability.link import Linked
from metricgov.domain.comparability.pairing import Pairing, label, pair
from metricgov.domain.errors import BadInput, MetricgovError, Undecidable
from metricgov.domain.past_views import VersionRow
from metricgov.domain.registry import Registry
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from metricgov.domain.comparability.evidence import MetricEffect


@dataclass(frozen=True, slots=True)
class Now:
    """An engine and how it is asked: the moment of reading, how many days, what matters."""

    warehouse: Warehouse
    as_of: datetime
    dialect: str
    limits: Limits
    days: int
    margin: float
    told: Callable[[str], None] = lambda _says: None


def in_force(rows: Sequence[VersionRow]) -> tuple[VersionRow, ...]:
    """Return the versions that are or were in force."""
    return tuple(one for one in rows if one.state in MEASURED)


def named(rows: Sequence[VersionRow], word: str) -> VersionRow:
    """Return the version that a word names: its label, or its number, of several the newest; BadInput for none."""
    exact = [one for one in rows if label(one) == word] or [one for one in rows if one.version == word]
    if not exact:
        known = ", ".join(dict.fromkeys(label(one) for one in rows)) or "none"
        raise BadInput("version_unknown", f"there is no version {word}", hint=f"versions: {known}")
    return exact[-1]


def compare_versions(
    metric: str,
    rows: Sequence[VersionRow],
    old: VersionRow,
    new: VersionRow,
    *,
    registry_at: Callable[[str], Registry],
    dialect: str,
    now: Now | None,
) -> Pairing:
    """Return how two versions compare; with an engine, both are measured over the same data as of now."""
    before, after = registry_at(old.commit), registry_at(new.commit)
    sides = before.get(f"metric:{metric}"), after.get(f"metric:{metric}")
    findings = diff(sides[0], sides[1], context=DiffContext(dialect=dialect))
    if now is None:
        return replace(pair(metric, rows, label(old), label(new)), findings=findings)
    effect, link, why = _measured(metric, before, after, gravest([one.change_class for one in findings]), now)
    found = pair(metric, rows, label(old), label(new), link)
    return replace(found, findings=findings, measured=effect, not_measured=why)


def _measured(
    metric: str, before: Registry, after: Registry, change_class: ChangeClass, now: Now
) -> tuple[MetricEffect | None, Linked | None, str]:
    from metricgov.app.measuring import measure, overlap
    from metricgov.domain.comparability.evidence import MetricEffect
    from metricgov.domain.query.dual import Side
    from metricgov.domain.query.span import ORDER

    catalogues = catalogue_of(before, {}), catalogue_of(after, {})
    first, second = (one.metrics.get(metric) for one in catalogues)
    if first is None or second is None:
        raise Undecidable("version_unreadable", f"{metric} cannot be read as it was then", hint="metricgov lint")
    grain = max(first.calculation.grain, second.calculation.grain, key=ORDER.__getitem__)
    window = overlap(now.as_of, now.days, grain)
    try:
        found = measure(
            Side(first, catalogues[0]),
            Side(second, catalogues[1]),
            now.warehouse,
            window=window,
            as_of=now.as_of,
            dialect=now.dialect,
            limits=now.limits,
            margin=now.margin,
            told=now.told,
        )
    except MetricgovError as error:
        return None, None, error.message
    days = (f"{window.start:%Y-%m-%d}", f"{window.end:%Y-%m-%d}", window.grain)
    effect = MetricEffect(metric, change_class, effect=found.effect, window=days, sql=found.sql, link=found.link)
    return effect, found.link, ""
