"""One walk through a raw definition that yields what refers to something, names people or columns, or is SQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache
from typing import NamedTuple

from metricgov.domain.definitions.fields import Field, Shape, fields, item_names
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.digest import JSON


@dataclass(slots=True)
class _Step:
    """What may stand below a key, and the field of the key itself; `wanted` where its values are leaves."""

    of: Field | None = None
    wanted: bool = False
    below: dict[str, _Step] = dataclass_field(default_factory=dict)


class Leaf(NamedTuple):
    """A wanted value: its field, its concrete path, the text."""

    field: Field
    path: str
    value: str


def leaves(data: Mapping[str, JSON]) -> list[Leaf]:
    """Return references, people, columns and SQL of a native definition; values that are no text are passed over."""
    found: list[Leaf] = []
    kind = data.get("kind")
    if isinstance(kind, str) and kind in NATIVE:
        _walk(data, _tree(kind), "", found)
    return found


def _walk(data: Mapping[str, JSON], step: _Step, at: str, found: list[Leaf]) -> None:
    below = step.below
    for key, value in data.items():
        inner = below.get(key)
        if inner is None:
            continue
        path = f"{at}.{key}" if at else key
        if inner.wanted and inner.of is not None:
            if isinstance(value, str):
                found.append(Leaf(inner.of, path, value))
            elif isinstance(value, list | tuple):
                found += [
                    Leaf(inner.of, f"{path}[{index}]", item)
                    for index, item in enumerate(value)
                    if isinstance(item, str)
                ]
        elif isinstance(value, dict | Mapping):
            _walk(value, inner, path, found)
        elif isinstance(value, list | tuple):
            for label, item in zip(item_names(inner.of, value), value, strict=True):
                if isinstance(item, Mapping):
                    _walk(item, inner, f"{path}[{label}]", found)


@cache
def _tree(kind: str) -> _Step:
    root = _Step()
    known = fields(Kind(kind))
    for wanted in known.values():
        if not (wanted.refers or wanted.is_sql or wanted.shape in (Shape.PRINCIPAL, Shape.COLUMN)):
            continue
        step, path = root, ""
        for part in wanted.path.split("."):
            path = f"{path}.{part}" if path else part
            step = step.below.setdefault(part.removesuffix("[]"), _Step())
            step.of = known.get(path.removesuffix("[]"))
        step.wanted = True
    return root
