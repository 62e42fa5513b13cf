"""The rows that a part of a metric is computed from: relation, filters, duplicates, local time; no aggregation here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from metricgov.domain.errors import BadInput
from metricgov.domain.query.dialects import local_time
from metricgov.domain.query.fragments import at, length, predicate, timestamp
from metricgov.domain.query.span import Grain

if TYPE_CHECKING:
    from sqlglot import exp

    from metricgov.domain.definitions.metric import Deduplicate
    from metricgov.domain.definitions.source import Source

TIME = "metricgov_time"
"""Local time of a row, in every relation built here."""

PERIOD = "period"
UNITS = "metricgov_units"
"""Rows of which one a unit is kept."""

ROW = "metricgov_row"


@dataclass(frozen=True, slots=True)
class Reading:
    """What all relations of one query share.

    `dialect` is that of the expressions in definitions, `relations` gives the table (or table function) of each source
    by name, `as_of` is the moment for which values are computed.
    """

    dialect: str
    relations: Mapping[str, exp.Expr]
    as_of: datetime


def name(text: str, table: str = "") -> exp.Column:
    """Return a quoted column."""
    from sqlglot import exp

    owner = exp.to_identifier(table, quoted=True) if table else None
    return exp.column(exp.to_identifier(text, quoted=True), table=owner)


def relation(source: Source, reading: Reading) -> exp.Expr:
    """Return the table or table function of a source; BadInput where no engine here holds it."""
    found = reading.relations.get(source.name)
    if found is None:
        raise BadInput("source_unbound", f"no engine here holds source {source.name}", hint="name its relation")
    return found.copy()


def local(time: str, source: Source) -> exp.Expr:
    """Return the time column as local time of the source's zone.

    A `timestamptz` is an instant; a `timestamp` or `date` is UTC, and left as it is where days count in UTC.
    """
    from sqlglot import exp

    column: exp.Expr = name(time)
    kind = next((one.type for one in source.columns if one.name == time), None)
    if kind is None:
        raise BadInput("column_missing", f"source {source.name} has no column {time}")
    zone = source.time.zone if source.time is not None else "UTC"
    if kind == "timestamptz":
        return local_time(column, zone, "instant")
    if kind == "date":
        return exp.cast(column, exp.DType.TIMESTAMP)
    if zone == "UTC":
        return column
    return local_time(column, zone, "utc")


def rows(
    source: Source,
    time: str,
    where: Sequence[tuple[str, str]],
    reading: Reading,
    *,
    deduplicate: Deduplicate | None = None,
    later: Sequence[tuple[int, str]] = (),
) -> exp.Select:
    """Return every column of the rows that count, and their local time.

    `where` are (field, predicate), `later` lengths of time by which the local time is moved. Duplicates are
    dropped among the rows that count, before any period is looked at, so that a value does not depend on what else is
    asked for. A row whose key is NULL anywhere is a duplicate of none: nobody knows which unit it is.
    """
    from sqlglot import exp

    inner = exp.select("*").from_(computed(source, reading))
    conditions = [*([(f"source {source.name}.where", source.where)] if source.where else []), *where]
    for field, text in conditions:
        inner = inner.where(at(predicate(text, reading.dialect, field), reading.as_of))
    inner = inner.where(exp.Not(this=exp.Is(this=name(time), expression=exp.Null())))
    moment = local(time, source)
    for number, unit in later:
        moment = exp.Add(this=moment, expression=length(number, unit))
    inner = inner.select(exp.alias_(moment, TIME, quoted=True))
    if deduplicate is None:
        return inner
    order = exp.Ordered(this=name(time), desc=deduplicate.keep == "last", nulls_first=False)
    ties = [exp.Ordered(this=name(key), desc=False, nulls_first=False) for key in source.primary_key]
    place = exp.Window(
        this=exp.RowNumber(),
        partition_by=[name(key) for key in deduplicate.key],
        order=exp.Order(expressions=[order, *ties]),
    )
    numbered = inner.select(exp.alias_(place, ROW, quoted=True))
    keyless = [exp.Is(this=name(key), expression=exp.Null()) for key in deduplicate.key]
    return exp.select("*").from_(numbered.subquery(UNITS)).where(exp.or_(name(ROW).eq(1), *keyless))


def within(tree: exp.Select, start: datetime | None, end: datetime | None) -> exp.Select:
    """Return the rows of a half-open interval of local time."""
    from sqlglot import exp

    if start is None and end is None:
        return tree
    tree = exp.select("*").from_(tree.subquery("metricgov_timed"))
    if start is not None:
        tree = tree.where(name(TIME) >= timestamp(start))
    if end is not None:
        tree = tree.where(name(TIME) < timestamp(end))
    return tree


def period_of(column: exp.Expr, grain: Grain) -> exp.Expr:
    """Return the start of the period of a time; weeks begin on Monday."""
    from sqlglot import exp

    return exp.cast(exp.TimestampTrunc(this=column, unit=exp.var(grain.upper())), exp.DType.TIMESTAMP)


def computed(source: Source, reading: Reading) -> exp.Expr:
    """Return the relation with the columns that its source computes."""
    from sqlglot import exp

    computed = [one for one in source.columns if one.expression is not None]
    table = relation(source, reading)
    if not computed:
        return table
    tree = exp.select("*").from_(table)
    for one in computed:
        field = f"source {source.name}.columns.{one.name}"
        tree = tree.select(exp.alias_(predicate(one.expression or "", reading.dialect, field), one.name, quoted=True))
    return tree.subquery("metricgov_source")
