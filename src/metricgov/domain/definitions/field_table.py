"""Every field of every native kind as rows, in canonical order; what the rows mean is in `fields`."""

from __future__ import annotations

from collections.abc import Iterator

from metricgov.domain.definitions.fields import (
    AGGREGATES,
    CALCULATIONS,
    CATEGORIES,
    CHECK_LEVELS,
    COLUMN_TYPES,
    CONSENT_BASES,
    CONSUMER_KINDS,
    CONVERSION_RESULTS,
    DIRECTIONS,
    FAMILIES,
    FILE_FORMATS,
    GRAINS,
    INDICATORS,
    KEEPS,
    ON_CHANGE,
    PERCENTILE_METHODS,
    PERIOD_AGGREGATES,
    PROPERTY_TYPES,
    RELATIONS,
    RHYTHMS,
    SEVERITIES,
    STATUSES,
    TARGET_KINDS,
    TIERS,
    WINDOW_CHOICES,
    Edge,
    Field,
    Holds,
    Shape,
)
from metricgov.domain.definitions.kinds import Kind


def _head(kind: Kind, *, effective: bool = True) -> Iterator[Field]:
    yield Field("kind", Shape.CHOICE, choices=(kind.value,))
    yield Field("name", Shape.NAME)
    yield Field("title", Shape.WORDS)
    yield Field("version", Shape.VERSION)
    yield Field("status", Shape.CHOICE, choices=STATUSES)
    if effective:
        yield Field("effective_from", Shape.DATE)
    yield Field("replaced_by", Shape.BLOCK)
    yield Field(f"replaced_by.{kind}", Shape.REFERENCE, refers=kind, edge=Edge.USES)
    yield Field("replaced_by.relation", Shape.CHOICE, choices=RELATIONS)
    yield Field("retirement", Shape.BLOCK)
    yield Field("retirement.reason", Shape.WORDS)
    yield Field("retirement.last_good_date", Shape.DATE)
    yield Field("description", Shape.WORDS)


def _tail() -> Iterator[Field]:
    yield Field("consulted", Shape.PRINCIPAL, Holds.SET, default=())
    yield Field("informed", Shape.PRINCIPAL, Holds.SET, default=())
    yield Field("tags", Shape.NAME, Holds.SET, default=())


def _measure(prefix: str) -> Iterator[Field]:
    yield Field(f"{prefix}.aggregate", Shape.CHOICE, choices=AGGREGATES)
    yield Field(f"{prefix}.expression", Shape.EXPRESSION)
    yield Field(f"{prefix}.percentile", Shape.NUMBER)
    yield Field(f"{prefix}.percentile_method", Shape.CHOICE, choices=PERCENTILE_METHODS, default="continuous")
    yield Field(f"{prefix}.non_additive", Shape.BLOCK)
    yield Field(f"{prefix}.non_additive.dimension", Shape.COLUMN)
    yield Field(f"{prefix}.non_additive.window_choice", Shape.CHOICE, choices=WINDOW_CHOICES, default="max")
    yield Field(f"{prefix}.non_additive.window_groupings", Shape.COLUMN, Holds.SET, default=())
    yield Field(f"{prefix}.join_to_timespine", Shape.FLAG, default=False)
    yield Field(f"{prefix}.fill_nulls_with", Shape.NUMBER)


def _part(prefix: str) -> Iterator[Field]:
    yield Field(prefix, Shape.BLOCK)
    yield Field(f"{prefix}.metric", Shape.REFERENCE, refers=Kind.METRIC, edge=Edge.COMPUTED)
    yield Field(f"{prefix}.source", Shape.REFERENCE, refers=Kind.SOURCE, edge=Edge.COMPUTED)
    yield Field(f"{prefix}.time", Shape.COLUMN)
    yield Field(f"{prefix}.where", Shape.PREDICATE)
    yield from _measure(prefix)


