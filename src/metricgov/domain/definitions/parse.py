"""Turning the mapping of a file into the frozen model of its kind, or into every problem it has, by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from metricgov.domain.definitions.fields import Field, Holds, field_at, fields, item_names
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.definitions.problems import DefinitionErrors, FieldProblem, did_you_mean
from metricgov.domain.digest import JSON

if TYPE_CHECKING:
    from pydantic import BaseModel
    from pydantic_core import ErrorDetails

    from metricgov.domain.definitions.event import Event
    from metricgov.domain.definitions.metric import Metric
    from metricgov.domain.definitions.objective import Objective
    from metricgov.domain.definitions.scorecard import Scorecard
    from metricgov.domain.definitions.source import Source
    from metricgov.domain.definitions.workflow import Workflow

    AnyDefinition: TypeAlias = Metric | Source | Event | Workflow | Objective | Scorecard

_CLASSES = {
    "metric": ("metric", "Metric"),
    "source": ("source", "Source"),
    "event": ("event", "Event"),
    "workflow": ("workflow", "Workflow"),
    "objective": ("objective", "Objective"),
    "scorecard": ("scorecard", "Scorecard"),
    "people": ("governance", "People"),
    "raci": ("governance", "Raci"),
    "policy": ("governance", "Policy"),
    "metricgov": ("governance", "Metricgov"),
}
KNOWN_KINDS = tuple(_CLASSES)


@cache
def model_of(kind: str) -> type[BaseModel]:
    """Return the model class of a `kind:` as it stands in a file; only that kind's module is imported."""
    module, name = _CLASSES[kind]
    return cast("type[BaseModel]", getattr(import_module(f"metricgov.domain.definitions.{module}"), name))


def parse(data: Mapping[str, JSON], path: str) -> AnyDefinition:
    """Return the model of a native definition; DefinitionErrors with every problem at once."""
    model, problems = _validated(data, path)
    if problems:
        raise DefinitionErrors(problems)
    return cast("AnyDefinition", model)


def check(data: Mapping[str, JSON], path: str = "") -> tuple[FieldProblem, ...]:
    """Return what keeps a mapping of any kind, governance files among them, from being a definition."""
    return _validated(data, path)[1]


def _validated(data: Mapping[str, JSON], path: str) -> tuple[BaseModel | None, tuple[FieldProblem, ...]]:
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in _CLASSES:
        return None, (_bad_kind(kind, path),)
    empty: tuple[FieldProblem, ...] = ()
    if _has_empty(data.values()):
        empty = tuple(
            FieldProblem("EMPTY_VALUE", "has no value", path, field, "write a value, or remove the key")
            for field in _empty(data, "", kind)
        )
    from pydantic import ValidationError

    try:
        model = model_of(kind).model_validate(data)
    except ValidationError as error:
        found = [
            _friendly(detail, data, path, kind) for detail in error.errors(include_url=False) if not _is_echo(detail)
        ]
        hidden = {problem.field for problem in empty}
        return None, empty + tuple(dict.fromkeys(problem for problem in found if problem.field not in hidden))
    return model, empty


