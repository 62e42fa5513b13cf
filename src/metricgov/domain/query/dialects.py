"""From a tree to the text that an engine reads: what sqlglot leaves open between dialects is settled here.

Trees are built once, in one meaning: weeks begin on Monday, zones are named, identifiers are as written. Where a
dialect spells that meaning in a way that sqlglot does not know, the tree is rewritten for it; where it cannot say it at
all, BadInput names what is missing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from sqlglot import exp

LOCAL = "metricgov_local"
"""Mark on the node that turns a stored time into local time: of what kind the stored one is."""

Stored = Literal["instant", "utc"]
"""A stored time is an instant with its zone, or a time of day in UTC."""

SPARK = frozenset({"spark", "spark2", "databricks"})
FOLDS_UP = frozenset({"snowflake", "oracle"})
"""Dialects in which a name without quotes is a name in capitals."""

NO_EXACT_QUANTILE = frozenset({"bigquery", "trino", "presto", "athena"})
"""Dialects without an exact percentile as an aggregate."""


def sql_of(tree: exp.Expr, dialect: str) -> str:
    """Return the text of a tree in a dialect, without comments; BadInput where it has no words for a part of it."""
    return rewritten(tree, dialect).sql(dialect, comments=False)


def rewritten(tree: exp.Expr, dialect: str) -> exp.Expr:
    """Return a copy of a tree in which everything is as `dialect` says it."""
    from sqlglot import exp

    def said(node: exp.Expr) -> exp.Expr:
        match node:
            case exp.AtTimeZone() if LOCAL in node.meta:
                return _local(node, dialect)
            case exp.TimestampTrunc() if dialect == "bigquery" and node.text("unit").upper() == "WEEK":
                node.set("unit", exp.WeekStart(this=exp.var("MONDAY")))
            case exp.TimestampTrunc() if dialect == "snowflake" and node.text("unit").upper() == "WEEK":
                return _monday(node)
            case exp.Cast(to=exp.DataType(this=exp.DType.TIMESTAMP)) if dialect == "snowflake":
                node.set("to", exp.DataType(this=exp.DType.TIMESTAMPNTZ))
            case exp.Interval(this=exp.Literal(is_string=True)) if dialect == "bigquery" and node.name.isdigit():
                node.set("this", exp.Literal.number(node.name))
            case exp.NullSafeEQ() if dialect == "bigquery":
                return _same_or_both_absent(node)
            case exp.WithinGroup(this=exp.PercentileCont() | exp.PercentileDisc()):
                return _quantile(node, dialect)
            case exp.Identifier() if dialect in FOLDS_UP and node.args.get("quoted") and node.name.islower():
                return exp.to_identifier(node.name.upper(), quoted=True)
            case _:
                pass
        return node

    return tree.transform(said)


def local_time(column: exp.Expr, zone: str, stored: Stored) -> exp.Expr:
    """Return a stored time as the local time of a zone."""
    from sqlglot import exp

    if stored == "utc":
        column = exp.AtTimeZone(this=column, zone=exp.Literal.string("UTC"))
    node = exp.AtTimeZone(this=column, zone=exp.Literal.string(zone))
    node.meta[LOCAL] = stored
    return node


def _local(node: exp.AtTimeZone, dialect: str) -> exp.Expr:
    from sqlglot import exp

    utc = node.meta[LOCAL] == "utc"
    column = rewritten(node.this.this if utc else node.this, dialect)
    zone, universal = node.args["zone"], exp.Literal.string("UTC")
    if dialect in SPARK:  # the session counts in UTC, so both kinds are the same there
        return exp.Anonymous(this="FROM_UTC_TIMESTAMP", expressions=[column, zone])
    match dialect:
        case "bigquery":
            instant = exp.Anonymous(this="TIMESTAMP", expressions=[column, universal]) if utc else column
            return exp.Anonymous(this="DATETIME", expressions=[instant, zone])
        case "snowflake":
            zones = [universal, zone] if utc else [zone]
            moved = exp.Anonymous(this="CONVERT_TIMEZONE", expressions=[*zones, column])
            return moved if utc else exp.cast(moved, exp.DType.TIMESTAMPNTZ)
        case "redshift" if utc:
            return exp.Anonymous(this="CONVERT_TIMEZONE", expressions=[universal, zone, column])
        case "trino" | "presto" | "athena":
            instant = exp.Anonymous(this="WITH_TIMEZONE", expressions=[column, universal]) if utc else column
            moved = exp.Anonymous(this="AT_TIMEZONE", expressions=[instant, zone])
            return exp.cast(moved, exp.DType.TIMESTAMP)
        case _:
            return node


def _monday(node: exp.TimestampTrunc) -> exp.Expr:
    """Return the Monday of a time on Snowflake, where the start of a week is else a setting of the session."""
    from sqlglot import exp

    column = rewritten(node.this, "snowflake")
    back = exp.Sub(this=exp.Literal.number(1), expression=exp.Anonymous(this="DAYOFWEEKISO", expressions=[column]))
    day = exp.Anonymous(this="DATE_TRUNC", expressions=[exp.Literal.string("DAY"), column.copy()])
    return exp.Anonymous(this="DATEADD", expressions=[exp.var("DAY"), back, day])


def _same_or_both_absent(node: exp.NullSafeEQ) -> exp.Expr:
    """Return a comparison in the form that BigQuery takes as an equality of both sides in an outer join."""
    from sqlglot import exp

    left, right = (rewritten(one, "bigquery") for one in (node.this, node.expression))
    absent = exp.and_(left.is_(exp.null()), right.is_(exp.null()))
    return exp.paren(exp.or_(left.eq(right), absent))


def _quantile(node: exp.WithinGroup, dialect: str) -> exp.Expr:
    from sqlglot import exp

    if dialect in NO_EXACT_QUANTILE:
        raise BadInput(
            "dialect_lacks",
            f"{dialect} has no exact percentile or median as an aggregate",
            hint="write percentile_method: approximate, with aggregate: percentile",
        )
    if dialect in SPARK:  # sqlglot would take an approximation
        exact = "PERCENTILE_CONT" if isinstance(node.this, exp.PercentileCont) else "PERCENTILE_DISC"
        node.set("this", exp.Anonymous(this=exact, expressions=[node.this.this]))
    return node