def _calculation() -> Iterator[Field]:
    at = "calculation"
    yield Field(at, Shape.BLOCK)
    yield Field(f"{at}.type", Shape.CHOICE, choices=CALCULATIONS)
    yield Field(f"{at}.source", Shape.REFERENCE, refers=Kind.SOURCE, edge=Edge.COMPUTED)
    yield Field(f"{at}.sources", Shape.REFERENCE, Holds.SET, refers=Kind.SOURCE, edge=Edge.COMPUTED, default=())
    yield Field(f"{at}.time", Shape.COLUMN)
    yield Field(f"{at}.grain", Shape.CHOICE, choices=GRAINS, default="day")
    yield Field(f"{at}.where", Shape.PREDICATE)
    yield Field(f"{at}.entity", Shape.COLUMN)
    yield from _measure(at)
    for part in ("numerator", "denominator", "measure", "base", "conversion"):
        yield from _part(f"{at}.{part}")
    yield Field(f"{at}.inputs", Shape.BLOCK, Holds.KEYED, key=("alias", "metric"))
    yield Field(f"{at}.inputs[].metric", Shape.REFERENCE, refers=Kind.METRIC, edge=Edge.COMPUTED)
    yield Field(f"{at}.inputs[].alias", Shape.NAME)
    yield Field(f"{at}.inputs[].where", Shape.PREDICATE)
    yield Field(f"{at}.inputs[].offset_window", Shape.SPAN)
    yield Field(f"{at}.inputs[].offset_to_grain", Shape.CHOICE, choices=GRAINS)
    yield Field(f"{at}.window", Shape.SPAN)
    yield Field(f"{at}.grain_to_date", Shape.CHOICE, choices=GRAINS)
    yield Field(f"{at}.period_aggregate", Shape.CHOICE, choices=PERIOD_AGGREGATES, default="first")
    yield Field(f"{at}.result", Shape.CHOICE, choices=CONVERSION_RESULTS, default="conversion_rate")
    yield Field(f"{at}.constant_properties", Shape.BLOCK, Holds.KEYED, key=("base",), default=())
    yield Field(f"{at}.constant_properties[].base", Shape.COLUMN)
    yield Field(f"{at}.constant_properties[].conversion", Shape.COLUMN)
    yield Field(f"{at}.sql", Shape.QUERY)
    yield Field(f"{at}.scale", Shape.NUMBER, default=1)


def _kpi() -> Iterator[Field]:
    yield Field("kpi", Shape.BLOCK)
    yield Field("kpi.objective", Shape.REFERENCE, refers=Kind.OBJECTIVE, edge=Edge.USES)
    yield Field("kpi.tier", Shape.CHOICE, choices=TIERS, default="supporting")
    yield Field("kpi.supports", Shape.REFERENCE, refers=Kind.METRIC, edge=Edge.USES)
    yield Field("kpi.guards", Shape.REFERENCE, Holds.SET, refers=Kind.METRIC, edge=Edge.USES, default=())
    yield Field("kpi.baseline", Shape.BLOCK)
    yield Field("kpi.baseline.value", Shape.NUMBER)
    yield Field("kpi.baseline.as_of", Shape.DATE)
    yield Field("kpi.benchmark", Shape.BLOCK)
    yield Field("kpi.benchmark.value", Shape.NUMBER)
    yield Field("kpi.benchmark.source", Shape.WORDS)
    yield Field("kpi.benchmark.as_of", Shape.DATE)
    yield Field("kpi.target", Shape.BLOCK)
    yield Field("kpi.target.value", Shape.NUMBER)
    yield Field("kpi.target.by", Shape.DATE)
    yield Field("kpi.target.kind", Shape.CHOICE, choices=TARGET_KINDS, default="absolute")
    yield Field("kpi.target.same_as", Shape.REFERENCE, refers=Kind.METRIC, edge=Edge.USES)
    yield Field("kpi.thresholds", Shape.BLOCK)
    yield Field("kpi.thresholds.warn", Shape.NUMBER)
    yield Field("kpi.thresholds.critical", Shape.NUMBER)


