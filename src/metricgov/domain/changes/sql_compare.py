"""What differs between two SQL texts, as a closed list of kinds; which class that has is for the rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from metricgov.domain.changes.sql import canonical_sql
from metricgov.domain.changes.sql_rewrites import needed
from metricgov.domain.changes.sql_tree import Node, Value, literal, make_of, rewrite, walk


class Difference(StrEnum):
    """How two texts differ; `OTHER` is every difference of two trees that has no name here."""

    NONE = "none"
    SPELLING = "spelling"
    NOT_PARSED = "not_parsed"
    WINDOW = "window"
    LITERAL = "literal"
    OPEN_OR = "open_or"
    DATED_BRANCH = "dated_branch"
    NARROWED = "narrowed"
    WIDENED = "widened"
    ZERO_GUARD = "zero_guard"
    NULL_DEFAULT = "null_default"
    CAST = "cast"
    APPROXIMATE = "approximate"
    DISTINCT = "distinct"
    AGGREGATE = "aggregate"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class SqlEdit:
    """The difference of two texts; `before` and `after` show the smallest part that differs, `names` the rewrites."""

    difference: Difference
    before: str = ""
    after: str = ""
    names: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def compare_sql(before: str, after: str, dialect: str | None, *, statement: bool = False) -> SqlEdit:
    """Return how two expressions (or statements) differ. Equal texts cost nothing and load nothing."""
    if before == after:
        return SqlEdit(Difference.NONE)
    one = canonical_sql(before, dialect, statement=statement)
    other = canonical_sql(after, dialect, statement=statement)
    if one.key == other.key:
        return SqlEdit(Difference.NONE)
    if one.tree is None or other.tree is None or dialect is None:
        return SqlEdit(Difference.NOT_PARSED, one.reason, other.reason)
    return compare_trees(one.tree, other.tree, dialect)


def compare_trees(before: Node, after: Node, dialect: str) -> SqlEdit:
    """Return how two canonical trees that are not equal differ: the first name that fits, gravest doubt last."""
    if before == after:
        # the trees agree and the names of functions do not: one node for two functions of the engine
        return SqlEdit(Difference.OTHER)
    names = needed(before, after, dialect)
    if names:
        return SqlEdit(Difference.SPELLING, names=names)
    return _literals(before, after) or _conditions(before, after) or _named(before, after)


def _literals(before: Node, after: Node) -> SqlEdit | None:
    pairs = list(_leaf_pairs(before, after))
    changed = [pair for pair in pairs if pair is not None and pair[0] != pair[1]]
    if None in pairs or not changed:
        return None
    interval = all("Interval" in (one.kind, other.kind) for one, other in changed)
    shown = [", ".join(_shown(pair[side]) for pair in changed) for side in (0, 1)]
    return SqlEdit(Difference.WINDOW if interval else Difference.LITERAL, shown[0], shown[1])


def _leaf_pairs(before: Value | None, after: Value | None) -> Iterator[tuple[Node, Node] | None]:
    """Yield the pairs of literals and intervals at equal places; None where the shapes differ."""
    if isinstance(before, Node) and isinstance(after, Node):
        if before == after:
            return
        if before.kind == after.kind and before.kind in {"Literal", "Interval"}:
            yield before, after
        elif before.kind != after.kind or [name for name, _ in before.args] != [name for name, _ in after.args]:
            yield None
        else:
            for (_, one), (_, other) in zip(before.args, after.args, strict=True):
                yield from _leaf_pairs(one, other)
    elif isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        ours = [item for item in before if item not in after]
        theirs = [item for item in after if item not in before]
        for one, other in zip(ours, theirs, strict=False):
            yield from _leaf_pairs(one, other)
        if len(ours) != len(theirs) or (not ours and before != after):
            yield None
    elif before != after:
        yield None


def _shown(node: Node) -> str:
    if node.kind == "Interval":
        unit = node.child("unit")
        amount = literal(node.child("this")) or "?"
        return f"{amount} {unit.text().lower() if unit is not None else ''}{'' if amount == '1' else 's'}"
    return repr(node.text()) if node.get("is_string") else node.text()


def conjuncts(node: Node) -> frozenset[Node]:
    """Return the conditions that all have to hold."""
    return frozenset(node.items()) if node.kind == "And" else frozenset({node})


def _conditions(before: Node, after: Node) -> SqlEdit | None:
    if _has_dated_branch(after) and not _has_dated_branch(before):
        return SqlEdit(Difference.DATED_BRANCH)
    if after.kind == "Or" and before.kind != "Or" and before in after.items():
        return SqlEdit(Difference.OPEN_OR)
    old, new = conjuncts(before), conjuncts(after)
    if old < new:
        return SqlEdit(Difference.NARROWED)
    return SqlEdit(Difference.WIDENED) if new < old else None


def _has_dated_branch(tree: Node) -> bool:
    """Return whether the text decides by a fixed date which rule holds."""
    for node in walk(tree):
        if node.kind != "If":
            continue
        condition = node.child("this")
        if condition is not None and any(_is_date(part) for part in walk(condition)):
            return True
    return False


def _is_date(node: Node) -> bool:
    if node.kind == "Literal" and node.get("is_string"):
        text = node.text()
        return len(text) >= 10 and text[:4].isdigit() and text[4] == "-" and text[5:7].isdigit()
    return False


def _named(before: Node, after: Node) -> SqlEdit:
    if rewrite(after, _without_zero_guard) == before:
        return SqlEdit(Difference.ZERO_GUARD)
    if _equal_without(before, after, _without_null_default):
        return SqlEdit(Difference.NULL_DEFAULT)
    if _equal_without(before, after, _without_cast):
        return SqlEdit(Difference.CAST)
    if _equal_without(before, after, _without_distinct):
        return SqlEdit(Difference.DISTINCT)
    old, new = _aggregates(before), _aggregates(after)
    if _equal_without(before, after, _as_one_aggregate) and old != new:
        approximate = any("APPROX" in kind for kind in (*old, *new))
        return SqlEdit(Difference.APPROXIMATE if approximate else Difference.AGGREGATE, ", ".join(old), ", ".join(new))
    return SqlEdit(Difference.OTHER)


def _equal_without(before: Node, after: Node, step: Callable[[Node], Node]) -> bool:
    return rewrite(before, step) == rewrite(after, step)


def _without_zero_guard(node: Node) -> Node:
    """`a / NULLIF(b, 0)` -> `a / b`."""
    divisor = node.child("expression")
    if node.kind == "Div" and divisor is not None and divisor.kind == "Nullif":
        guarded = divisor.child("this")
        if guarded is not None and literal(divisor.child("expression")) == "0":
            return make_of("Div", [(name, guarded if name == "expression" else value) for name, value in node.args])
    return node


def _without_null_default(node: Node) -> Node:
    this = node.child("this")
    if node.kind == "Coalesce" and this is not None and all(item.kind == "Literal" for item in node.items()):
        return this
    return node


def _without_cast(node: Node) -> Node:
    this = node.child("this")
    return this if node.kind in {"Cast", "TryCast"} and this is not None else node


def _without_distinct(node: Node) -> Node:
    this = node.child("this")
    if node.kind == "Count" and this is not None and this.kind == "Distinct" and len(this.items()) == 1:
        return make_of("Count", [("this", this.items()[0])])
    return make_of("Count", [("this", this)]) if node.kind == "Count" and this is not None else node


AGGREGATES = frozenset(
    {"Sum", "Avg", "Min", "Max", "Count", "CountIf", "ApproxDistinct", "Median", "Quantile", "ApproxQuantile"}
    | {"PercentileCont", "PercentileDisc", "Stddev", "StddevPop", "StddevSamp", "Variance", "VariancePop"}
)


def _as_one_aggregate(node: Node) -> Node:
    if node.kind not in AGGREGATES:
        return node
    this = node.child("this")
    if this is not None and this.kind == "Distinct" and len(this.items()) == 1:
        this = this.items()[0]
    return make_of("Aggregate", [("this", this)] if this is not None else [])


def _aggregates(tree: Node) -> tuple[str, ...]:
    return tuple(node.kind.upper() for node in walk(tree) if node.kind in AGGREGATES)
