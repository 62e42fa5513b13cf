"""The one strict loader of YAML files (INV-40): bytes to a mapping, or every problem with line and column."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from metricgov.adapters.yaml.quick import quick
from metricgov.domain.errors import InvalidFiles, Place

if TYPE_CHECKING:
    from metricgov.domain.digest import JSON


def load(data: bytes, path: str) -> dict[str, JSON]:
    """Return the mapping in a file by the YAML 1.2 core schema; InvalidFiles with all its problems."""
    value = quick(data)
    if value is not None:
        return value
    from metricgov.adapters.yaml.exact import read

    document = read(data, path)
    if document.problems:
        raise InvalidFiles(document.problems)
    return cast("dict[str, JSON]", document.value)


def locate(data: bytes, path: str = "") -> dict[str, Place]:
    """Return where each field stands by its dotted path, as far as the file can be read; "" is the first key."""
    from metricgov.adapters.yaml.exact import read

    return dict(read(data, path).places)
