"""Whether two derived metrics differ only in the aliases of their inputs (alpha-equivalence)."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.domain.changes.edits import normal
from metricgov.domain.changes.sql import canonical_sql
from metricgov.domain.changes.sql_tree import Node, make, make_of, rewrite
from metricgov.domain.changes.values import Edit, Scope
from metricgov.domain.digest import JSON, canonical_json


def same_but_for_aliases(_edit: Edit, scope: Scope) -> bool:
    """Return whether inputs and expression are the same once each alias is replaced by what it stands for."""
    touched = [edit for edit in scope.edits if edit.path.startswith("calculation.inputs")]
    if not touched or scope.context.dialect is None:
        return False
    before = _unaliased(scope.before, scope.context.dialect)
    return before is not None and before == _unaliased(scope.after, scope.context.dialect)


def _unaliased(data: Mapping[str, JSON], dialect: str) -> tuple[list[bytes], Node] | None:
    """Return inputs without aliases, and the expression over them; None where a name could mean two things."""
    calculation = normal("metric", data).get("calculation")
    inputs = calculation.get("inputs") if isinstance(calculation, Mapping) else None
    expression = calculation.get("expression") if isinstance(calculation, Mapping) else None
    if not isinstance(inputs, Mapping) or not isinstance(expression, str):
        return None
    tree = canonical_sql(expression, dialect).tree
    if tree is None:
        return None
    stands_for: dict[str, str] = {}
    for item in inputs.values():
        if not isinstance(item, Mapping) or not isinstance(item.get("alias") or item.get("metric"), str):
            return None
        name = str(item.get("alias") or item.get("metric")).lower()
        meaning = canonical_json({key: value for key, value in item.items() if key != "alias"})
        if name in stands_for:
            return None
        stands_for[name] = meaning.decode()

    def step(node: Node) -> Node:
        name = node.child("this")
        if node.kind != "Column" or name is None or node.get("table") is not None:
            return node
        meaning = stands_for.get(name.text().lower())
        return node if meaning is None else make("Input", this=meaning)

    return sorted(text.encode() for text in stands_for.values()), rewrite(make_of(tree.kind, tree.args), step)
