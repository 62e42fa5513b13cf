"""Marks that a template leaves where its author has to fill something in, and where they still stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from metricgov.domain.definitions.problems import FieldProblem
from metricgov.domain.definitions.walk import Leaf
from metricgov.domain.digest import JSON

MARK = "fill_in"
"""Stands for a name, a column or SQL."""

WORDS_MARK = "<fill in: "
"""Begins what stands for words, and says which."""

_TOKEN = re.compile(r"\bfill_in\b")
_WORDS_AT = ("description", "decision", "trigger", "statement")
_LISTS_AT = ("steps", "relations")


def unfilled(data: Mapping[str, JSON], found: Iterable[Leaf], path: str = "") -> Iterator[FieldProblem]:
    """Yield a problem for each mark that is left; `found` are the leaves of the definition."""
    for leaf in found:
        if MARK in leaf.value and _TOKEN.search(leaf.value):
            yield _problem(path, leaf.path, "a name" if not leaf.field.is_sql else "SQL")
    for key in _WORDS_AT:
        value = data.get(key)
        if isinstance(value, str) and value.startswith(WORDS_MARK):
            yield _problem(path, key, _asked(value))
    for key in _LISTS_AT:
        inner = data.get(key)
        items = inner.items() if isinstance(inner, Mapping) else enumerate(inner) if isinstance(inner, list) else ()
        for name, value in items:
            if isinstance(value, str) and value.startswith(WORDS_MARK):
                yield _problem(path, f"{key}[{name}]" if isinstance(name, int) else f"{key}.{name}", _asked(value))


def _asked(value: str) -> str:
    return value.removeprefix(WORDS_MARK).rstrip(">")


def _problem(path: str, field: str, asked: str) -> FieldProblem:
    leaf = field.rpartition(".")[2]
    return FieldProblem("NOT_FILLED_IN", f"{leaf} is not filled in yet", path, field, f"write {asked}")
