"""Every field of every native kind as data: order, shape, defaults, what is SQL, what refers to what. No pydantic here.

The models beside this file describe the same fields; a test keeps the two equal. A path is dotted, `[]` stands for
the items of a list and `*` for the keys of a free mapping: `calculation.inputs[].metric`, `relations.*`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.digest import JSON


class Shape(StrEnum):
    """What the value (or each item) of a field is."""

    WORDS = "words"
    NAME = "name"
    COLUMN = "column"
    REFERENCE = "reference"
    PRINCIPAL = "principal"
    CHOICE = "choice"
    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    DATE = "date"
    SPAN = "span"
    VERSION = "version"
    TOLERANCE = "tolerance"
    TYPE = "type"
    PREDICATE = "predicate"
    EXPRESSION = "expression"
    QUERY = "query"
    BLOCK = "block"


SQL_SHAPES = frozenset({Shape.PREDICATE, Shape.EXPRESSION, Shape.QUERY})


class Holds(StrEnum):
    """How many values a field holds, and whether their order says anything."""

    ONE = "one"
    SET = "set"
    LIST = "list"
    KEYED = "keyed"
    MAPPING = "mapping"


class Edge(StrEnum):
    """What a reference means: a change of the target moves numbers here, or it is only mentioned."""

    COMPUTED = "computed"
    USES = "uses"


class _Missing:
    """The default of a field that has none."""

    def __repr__(self) -> str:
        return "MISSING"

    def __bool__(self) -> bool:
        return False


MISSING: Final = _Missing()


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind.

    `key` are the item fields that name an item of a keyed list, the first one present counts; `default` is what
    absence means (MISSING: absence means nothing stated); `choices` the closed values; `refers` the kind it names.
    """

    path: str
    shape: Shape
    holds: Holds = Holds.ONE
    key: tuple[str, ...] = ()
    default: JSON | _Missing = MISSING
    choices: tuple[str, ...] = ()
    refers: Kind | None = None
    edge: Edge | None = None

    @property
    def is_sql(self) -> bool:
        """Whether the value is SQL."""
        return self.shape in SQL_SHAPES


STATUSES = ("draft", "active", "deprecated", "retired")
RELATIONS = ("rename", "superset", "subset", "scaled", "different")
CALCULATIONS = ("simple", "ratio", "derived", "cumulative", "conversion", "sql")
AGGREGATES = (
    "count",
    "count_distinct",
    "approx_count_distinct",
    "sum",
    "sum_boolean",
    "average",
    "min",
    "max",
    "median",
    "percentile",
)
PERCENTILE_METHODS = ("continuous", "discrete", "approximate")
GRAINS = ("hour", "day", "week", "month", "quarter", "year")
CATEGORIES = ("output", "quality", "speed", "learning")
FAMILIES = ("outcome", "efficiency", "funnel", "measurement_health")
INDICATORS = ("leading", "lagging")
DIRECTIONS = ("up_is_better", "down_is_better", "on_target_is_better")
CHECK_LEVELS = ("event", "logic", "outcome", "freshness", "drift")
SEVERITIES = ("warn", "block")
TIERS = ("primary", "supporting", "diagnostic")
TARGET_KINDS = ("absolute", "percent_improvement", "elimination", "coverage", "same_as")
CONSUMER_KINDS = ("dashboard", "report", "alert", "contract", "bonus", "model")
ON_CHANGE = ("rebase", "keep_old", "tell")
RHYTHMS = ("week", "two_weeks", "month", "quarter", "half_year", "year")
KEEPS = ("first", "last")
PERIOD_AGGREGATES = ("first", "last", "average")
CONVERSION_RESULTS = ("conversion_rate", "conversions")
WINDOW_CHOICES = ("min", "max")
FILE_FORMATS = ("parquet", "csv", "json")
CONSENT_BASES = (
    "consent",
    "contract",
    "legitimate_interest",
    "legal_obligation",
    "not_personal",
)
COLUMN_TYPES = (
    "string",
    "integer",
    "decimal",
    "float",
    "boolean",
    "date",
    "timestamp",
    "timestamptz",
    "json",
    "array",
)
PROPERTY_TYPES = ("string", "integer", "number", "boolean", "date", "timestamp", "array", "object")


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


