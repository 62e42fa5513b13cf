"""One walk through a raw definition that yields what refers to something, names people or columns, or is SQL."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cache

from metricgov.domain.definitions.fields import Field, Shape, fields, item_names
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.digest import JSON


@dataclass(slots=True)
class _Step:
    """What may stand below a key, and the field of the key itself; `wanted` where its values are leaves."""

    of: Field | None = None
    wanted: bool = False
    below: dict[str, _Step] = dataclass_field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A wanted value: its field, its concrete path, the text."""

    field: Field
    path: str
    value: str


def leaves(data: Mapping[str, JSON]) -> Iterator[Leaf]:
    """Yield references, people, columns and SQL of a native definition; values that are no text are passed over."""
    kind = data.get("kind")
    if isinstance(kind, str) and kind in NATIVE:
        yield from _walk(data, _tree(Kind(kind)), "")


def _walk(data: Mapping[str, JSON], step: _Step, at: str) -> Iterator[Leaf]:
    for key, below in step.below.items():
        value = data.get(key)
        if value is None:
            continue
        path = f"{at}.{key}" if at else key
        if below.wanted and below.of is not None:
            if isinstance(value, str):
                yield Leaf(below.of, path, value)
            elif isinstance(value, list | tuple):
                for index, item in enumerate(value):
                    if isinstance(item, str):
                        yield Leaf(below.of, f"{path}[{index}]", item)
        elif isinstance(value, Mapping):
            yield from _walk(value, below, path)
        elif isinstance(value, list | tuple):
            for label, item in zip(item_names(below.of, value), value, strict=True):
                if isinstance(item, Mapping):
                    yield from _walk(item, below, f"{path}[{label}]")


@cache
def _tree(kind: Kind) -> _Step:
    root = _Step()
    known = fields(kind)
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
