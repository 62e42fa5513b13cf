"""The little about a definition that is needed to list it and to judge it beside others: names, references, people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from metricgov.domain.definitions.fields import Edge, Shape
from metricgov.domain.definitions.walk import Leaf, leaves
from metricgov.domain.digest import JSON

PARTS = ("numerator", "denominator", "measure", "base", "conversion")


class Facts(NamedTuple):
    """What a list shows, and what other definitions, paths and people can contradict.

    `references` are (field, target id, edge), `uses_columns` (field, name of the source, column), `columns` those
    that a source has, `people` (field, principal).
    """

    kind: str
    name: str
    domain: str
    title: str = ""
    version: str = ""
    status: str = ""
    tags: tuple[str, ...] = ()
    references: tuple[tuple[str, str, Edge], ...] = ()
    uses_columns: tuple[tuple[str, str, str], ...] = ()
    columns: tuple[str, ...] = ()
    people: tuple[tuple[str, str], ...] = ()
    category: str = ""
    kpi: bool = False


def facts_of(data: Mapping[str, JSON]) -> Facts:
    """Return the facts of a raw definition, whatever is wrong with it."""
    return gather(data, leaves(data))


def gather(data: Mapping[str, JSON], found: Iterable[Leaf]) -> Facts:
    """Return the facts of a raw definition whose leaves are known."""
    references = []
    uses = []
    people = []
    is_metric = data.get("kind") == "metric"
    for field, path, value in found:
        if field.refers is not None and field.edge is not None:
            references.append((path, field.refers.value + ":" + value, field.edge))
        elif field.shape is Shape.COLUMN:
            if is_metric and (source := _source_of(data, path)):
                uses.append((path, source, value))
        elif field.shape is Shape.PRINCIPAL:
            people.append((path, value))
    return Facts(
        _text(data, "kind"),
        _text(data, "name"),
        _text(data, "domain"),
        _text(data, "title"),
        _text(data, "version"),
        _text(data, "status"),
        _tags(data),
        tuple(references),
        tuple(uses),
        _columns(data),
        tuple(people),
        _text(data, "category"),
        "kpi" in data,
    )


def _text(data: Mapping[str, JSON], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _tags(data: Mapping[str, JSON]) -> tuple[str, ...]:
    tags = data.get("tags")
    return tuple([tag for tag in tags if isinstance(tag, str)]) if isinstance(tags, list | tuple) else ()


def _columns(data: Mapping[str, JSON]) -> tuple[str, ...]:
    columns = data.get("columns")
    if data.get("kind") != "source" or not isinstance(columns, list | tuple):
        return ()
    names = (column.get("name") for column in columns if isinstance(column, Mapping))
    return tuple(name for name in names if isinstance(name, str))


def _source_of(data: Mapping[str, JSON], path: str) -> str | None:
    """Return the source that a column field of a metric speaks of, None where no single one is named."""
    calculation = data.get("calculation")
    if not isinstance(calculation, Mapping) or calculation.get("type") in ("derived", "sql"):
        return None
    block = None
    if path.startswith("calculation.") and path.count(".") > 1:
        steps = path.split(".")
        part = steps[-1] if steps[1].startswith("constant_properties") else steps[1]
        block = calculation.get(part) if part in PARTS else None
    if isinstance(block, Mapping):
        if "metric" in block:
            return None
        if isinstance(own := block.get("source"), str):
            return own
    shared = calculation.get("source")
    return shared if isinstance(shared, str) else None