def _checks() -> Iterator[Field]:
    yield Field("reconcile_with", Shape.BLOCK)
    yield Field("reconcile_with.source", Shape.REFERENCE, refers=Kind.SOURCE, edge=Edge.USES)
    yield Field("reconcile_with.expression", Shape.EXPRESSION)
    yield Field("reconcile_with.tolerance", Shape.TOLERANCE)
    yield Field("checks", Shape.BLOCK, Holds.KEYED, key=("id",), default=())
    yield Field("checks[].id", Shape.NAME)
    yield Field("checks[].level", Shape.CHOICE, choices=CHECK_LEVELS)
    yield Field("checks[].description", Shape.WORDS)
    yield Field("checks[].source", Shape.REFERENCE, refers=Kind.SOURCE, edge=Edge.USES)
    yield Field("checks[].event", Shape.REFERENCE, refers=Kind.EVENT, edge=Edge.USES)
    yield Field("checks[].expect", Shape.PREDICATE)
    yield Field("checks[].within", Shape.SPAN)
    yield Field("checks[].tolerance", Shape.TOLERANCE)
    yield Field("checks[].severity", Shape.CHOICE, choices=SEVERITIES, default="warn")


def _used_in() -> Iterator[Field]:
    yield Field("used_in", Shape.BLOCK, Holds.KEYED, key=("name",), default=())
    yield Field("used_in[].kind", Shape.CHOICE, choices=CONSUMER_KINDS)
    yield Field("used_in[].name", Shape.WORDS)
    yield Field("used_in[].url", Shape.WORDS)
    yield Field("used_in[].owner", Shape.WORDS)
    yield Field("used_in[].on_change", Shape.CHOICE, choices=ON_CHANGE, default="tell")


def _metric() -> Iterator[Field]:
    yield from _head(Kind.METRIC)
    yield Field("decision", Shape.WORDS)
    yield Field("domain", Shape.NAME)
    yield Field("workflow", Shape.REFERENCE, refers=Kind.WORKFLOW, edge=Edge.USES)
    yield Field("category", Shape.CHOICE, choices=CATEGORIES)
    yield Field("family", Shape.CHOICE, choices=FAMILIES)
    yield Field("indicator", Shape.CHOICE, choices=INDICATORS)
    yield Field("direction", Shape.CHOICE, choices=DIRECTIONS)
    yield Field("unit", Shape.NAME)
    yield from _calculation()
    yield Field("dimensions", Shape.COLUMN, Holds.SET, default=())
    yield Field("entity", Shape.COLUMN)
    yield Field("identity", Shape.WORDS)
    yield Field("deduplicate", Shape.BLOCK)
    yield Field("deduplicate.key", Shape.COLUMN, Holds.SET)
    yield Field("deduplicate.keep", Shape.CHOICE, choices=KEEPS, default="first")
    yield Field("attribution", Shape.WORDS)
    yield Field("uses_events", Shape.REFERENCE, Holds.SET, refers=Kind.EVENT, edge=Edge.COMPUTED, default=())
    yield Field("exclusions", Shape.WORDS)
    yield Field("known_limits", Shape.WORDS)
    yield from _checks()
    yield from _kpi()
    yield from _used_in()
    yield Field("review", Shape.BLOCK)
    yield Field("review.every", Shape.CHOICE, choices=RHYTHMS)
    yield from _tail()


