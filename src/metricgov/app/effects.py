"""The effect of a change on every metric it touches: those that change, and those computed from what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from metricgov.domain.changes.findings import GRAVITY, ChangeClass, gravest
from metricgov.domain.definitions.kinds import Kind, split_id
from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.errors import MetricgovError
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from metricgov.app.assess import Assessment
    from metricgov.domain.comparability.evidence import Evidence, MetricEffect
    from metricgov.domain.comparability.warnings import Claimed
    from metricgov.domain.definitions.engines import EffectSettings
    from metricgov.domain.query.catalogue import Catalogue
    from metricgov.domain.registry import Entry, Registry

Model = TypeVar("Model")


@dataclass(frozen=True, slots=True)
class Asked:
    """What an evaluation is told: the moment of reading, how far back, limits, and the dialect of the expressions."""

    as_of: datetime
    settings: EffectSettings
    limits: Limits
    dialect: str
    told: Callable[[str], None] = lambda _says: None


def evaluate(assessment: Assessment, whole: Registry, warehouse: Warehouse, claimed: Claimed, asked: Asked) -> Evidence:
    """Return the effects of the contents of an assessment; `whole` is the registry at its base.

    A metric that cannot be computed says why; the others are computed all the same.
    """
    from metricgov.domain.comparability.evidence import Evidence

    changed = {one.touched.id for one in assessment.definitions}
    before = catalogue_of(whole, {})
    after = catalogue_of(whole, {one: assessment.after.get(one) for one in changed})
    found = [
        _effect(metric, change_class, cause, before, after, warehouse, claimed, asked)
        for metric, change_class, cause in _touched(assessment)
    ]
    return Evidence(
        assessment.proposal.changes.digest, warehouse.name, asked.as_of.strftime("%Y-%m-%dT%H:%M:%SZ"), tuple(found)
    )


def _touched(assessment: Assessment) -> Iterator[tuple[str, ChangeClass, str]]:
    """Yield metrics whose numbers may move: name, class, and what they are computed from ("": they changed)."""
    seen = set()
    for one in assessment.definitions:
        kind, name = split_id(one.touched.id)
        if kind is Kind.METRIC and GRAVITY[one.touched.change_class] > GRAVITY[ChangeClass.EDITORIAL]:
            seen.add(name)
            yield name, one.touched.change_class, ""
    causes: dict[str, list[tuple[ChangeClass, str]]] = {}
    for finding in assessment.affected:
        kind, name = split_id(finding.definition)
        if kind is Kind.METRIC and name not in seen:
            causes.setdefault(name, []).append((finding.change_class, finding.cause or ""))
    for name, found in causes.items():
        change_class = gravest(each for each, _ in found)
        if GRAVITY[change_class] > GRAVITY[ChangeClass.EDITORIAL]:
            yield name, change_class, found[0][1]


def _effect(
    name: str,
    change_class: ChangeClass,
    cause: str,
    before: Catalogue,
    after: Catalogue,
    warehouse: Warehouse,
    claimed: Claimed,
    asked: Asked,
) -> MetricEffect:
    from dataclasses import replace

    from metricgov.app.measuring import adds_up, measure, overlap
    from metricgov.domain.comparability.evidence import MetricEffect
    from metricgov.domain.comparability.warnings import warnings
    from metricgov.domain.query.dual import Side
    from metricgov.domain.query.span import ORDER

    old, new = before.metrics.get(name), after.metrics.get(name)
    if old is None or new is None:
        says = "it is new, so there is no old number" if old is None else "it is gone, so there is no new number"
        return MetricEffect(name, change_class, cause, reason=says)
    grain = max(old.calculation.grain, new.calculation.grain, key=ORDER.__getitem__)
    window = overlap(asked.as_of, asked.settings.days, grain)
    try:
        found = measure(
            Side(old, before),
            Side(new, after),
            warehouse,
            window=window,
            as_of=asked.as_of,
            dialect=asked.dialect,
            limits=asked.limits,
            margin=asked.settings.margin,
            told=asked.told,
        )
    except MetricgovError as error:
        return MetricEffect(name, change_class, cause, reason=error.message)
    own = replace(claimed, additive=adds_up(old) and adds_up(new))
    return MetricEffect(
        name,
        change_class,
        cause,
        found.effect,
        warnings(found.effect, own),
        window=(f"{window.start:%Y-%m-%d}", f"{window.end:%Y-%m-%d}", window.grain),
        sql=found.sql,
    )


def catalogue_of(whole: Registry, instead: Mapping[str, Entry | None]) -> Catalogue:
    """Return the metrics and sources of a registry, with others in place of some."""
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.definitions.source import Source
    from metricgov.domain.query.catalogue import Catalogue

    entries = {entry.id: entry for entry in whole} | dict(instead)
    return Catalogue(
        _Models({one.name: one for one in entries.values() if one and one.kind is Kind.METRIC}, Metric),
        _Models({one.name: one for one in entries.values() if one and one.kind is Kind.SOURCE}, Source),
    )


class _Models(Mapping[str, Model]):
    """Definitions of one kind by name, each read when it is asked for; one that does not load is not there."""

    def __init__(self, entries: Mapping[str, Entry], model: type[Model]) -> None:
        self._entries = entries
        self._model = model

    def __getitem__(self, name: str) -> Model:
        try:
            found = self._entries[name].model
        except DefinitionErrors:
            raise KeyError(name) from None  # lint names it; a metric that needs it says that it is not there
        if not isinstance(found, self._model):
            raise KeyError(name)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
