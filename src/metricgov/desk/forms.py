"""The form of a definition, from the JSON Schema of its kind: its rows, and what is typed into one as a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from math import isfinite
from typing import Any

from metricgov.domain.definitions.fields import field_at, fields, general, item_names
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.digest import JSON
from metricgov.domain.draft_views import BLOCK, CHOICE, DATE, FLAG, ITEMS, LIST, NUMBER, STRANGE, TEXT, FormRow
from metricgov.domain.errors import BadInput, Place


@cache
def _schema(kind: str) -> dict[str, Any]:
    from metricgov.domain.definitions.schemas import schema_of

    return schema_of(kind)


@cache
def _order(kind: str) -> dict[str, int]:
    return {path: place for place, path in enumerate(fields(Kind(kind)))}


def rows_of(data: Mapping[str, JSON], places: Mapping[str, Place]) -> tuple[FormRow, ...]:
    """Return the form of a definition as it reads; () for a kind that is no native one: that is written as text."""
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in NATIVE:
        return ()
    return tuple(_Form(kind, places).block(_schema(kind), data, "", 0))


def typed_value(data: Mapping[str, JSON], field: str, typed: str) -> tuple[str, JSON]:
    """Return the field to set for what somebody typed into one, and the value; None for nothing: then the field goes.

    A block that is not there yet begins with what it needs; `used_in[+]` adds an item. BadInput where the words cannot
    be such a value.
    """
    kind = str(data.get("kind"))
    found = _Form(kind, {}).at(data, field)
    if found is None:
        raise BadInput("no_field", f"{field} is not a field here", hint="edit the text")
    if field.endswith(MORE) and not _stands(data, field.removesuffix(MORE)):
        return field.removesuffix(MORE), _typed(found, field, typed, kind)
    return field, _typed(found, field, typed, kind)


def _stands(data: Mapping[str, JSON], field: str) -> bool:
    value: JSON = dict(data)
    for step in field.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return bool(value)


class _Form:
    """Walks the schema of one kind beside a mapping."""

    def __init__(self, kind: str, places: Mapping[str, Place]) -> None:
        self._kind, self._places = kind, places

    def block(self, schema: Mapping[str, Any], data: Mapping[str, JSON], at: str, depth: int) -> Iterator[FormRow]:
        known: dict[str, Any] = schema.get("properties", {})
        required = set(schema.get("required", ()))
        for name, inner in sorted(known.items(), key=lambda item: self._rank(f"{at}.{item[0]}" if at else item[0])):
            path = f"{at}.{name}" if at else name
            yield from self._field(inner, name, data.get(name), path, depth, needed=name in required)
        if "properties" in schema:
            for name in data:
                if name not in known:
                    path = f"{at}.{name}" if at else name
                    yield self._row(path, name, depth, STRANGE, shown(data[name]), stands=True)

    def _rank(self, path: str) -> int:
        """Return the place of a field in canonical order."""
        return _order(self._kind).get(general(path), len(_order(self._kind)))

    def _field(
        self, schema: Mapping[str, Any], name: str, value: JSON, path: str, depth: int, *, needed: bool
    ) -> Iterator[FormRow]:
        of = resolved(self._kind, schema, value)
        takes, stands = takes_of(of), value is not None
        said = str(schema.get("description") or of.get("description") or "")
        field = field_at(Kind(self._kind), path)
        yield self._row(
            path,
            name,
            depth,
            takes,
            "" if takes in (BLOCK, ITEMS) else shown(value),
            stands=stands,
            required=needed,
            default=shown(of.get("default")),
            choices=choices_of(of),
            says=said,
            refers=field.refers.value if field is not None and field.refers is not None else "",
        )
        if takes == BLOCK and isinstance(value, Mapping):
            if "properties" in of:
                yield from self.block(of, value, path, depth + 1)
            else:
                for key, inner in value.items():
                    yield self._row(f"{path}.{key}", key, depth + 1, TEXT, shown(inner), stands=True)
        elif takes == ITEMS and isinstance(value, list | tuple):
            for label, item in zip(item_names(field_at(Kind(self._kind), path), value), value, strict=True):
                where = f"{path}[{label}]"
                yield self._row(where, label, depth + 1, BLOCK, stands=True, says=said)
                if isinstance(item, Mapping):
                    yield from self.block(resolved(self._kind, of["items"], item), item, where, depth + 2)

    def _row(self, path: str, label: str, depth: int, takes: str, value: str = "", **more: Any) -> FormRow:
        place = self._places.get(path) if more.get("stands") else None
        line, column = (place.line, place.column) if place else (0, 0)
        return FormRow(path, label, depth, takes, value, line=line, column=column, **more)

    def at(self, data: Mapping[str, JSON], field: str) -> Mapping[str, Any] | None:
        """Return the schema of a field, None for one that the kind does not have."""
        schema: Mapping[str, Any] = resolved(self._kind, _schema(self._kind), data)
        value: JSON = dict(data)
        for before, step in _steps(field):
            if step.startswith("["):
                if takes_of(schema) != ITEMS:
                    return None
                items = value if isinstance(value, list | tuple) else ()
                names = item_names(field_at(Kind(self._kind), before), items)
                value = items[names.index(step[1:-1])] if step[1:-1] in names else None
                inner = schema["items"]
            else:
                properties = schema.get("properties", {})
                inner = properties.get(step) or schema.get("additionalProperties") or None
                if not isinstance(inner, Mapping):
                    return None
                value = value.get(step) if isinstance(value, Mapping) else None
            schema = resolved(self._kind, inner, value)
        return schema


def resolved(kind: str, schema: Mapping[str, Any], value: object) -> Mapping[str, Any]:
    """Return a schema without its reference; of several, that which the value says it is, else the first."""
    if "oneOf" in schema:
        name, refs = schema["discriminator"]["propertyName"], schema["discriminator"]["mapping"]
        ordered = [one["$ref"] for one in schema["oneOf"]]
        words = sorted(refs, key=lambda word: ordered.index(refs[word]))
        said = value.get(name) if isinstance(value, Mapping) else None
        found = dict(resolved(kind, {"$ref": refs.get(said, ordered[0])}, value))
        # The field that says which of several it is takes any of their words, and stands first.
        rest = {key: inner for key, inner in found["properties"].items() if key != name}
        type_of = {**found["properties"][name], "enum": words}
        return {**found, "properties": {name: {k: v for k, v in type_of.items() if k != "const"}, **rest}}
    if "$ref" in schema:
        target: Mapping[str, Any] = _schema(kind)["$defs"][schema["$ref"].rpartition("/")[2]]
        return target
    return schema


def takes_of(schema: Mapping[str, Any]) -> str:
    """Return what a row of this schema takes."""
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        return BLOCK
    if kind == "array":
        items = schema.get("items", {})
        return ITEMS if "$ref" in items or items.get("type") == "object" else LIST
    if "enum" in schema or "const" in schema:
        return CHOICE
    if kind in ("number", "integer"):
        return NUMBER
    if kind == "boolean":
        return FLAG
    return DATE if schema.get("format") == "date" else TEXT


def choices_of(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the values that a field may have, () where there is no list of them."""
    if schema.get("type") == "boolean":
        return ("true", "false")
    found = (
        schema.get("enum") or schema.get("items", {}).get("enum") or ([schema["const"]] if "const" in schema else [])
    )
    return tuple(map(str, found))


