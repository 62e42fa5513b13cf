"""Just enough of JSON Schema to check documents in tests; a keyword it lacks is an error, so nothing is skipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}
KNOWN = {
    "$schema", "$id", "$defs", "$ref", "title", "description", "type", "enum", "const", "properties", "required",
    "additionalProperties", "items", "pattern", "minimum", "minItems", "uniqueItems", "minLength",
}  # fmt: skip


def faults(schema: dict[str, Any], value: Any, root: dict[str, Any] | None = None, at: str = "$") -> Iterator[str]:
    """Yield what is wrong with a value, each with its place."""
    root = schema if root is None else root
    assert not set(schema) - KNOWN, f"keywords this validator lacks: {set(schema) - KNOWN}"
    if "$ref" in schema:
        yield from faults(root["$defs"][schema["$ref"].removeprefix("#/$defs/")], value, root, at)
        return
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not any(_is(value, kind) for kind in kinds):
        yield f"{at}: {value!r} is not {kinds}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is none of {schema['enum']}"
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    match value:
        case str():
            if not re.search(schema.get("pattern", ""), value) or len(value) < schema.get("minLength", 0):
                yield f"{at}: {value!r} does not match"
        case list():
            yield from _array(schema, value, root, at)
        case dict():
            yield from _object(schema, value, root, at)
        case int() if value < schema.get("minimum", value):
            yield f"{at}: {value} is too small"


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and not (isinstance(value, bool) and kind in ("integer", "number"))


def _array(schema: dict[str, Any], value: list[Any], root: dict[str, Any], at: str) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{at}: too short"
    if schema.get("uniqueItems") and len({str(item) for item in value}) != len(value):
        yield f"{at}: holds something twice"
    for number, item in enumerate(value):
        yield from faults(schema.get("items", {}), item, root, f"{at}[{number}]")


def _object(schema: dict[str, Any], value: dict[str, Any], root: dict[str, Any], at: str) -> Iterator[str]:
    known = schema.get("properties", {})
    for key in schema.get("required", []):
        if key not in value:
            yield f"{at}: lacks {key}"
    for key, item in value.items():
        if key in known:
            yield from faults(known[key], item, root, f"{at}.{key}")
        elif schema.get("additionalProperties") is False:
            yield f"{at}: {key} is not known"