def _source() -> Iterator[Field]:
    yield from _head(Kind.SOURCE)
    yield Field("renamed_from", Shape.NAME)
    yield Field("relations", Shape.WORDS, Holds.MAPPING, default={})
    yield Field("files", Shape.BLOCK)
    yield Field("files.format", Shape.CHOICE, choices=FILE_FORMATS)
    yield Field("files.paths", Shape.WORDS, Holds.SET)
    yield Field("columns", Shape.BLOCK, Holds.KEYED, key=("name",))
    yield Field("columns[].name", Shape.COLUMN)
    yield Field("columns[].type", Shape.TYPE, choices=COLUMN_TYPES)
    yield Field("columns[].description", Shape.WORDS)
    yield Field("columns[].nullable", Shape.FLAG, default=True)
    yield Field("columns[].personal", Shape.FLAG, default=False)
    yield Field("columns[].values", Shape.WORDS, Holds.SET, default=())
    yield Field("columns[].expression", Shape.EXPRESSION)
    yield Field("columns[].renamed_from", Shape.COLUMN)
    yield Field("primary_key", Shape.COLUMN, Holds.SET, default=())
    yield Field("time", Shape.BLOCK)
    yield Field("time.column", Shape.COLUMN)
    yield Field("time.zone", Shape.WORDS, default="UTC")
    yield Field("where", Shape.PREDICATE)
    yield Field("freshness", Shape.BLOCK)
    yield Field("freshness.within", Shape.SPAN)
    yield Field("freshness.column", Shape.COLUMN)
    yield Field("recomputable_from", Shape.DATE)
    yield Field("source_of_truth", Shape.FLAG, default=False)
    yield Field("known_limits", Shape.WORDS)
    yield from _tail()


def _event() -> Iterator[Field]:
    yield from _head(Kind.EVENT)
    yield Field("trigger", Shape.WORDS)
    yield Field("properties", Shape.BLOCK, Holds.KEYED, key=("name",), default=())
    yield Field("properties[].name", Shape.COLUMN)
    yield Field("properties[].type", Shape.TYPE, choices=PROPERTY_TYPES)
    yield Field("properties[].description", Shape.WORDS)
    yield Field("properties[].required", Shape.FLAG, default=False)
    yield Field("properties[].personal", Shape.FLAG, default=False)
    yield Field("properties[].values", Shape.WORDS, Holds.SET, default=())
    yield Field("campaign_parameters", Shape.COLUMN, Holds.SET, default=())
    yield Field("consent", Shape.CHOICE, choices=CONSENT_BASES)
    yield Field("destinations", Shape.WORDS, Holds.SET, default=())
    yield Field("implemented_by", Shape.PRINCIPAL, Holds.SET, default=())
    yield Field("deduplication_key", Shape.COLUMN, Holds.SET, default=())
    yield Field("known_limits", Shape.WORDS)
    yield from _tail()


def _workflow() -> Iterator[Field]:
    yield from _head(Kind.WORKFLOW, effective=False)
    yield Field("team", Shape.PRINCIPAL)
    yield Field("hands_over_to", Shape.PRINCIPAL, Holds.SET, default=())
    yield Field("steps", Shape.WORDS, Holds.LIST)
    yield from _tail()


def _objective() -> Iterator[Field]:
    yield from _head(Kind.OBJECTIVE, effective=False)
    yield Field("statement", Shape.WORDS)
    yield Field("owner", Shape.PRINCIPAL)
    yield Field("period", Shape.BLOCK)
    yield Field("period.start", Shape.DATE)
    yield Field("period.end", Shape.DATE)
    yield Field("parent", Shape.REFERENCE, refers=Kind.OBJECTIVE, edge=Edge.USES)
    yield from _tail()


def _scorecard() -> Iterator[Field]:
    yield from _head(Kind.SCORECARD, effective=False)
    yield Field("team", Shape.PRINCIPAL)
    yield Field("rhythm", Shape.CHOICE, choices=RHYTHMS)
    yield Field("sections", Shape.BLOCK, Holds.KEYED, key=("id",))
    yield Field("sections[].id", Shape.NAME)
    yield Field("sections[].title", Shape.WORDS)
    yield Field("sections[].rhythm", Shape.CHOICE, choices=RHYTHMS)
    yield Field("sections[].metrics", Shape.REFERENCE, Holds.LIST, refers=Kind.METRIC, edge=Edge.USES, default=())
    yield from _tail()


BUILDERS = {
    Kind.METRIC: _metric,
    Kind.SOURCE: _source,
    Kind.EVENT: _event,
    Kind.WORKFLOW: _workflow,
    Kind.OBJECTIVE: _objective,
    Kind.SCORECARD: _scorecard,
}