def _is_echo(detail: ErrorDetails) -> bool:
    """Say whether a list is called too short only because its items were refused."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _bad_kind(kind: JSON, path: str) -> FieldProblem:
    if kind is None:
        return FieldProblem("KIND_UNKNOWN", "says no kind", path, "", "begin the file with kind: metric (or source, …)")
    close = did_you_mean(str(kind), KNOWN_KINDS)
    return FieldProblem(
        "KIND_UNKNOWN", f"{kind!r} is no kind", path, "kind", close or f"one of {', '.join(KNOWN_KINDS)}"
    )


def _native(kind: str) -> Kind:
    return Kind(kind) if kind in NATIVE else Kind.GOVERNANCE


def _has_empty(values: Iterable[JSON]) -> bool:
    for value in values:
        if value is None or (type(value) is dict and _has_empty(value.values())):
            return True
        if type(value) is list and _has_empty(value):
            return True
    return False


def _empty(value: JSON, at: str, kind: str) -> Iterator[str]:
    if value is None:
        yield at
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if inner is None or isinstance(inner, dict | list):
                yield from _empty(inner, f"{at}.{key}" if at else key, kind)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            if inner is None or isinstance(inner, dict | list):
                label = item_names(field_at(_native(kind), at), value)[index]
                yield from _empty(inner, f"{at}[{label}]", kind)


def _friendly(detail: ErrorDetails, data: Mapping[str, JSON], path: str, kind: str) -> FieldProblem:
    loc, code = detail["loc"], detail["type"]
    context: dict[str, Any] = detail.get("ctx", {})
    field, extra = _field_path(loc, data, kind)
    at = context.get("field")
    if code == "at_field" and at:
        field = f"{field}.{at}" if field else str(at)
    elif code in ("union_tag_not_found", "union_tag_invalid"):
        field = f"{field}.type"
    said = _Said(detail, context, field, _native(kind), extra)
    return FieldProblem(said.code, said.message, path, field, said.hint)


def _field_path(loc: tuple[int | str, ...], data: Mapping[str, JSON], kind: str) -> tuple[str, tuple[str, ...]]:
    """Return the dotted path of a pydantic location and the keys beside its last step; tags of unions are left out."""
    value: Any = data
    path = ""
    beside: tuple[str, ...] = ()
    for position, step in enumerate(loc):
        if isinstance(step, int):
            label = item_names(field_at(_native(kind), path), value)
            path = f"{path}[{label[step] if step < len(label) else step}]"
            value = value[step] if isinstance(value, list) and step < len(value) else None
        elif isinstance(value, Mapping):
            tagged = value.get("type") == step and step not in value and position < len(loc)
            if tagged and field_at(_native(kind), f"{path}.{step}") is None:
                continue
            beside = tuple(value)
            path = f"{path}.{step}" if path else step
            value = value.get(step)
    return path, beside


class _Said:
    """A pydantic error in words for people who write YAML."""

    def __init__(
        self, detail: ErrorDetails, context: Mapping[str, Any], field: str, kind: Kind, beside: tuple[str, ...]
    ) -> None:
        self.code, self.message, self.hint = "VALUE_INVALID", detail["msg"], ""
        given = detail["input"]
        leaf = field.rpartition(".")[2]
        match detail["type"]:
            case "extra_forbidden":
                self.code, self.message = "FIELD_UNKNOWN", f"{leaf} is not a field here"
                self.hint = (
                    did_you_mean(leaf, _siblings(kind, field, beside)) or "remove it, or look it up in the schema"
                )
            case "missing":
                self.code, self.message = "FIELD_MISSING", f"{leaf} is missing"
                self.hint = f"add {leaf}"
            case "literal_error" | "union_tag_invalid" | "enum":
                choices = _choices(field_at(kind, field), context)
                self.message = f"{_shown(given, leaf)} is not one of the values of {leaf}"
                word = given.get("type") if isinstance(given, Mapping) else given
                self.hint = did_you_mean(str(word), choices) or f"one of {', '.join(choices)}"
            case "union_tag_not_found":
                self.code, self.message = "FIELD_MISSING", "type is missing"
                self.hint = f"one of {', '.join(_choices(field_at(kind, field), context))}"
            case "string_type":
                self.message = f"{_shown(given)} is {_what(given)}, where text is wanted"
                self.hint = "put it in quotes" if isinstance(given, int | float) else ""
            case "string_pattern_mismatch":
                self.message, self.hint = _pattern(given, field_at(kind, field))
            case "string_too_short":
                self.message, self.hint = "is empty", "write something, or remove the key"
            case "string_too_long":
                self.message = f"is longer than {context.get('max_length')} characters"
            case "float_type" | "int_type" | "float_parsing" | "int_parsing" | "int_from_float":
                self.message = f"{_shown(given)} is {_what(given)}, where a number is wanted"
            case "bool_type" | "bool_parsing":
                self.message, self.hint = f"{_shown(given)} is {_what(given)}", "write true or false"
            case "tuple_type" | "list_type" | "frozen_set_type":
                self.message, self.hint = f"{_shown(given)} is {_what(given)}", f"write a list: [{_shown(given)}]"
            case "model_type" | "dict_type" | "model_attributes_type":
                self.message = f"{_shown(given)} is {_what(given)}, where fields are wanted"
            case "too_short":
                self.message, self.hint = "the list is empty", "name at least one"
            case "greater_than" | "less_than" | "greater_than_equal" | "less_than_equal":
                self.message = f"{_shown(given)} is out of range: it {_limits(context)}"
            case "repeated_item":
                self.code, self.hint = "ITEM_REPEATED", "remove the second"
            case "at_field":
                self.code = "FIELDS_DISAGREE"
            case _:
                self.message = self.message.removeprefix("Value error, ").removeprefix("Assertion failed, ")


def _siblings(kind: Kind, field: str, beside: tuple[str, ...]) -> tuple[str, ...]:
    parent, _, leaf = field.rpartition(".")
    from metricgov.domain.definitions.fields import general

    prefix = f"{general(parent)}." if parent else ""
    names = [
        path.removeprefix(prefix)
        for path in fields(kind)
        if path.startswith(prefix) and "." not in path.removeprefix(prefix)
    ]
    return tuple(name for name in names if name != leaf and name not in beside)


def _choices(field: Field | None, context: Mapping[str, Any]) -> tuple[str, ...]:
    if field is not None and field.choices:
        return field.choices
    expected = str(context.get("expected", context.get("expected_tags", "")))
    return tuple(word.strip().strip("'") for word in expected.replace(" or ", ",").split(",") if word.strip())


def _shown(value: object, leaf: str = "") -> str:
    if isinstance(value, Mapping):
        return repr(value.get(leaf)) if leaf in value else "this"
    if isinstance(value, list | tuple):
        return "this"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def _what(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list() | tuple():
            return "a list"
        case _:
            return "a block of fields"


def _limits(context: Mapping[str, Any]) -> str:
    words = {"gt": "must be above", "ge": "must be at least", "lt": "must be below", "le": "must be at most"}
    return " and ".join(f"{words[key]} {limit:g}" for key, limit in context.items() if key in words)


def _pattern(given: object, field: Field | None) -> tuple[str, str]:
    shape = field.shape.value if field is not None else ""
    if field is not None and field.holds is Holds.MAPPING and not (isinstance(given, str) and given.strip()):
        shape = "words"
    match shape:
        case "version":
            return f"{_shown(given)} is no version", "write it as 2.0.0"
        case "words" | "predicate" | "expression" | "query":
            return "is empty", "write something, or remove the key"
        case "column":
            return f"{_shown(given)} is no column name", "use letters, digits and _, a letter first"
        case "principal":
            return f"{_shown(given)} is no id of a person or team", "use lower-case letters, digits, - and _"
        case _:
            return f"{_shown(given)} is no name", "use lower-case letters, digits and _, a letter first"
