"""JSON Schemas are what the models say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from metricgov.domain.definitions.fields import fields
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.definitions.schemas import every_schema, schema_of

FOLDER = Path(__file__).resolve().parents[3] / "docs/reference/schemas"


@pytest.mark.parametrize("name", sorted(every_schema()))
def test_committed_schemas_are_the_generated_ones(name: str) -> None:
    """Write them again with `make docs` after a model has changed."""
    assert (FOLDER / name).read_text(encoding="utf-8") == every_schema()[name]


def test_no_schema_is_left_over() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(every_schema())


@pytest.mark.parametrize("kind", NATIVE)
def test_properties_stand_in_canonical_order_and_are_described(kind: Kind) -> None:
    schema: Any = schema_of(kind)
    assert list(schema["properties"]) == [path for path in fields(kind) if "." not in path]
    for block in (schema, *schema.get("$defs", {}).values()):
        assert block["additionalProperties"] is False
        assert all("description" in inner for inner in block["properties"].values())


@pytest.mark.parametrize("kind", NATIVE)
def test_no_field_may_be_null(kind: Kind) -> None:
    assert '"null"' not in json.dumps(schema_of(kind))
