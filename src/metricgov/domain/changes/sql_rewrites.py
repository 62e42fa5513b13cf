"""Spellings that mean the same although their trees differ: one named rewrite each, with the case where it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from metricgov.domain.changes.sql_tree import Node, flat, literal, make, make_of, rewrite, walk

Rewrite = Callable[[Node], Node]

LIKE_MINDS_CASE: Final = frozenset(
    {"duckdb", "postgres", "bigquery", "snowflake", "redshift", "trino", "presto", "athena", "spark", "databricks"}
)
"""Engines where LIKE tells upper from lower case, so that it can stand for a comparison of prefixes."""


def in_single(node: Node) -> Node:
    """`x IN (1)` -> `x = 1`."""
    this, items = node.child("this"), node.items()
    plain = {name for name, _ in node.args} == _IN_ARGS and len(items) == 1 and items[0].kind == "Literal"
    if node.kind == "In" and this is not None and plain:
        return make("EQ", this=this, expression=items[0])
    return node


def count_rows(node: Node) -> Node:
    """`COUNT(1)` -> `COUNT(*)`: a constant that is not null is counted for every row."""
    this = node.child("this")
    if node.kind == "Count" and this is not None and this.kind == "Literal" and not node.get("expressions"):
        return make_of("Count", [*((name, value) for name, value in node.args if name != "this"), ("this", _STAR)])
    return node


def between(node: Node) -> Node:
    """`x BETWEEN a AND b` -> `a <= x AND x <= b`, where x gives the same value twice."""
    this, low, high = node.child("this"), node.child("low"), node.child("high")
    if node.kind != "Between" or this is None or low is None or high is None or node.get("symmetric"):
        return node
    if any(part.kind in _CALLS for part in walk(this)):
        return node
    return flat("And", [make("LTE", this=low, expression=this), make("LTE", this=this, expression=high)])


def de_morgan(node: Node) -> Node:
    """`NOT (a AND b)` -> `NOT a OR NOT b` and its mirror; `NOT a = b` -> `a <> b`; `NOT NOT a` -> `a`."""
    inner = node.child("this")
    if node.kind != "Not" or inner is None:
        return node
    if inner.kind in {"And", "Or"}:
        other = "Or" if inner.kind == "And" else "And"
        return flat(other, [de_morgan(make("Not", this=item)) for item in inner.items()])
    if inner.kind in {"EQ", "NEQ"}:
        return make_of("NEQ" if inner.kind == "EQ" else "EQ", inner.args)
    under = inner.child("this")
    if inner.kind == "Not" and under is not None and under.kind in _CONDITIONS:
        return under
    return node


def prefix_match(node: Node) -> Node:
    """`x LIKE 'p%'`, `SUBSTR(x, 1, 1) = 'p'`, `LEFT(x, 1) = 'p'` -> `STARTS_WITH(x, 'p')`, for a plain prefix."""
    this, other = node.child("this"), node.child("expression")
    if this is None or other is None:
        return node
    if node.kind == "Like":
        pattern = literal(other) or ""
        plain = pattern.endswith("%") and not set(pattern[:-1]) & set("%_\\") and len(pattern) > 1
        return make("StartsWith", this=this, expression=_text(pattern[:-1])) if plain else node
    if node.kind != "EQ":
        return node
    call, wanted = (this, other) if other.kind == "Literal" else (other, this)
    prefix = literal(wanted)
    inside = call.child("this")
    if prefix is None or not wanted.get("is_string") or inside is None or not prefix:
        return node
    if call.kind == "Substring" and literal(call.child("start")) == "1":
        length = literal(call.child("length"))
    else:
        length = literal(call.child("expression")) if call.kind == "Left" else None
    return make("StartsWith", this=inside, expression=wanted) if length == str(len(prefix)) else node


def if_case(node: Node) -> Node:
    """`CASE WHEN c THEN a ELSE b END` -> `IF(c, a, b)`, for one branch without an operand."""
    branches = node.items("ifs")
    if node.kind != "Case" or node.get("this") is not None or len(branches) != 1:
        return node
    held = dict(branches[0].args)
    default = node.child("default")
    if default is not None:
        held["false"] = default
    return make_of("If", held.items())


def count_if(node: Node) -> Node:
    """`COUNT(CASE WHEN c THEN 1 END)` and `COUNT(*) FILTER (WHERE c)` -> `COUNT_IF(c)`.

    Not SUM(CASE WHEN c THEN 1 ELSE 0 END): of no rows that is NULL, and a count is 0.
    """
    this = node.child("this")
    if node.kind == "Filter" and this is not None and this.kind == "Count":
        where = node.child("expression")
        condition = where.child("this") if where is not None else None
        counted = this.child("this")
        if counted is not None and counted.kind == "Star" and condition is not None:
            return make("CountIf", this=condition)
    if node.kind != "Count" or this is None:
        return node
    branch = this.items("ifs")[0] if this.kind == "Case" and len(this.items("ifs")) == 1 else this
    if branch.kind != "If" or (this.get("this") is not None and this.kind == "Case") or this.get("default"):
        return node
    condition, value = branch.child("this"), branch.child("true")
    if branch.get("false") or condition is None or value is None or value.kind != "Literal":
        return node
    return make("CountIf", this=condition)


_STAR: Final = make("Star")
_IN_ARGS: Final = {"this", "expressions"}
_CALLS: Final = frozenset({"Anonymous", "Rand", "Randn", "Uuid", "Select", "Subquery"})
_CONDITIONS: Final = frozenset({"EQ", "NEQ", "LT", "LTE", "And", "Or", "Is", "In", "Between", "Like", "Exists", "Not"})

REWRITES: Final[dict[str, Rewrite]] = {
    "de_morgan": de_morgan,
    "between": between,
    "in_single": in_single,
    "count_rows": count_rows,
    "count_if": count_if,
    "prefix_match": prefix_match,
    "if_case": if_case,
}


def needed(before: Node, after: Node, dialect: str) -> tuple[str, ...] | None:
    """Return the fewest rewrites, by name, under which two trees are equal; None where no set of them does."""
    names = [name for name in REWRITES if name != "prefix_match" or dialect in LIKE_MINDS_CASE]
    if not _equal(before, after, names):
        return None
    for name in list(names):
        without = [other for other in names if other != name]
        if _equal(before, after, without):
            names = without
    return tuple(names)


def _equal(before: Node, after: Node, names: list[str]) -> bool:
    def step(node: Node) -> Node:
        for name in names:
            node = REWRITES[name](node)
        return node

    return rewrite(before, step) == rewrite(after, step)


def _text(value: str) -> Node:
    return make("Literal", this=value, is_string=True)
