"""Digests of what a definition says: its words, its own meaning, and its canonical form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from metricgov.domain.changes.edits import normal, plain_number
from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.changes.opaque import opaque_form
from metricgov.domain.changes.rules.table import LATEST, rules_for
from metricgov.domain.changes.sql import CANONICALISER, canonical_sql
from metricgov.domain.changes.values import Definition
from metricgov.domain.definitions.fields import Shape, fields
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.digest import JSON, sha256_hex

IDENTITY = frozenset(
    {"kind", "name", "title", "version", "status", "effective_from", "replaced_by", "renamed_from", "retirement"}
)
"""Fields that name, date and place a version; two versions with equal meaning may differ in them."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """SHA-256 parts of one definition; equal `meaning` means that no number can differ by its own text.

    `meaning` covers every field that some rule ranks above editorial, so what no rule knows counts.
    """

    words: str
    meaning: str
    canonicaliser: int = CANONICALISER
    rules: int = LATEST


def fingerprint(data: Mapping[str, JSON], *, dialect: str | None, rules: int = LATEST) -> Fingerprint:
    """Return the fingerprint of a raw mapping; imports sqlglot where it holds SQL."""
    form = canonical_form(data, dialect=dialect)
    kind = str(data.get("kind", ""))
    words: dict[str, JSON] = {}
    meaning: dict[str, JSON] = {}
    for name, value in form.items():
        if name in IDENTITY:
            continue
        (meaning if _moves_numbers(kind, name, rules) else words)[name] = value
    titles = {name: form[name] for name in ("title",) if name in form}
    return Fingerprint(_digest({**words, **titles}), _digest(meaning), CANONICALISER, rules)


def canonical_digest(definition: Definition | None, *, dialect: str | None) -> str:
    """Return the SHA-256 of the canonical form of one definition; of none (a deletion), that of null.

    Equal for two sides whose change is of class identical.
    """
    if definition is None:
        return _digest(None)
    if definition.id.startswith("opaque:"):
        return _digest(opaque_form(definition.data, dialect))
    return _digest(canonical_form(definition.data, dialect=dialect))


def canonical_form(data: Mapping[str, JSON], *, dialect: str | None) -> dict[str, JSON]:
    """Return the definition with defaults and list forms resolved and every SQL text replaced by its digest."""
    kind = str(data.get("kind", ""))
    return {name: _with_digests(kind, name, value, dialect) for name, value in sorted(normal(kind, data).items())}


@cache
def _moves_numbers(kind: str, name: str, rules: int) -> bool:
    if kind not in NATIVE:
        return True
    patterns = [path for path in fields(Kind(kind)) if path.partition(".")[0].partition("[")[0] == name]
    found = [rule for pattern in patterns for rule in rules_for(kind, pattern, rules)]
    if not found:
        return True
    return any(GRAVITY[rule.change_class] > GRAVITY[ChangeClass.EDITORIAL] for rule in found)


def _with_digests(kind: str, path: str, value: JSON, dialect: str | None) -> JSON:
    if isinstance(value, Mapping):
        keyed = _sql_shape(kind, f"{path}[]") is None and _is_keyed(kind, path)
        return {
            name: _with_digests(kind, f"{path}[]" if keyed else f"{path}.{name}", item, dialect)
            for name, item in value.items()
        }
    shape = _sql_shape(kind, path)
    if shape is None or not isinstance(value, str):
        return value
    return "sql:" + canonical_sql(value, dialect, statement=shape is Shape.QUERY).digest


def _sql_shape(kind: str, pattern: str) -> Shape | None:
    field = fields(Kind(kind)).get(pattern) if kind in NATIVE else None
    return field.shape if field is not None and field.is_sql else None


def _is_keyed(kind: str, pattern: str) -> bool:
    field = fields(Kind(kind)).get(pattern) if kind in NATIVE else None
    return field is not None and bool(field.key)


def _digest(value: JSON) -> str:
    text = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"))
    return sha256_hex(text.encode())


def _plain(value: JSON) -> object:
    """Return a value in which whole floats are integers, as the diff compares them."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return plain_number(value)
