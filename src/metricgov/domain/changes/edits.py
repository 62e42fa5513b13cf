"""Which fields of two raw mappings differ once defaults, list forms and spellings are resolved; not what that means."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from metricgov.domain.changes.values import MISSING, Edit, Missing
from metricgov.domain.definitions.fields import MISSING as NO_DEFAULT
from metricgov.domain.definitions.fields import Field, Holds, Shape, fields, item_names
from metricgov.domain.definitions.kinds import NATIVE, Kind
from metricgov.domain.digest import JSON

MAX_DEPTH = 64


def edits(kind: str, before: Mapping[str, JSON], after: Mapping[str, JSON]) -> tuple[Edit, ...]:
    """Return every field that differs, in the order of the field table, unknown fields last.

    Total over JSON: a value of the wrong shape is compared whole and comes back without a pattern, as a field that
    the table does not know.
    """
    if kind not in NATIVE:
        return tuple(_free(kind, "", before, after))
    return tuple(_block(kind, "", "", before, after))


def normal(kind: str, data: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a definition with defaults and list forms resolved, keyed lists by key, null fields left out."""
    return _normal_block(kind, "", data) if kind in NATIVE else dict(data)


def normal_value(field: Field, value: JSON) -> JSON:
    """Return the canonical form of what a leaf field holds; what has the wrong type comes back as it is."""
    if field.holds in {Holds.SET, Holds.LIST}:
        items = [_scalar(field, item) for item in (value if isinstance(value, list | tuple) else [value])]
        if field.holds is Holds.LIST:
            return tuple(items)
        return tuple(item for _, item in sorted({_sort_key(item): item for item in items}.items()))
    return _scalar(field, value)


@cache
def _children(kind: str, pattern: str) -> dict[str, Field]:
    """Return the fields directly under a block, by their own name."""
    prefix = f"{pattern}." if pattern else ""
    known = fields(Kind(kind))
    return {
        path.removeprefix(prefix): field
        for path, field in known.items()
        if path.startswith(prefix) and "." not in path.removeprefix(prefix)
    }


def _filled(kind: str, pattern: str, data: Mapping[str, JSON]) -> dict[str, JSON]:
    """Return a block without nulls of known fields, and with defaults."""
    known = _children(kind, pattern)
    found = {name: value for name, value in data.items() if value is not None or name not in known}
    for name, field in known.items():
        if name not in found and field.default is not NO_DEFAULT:
            found[name] = field.default  # type: ignore[assignment]  # NO_DEFAULT is excluded above
    return found


def _block(kind: str, path: str, pattern: str, before: Mapping[str, JSON], after: Mapping[str, JSON]) -> Iterator[Edit]:
    known = _children(kind, pattern)
    old, new = _filled(kind, pattern, before), _filled(kind, pattern, after)
    named = [name for name in known if name in old or name in new]
    for name in named:
        at, of = (f"{path}.{name}", f"{pattern}.{name}") if path else (name, name)
        yield from _field(kind, at, of, known[name], old.get(name, MISSING), new.get(name, MISSING))
    for name in sorted((old.keys() | new.keys()) - set(named)):
        one, other = old.get(name, MISSING), new.get(name, MISSING)
        if not same_json(one, other):
            yield Edit(kind, f"{path}.{name}" if path else name, None, one, other)


def _field(
    kind: str, path: str, pattern: str, field: Field, before: JSON | Missing, after: JSON | Missing
) -> Iterator[Edit]:
    if same_json(before, after):
        return
    if field.holds is Holds.KEYED:
        yield from _keyed(kind, path, pattern, field, before, after)
    elif field.holds is Holds.MAPPING:
        yield from _mapping(kind, path, pattern, before, after)
    elif field.shape is Shape.BLOCK:
        yield from _whole_block(kind, path, pattern, before, after)
    else:
        one = before if isinstance(before, Missing) else normal_value(field, before)
        other = after if isinstance(after, Missing) else normal_value(field, after)
        if not same_json(one, other):
            odd = any(not isinstance(side, Missing) and not _fits(field, side) for side in (one, other))
            yield Edit(kind, path, None if odd else pattern, one, other)