_BUILDERS = {
    Kind.METRIC: _metric,
    Kind.SOURCE: _source,
    Kind.EVENT: _event,
    Kind.WORKFLOW: _workflow,
    Kind.OBJECTIVE: _objective,
    Kind.SCORECARD: _scorecard,
}


@cache
def fields(kind: Kind) -> Mapping[str, Field]:
    """Return the fields of a native kind by path, in canonical order; of other kinds none."""
    builder = _BUILDERS.get(kind)
    return {field.path: field for field in builder()} if builder else {}


def every_field() -> Iterator[tuple[Kind, Field]]:
    """Yield all fields of all native kinds."""
    for kind in NATIVE:
        for field in fields(kind).values():
            yield kind, field


_ITEM = re.compile(r"\[[^\]]*\]")


def general(path: str) -> str:
    """Return the pattern of a concrete path: `columns[created_at].type` -> `columns[].type`."""
    return _ITEM.sub("[]", path)


def field_at(kind: Kind, path: str) -> Field | None:
    """Return the field that a concrete path belongs to, None for one that the kind does not have.

    An item of a list (`tags[lead]`) and a key of a free mapping (`relations.duckdb`) belong to their list or mapping.
    """
    known = fields(kind)
    pattern = general(path)
    found = known.get(pattern) or known.get(pattern.removesuffix("[]"))
    if found is None:
        parent = known.get(pattern.rpartition(".")[0])
        found = parent if parent is not None and parent.holds is Holds.MAPPING else None
    return found


def natural_key(field: Field | None, item: JSON) -> str | None:
    """Return the name of an item of a keyed list, None where it has none."""
    if field is None or field.holds is not Holds.KEYED or not isinstance(item, Mapping):
        return None
    for key in field.key:
        value = item.get(key)
        if isinstance(value, str) and value and "[" not in value and "]" not in value:
            return value
    return None


def item_names(field: Field | None, items: object) -> list[str]:
    """Return what stands in the brackets for each item of a list: its natural key where unique, else its index."""
    if not isinstance(items, list | tuple):
        return []
    keys = [natural_key(field, item) for item in items]
    return [key if key is not None and keys.count(key) == 1 else str(index) for index, key in enumerate(keys)]


@cache
def references(kind: Kind) -> tuple[Field, ...]:
    """Return the fields of a kind that name other definitions."""
    return tuple(field for field in fields(kind).values() if field.refers is not None)


@cache
def sql_fields(kind: Kind) -> tuple[Field, ...]:
    """Return the fields of a kind that hold SQL."""
    return tuple(field for field in fields(kind).values() if field.is_sql)


def values_at(data: Mapping[str, JSON], pattern: str) -> Iterator[tuple[str, JSON]]:
    """Yield concrete path and value of everything that a pattern of `fields` matches; lists of scalars item by item."""
    kind = data.get("kind")
    known = fields(Kind(kind)) if isinstance(kind, str) and kind in NATIVE else {}
    yield from _walk(data, pattern.split("."), "", "", known)


def _walk(
    value: JSON, steps: list[str], path: str, general_path: str, known: Mapping[str, Field]
) -> Iterator[tuple[str, JSON]]:
    if not steps:
        if isinstance(value, list | tuple):
            for index, item in enumerate(value):
                yield f"{path}[{index}]", item
        else:
            yield path, value
        return
    step, rest = steps[0], steps[1:]
    if not isinstance(value, Mapping):
        return
    name = step.removesuffix("[]")
    if name not in value:
        return
    inner, joined = value[name], f"{path}.{name}" if path else name
    pattern = f"{general_path}.{name}" if general_path else name
    if not step.endswith("[]"):
        yield from _walk(inner, rest, joined, pattern, known)
    elif isinstance(inner, list | tuple):
        for label, item in zip(item_names(known.get(pattern), inner), inner, strict=True):
            yield from _walk(item, rest, f"{joined}[{label}]", f"{pattern}[]", known)
