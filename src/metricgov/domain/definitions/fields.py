"""What a field of a native kind is, and how fields are looked up; `field_table` lists them. No pydantic here.

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


@cache
def fields(kind: Kind) -> Mapping[str, Field]:
    """Return the fields of a native kind by path, in canonical order; of other kinds none."""
    from metricgov.domain.definitions.field_table import BUILDERS

    builder = BUILDERS.get(kind)
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
