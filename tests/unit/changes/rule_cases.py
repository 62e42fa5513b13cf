"""Reads the tables of `tests/cases/changes` and the examples of the rules into pairs of definitions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from metricgov.domain.changes.rules.table import all_rules
from metricgov.domain.changes.values import DiffContext, Entry, Rule

CASES = Path(__file__).parents[2] / "cases" / "changes"

METRIC = {
    "kind": "metric",
    "name": "m",
    "title": "M",
    "version": "1.0.0",
    "status": "active",
    "description": "How many there are.",
    "domain": "crm",
    "calculation": {"type": "simple"},
}
BASE: dict[str, dict[str, Any]] = {
    "metric": METRIC,
    **{
        kind: {
            "kind": kind,
            "name": "m",
            "title": "M",
            "version": "1.0.0",
            "status": "active",
            "description": "What it is.",
        }
        for kind in ("source", "event", "workflow", "objective", "scorecard")
    },
    "governance": {},
    "opaque": {},
}
CONTEXT = DiffContext(
    dialect="duckdb",
    removed=frozenset({"metric:gone", "opaque:gone"}),
    routing_tags=frozenset({"paid"}),
    today="2026-07-15",
    others_after={"source:crm_leads_renamed": {"renamed_from": "crm_leads"}},
)


class PlainDates(yaml.SafeLoader):
    """Leaves dates as text, as the core schema of YAML 1.2 does."""


PlainDates.yaml_implicit_resolvers = {
    letter: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for letter, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True)
class Case:
    """One row: two sides, and the rules that speak."""

    id: str
    before: Entry | None
    after: Entry | None
    rules: list[str] | None
    expected: Mapping[str, Any] = field(default_factory=dict)


def read_yaml(text: str) -> Any:
    return yaml.load(text, Loader=PlainDates)


def table_cases() -> list[Case]:
    """Return every row of every table."""
    return [_row(path.stem, row) for path in sorted(CASES.glob("*.yaml")) for row in read_yaml(path.read_text())]


def example_cases() -> Iterator[tuple[Rule, Case]]:
    """Yield the example of every rule that a field leads to."""
    for rule in all_rules(1):
        if not rule.fields or rule.id in {"FILE_MOVED", "NAME_REUSED", "CALCULATION_REPLACED", "OPAQUE_RECREATED"}:
            continue  # their examples are no fragments of one file; the tables have them
        kind = rule.fields[0].partition(":")[0]
        sides = [_example_side(kind, text) for text in (rule.example.before, rule.example.after)]
        yield rule, Case(rule.id, sides[0], sides[1], None)


def _example_side(kind: str, text: str) -> Entry | None:
    return None if text == "# no file" else entry(kind, merged(BASE[kind], read_yaml(text)))


def entry(kind: str, data: dict[str, Any], name: str = "m", path: str = "") -> Entry:
    if kind == "governance":
        return Entry(f"governance:{data['kind']}", f"governance/{data['kind']}.yaml", data)
    if kind == "opaque" and "format" not in data:
        data = {"format": "yaml", "documents": [data]}
    return Entry(f"{kind}:{name}", path or f"{kind}s/{name}.yaml", data)


def _row(table: str, row: Mapping[str, Any]) -> Case:
    kind, name = row.get("kind", "metric"), row.get("name", "m")
    sides = []
    for side in ("before", "after"):
        given = row.get(side, {})
        path = row.get("paths", {}).get(side, "")
        sides.append(None if given == "absent" else entry(kind, placed(BASE[kind], given), name, path))
    return Case(f"{table}/{row['id']}", sides[0], sides[1], row["rules"], row)


def placed(base: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base with values set at dotted paths; null takes a field away."""
    data = merged({}, base)
    for path, value in given.items():
        at = data
        *parents, last = path.split(".")
        for step in parents:
            at = at.setdefault(step, {})
        if value is None:
            at.pop(last, None)
        else:
            at[last] = value
    return data


def merged(base: Any, given: Any) -> Any:
    if isinstance(base, dict) and isinstance(given, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in given.items()}}
    if isinstance(given, dict):
        return {name: merged(None, value) for name, value in given.items()}
    return given
