"""The field table and the models describe the same thing."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from metricgov.domain.definitions.fields import (
    MISSING,
    Field,
    Holds,
    Shape,
    every_field,
    field_at,
    fields,
    general,
    item_names,
    natural_key,
    references,
    sql_fields,
    values_at,
)
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.definitions.parse import model_of


def bare(annotation: Any) -> list[Any]:
    """Return the alternatives of an annotation without Annotated and None."""
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return bare(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [one for option in get_args(annotation) if option is not type(None) for one in bare(option)]
    return [annotation]


def walk(model: type[BaseModel], at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Yield path, bare annotation and default of everything that models of a kind can hold."""
    for name, info in model.model_fields.items():
        path = f"{at}.{name}" if at else name
        for annotation in bare(info.annotation):
            yield path, annotation, info.default
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                yield from walk(annotation, path)
            elif get_origin(annotation) is tuple:
                for item in bare(get_args(annotation)[0]):
                    if isinstance(item, type) and issubclass(item, BaseModel):
                        yield from walk(item, f"{path}[]")


@pytest.mark.parametrize("kind", NATIVE)
def test_the_table_lists_exactly_the_fields_of_the_models(kind: Kind) -> None:
    assert {path for path, _, _ in walk(model_of(kind))} == set(fields(kind))


@pytest.mark.parametrize("kind", NATIVE)
def test_defaults_agree(kind: Kind) -> None:
    for path, _, default in walk(model_of(kind)):
        stated = fields(kind)[path].default
        if default in (None, PydanticUndefined):
            assert stated is MISSING or path == "calculation.sources", path
        elif isinstance(default, tuple | dict):
            assert not stated and stated is not MISSING, path
        else:
            assert stated == default, path


@pytest.mark.parametrize("kind", NATIVE)
def test_choices_agree(kind: Kind) -> None:
    given: dict[str, set[str]] = {}
    for path, annotation, _ in walk(model_of(kind)):
        if get_origin(annotation) is Literal:
            given.setdefault(path, set()).update(get_args(annotation))
    listed = {path: set(field.choices) for path, field in fields(kind).items() if field.choices}
    assert given == listed


@pytest.mark.parametrize("kind", NATIVE)
def test_lists_and_mappings_agree(kind: Kind) -> None:
    for path, annotation, _ in walk(model_of(kind)):
        holds = fields(kind)[path].holds
        if get_origin(annotation) is tuple:
            assert holds in (Holds.SET, Holds.LIST, Holds.KEYED), path
        elif get_origin(annotation) is dict:
            assert holds is Holds.MAPPING, path
        else:
            assert holds is Holds.ONE, path


@pytest.mark.parametrize("kind", NATIVE)
def test_every_field_of_every_model_is_described(kind: Kind) -> None:
    def described(model: type[BaseModel]) -> Iterator[str]:
        for name, info in model.model_fields.items():
            if not info.description:
                yield f"{model.__name__}.{name}"
            for annotation in bare(info.annotation):
                inner = get_args(annotation)[:1] if get_origin(annotation) is tuple else (annotation,)
                for one in (found for item in inner for found in bare(item)):
                    if isinstance(one, type) and issubclass(one, BaseModel):
                        yield from described(one)

    assert list(described(model_of(kind))) == []


def test_keyed_lists_have_keys_that_exist() -> None:
    for kind, field in every_field():
        if field.holds is Holds.KEYED:
            assert field.key
            for key in field.key:
                assert f"{field.path}[].{key}" in fields(kind)


def test_references_say_what_they_mean_for_numbers() -> None:
    for kind in NATIVE:
        for field in references(kind):
            assert field.edge is not None
            assert field.shape is Shape.REFERENCE


def test_sql_fields_of_a_metric_are_all_there() -> None:
    paths = {field.path for field in sql_fields(Kind.METRIC)}
    assert {"calculation.where", "calculation.numerator.where", "calculation.sql", "checks[].expect"} <= paths


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        pytest.param("calculation.where", "calculation.where", id="plain"),
        pytest.param("columns[created_at].type", "columns[].type", id="keyed item"),
        pytest.param("steps[2]", "steps[]", id="index"),
    ],
)
def test_general_path(path: str, pattern: str) -> None:
    assert general(path) == pattern


@pytest.mark.parametrize(
    ("kind", "path", "found"),
    [
        pytest.param(Kind.SOURCE, "columns[created_at].type", "columns[].type", id="in a keyed item"),
        pytest.param(Kind.SOURCE, "columns[created_at]", "columns", id="a keyed item"),
        pytest.param(Kind.METRIC, "tags[0]", "tags", id="an item"),
        pytest.param(Kind.SOURCE, "relations.duckdb", "relations", id="a key of a free mapping"),
        pytest.param(Kind.METRIC, "nonsense", None, id="unknown"),
        pytest.param(Kind.METRIC, "calculation.nonsense", None, id="unknown in a block"),
        pytest.param(Kind.OPAQUE, "x", None, id="a kind without fields"),
    ],
)
def test_field_at(kind: Kind, path: str, found: str | None) -> None:
    field = field_at(kind, path)
    assert (field.path if field else None) == found


KEYED = Field("columns", Shape.BLOCK, Holds.KEYED, key=("name",))


def test_items_are_named_by_key_where_keys_are_unique() -> None:
    assert item_names(KEYED, [{"name": "a"}, {"name": "b"}]) == ["a", "b"]
    assert item_names(KEYED, [{"name": "a"}, {"name": "a"}, {}, 3]) == ["0", "1", "2", "3"]
    assert item_names(None, ["x", "y"]) == ["0", "1"]
    assert item_names(KEYED, "no list") == []


def test_an_alias_names_an_input_before_its_metric() -> None:
    field = fields(Kind.METRIC)["calculation.inputs"]
    assert natural_key(field, {"metric": "revenue", "alias": "last_year"}) == "last_year"
    assert natural_key(field, {"metric": "revenue"}) == "revenue"


def test_values_at_gives_concrete_paths() -> None:
    data = {"kind": "source", "columns": [{"name": "a", "values": ["x", "y"]}, {"name": "b"}]}
    assert list(values_at(data, "columns[].values")) == [("columns[a].values[0]", "x"), ("columns[a].values[1]", "y")]
    assert list(values_at(data, "columns[].name")) == [("columns[a].name", "a"), ("columns[b].name", "b")]