def shown(value: JSON) -> str:
    """Return a value on one line, as a person would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return ", ".join(shown(one) for one in value)
        case Mapping():
            return "{" + ", ".join(f"{key}: {shown(one)}" for key, one in value.items()) + "}"
        case _:
            return " ".join(str(value).split("\n"))


def _typed(schema: Mapping[str, Any], field: str, typed: str, kind: str) -> JSON:
    text = typed.strip()
    match takes_of(schema):
        case takes if takes in (BLOCK, ITEMS):
            begun = begun_with(kind, schema)
            return [begun] if field.endswith(MORE) else begun
        case _ if not text:
            return None
        case takes if takes == NUMBER:
            return _number(text)
        case takes if takes == FLAG:
            words = {"true": True, "yes": True, "false": False, "no": False}
            if text.lower() not in words:
                raise BadInput("bad_value", f"{text!r} is neither true nor false", hint="write true or false")
            return words[text.lower()]
        case takes if takes == LIST:
            parts = [one.strip() for one in text.strip("[]").split(",")]
            return [one for one in parts if one]
        case _:
            return _loose(schema, text)


def _loose(schema: Mapping[str, Any], text: str) -> JSON:
    """Return words, or a number where the field takes both and they are one."""
    if isinstance(schema.get("type"), list) and "number" in schema["type"]:
        try:
            return _number(text)
        except BadInput:
            return text
    return text


def _number(text: str) -> JSON:
    refused = BadInput("bad_value", f"{text!r} is no number", hint="write it as 40 or 0.5")
    if "_" in text:  # Python would take 1_0 for ten
        raise refused
    for read in (int, float):
        try:
            value = read(text)
        except ValueError:
            continue
        if isfinite(value):
            return value
    raise refused


def begun_with(kind: str, schema: Mapping[str, Any]) -> JSON:
    """Return the least that a block can begin with; what only its author knows is marked to be filled in."""
    from metricgov.domain.practice.placeholders import MARK, WORDS_MARK

    match takes_of(schema):
        case takes if takes == BLOCK:
            properties = schema.get("properties", {})
            needed = schema.get("required") or list(properties)[:1]
            return {name: begun_with(kind, resolved(kind, properties[name], None)) for name in needed}
        case takes if takes == ITEMS:
            return [begun_with(kind, resolved(kind, schema["items"], None))]
        case takes if takes == LIST:
            return [MARK]
        case takes if takes == CHOICE:
            return choices_of(schema)[0]
        case takes if takes == NUMBER:
            return 0
        case takes if takes == FLAG:
            return False
        case takes if takes == DATE:
            return "2000-01-01"
        case _:
            named = "a-z" in str(schema.get("pattern", "")) or "A-Z" in str(schema.get("pattern", ""))
            return MARK if named else f"{WORDS_MARK}{schema.get('description', 'what it is').rstrip('.')}>"


MORE = "[+]"
"""Ends the path of an item that is not there yet."""

_STEP = re.compile(r"[^.\[\]]+|\[[^\]]*\]")


def _steps(field: str) -> Iterator[tuple[str, str]]:
    """Yield each step of a path, and the path before it."""
    for found in _STEP.finditer(field):
        yield field[: found.start()].removesuffix("."), found[0]
