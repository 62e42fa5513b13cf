"""Whether an engine holds what sources declare: relation, columns, types; nothing is computed from rows here."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from metricgov.domain.errors import MetricgovError, Undecidable

if TYPE_CHECKING:
    from metricgov.domain.definitions.source import Source, SourceColumn
    from metricgov.ports.warehouse import Warehouse

NUMBERS = frozenset({"integer", "decimal", "float"})
FITS: dict[str, frozenset[str]] = {
    "string": frozenset({"string", "json"}),
    "integer": NUMBERS,
    "decimal": NUMBERS,
    "float": NUMBERS,
    "boolean": frozenset({"boolean"}),
    "date": frozenset({"date", "timestamp"}),
    "timestamp": frozenset({"timestamp", "date"}),
    "timestamptz": frozenset({"timestamptz"}),
    "json": frozenset({"json", "string"}),
    "array": frozenset({"array", "json"}),
}
"""Kinds of an engine's types that serve for a declared type."""

TIMES = frozenset({"timestamp", "timestamptz"})

ONE_TIME = frozenset({"spark"})
"""Dialects whose only type for a moment serves for both kinds of time."""


def unfit(sources: Sequence[Source], warehouse: Warehouse) -> tuple[str, ...]:
    """Return what sources declare and an engine lacks or holds as another type, as sentences."""
    return tuple(one for source in sources for one in _unfit(source, warehouse))


def _unfit(source: Source, warehouse: Warehouse) -> Iterator[str]:
    if warehouse.relation(source) is None:
        yield f"source {source.name} is not in engine {warehouse.name}"
        return
    there = {name.lower(): kind for name, kind in warehouse.columns(source).items()}
    stored = [one for one in source.columns if one.expression is None]
    if lacking := [one.name for one in stored if one.name.lower() not in there]:
        yield f"source {source.name} has no column {', '.join(lacking)} in engine {warehouse.name}"
    for one in stored:
        kind = there.get(one.name.lower())
        if kind is not None and not _fits(one, kind, warehouse.dialect):
            says = f"column {one.name} of source {source.name} is declared {one.type}, and is {kind}"
            yield f"{says} in engine {warehouse.name}" + _consequence(one, kind, warehouse.dialect)


def check_times(source: Source, warehouse: Warehouse) -> None:
    """Refuse a source whose moments an engine holds with a zone where it declares none, or the other way round.

    Undecidable: every day would silently begin at another hour. What an engine does not tell is not held against it.
    """
    if not any(one.type in TIMES and one.expression is None for one in source.columns):
        return
    try:
        there = {name.lower(): kind for name, kind in warehouse.columns(source).items()}
    except MetricgovError:  # the query itself says what is missing
        return
    for one in source.columns:
        kind = there.get(one.name.lower())
        if one.expression is not None or kind is None or _fits(one, kind, warehouse.dialect):
            continue
        if _consequence(one, kind, warehouse.dialect):
            says = f"column {one.name} of source {source.name} is declared {one.type}, and is {kind} in engine "
            raise Undecidable(
                "time_kind",
                f"{says}{warehouse.name}: days would begin at another hour",
                hint=f"make them agree: metricgov edit {source.name}, or change the table",
            )


def _fits(column: SourceColumn, kind: str, dialect: str) -> bool:
    found = kind_of(kind, dialect)
    if dialect in ONE_TIME and column.type in ("timestamp", "timestamptz") and found in ("timestamp", "timestamptz"):
        return True
    return not found or found in FITS[column.type]


def _consequence(column: SourceColumn, kind: str, dialect: str) -> str:
    if column.type in TIMES and kind_of(kind, dialect) in TIMES:
        return ": days would begin at another hour"
    return ""


def kind_of(text: str, dialect: str) -> str:
    """Return which of our types an engine's type is, "" where that is not known."""
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        found = exp.DataType.build(text, dialect=dialect)
    except (SqlglotError, ValueError):
        return ""
    types = exp.DataType
    kinds: tuple[tuple[str, object], ...] = (
        ("boolean", {exp.DType.BOOLEAN}),
        ("integer", types.INTEGER_TYPES),
        ("float", types.FLOAT_TYPES),
        ("decimal", types.NUMERIC_TYPES),
        ("string", {*types.TEXT_TYPES, exp.DType.UUID, exp.DType.ENUM}),
        ("date", {exp.DType.DATE, exp.DType.DATE32}),
        ("timestamptz", {exp.DType.TIMESTAMPTZ, exp.DType.TIMESTAMPLTZ}),
        ("timestamp", types.TEMPORAL_TYPES),
        ("json", {exp.DType.JSON, exp.DType.JSONB, exp.DType.VARIANT, exp.DType.OBJECT}),
        ("array", {exp.DType.ARRAY, exp.DType.LIST}),
    )
    return next((name for name, those in kinds if found.this in those), "")  # type: ignore[operator]


def explained(error: MetricgovError, sources: Sequence[Source], warehouse: Warehouse) -> str:
    """Return what an engine's refusal comes from, with the next step: what does not fit, where that is the reason."""
    says = error.message
    if error.code in ("engine_missing_data", "engine_failed"):
        try:
            found = unfit(sources, warehouse)
        except MetricgovError:
            found = ()
        if found:
            says = "; ".join(found)
    return f"{says}; {error.hint}" if error.hint else says
