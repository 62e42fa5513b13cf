"""SQL that people wrote in definitions, as trees, checked before it may reach an engine; nothing is run here."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from sqlglot import exp

    Tree = TypeVar("Tree", bound=exp.Expr)

AS_OF = "as_of"
"""The name that stands for the time for which a value is computed."""

COLUMN_INSTEAD = "use a plain function of the engine, or have the relation hold the column ready"

RELATION = re.compile(r"[A-Za-z_][\w$-]*(\.[A-Za-z_][\w$-]*){0,2}")


def predicate(text: str, dialect: str, where: str) -> exp.Expr:
    """Return an expression of a definition; BadInput, naming its field, for anything that is not one expression."""
    from sqlglot import exp

    found: exp.Expr = _one(text, dialect, where)
    if not isinstance(found, exp.Condition) or found.find(exp.Query, exp.Values) is not None:
        raise BadInput("sql_not_an_expression", f"{where}: one expression is needed, not: {text.strip()[:60]}")
    _harmless(found, where)
    return _divided(found)


def query(text: str, dialect: str, where: str) -> exp.Query:
    """Return a query of a definition; BadInput for anything that is not a single SELECT."""
    from sqlglot import exp

    found = _one(text, dialect, where)
    if not isinstance(found, exp.Query):
        raise BadInput("sql_not_a_select", f"{where}: a single SELECT is needed")
    _harmless(found, where)
    return _divided(found)


def table(text: str, dialect: str, where: str) -> exp.Table:
    """Return the relation that a source names: a table with its schema and catalogue, nothing else."""
    from sqlglot import exp

    if not RELATION.fullmatch(text):  # anything else, also a quoted name, may be a file or more to an engine
        raise BadInput(
            "relation_unreadable", f"{where}: {text!r} is not the name of a table", hint="write schema.table"
        )
    return exp.to_table(text, dialect=dialect)


def at(tree: Tree, moment: datetime) -> Tree:
    """Return a tree in which `as_of` is a moment."""
    from sqlglot import exp

    def filled(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Column) and not node.table and node.name.lower() == AS_OF:
            return timestamp(moment)
        return node

    return tree.transform(filled)  # type: ignore[return-value]  # transform keeps the root's type where it is no column


def length(number: int, unit: str) -> exp.Interval:
    """Return a length of time; a quarter is three months, because not every engine knows quarters."""
    from sqlglot import exp

    if unit == "quarter":
        number, unit = 3 * number, "month"
    return exp.Interval(this=exp.Literal.string(str(number)), unit=exp.var(unit.upper()))


def timestamp(moment: datetime) -> exp.Expr:
    """Return a moment as a literal without a zone."""
    from sqlglot import exp

    return exp.cast(exp.Literal.string(moment.strftime("%Y-%m-%d %H:%M:%S")), exp.DType.TIMESTAMP)


def _one(text: str, dialect: str, where: str) -> Any:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        found = [one for one in sqlglot.parse(text, read=dialect) if one is not None]
    except (SqlglotError, ValueError, RecursionError) as error:
        first = str(error).splitlines()[0]
        raise BadInput("sql_unreadable", f"{where}: {first}", hint=f"write it in {dialect} SQL") from error
    if len(found) != 1:
        raise BadInput("sql_not_one", f"{where}: exactly one expression is needed, and this is {len(found)}")
    return found[0]


def _harmless(tree: exp.Expr, where: str) -> None:
    """Refuse whatever does more than compute from rows; what is not known to be harmless is not."""
    from sqlglot import exp

    from metricgov.domain.query.functions import refusal

    changing = (exp.Command, exp.DDL, exp.DML, exp.Into, exp.Lock, exp.Pragma, exp.Set)
    asking = (exp.Placeholder, exp.Parameter, exp.SessionParameter, exp.Operator)
    for node in tree.walk():
        if isinstance(node, (*changing, *asking)):
            raise BadInput("sql_not_a_select", f"{where}: `{node.sql()[:60]}` does more than read")
        strange = isinstance(node, exp.DataType) and node.this is exp.DType.USERDEFINED
        if strange or isinstance(node, exp.ObjectIdentifier):
            raise BadInput("sql_type", f"{where}: `{node.sql()}` is no plain type", hint="cast to text or number")
        if isinstance(node, exp.Func) and (says := refusal(node)):
            raise BadInput("sql_function", f"{where}: {says}", hint=COLUMN_INSTEAD)


def _divided(tree: Tree) -> Tree:
    """Return a tree in which every division is in floating point, and NULL where it is by zero."""
    from sqlglot import exp

    def divided(node: exp.Expr) -> exp.Expr:
        return quotient(node.this, node.expression) if isinstance(node, exp.Div) else node

    return tree.transform(divided)  # type: ignore[return-value]  # a root that is a division becomes one


def quotient(above: exp.Expr, below: exp.Expr) -> exp.Expr:
    """Return a division in floating point that is NULL, never an error, where the denominator is 0 or NULL."""
    from sqlglot import exp

    return exp.Div(
        this=exp.cast(above, exp.DType.DOUBLE),
        expression=exp.Nullif(this=exp.cast(below, exp.DType.DOUBLE), expression=exp.Literal.number(0)),
        typed=False,
        safe=False,
    )
