"""Whether a field's SQL can be read at all; what it means is compared in `changes/sql`."""

from __future__ import annotations

import re
from functools import lru_cache

from metricgov.domain.definitions.fields import Field, Shape

_PLAIN_STRING = re.compile(r"'[\w .:%-]*'")
_NUMBER = re.compile(r"\b\d+(?:\.\d+)?\b")
_GRAMMAR = (
    "auto_increment|binary_|connect_by_root|current_|dbms_|local|match_|partitioned_by|pivot_wider|regexp_like|session_|"
    "sql_|st_geometry|straight_join|system_|sys|time_|timestamp_|utc_"
)
"""Beginnings of words with an underscore that some dialect knows; no other name can stand in their place."""

_IDENTIFIER = re.compile(rf"\b(?!{_GRAMMAR})[a-z][a-z0-9]*_[a-z0-9_]+\b(?!\s*[(.])")
_INTRICATE = re.compile(r"""["`$#\\{}@?;]|--|/\*|->|''|[^\n -~]""")
_AT = re.compile(r"\s*Line (\d+), Col: (\d+)\.?.*", re.DOTALL)


_GOOD: set[tuple[str, str]] = set()
"""Shapes that can be read, by dialect."""

MANY = 20_000
"""So many shapes are remembered; no registry is that varied, and a server must not grow for ever."""


def unreadable(text: str, field: Field, dialect: str) -> str:
    """Return why the SQL of a field cannot be read in a dialect, "" where it can.

    Texts that differ in names and plain literals alone are read once: a name or a literal in the place of another
    never makes readable SQL unreadable. A shape with anything intricate in it is never remembered.
    """
    if field.shape is Shape.QUERY:
        return _reason(text, dialect, True)
    shape = _IDENTIFIER.sub("a_b", _NUMBER.sub("1", _PLAIN_STRING.sub("'1'", text)))
    if (shape, dialect) in _GOOD:
        return ""
    if not _INTRICATE.search(shape) and len(_GOOD) < MANY and not _reason(shape, dialect, False):
        _GOOD.add((shape, dialect))
        return ""
    return _reason(text, dialect, False)


@lru_cache(maxsize=1024)
def _reason(text: str, dialect: str, statement: bool) -> str:
    from metricgov.domain.changes.sql import canonical_sql

    found = canonical_sql(text, dialect, statement=statement)
    if found.parsed:
        return ""
    if place := _AT.search(found.reason):
        line = int(place[1]) - (0 if statement else 1)
        said = _AT.sub("", found.reason).removeprefix("Invalid expression / ").rstrip(".").lower()
        return f"{said} in line {line}, column {place[2]}" if line > 0 else said
    return found.reason or "not SQL"
