"""Comparing definitions of other tools, whose format nothing here knows: equal trees are identical, all else unknown.

A parsed file is a mapping: `{format: yaml|json|toml, documents: [tree, ...]}`, `{format: sql, text: ...}`, or
`{format: unparsed, sha256: ..., reason: ...}`. Bytes become such a mapping in `adapters/formats/opaque`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from metricgov.domain.changes.edits import edits
from metricgov.domain.changes.sql import canonical_sql
from metricgov.domain.changes.sql_tree import Node
from metricgov.domain.changes.values import MISSING, Edit
from metricgov.domain.digest import JSON


def opaque_edits(before: Mapping[str, JSON], after: Mapping[str, JSON], dialect: str | None) -> tuple[Edit, ...]:
    """Return the fields (or statements) in which two parsed files differ."""
    if before.get("format") == after.get("format") == "sql":
        return tuple(_statements(str(before.get("text", "")), str(after.get("text", "")), after, dialect))
    found = edits("opaque", before, after)
    return tuple(replace(edit, path=(path := _without_wrapper(edit.path)), pattern=path) for edit in found)


def opaque_form(data: Mapping[str, JSON], dialect: str | None) -> JSON:
    """Return what is equal for two parsed files exactly when they are identical."""
    if data.get("format") != "sql":
        return dict(data)
    own = data.get("dialect")
    engine = own if isinstance(own, str) else dialect
    return {"format": "sql", "key": canonical_sql(str(data.get("text", "")), engine, statement=True).key}


_MARK = re.compile(r"(?:^|\.)!!\w+$")
"""The type of a scalar, which is no field of its own."""


def _without_wrapper(path: str) -> str:
    """`documents[0].models[a].sql` -> `models[a].sql`, and of later documents `document 2: ...`."""
    if not path.startswith("documents"):
        return f"({path})"
    number, bracket, rest = path.removeprefix("documents[").partition("]")
    if not bracket or not number.isdigit():
        return "(documents)"
    rest = _MARK.sub("", rest.removeprefix(".")) or "(document)"
    return rest if number == "0" else f"document {int(number) + 1}: {rest}"


def _statements(before: str, after: str, data: Mapping[str, JSON], dialect: str | None) -> Iterator[Edit]:
    if before == after:
        return
    own = data.get("dialect")
    engine = own if isinstance(own, str) else dialect
    one = canonical_sql(before, engine, statement=True)
    other = canonical_sql(after, engine, statement=True)
    if one.key == other.key:
        return
    if one.tree is None or other.tree is None:
        yield Edit("opaque", "(text)", "(text)", before, after)
        return
    old, new = _each(one.tree), _each(other.tree)
    changed = False
    for index in range(max(len(old), len(new))):
        was = old[index] if index < len(old) else None
        now = new[index] if index < len(new) else None
        if was != now:
            changed = True
            at = f"statement {index + 1}"
            yield Edit("opaque", at, at, MISSING if was is None else before, MISSING if now is None else after)
    if not changed:
        yield Edit("opaque", "(text)", "(text)", before, after)


def _each(tree: Node) -> tuple[Node, ...]:
    return tree.items() if tree.kind == "Statements" else (tree,)
