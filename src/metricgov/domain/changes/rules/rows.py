"""How rows of the rule table are written, and the groups of fields and predicates that several families share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from metricgov.domain.changes.findings import ChangeClass, Flag
from metricgov.domain.changes.sql_compare import Difference, SqlEdit, compare_sql
from metricgov.domain.changes.values import Edit, Example, Predicate, Rule, Scope, Sentence, always
from metricgov.domain.definitions.fields import Shape, field_at
from metricgov.domain.definitions.kinds import Kind
from metricgov.domain.digest import JSON

IDENTICAL = ChangeClass.IDENTICAL
EDITORIAL = ChangeClass.EDITORIAL
COMPATIBLE = ChangeClass.COMPATIBLE
BREAKING = ChangeClass.BREAKING
UNKNOWN = ChangeClass.UNKNOWN

PARTS = ("numerator", "denominator", "measure", "base", "conversion")
MEASURES = ("calculation", *(f"calculation.{part}" for part in PARTS))

METRIC_FILTERS = (
    "metric:calculation.where",
    *(f"metric:calculation.{part}.where" for part in PARTS),
    "metric:calculation.inputs[].where",
)
FILTERS = (*METRIC_FILTERS, "source:where")
FREE_EXPRESSIONS = ("metric:calculation.expression", "metric:calculation.sql", "source:columns[].expression")
PART_EXPRESSIONS = tuple(f"metric:calculation.{part}.expression" for part in PARTS)
EXPRESSIONS = (*FREE_EXPRESSIONS, *PART_EXPRESSIONS)
CHECK_SQL = ("metric:reconcile_with.expression", "metric:checks[].expect")
ALL_SQL = (*FILTERS, *EXPRESSIONS, *CHECK_SQL)

FIRST_VERSION = "1.0.0"

LONGEST = 60
"""Characters of a value in a sentence."""

LEAD = 20
"""Characters that stay before the place where two long values differ."""
NATIVE_KINDS = ("metric", "source", "event", "workflow", "objective", "scorecard")
MEASURED_KINDS = ("metric", "source", "event")


def row(
    rule: str,
    change_class: ChangeClass,
    fields: Iterable[str],
    says: str,
    because: str,
    example: tuple[str, str],
    *,
    flags: str = "",
    applies: Predicate = always,
    narrow: Sentence | None = None,
) -> Rule:
    """Return one rule; `flags` are the letters of `Flag`."""
    return Rule(
        id=rule,
        change_class=change_class,
        says=says,
        because=because,
        fields=tuple(fields),
        example=Example(*example),
        flags=frozenset(Flag(letter) for letter in flags),
        applies=applies,
        narrow=narrow,
    )


def of(kind: str, *patterns: str) -> tuple[str, ...]:
    """Return `kind:pattern` for each pattern."""
    return tuple(f"{kind}:{pattern}" for pattern in patterns)


def each(kinds: Iterable[str], *patterns: str) -> tuple[str, ...]:
    """Return every pattern for every kind."""
    return tuple(f"{kind}:{pattern}" for kind in kinds for pattern in patterns)


def measures(*names: str) -> tuple[str, ...]:
    """Return a field of a measure wherever a metric holds a measure."""
    return tuple(f"metric:{at}.{name}" for at in MEASURES for name in names)


def sql_edit(edit: Edit, scope: Scope) -> SqlEdit | None:
    """Return how the SQL of an edit differs, None where one side holds no SQL."""
    if not isinstance(edit.before, str) or not isinstance(edit.after, str):
        return None
    field = field_at(Kind(edit.kind), edit.path)
    statement = field is not None and field.shape is Shape.QUERY
    return compare_sql(edit.before, edit.after, scope.context.dialect, statement=statement)


def differs(*wanted: Difference) -> Predicate:
    """Return the predicate of edits whose SQL differs in one of these ways."""

    def applies(edit: Edit, scope: Scope) -> bool:
        found = sql_edit(edit, scope)
        return found is not None and found.difference in wanted

    return applies


def smallest_part(words: str) -> Sentence:
    """Return a sentence with the smallest part of the SQL that differs, in {before} and {after}."""

    def sentence(edit: Edit, scope: Scope) -> str:
        found = sql_edit(edit, scope)
        if found is None or not (found.before or found.after):
            return ""
        before, after = short_sides(found.before, found.after)
        return words.format(field=edit.path, before=before, after=after)

    return sentence


def added(edit: Edit, _scope: Scope) -> bool:
    return edit.added


def removed(edit: Edit, _scope: Scope) -> bool:
    return edit.removed


def edited(edit: Edit, _scope: Scope) -> bool:
    return not edit.added and not edit.removed


def only_gains(edit: Edit, _scope: Scope) -> bool:
    """Return whether a set kept all it had."""
    return _items(edit.before) <= _items(edit.after)


def becomes(value: JSON) -> Predicate:
    """Return the predicate of edits after which the field holds exactly this value."""
    return lambda edit, _scope: edit.after == value


def status(before: Iterable[str], after: Iterable[str]) -> Predicate:
    """Return the predicate of a status that moves from one of these to one of those."""
    old, new = frozenset(before), frozenset(after)
    return lambda edit, _scope: edit.before in old and edit.after in new


def never_published(scope: Scope) -> bool:
    """Return whether a definition was a draft all along.

    Withdrawing what was published into draft is breaking, so such a draft has left version 1.0.0 behind for ever.
    """
    first = scope.before.get("version") in (None, FIRST_VERSION)
    return scope.before.get("status") == "draft" and first and scope.definition not in scope.context.removed


def text_at(data: Mapping[str, JSON], *path: str) -> str:
    """Return the text at a path of mappings, empty where there is none."""
    value: JSON = data
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, str) else ""


def set_change(edit: Edit, _scope: Scope) -> str:
    """Say what a set gained and lost."""
    old, new = _items(edit.before), _items(edit.after)
    parts = [f"+{name}" for name in sorted(new - old)] + [f"-{name}" for name in sorted(old - new)]
    return f"{edit.path}: {', '.join(parts)}" if parts else ""


def short(value: object) -> str:
    """Return a value as a reader sees it in a sentence, at most 60 characters."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        named = value.get("name") or value.get("value") or value.get("id")
        return short(named) if isinstance(named, str | int | float) else f"{len(value)} fields"
    if isinstance(value, list | tuple):
        text = ", ".join(short(item) for item in value) or "nothing"
    else:
        text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def short_sides(before: object, after: object) -> tuple[str, str]:
    """Return two values as `short` does; long texts from where they begin to differ, so that they look different."""
    sides = short(before), short(after)
    if sides[0] != sides[1] or not isinstance(before, str) or not isinstance(after, str):
        return sides
    old, new = (" ".join(text.split()) for text in (before, after))
    first = next((at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    near = max(first - LEAD, 0)
    word = old.rfind(" ", 0, near) + 1
    start = word if near - word <= LEAD else near
    return (f"...{short(old[start:])}", f"...{short(new[start:])}") if first < max(len(old), len(new)) else sides


def _items(value: object) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list | tuple) else frozenset()