def _whole_block(kind: str, path: str, pattern: str, before: JSON | Missing, after: JSON | Missing) -> Iterator[Edit]:
    old = {} if isinstance(before, Missing) else before
    new = {} if isinstance(after, Missing) else after
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        yield Edit(kind, path, None, before, after)
        return
    if isinstance(before, Missing) or isinstance(after, Missing):
        yield Edit(kind, path, pattern, before, after)
        yield from (edit for edit in _block(kind, path, pattern, old, new) if edit.pattern is None)
        return
    yield from _block(kind, path, pattern, old, new)


def _keyed(
    kind: str, path: str, pattern: str, field: Field, before: JSON | Missing, after: JSON | Missing
) -> Iterator[Edit]:
    sides: list[dict[str, JSON]] = []
    for side in (before, after):
        items = _items(side)
        if any(not isinstance(item, Mapping) for item in items):
            yield Edit(kind, path, None, before, after)
            return
        sides.append(dict(zip(item_names(field, items), items, strict=True)))
    old, new = sides
    for label in [*old, *(name for name in new if name not in old)]:
        yield from _whole_block(
            kind, f"{path}[{label}]", f"{pattern}[]", old.get(label, MISSING), new.get(label, MISSING)
        )


def _mapping(kind: str, path: str, pattern: str, before: JSON | Missing, after: JSON | Missing) -> Iterator[Edit]:
    old = {} if isinstance(before, Missing) else before
    new = {} if isinstance(after, Missing) else after
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        yield Edit(kind, path, None, before, after)
        return
    for name in sorted(old.keys() | new.keys()):
        one, other = old.get(name, MISSING), new.get(name, MISSING)
        if not same_json(one, other):
            yield Edit(kind, f"{path}.{name}", f"{pattern}.*", one, other)


def _free(kind: str, path: str, before: JSON | Missing, after: JSON | Missing, depth: int = 0) -> Iterator[Edit]:
    """Yield the smallest differing parts of two trees that no field table describes."""
    if same_json(before, after):
        return
    if isinstance(before, Mapping) and isinstance(after, Mapping) and depth < MAX_DEPTH:
        for name in sorted(before.keys() | after.keys()):
            at = f"{path}.{name}" if path else str(name)
            yield from _free(kind, at, before.get(name, MISSING), after.get(name, MISSING), depth + 1)
    elif _is_list(before) and _is_list(after) and depth < MAX_DEPTH:
        yield from _free_list(kind, path, list(_items(before)), list(_items(after)), depth)
    else:
        yield Edit(kind, path, path, before, after)


def _free_list(kind: str, path: str, before: list[JSON], after: list[JSON], depth: int) -> Iterator[Edit]:
    for key in ("id", "name"):
        old, new = ([item.get(key) for item in side if isinstance(item, Mapping)] for side in (before, after))
        unique = all(len(set(map(repr, names))) == len(names) for names in (old, new))
        texts = all(isinstance(name, str) for name in [*old, *new])
        if unique and texts and len(old) == len(before) and len(new) == len(after):
            if (common := [name for name in old if name in new]) != [name for name in new if name in common]:
                break
            by_old, by_new = dict(zip(old, before, strict=True)), dict(zip(new, after, strict=True))
            for name in [*by_old, *(name for name in by_new if name not in by_old)]:
                one, other = by_old.get(name, MISSING), by_new.get(name, MISSING)
                yield from _free(kind, f"{path}[{name}]", one, other, depth + 1)
            return
    for index in range(max(len(before), len(after))):
        one = before[index] if index < len(before) else MISSING
        other = after[index] if index < len(after) else MISSING
        yield from _free(kind, f"{path}[{index}]", one, other, depth + 1)


