"""What the API has promised within v1 still holds (docs/reference/api.md); promises are added, never taken back.

`METRICGOV_GOLDEN=write` adds what is new to promised.txt. A line that no longer holds is a breaking change: it belongs
to a new version, and nothing here writes it away.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from metricgov.api.assembled import described

PROMISED = Path(__file__).with_name("promised.txt")
DEEP = 3
"""Fields inside fields that a promise names."""


def promises(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what clients may rest on: operations, parameters, fields with their types."""
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path} ({operation['operationId']})"
            yield f"{name} is there"
            for one in operation.get("parameters", ()):
                yield f"{name} takes {one['name']} in the {one['in']}: {_kind(spec, one['schema'])}"
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            yield from _fields(spec, body, f"{name} takes body", DEEP, ())
            answer = operation["responses"].get("200", {}).get("content", {}).get("application/json", {})
            yield from _fields(spec, answer.get("schema", {}), f"{name} gives answer", DEEP, ())


def demands(spec: Mapping[str, Any]) -> Iterator[str]:
    """Yield what clients must send."""
    for path, methods in spec["paths"].items():
        for method, operation in methods.items():
            name = f"{method.upper()} {path} ({operation['operationId']})"
            for one in operation.get("parameters", ()):
                if one.get("required"):
                    yield f"{name} must have {one['name']}"
            body = operation.get("requestBody", {})
            if body.get("required"):
                yield f"{name} must have a body"
            schema = _real(spec, body.get("content", {}).get("application/json", {}).get("schema", {}))
            for field in schema.get("required", ()):
                yield f"{name} must have {field}"


def _real(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = spec["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _kind(spec: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    schema = _real(spec, schema)
    if "anyOf" in schema:
        return " or ".join(sorted(_kind(spec, one) for one in schema["anyOf"]))
    if schema.get("type") == "array":
        return f"list of {_kind(spec, schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


def _fields(
    spec: Mapping[str, Any], schema: Mapping[str, Any], where: str, deep: int, inside: tuple[str, ...]
) -> Iterator[str]:
    if not schema:
        return
    reference = str(schema.get("$ref", ""))
    if reference and reference in inside:
        return
    inside = (*inside, reference) if reference else inside
    real = _real(spec, schema)
    yield f"{where}: {_kind(spec, real)}"
    if not deep:
        return
    for name, field in real.get("properties", {}).items():
        yield from _fields(spec, field, f"{where}.{name}", deep - 1, inside)
    if real.get("type") == "array":
        yield from _fields(spec, real.get("items", {}), f"{where}[]", deep - 1, inside)


@pytest.fixture(scope="module")
def spec() -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(json.dumps(described().openapi()))
    return found


def test_what_was_promised_holds(spec: Mapping[str, Any]) -> None:
    now, asked = set(promises(spec)), set(demands(spec))
    if os.environ.get("METRICGOV_GOLDEN") == "write":
        known = set(PROMISED.read_text().splitlines()) if PROMISED.exists() else set()
        fresh = {one for one in asked if f"{one.partition(' must')[0]} is there" not in known}
        PROMISED.write_text("\n".join(sorted(known | now | fresh)) + "\n", encoding="utf-8", newline="\n")
    promised = set(PROMISED.read_text(encoding="utf-8").splitlines())
    kept = {one for one in promised if " must have " not in one}
    assert sorted(kept - now) == [], "these break clients of v1"
    assert sorted(asked - promised) == [], "these ask more of clients of v1"
    assert sorted(now - promised) == [], "promised from now on: METRICGOV_GOLDEN=write"


def test_a_broken_promise_is_found(spec: Mapping[str, Any]) -> None:
    """A field that goes, a type that changes, a parameter that must be there."""
    broken = json.loads(json.dumps(spec))
    name = next(one for one in broken["components"]["schemas"] if one.endswith("Reader"))
    view = broken["components"]["schemas"][name]["properties"]
    del view["council"]
    view["name"] = {"type": "integer"}
    parameter = broken["paths"]["/v1/changes"]["get"]["parameters"][0]
    parameter["required"] = True
    lost = set(promises(spec)) - set(promises(broken))
    assert {one.partition(": ")[0].rpartition(".")[2] for one in lost} == {"council", "name"}
    assert len(set(demands(broken)) - set(demands(spec))) == 1
