"""Structure lint of one definition by itself: its schema, its SQL, what a KPI needs; other definitions are not seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from metricgov.domain.definitions.facts import Facts, gather
from metricgov.domain.definitions.fields import Field, Holds, fields
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.definitions.problems import FieldProblem
from metricgov.domain.definitions.walk import Leaf, leaves
from metricgov.domain.digest import JSON
from metricgov.domain.practice.placeholders import unfilled
from metricgov.domain.practice.sql_syntax import unreadable


def examine(
    data: Mapping[str, JSON], path: str = "", *, dialect: str = "duckdb"
) -> tuple[Facts, tuple[FieldProblem, ...]]:
    """Return the facts of one raw definition, and what is wrong inside it."""
    from metricgov.domain.definitions.parse import check

    found = leaves(data)
    problems = [
        *check(data, path),
        *_sql(found, path, dialect),
        *_keys(data, path),
        *_kpi(data, path),
        *unfilled(data, found, path),
    ]
    if data.get("kind") in ("people", "raci", "policy", "metricgov") and not problems:
        problems += _governance(data, path)
    return gather(data, found), tuple(problems)


def _sql(found: Iterable[Leaf], path: str, dialect: str) -> Iterator[FieldProblem]:
    for leaf in found:
        if leaf.field.is_sql and leaf.value.strip() and (reason := unreadable(leaf.value, leaf.field, dialect)):
            yield FieldProblem(
                "SQL_UNREADABLE",
                f"this is not {dialect} SQL: {reason}",
                path,
                leaf.path,
                f"metricgov.yaml says dialect: {dialect}",
            )


@cache
def _keyed(kind: Kind) -> tuple[tuple[str, str, Field], ...]:
    keyed = (field for field in fields(kind).values() if field.holds is Holds.KEYED)
    return tuple((*field.path.rpartition(".")[::2], field) for field in keyed)


def _keys(data: Mapping[str, JSON], path: str) -> Iterator[FieldProblem]:
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in NATIVE:
        return
    for parent, leaf, field in _keyed(Kind(kind)):
        block: JSON = data.get(parent) if parent else data
        items = block.get(leaf) if isinstance(block, Mapping) else None
        if not isinstance(items, list | tuple):
            continue
        seen: set[JSON] = set()
        for index, item in enumerate(items):
            key = next((item[name] for name in field.key if name in item), None) if isinstance(item, Mapping) else None
            if isinstance(key, str) and key in seen:
                yield FieldProblem(
                    "ITEM_REPEATED",
                    f"{key} stands in {leaf} twice",
                    path,
                    f"{field.path}[{index}]",
                    "rename or remove one",
                )
            elif isinstance(key, str):
                seen.add(key)


def _kpi(data: Mapping[str, JSON], path: str) -> Iterator[FieldProblem]:
    kpi = data.get("kpi")
    if data.get("kind") == "metric" and isinstance(kpi, Mapping):
        if "objective" not in kpi:
            yield FieldProblem(
                "KPI_WITHOUT_OBJECTIVE", "a KPI serves a named objective", path, "kpi", "add kpi.objective, or drop kpi"
            )
        if "target" not in kpi:
            yield FieldProblem(
                "KPI_WITHOUT_TARGET",
                "a KPI is judged against a target",
                path,
                "kpi",
                "add kpi.target with value and by, or drop kpi",
            )
    yield from _unused_inputs(data, path)


def _unused_inputs(data: Mapping[str, JSON], path: str) -> Iterator[FieldProblem]:
    calculation = data.get("calculation")
    if not isinstance(calculation, Mapping) or calculation.get("type") != "derived":
        return
    expression, inputs = calculation.get("expression"), calculation.get("inputs")
    if not isinstance(expression, str) or not isinstance(inputs, list | tuple):
        return
    words = set(re.findall(r"[a-z0-9_]+", expression.lower()))
    for index, item in enumerate(inputs):
        name = (item.get("alias") or item.get("metric")) if isinstance(item, Mapping) else None
        if isinstance(name, str) and name not in words:
            yield FieldProblem(
                "INPUT_UNUSED",
                f"{name} is an input, and the expression does not use it",
                path,
                f"calculation.inputs[{index}]",
                "use it in the expression, or remove it",
            )


def _governance(data: Mapping[str, JSON], path: str) -> tuple[FieldProblem, ...]:
    from dataclasses import replace

    from metricgov.domain.definitions.governance import MODELS
    from metricgov.domain.definitions.governance_problems import problems

    model = MODELS[str(data["kind"])].model_validate(data)
    return tuple(replace(problem, path=path) for problem in problems(model))
