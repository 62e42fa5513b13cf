"""Reads files of other tools (YAML, JSON, TOML, SQL) into plain values; what they mean is for nobody here to say.

Shape of the result: `domain/changes/opaque`. Hostile input is safe: sizes and depth are limited, nothing is constructed
from tags, aliases cannot multiply beyond the limits, and what does not parse is compared by its bytes.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from metricgov.domain.digest import JSON, sha256_hex

MAX_BYTES: Final = 1024 * 1024
MAX_LEVELS: Final = 64
MAX_VALUES: Final = 100_000

FORMATS: Final[Mapping[str, str]] = {
    "yaml": "yaml",
    "yml": "yaml",
    "lkml": "unknown",
    "json": "json",
    "toml": "toml",
    "sql": "sql",
}


class _Unreadable(Exception):
    pass


def parse_opaque(data: bytes, path: str, dialect: str | None = None) -> dict[str, JSON]:
    """Return the comparable form of a file; never raises. `dialect` is that of the glob that governs it."""
    ending = FORMATS.get(path.rpartition("/")[2].rpartition(".")[2].lower(), "unknown")
    try:
        text = _text(data)
        if ending == "sql":
            return {"format": "sql", "text": text, **({"dialect": dialect} if dialect else {})}
        reader = _READERS.get(ending)
        if reader is None:
            raise _Unreadable("not a format that is known here")
        documents = reader(text)
    except _Unreadable as problem:
        return {"format": "unparsed", "sha256": sha256_hex(data), "reason": str(problem)}
    return {"format": ending, "documents": documents}


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _Unreadable(f"more than {MAX_BYTES // 1024} KiB")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise _Unreadable("not UTF-8") from problem


def _yaml(text: str) -> list[JSON]:
    import yaml

    loader = _limited_loader()
    try:
        found = [_plain(document, [0], marked=True) for document in yaml.load_all(text, Loader=loader)]
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise _Unreadable("not YAML that can be read") from problem
    return found


def _limited_loader() -> type[Any]:
    """Return a safe loader that keeps scalars as they are written, and counts what it is asked to build.

    Another tool's YAML may be 1.1 or 1.2, so `no` and `2026-01-01` are compared by kind of scalar and text.
    """
    import yaml

    class Loader(yaml.SafeLoader):
        levels = 0
        values = 0

        def compose_node(self, parent: Any, index: Any) -> Any:
            self.levels += 1
            self.values += 1
            if self.levels > MAX_LEVELS:
                raise _Unreadable(f"nested deeper than {MAX_LEVELS} levels")
            if self.values > MAX_VALUES:
                raise _Unreadable(f"more than {MAX_VALUES} values")
            node = super().compose_node(parent, index)
            self.levels -= 1
            return node

    def mapping(loader: Any, node: Any) -> JSON:
        found: dict[str, JSON] = {}
        for key, value in node.value:
            name = _key(key.value) if isinstance(key, yaml.ScalarNode) else None
            if name is None or name in found:
                raise _Unreadable("a key that is no text, or stands twice")
            found[name] = loader.construct_object(value, deep=True)
        return found if node.tag == f"{_CORE}map" else _tagged(node.tag, found)

    def sequence(loader: Any, node: Any) -> JSON:
        items = [loader.construct_object(item, deep=True) for item in node.value]
        return items if node.tag == f"{_CORE}seq" else _tagged(node.tag, items)

    def anything(loader: Any, node: Any) -> JSON:
        if isinstance(node, yaml.ScalarNode):
            return _scalar(node)
        return mapping(loader, node) if isinstance(node, yaml.MappingNode) else sequence(loader, node)

    Loader.yaml_constructors = {None: anything}
    return Loader


_CORE: Final = "tag:yaml.org,2002:"


def _key(name: str) -> str:
    """Return a key of the file so that it cannot be taken for one of the marks made here."""
    return f"!={name}" if name.startswith("!") else name


def _tagged(tag: str, value: JSON) -> JSON:
    """Return a value with the mark of its type: `!!float` for the core ones, `!<...>` for others."""
    return {f"!!{tag.removeprefix(_CORE)}" if tag.startswith(_CORE) else f"!<{tag}>": value}


def _scalar(node: Any) -> JSON:
    value = str(node.value)
    if node.tag == f"{_CORE}str":
        return value
    if node.style or not node.tag.startswith(_CORE):
        return _tagged(node.tag, value)
    return None if node.tag == f"{_CORE}null" else _written(node.tag.removeprefix(_CORE), value)


def _written(kind: str, value: str) -> JSON:
    """Return a plain scalar that is no text, so that it differs from the same letters in quotes."""
    if kind == "int":
        digits = value.replace("_", "")
        if digits.lstrip("+-").isdigit() and len(digits) < 300 and not _octal(digits):
            return int(digits)
    if kind == "bool" and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return _tagged(_CORE + kind, value)


def _octal(digits: str) -> bool:
    bare = digits.lstrip("+-")
    return len(bare) > 1 and bare.startswith("0")


def _json(text: str) -> list[JSON]:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise _Unreadable("a key stands twice")
        return dict(pairs)

    try:
        return [_plain(json.loads(text, object_pairs_hook=once), [0])]
    except (ValueError, RecursionError) as problem:
        raise _Unreadable("not JSON that can be read") from problem


def _toml(text: str) -> list[JSON]:
    import tomllib

    try:
        return [_plain(tomllib.loads(text), [0])]
    except (ValueError, RecursionError) as problem:
        raise _Unreadable("not TOML that can be read") from problem


_READERS: Final[Mapping[str, Callable[[str], list[JSON]]]] = {"yaml": _yaml, "json": _json, "toml": _toml}


def _plain(value: Any, counted: list[int], level: int = 0, *, marked: bool = False) -> JSON:
    """Return a parsed value as JSON within the limits; what JSON has no word for is marked with its type.

    `marked` says that the keys have been made safe already.
    """
    counted[0] += 1
    if level > MAX_LEVELS or counted[0] > MAX_VALUES:
        raise _Unreadable(f"more than {MAX_VALUES} values or {MAX_LEVELS} levels")
    if isinstance(value, dict):
        return {
            str(name) if marked else _key(str(name)): _plain(item, counted, level + 1, marked=marked)
            for name, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_plain(item, counted, level + 1, marked=marked) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return _tagged(f"{_CORE}float", str(value))
    if isinstance(value, float):
        return _tagged(f"{_CORE}float", repr(value))
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return _tagged(_CORE + type(value).__name__, value.isoformat())
    raise _Unreadable(f"a value of type {type(value).__name__}")
