"""The effect of a change on every metric it touches: those that change, and those computed from what changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

from metricgov.domain.changes.findings import GRAVITY, ChangeClass, gravest
from metricgov.domain.comparability.advice import Overlap
from metricgov.domain.definitions.kinds import Kind, split_id
from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.errors import MetricgovError
from metricgov.ports.warehouse import Limits, Warehouse

if TYPE_CHECKING:
    from metricgov.app.assess import Assessment
    from metricgov.app.contents import Content
    from metricgov.domain.comparability.evidence import Evidence, MetricEffect
    from metricgov.domain.comparability.link import Linked
    from metricgov.domain.comparability.warnings import Claimed, Warned
    from metricgov.domain.definitions.engines import EffectSettings
    from metricgov.domain.query.catalogue import Catalogue
    from metricgov.domain.registry import Entry, Registry

Model = TypeVar("Model")

UNBOUND = frozenset({"source_unbound"})
"""Codes of what an engine cannot know: these data are not in it, and nobody said that they are."""

COMPATIBLE = GRAVITY[ChangeClass.COMPATIBLE]
"""Gravity up to which no number moves."""

SEASONAL = 22
"""Row of the decision table for windows, zones and calendars."""

MANY = 20
"""Sources that are looked at to explain a refusal."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an evaluation is told: the moment of reading, how far back, limits, and the dialect of the expressions."""

    as_of: datetime
    settings: EffectSettings
    limits: Limits
    dialect: str
    read: Callable[[Sequence[str]], Mapping[str, Content]]
    """Gives files of main by path."""
    told: Callable[[str], None] = lambda _says: None
    now: datetime | None = None
    """What time it is (UTC, without a zone); None: nobody asks whether rows lie after it."""


def evaluate(assessment: Assessment, whole: Registry, warehouse: Warehouse, claimed: Claimed, asked: Asked) -> Evidence:
    """Return the effects of the contents of an assessment; `whole` is the registry at its base.

    A metric that cannot be computed says why; the others are computed all the same.
    """
    from metricgov.domain.comparability.basis import METHODS, Basis, settings_digest
    from metricgov.domain.comparability.evidence import Evidence

    changed = {one.touched.id for one in assessment.definitions}
    seen: set[str] = {one.path for name in assessment.proposal.dependants if (one := whole.get(name.id)) is not None}
    before = catalogue_of(whole, {}, seen)
    after = catalogue_of(whole, {one: assessment.after.get(one) for one in changed}, seen)
    found = [
        _with_targets(_with_advice(one, assessment, claimed), whole, assessment, claimed)
        for metric, change_class, cause in _touched(assessment)
        for one in (_effect(metric, change_class, cause, before, after, warehouse, claimed, asked, assessment),)
    ]
    files = asked.read(tuple(sorted(seen - set(assessment.proposal.changes.paths))))
    return Evidence(
        assessment.proposal.changes.digest,
        asked.as_of.strftime("%Y-%m-%dT%H:%M:%SZ"),
        tuple(found),
        Basis(
            warehouse.name,
            settings_digest(assessment.governance.config, warehouse.name),
            METHODS,
            tuple((path, files[path].ref.sha256) for path in sorted(files)),
        ),
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
    assessment: Assessment,
) -> MetricEffect:
    from dataclasses import replace

    from metricgov.app.ahead import rows_ahead
    from metricgov.app.claimed import known_of, tier
    from metricgov.app.fitting import explained
    from metricgov.app.measuring import measure, mixes, overlap, relations
    from metricgov.domain.comparability.evidence import MetricEffect
    from metricgov.domain.comparability.thresholds import Thresholds
    from metricgov.domain.comparability.warnings import warnings
    from metricgov.domain.query.dual import Side
    from metricgov.domain.query.rows import Reading
    from metricgov.domain.query.span import ORDER
    from metricgov.domain.workflow.vocabulary import Treatment

    old, new = before.metrics.get(name), after.metrics.get(name)
    if old is None or new is None:
        says = "it is new, so there is no old number" if old is None else "it is gone, so there is no new number"
        return MetricEffect(name, change_class, cause, reason=says)
    proven = _proven(name, assessment)
    limits = Thresholds(**asked.settings.thresholds(tier(old, new)))  # type: ignore[arg-type]
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
            margin=limits.margin,
            break_percent=limits.break_percent,
            told=asked.told,
            exact=proven is not None,
        )
        if asked.now is not None and found.effect.total.old is None and found.effect.total.new is None:
            reading = Reading(asked.dialect, relations((after,), warehouse), asked.as_of)
            if ahead := rows_ahead(new, after, reading, warehouse, asked.now, asked.limits):
                raise ahead
    except MetricgovError as error:
        read = [one.sources[each] for one in (before, after) for each in _read(name, one) if each in one.sources]
        says = explained(error, read[:MANY], warehouse)
        link = _treated(proven, change_class, claimed) if proven is not None else None
        return MetricEffect(name, change_class, cause, warned=_unknown(error), reason=says, link=link)
    own = known_of(replace(claimed, link=found.link), Side(old, before), Side(new, after))
    measured = found.effect
    if claimed.treatment is Treatment.BRIDGE and own.additive:
        known = mixes(found, Side(old, before), warehouse, asked.as_of, asked.dialect, asked.limits)
        measured = replace(measured, mixes=known)
    return MetricEffect(
        name,
        change_class,
        cause,
        measured,
        warnings(measured, own, limits),
        window=(f"{window.start:%Y-%m-%d}", f"{window.end:%Y-%m-%d}", window.grain),
        sql=found.sql,
        link=_treated(found.link, change_class, claimed),
    )


