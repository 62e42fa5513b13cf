"""JSON Schemas of all kinds, generated from the models for editors and `metricgov schema`; no file is written here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from metricgov.domain.definitions.fields import fields
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.definitions.parse import KNOWN_KINDS, model_of
from metricgov.domain.digest import JSON

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: str) -> dict[str, JSON]:
    """Return the JSON Schema of a `kind:` (a native kind or a governance file); KeyError for any other word.

    Properties stand in canonical order, and no field may be null: what has no value is left out.
    """
    from pydantic.json_schema import GenerateJsonSchema

    raw = model_of(kind).model_json_schema(schema_generator=GenerateJsonSchema)
    tidy = cast("dict[str, Any]", _tidy(raw))
    if kind in NATIVE:
        order = {path: rank for rank, path in enumerate(fields(Kind(kind))) if "." not in path}
        tidy["properties"] = dict(sorted(tidy["properties"].items(), key=lambda item: order.get(item[0], len(order))))
    head = {"$schema": DRAFT, "$id": f"metricgov:{kind}", "title": f"metricgov {kind}"}
    return head | {key: value for key, value in tidy.items() if key not in head}


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind as it stands in docs/reference/schemas/<kind>.json."""
    return json.dumps(schema_of(kind), indent=2, ensure_ascii=False) + "\n"


def every_schema() -> Mapping[str, str]:
    """Return all schemas by file name."""
    return {f"{kind}.json": schema_text(kind) for kind in KNOWN_KINDS}


def _tidy(node: Any, *, names: bool = False) -> Any:
    """Return a schema without nulls, null defaults and generated titles; under `properties`, keys are names."""
    if isinstance(node, list):
        return [_tidy(item) for item in node]
    if not isinstance(node, dict):
        return node
    if names:
        return {key: _tidy(inner) for key, inner in node.items()}
    left = {
        key: _tidy(inner, names=key in ("properties", "$defs"))
        for key, inner in node.items()
        if key != "title" and not (key == "default" and inner is None)
    }
    options = left.get("anyOf")
    if isinstance(options, list):
        kept = [option for option in options if option != {"type": "null"}]
        if len(kept) == 1 and len(options) > 1:
            del left["anyOf"]
            left = {**kept[0], **left}
    return left
