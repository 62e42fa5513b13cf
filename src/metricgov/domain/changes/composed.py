"""Filters as they act together: source, metric and measure, each in parentheses, joined by AND."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from metricgov.domain.changes.sql import canonical_sql
from metricgov.domain.changes.sql_compare import conjuncts
from metricgov.domain.changes.sql_tree import Node, flat, make
from metricgov.domain.changes.values import Edit, Scope
from metricgov.domain.digest import JSON

PARTS = ("numerator", "denominator", "measure", "base", "conversion")
TRUE = make("Boolean", this=True)


def composition(
    data: Mapping[str, JSON], others: Mapping[str, Mapping[str, JSON]], dialect: str | None
) -> dict[str, Node] | None:
    """Return the whole filter of each part of a metric ("" for one without parts); None where a text does not parse."""
    calculation = data.get("calculation")
    if not isinstance(calculation, Mapping):
        return {}
    parts = [name for name in PARTS if isinstance(calculation.get(name), Mapping)] or [""]
    found: dict[str, Node] = {}
    for part in parts:
        texts = list(_texts(calculation, part, others))
        forms = [canonical_sql(text, dialect) for text in texts]
        trees = [form.tree for form in forms if form.tree is not None]
        if len(trees) != len(forms):
            return None
        found[part] = flat("And", trees) if trees else TRUE
    return found


def composition_equal(scope: Scope) -> bool:
    """Return whether every part of a metric filters as before although its texts stand elsewhere."""
    context = scope.context
    before = composition(scope.before, context.others_before, context.dialect)
    if before is None:
        return False
    after = composition(scope.after, context.others_after, context.dialect)
    return after is not None and before == after


def same_filter_both_sides(edit: Edit, scope: Scope) -> bool:
    """Return whether numerator and denominator gain and lose the same conditions."""
    sides = {"calculation.numerator.where", "calculation.denominator.where"}
    changed = {other.path for other in scope.edits if other.path.endswith(".where")}
    if edit.path not in sides or not sides <= changed:
        return False
    dialect = scope.context.dialect
    before = composition(scope.before, {}, dialect)
    after = composition(scope.after, {}, dialect)
    if before is None or after is None or before.keys() != after.keys():
        return False
    moves = []
    for part in ("numerator", "denominator"):
        if part not in before:
            return False
        old, new = conjuncts(before[part]) - {TRUE}, conjuncts(after[part]) - {TRUE}
        moves.append((old - new, new - old))
    return moves[0] == moves[1]


def _texts(calculation: Mapping[str, JSON], part: str, others: Mapping[str, Mapping[str, JSON]]) -> Iterator[str]:
    measure = calculation.get(part) if part else None
    held = measure if isinstance(measure, Mapping) else {}
    source = held.get("source") or calculation.get("source")
    filters = [others.get(f"source:{source}", {}).get("where"), calculation.get("where"), held.get("where")]
    yield from (text for text in filters if isinstance(text, str) and text.strip())