def _normal_block(kind: str, pattern: str, data: Mapping[str, JSON]) -> dict[str, JSON]:
    known = _children(kind, pattern)
    found: dict[str, JSON] = {}
    for name, value in _filled(kind, pattern, data).items():
        field = known.get(name)
        of = f"{pattern}.{name}" if pattern else name
        if field is None:
            found[name] = value
        elif field.holds is Holds.KEYED and all(isinstance(item, Mapping) for item in _items(value)):
            items = [item for item in _items(value) if isinstance(item, Mapping)]
            labels = item_names(field, items)
            pairs = sorted(zip(labels, items, strict=True), key=lambda pair: pair[0])
            found[name] = {label: _normal_block(kind, f"{of}[]", item) for label, item in pairs}
        elif field.holds is Holds.ONE and field.shape is Shape.BLOCK and isinstance(value, Mapping):
            found[name] = _normal_block(kind, of, value)
        elif field.holds is Holds.MAPPING or field.shape is Shape.BLOCK:
            found[name] = value
        else:
            found[name] = normal_value(field, value)
    return found


def same_json(one: object, other: object) -> bool:
    """Return whether two values are equal and of the same types (True is not 1, but 1.0 is 1)."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(same_json(one[name], other[name]) for name in one)
    if _is_list(one) and _is_list(other):
        left, right = _items(one), _items(other)
        return len(left) == len(right) and all(same_json(a, b) for a, b in zip(left, right, strict=True))
    return plain_number(one) == plain_number(other) and type(plain_number(one)) is type(plain_number(other))


def plain_number(value: object) -> object:
    """Return a whole float as an integer, as far as floats are exact; everything else as it is."""
    whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
    return int(value) if whole else value  # type: ignore[call-overload]  # a float by the line above


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _items(value: object) -> tuple[JSON, ...]:
    """Return the items of a list, or of a list of one that was written without its brackets."""
    if isinstance(value, Missing) or value is None:
        return ()
    return tuple(value) if isinstance(value, list | tuple) else (value,)  # type: ignore[return-value]  # JSON in, JSON out


_SPAN = re.compile(r"\s*(\d+)\s*([A-Za-z]+?)s?\s*")


def _scalar(field: Field, value: JSON) -> JSON:
    if not isinstance(value, str):
        return plain_number(value)  # type: ignore[return-value]  # JSON in, JSON out
    if field.is_sql:
        return value.strip()
    if field.shape is Shape.WORDS and field.holds is not Holds.SET:
        return " ".join(value.split())
    if field.shape is Shape.SPAN and (found := _SPAN.fullmatch(value)):
        return f"{int(found[1])} {found[2].lower()}{'' if int(found[1]) == 1 else 's'}"
    return value.strip() if field.shape is Shape.TOLERANCE else value


def _fits(field: Field, value: JSON) -> bool:
    """Return whether a value could be one of this field at all; values of the wrong type explain nothing."""
    if field.holds is Holds.ONE and isinstance(value, list | tuple | Mapping):
        return False
    items = _items(value)
    if field.shape is Shape.FLAG:
        return all(isinstance(item, bool) for item in items)
    if field.shape in {Shape.NUMBER, Shape.INTEGER}:
        return all(isinstance(item, int | float) and not isinstance(item, bool) for item in items)
    if field.shape is Shape.TOLERANCE or (field.shape is Shape.WORDS and field.holds is Holds.SET):
        return all(isinstance(item, str | int | float) for item in items)
    if field.choices and field.shape is Shape.CHOICE:
        return all(item in field.choices for item in items if isinstance(item, str)) and all(
            isinstance(item, str) for item in items
        )
    return all(isinstance(item, str) for item in items)


def _sort_key(value: JSON) -> str:
    return f"{type(value).__name__}:{value!r}"
