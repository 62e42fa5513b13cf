"""Values of the desk as JSON and back: what a server sends and a client reads are the same types.

Modules name many types only while they are checked, because loading them costs start-up time; here, where everything is
loaded anyway, those names are looked up where each module says it takes them from.
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import functools
import importlib
import inspect
import sys
import types
import typing
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from pydantic import BaseModel, BeforeValidator, JsonValue, PlainSerializer, TypeAdapter, WithJsonSchema

from metricgov.desk.asked import Desk, Progress


def _from_base64(value: object) -> object:
    return b64decode(value, validate=True) if isinstance(value, str) else value


Base64 = Annotated[
    bytes,
    BeforeValidator(_from_base64),
    PlainSerializer(lambda data: b64encode(data).decode(), when_used="json"),
    WithJsonSchema({"type": "string", "contentEncoding": "base64"}),
]
"""Bytes of files, which need not be UTF-8."""


def _from_pairs(value: object) -> object:
    """Return what stands in pairs as a mapping; JSON has no keys but text."""
    return (
        {tuple(key) if isinstance(key, list) else key: held for key, held in value}
        if isinstance(value, list)
        else value
    )


def _pairs(held: Mapping[Any, Any]) -> list[tuple[Any, Any]]:
    return list(held.items())


_IN_THEIR_PLACE: Final[Mapping[object, object]] = {bytes: Base64}
_BY_NAME: Final[Mapping[str, object]] = {"JSON": JsonValue}


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """One method of the desk: its topic, what it takes (name -> type, default), and what it answers."""

    name: str
    topic: type
    takes: Mapping[str, tuple[Any, object]]
    gives: object
    says: str
    long: bool


NO_DEFAULT: Final = inspect.Parameter.empty


@functools.cache
def questions() -> Mapping[str, Question]:
    """Return every question of the desk by its name."""
    found = {}
    for topic in Desk.__mro__:
        if topic in (Desk, object, typing.Protocol, typing.Generic):
            continue
        for name, method in vars(topic).items():
            if not name.startswith("_") and inspect.isfunction(method):
                found[name] = _question(name, topic, method)
    return found


def _question(name: str, topic: type, method: Callable[..., object]) -> Question:
    hints = resolved(method, sys.modules[method.__module__])
    parameters = list(inspect.signature(method).parameters.values())[1:]
    takes = {one.name: (hints[one.name], one.default) for one in parameters if hints[one.name] != Progress}
    return Question(
        name,
        topic,
        takes,
        hints["return"],
        inspect.getdoc(method) or "",
        long=len(takes) < len(parameters),
    )


@functools.cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what checks, writes and reads values of a type, whatever of ours stands in it."""
    return TypeAdapter(placed(kind))


def to_json(kind: object, value: object) -> bytes:
    """Return a value of a type as JSON."""
    return adapter(kind).dump_json(value)


def from_json(kind: object, data: bytes | str) -> Any:
    """Return the value that JSON says; raises pydantic.ValidationError where it says none of that type."""
    return adapter(kind).validate_json(data)


def settle(kind: object) -> None:
    """Look up, for every dataclass in a type, the names that its module takes only while it is checked."""
    _settle(kind, set())


def _settle(kind: object, seen: set[object]) -> None:
    for part in (kind, *typing.get_args(kind)):
        if isinstance(part, type) and dataclasses.is_dataclass(part) and part not in seen:
            seen.add(part)
            for each in _settled(part):
                _settle(each, seen)
        elif part is not kind:
            _settle(part, seen)


@functools.cache
def _settled(kind: type) -> tuple[object, ...]:
    """Put the types themselves where a dataclass holds their names; return those it would hold without base64."""
    hints = resolved(kind, sys.modules[kind.__module__])
    for field in dataclasses.fields(kind):
        field.type = placed(hints[field.name])
        kind.__annotations__[field.name] = field.type
    return tuple(hints[field.name] for field in dataclasses.fields(kind))


def placed(hint: Any) -> Any:
    """Return a type with what the wire carries another way in its place."""
    settle(hint)
    if hint in _IN_THEIR_PLACE:
        return _IN_THEIR_PLACE[hint]
    arguments = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if not arguments or origin in (typing.Literal, Annotated):
        return hint
    parts = tuple(placed(one) if not isinstance(one, list) else one for one in arguments)
    if origin in (dict, Mapping) and not is_plain(arguments[0]):
        pairs = list[tuple[parts[0], parts[1]]]  # type: ignore[valid-type] # made at run time
        return Annotated[
            dict[parts[0], parts[1]],  # type: ignore[valid-type]
            BeforeValidator(_from_pairs),
            PlainSerializer(_pairs, return_type=pairs, when_used="json"),
        ]
    if origin is types.UnionType or origin is typing.Union:
        return typing.Union[parts]  # noqa: UP007 - made at run time
    return origin[parts]


def resolved(thing: Any, module: types.ModuleType) -> dict[str, Any]:
    """Return the type hints of a function or class, with the names that its module takes while it is checked."""
    if not inspect.isclass(thing):
        return typing.get_type_hints(thing, localns=dict(names_in(module)))
    found: dict[str, Any] = {}
    for base in reversed(thing.__mro__):
        if base.__module__ == "builtins":
            continue
        home = sys.modules[base.__module__]
        names = dict(names_in(home))
        for name, hint in inspect.get_annotations(base).items():
            found[name] = eval(hint, vars(home) | names) if isinstance(hint, str) else hint  # noqa: S307 - our own text
    return found


@functools.cache
def names_in(module: types.ModuleType) -> Mapping[str, object]:
    """Return the names that a module imports under `if TYPE_CHECKING:`, and JSON values as pydantic knows them."""
    tree = ast.parse(inspect.getsource(module))
    found: dict[str, object] = {name: kind for name, kind in _BY_NAME.items() if hasattr(module, name)}
    for node in tree.body:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            for one in ast.walk(node):
                if isinstance(one, ast.ImportFrom) and one.module:
                    home = importlib.import_module(one.module)
                    found |= {each.asname or each.name: getattr(home, each.name) for each in one.names}
    return {name: _BY_NAME.get(name, kind) for name, kind in found.items()}


def is_plain(kind: object) -> bool:
    """Say whether a type is one word of a URL: text, a number, yes or no, or a word of a list."""
    return kind in (str, int, float, bool) or (
        isinstance(kind, type) and issubclass(kind, enum.Enum) and not issubclass(kind, BaseModel)
    )