def _read(name: str, catalogue: Catalogue) -> tuple[str, ...]:
    """Return the sources that a metric reads."""
    from metricgov.domain.query.catalogue import sources_of

    return tuple(sorted(sources_of(catalogue.metrics[name], catalogue)))


def _treated(link: Linked, change_class: ChangeClass, claimed: Claimed) -> Linked:
    """Return a link as class and treatment make it; what moves a number and says nothing of history is a break."""
    from metricgov.domain.comparability.link import treated
    from metricgov.domain.workflow.vocabulary import Treatment

    unsaid = claimed.treatment in (None, Treatment.NONE) and GRAVITY[change_class] > COMPATIBLE
    return treated(link, Treatment.BREAK if unsaid else claimed.treatment)


def _proven(name: str, assessment: Assessment) -> Linked | None:
    """Return the link of a metric that differs by its unit or scale alone, its inputs included; else None."""
    from metricgov.domain.comparability.exact import conversion

    definition = f"metric:{name}"
    before, after = assessment.before.get(definition), assessment.after.get(definition)
    own = next((one for one in assessment.definitions if one.touched.id == definition), None)
    moved = {one.touched.id for one in assessment.definitions if GRAVITY[one.touched.change_class] > COMPATIBLE}
    inputs = {one for side in (assessment.before, assessment.after) for one in side.inputs(definition, transitive=True)}
    if own is None or before is None or after is None or moved & inputs:
        return None
    return conversion(name, before.data, after.data, own.findings)


def _with_targets(found: MetricEffect, whole: Registry, assessment: Assessment, claimed: Claimed) -> MetricEffect:
    """Return an effect with what happens to targets, thresholds and readers of the metric, and what that stops."""
    from dataclasses import replace

    from metricgov.domain.comparability.moved_targets import goals, readers, target_warnings

    definition = f"metric:{found.metric}"
    before = whole.get(definition)
    changed = {one.touched.id for one in assessment.definitions}
    after = assessment.after.get(definition) if definition in changed else before
    if before is None or after is None:
        return found
    moved = goals(before.data, after.data, found.effect, found.link)
    used_in = after.data.get("used_in")
    listed = [one for one in used_in if isinstance(one, Mapping)] if isinstance(used_in, Sequence) else []
    read = readers(listed, claimed.treatment, found.link)
    more = tuple(target_warnings(moved, read))
    warned = tuple(sorted((*found.warned, *more), key=lambda one: (one.severity.value != "block", one.id)))
    return replace(found, goals=tuple(moved), readers=tuple(read), warned=warned)


def _with_advice(found: MetricEffect, assessment: Assessment, claimed: Claimed) -> MetricEffect:
    """Return an effect with the treatment that the decision table advises for what was measured."""
    from dataclasses import replace

    from metricgov.app.proposing import advice_for
    from metricgov.domain.comparability.link import LinkScale
    from metricgov.domain.comparability.season import seasonal
    from metricgov.domain.comparability.warnings import Severity, Warned
    from metricgov.domain.workflow.vocabulary import Treatment

    link = found.link
    if link is None:
        return found
    said = {one.id: one.says for one in found.warned if one.id in ("W04", "W06") and one in found.blocking}
    overlap = Overlap(
        bridges=link.bridges,
        scale=(link.scale or LinkScale.RATIO).value,
        by_segment=bool(link.segments),
        parts=link.factor is not None and link.factor.above is not None,
        short=said.get("W04", ""),
        unstable=said.get("W06", ""),
        seasonal=seasonal(link, found.effect.margin) if found.effect is not None else "",
        recut=link.recut,
        reason=link.reason,
    )
    advice = advice_for(assessment, claimed.intent, of=f"metric:{found.metric}", overlap=overlap)
    if advice.row == SEASONAL and advice.treatment is Treatment.BREAK and claimed.treatment is Treatment.BRIDGE:
        says = f"history is bridged with one factor, and {advice.reason}"
        more = Warned("W05", "SEASONALITY_NOT_COVERED", Severity.BLOCK, says)
        warned = sorted((*found.warned, more), key=lambda one: (one.severity is Severity.WARN, one.id))
        found = replace(found, warned=tuple(warned))
    return replace(found, advice=advice)


def _unknown(error: MetricgovError) -> tuple[Warned, ...]:
    """Return the warning about a metric that the data should have given and did not; none where no engine holds it."""
    from metricgov.domain.comparability.warnings import Severity, Warned

    if error.code in UNBOUND:
        return ()
    says = f"nothing could be evaluated under both definitions: {error.message}"
    return (Warned("W01", "NON_OVERLAPPING_COVERAGE", Severity.BLOCK, says),)


def catalogue_of(whole: Registry, instead: Mapping[str, Entry | None], seen: set[str] | None = None) -> Catalogue:
    """Return the metrics and sources of a registry, with others in place of some; what is read is added to `seen`."""
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.definitions.source import Source
    from metricgov.domain.query.catalogue import Catalogue

    entries = {entry.id: entry for entry in whole} | dict(instead)
    return Catalogue(
        _Models({one.name: one for one in entries.values() if one and one.kind is Kind.METRIC}, Metric, seen),
        _Models({one.name: one for one in entries.values() if one and one.kind is Kind.SOURCE}, Source, seen),
    )


class _Models(Mapping[str, Model]):
    """Definitions of one kind by name, each read when it is asked for; one that does not load is not there.

    The path of everything that was asked for is added to `seen`.
    """

    def __init__(self, entries: Mapping[str, Entry], model: type[Model], seen: set[str] | None) -> None:
        self._entries = entries
        self._model = model
        self._seen = set() if seen is None else seen

    def __getitem__(self, name: str) -> Model:
        if name in self._entries:
            self._seen.add(self._entries[name].path)
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
