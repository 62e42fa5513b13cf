"""From two sides of a definition to findings: every edit is explained by a rule, or is unknown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from metricgov.domain.changes.edits import edits as field_edits
from metricgov.domain.changes.findings import GRAVITY, ChangeClass, Finding, Flag, gravest
from metricgov.domain.changes.fingerprint import fingerprint
from metricgov.domain.changes.opaque import opaque_edits
from metricgov.domain.changes.rules.fallback import (
    DRAFT_EDITED,
    RETURNS_TO_EARLIER,
    STALE_TEXT,
    SUFFIX_NOT_BUMPED,
    UNKNOWN_FIELD,
    UNREADABLE,
)
from metricgov.domain.changes.rules.lifecycle import EFFECTIVE_WRITTEN
from metricgov.domain.changes.rules.rows import never_published, short, short_sides
from metricgov.domain.changes.rules.table import rules_for
from metricgov.domain.changes.values import MISSING, Definition, DiffContext, Edit, Missing, Rule, Scope
from metricgov.domain.digest import JSON

LOGIC: Mapping[str, frozenset[str]] = {
    "metric": frozenset({"calculation", "deduplicate", "entity", "attribution", "identity", "unit"}),
    "source": frozenset({"relations", "files", "columns", "primary_key", "time", "where"}),
    "event": frozenset({"trigger", "properties", "deduplication_key"}),
}
"""Fields whose change a description should follow."""

_SUFFIX = re.compile(r"_v\d+$", re.ASCII)


def diff(before: Definition | None, after: Definition | None, *, context: DiffContext) -> tuple[Finding, ...]:
    """Return what a change of one definition means, a finding per field; nothing where both sides say the same.

    Either side may be None: a definition that appears or disappears. Total over JSON mappings: it never raises
    because of what a file holds. A rule set that does not exist is BadInput.
    """
    side = after or before
    if side is None:
        return ()
    scope = _scope(side, before, after, context)
    found = _dated([_explain(edit, scope) for edit in scope.edits])
    return (*found, *_about_the_whole(scope, found))


def unreadable(definition: str, path: str) -> Finding:
    """Return the finding for a definition with a side that does not load: nobody can say what changed (INV-13)."""
    rule = UNREADABLE
    name = definition.partition(":")[2]
    return Finding(
        rule=rule.id,
        definition=definition,
        path=path,
        field="",
        before=None,
        after=None,
        change_class=rule.change_class,
        flags=rule.flags,
        says=rule.says.format(name=name),
        because=rule.because,
    )


def classify(findings: Iterable[Finding]) -> ChangeClass:
    """Return the class of a whole change: the gravest of its findings; of none, identical."""
    return gravest(finding.change_class for finding in findings)


def blocks(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings that nobody can agree to."""
    return tuple(finding for finding in findings if Flag.BLOCKS in finding.flags)


def with_lines(
    findings: Iterable[Finding],
    *,
    before: Callable[[str], int | None],
    after: Callable[[str], int | None],
) -> tuple[Finding, ...]:
    """Return findings with line numbers: `after` and `before` give the line of a field path on either side.

    A field that is gone after the change is looked up before it. Where a path has no line of its own, the nearest
    block around it stands in.
    """
    return tuple(replace(finding, line=_line(finding, before, after)) for finding in findings)


def _line(finding: Finding, before: Callable[[str], int | None], after: Callable[[str], int | None]) -> int | None:
    path = "" if finding.field.startswith("(") else finding.field
    order = (before, after) if finding.after is None else (after, before)
    for look in order:
        at = path
        while at:
            line = look(at)
            if line is not None:
                return line
            at = at.rpartition("[")[0] if at.endswith("]") else at.rpartition(".")[0]
    return None


def _scope(side: Definition, before: Definition | None, after: Definition | None, context: DiffContext) -> Scope:
    kind = side.id.partition(":")[0]
    old = before.data if before is not None else {}
    new = after.data if after is not None else {}
    if before is None or after is None:
        whole = Edit(kind, "", "", MISSING if before is None else old, MISSING if after is None else new)
        unknown = [edit for edit in field_edits(kind, old, new) if edit.pattern is None]
        found: tuple[Edit, ...] = (whole, *unknown)
    elif kind == "opaque":
        found = opaque_edits(old, new, context.dialect)
    else:
        found = field_edits(kind, old, new)
    if before is not None and after is not None and before.path != after.path:
        found = (*found, Edit(kind, "(path)", "(path)", before.path, after.path))
    return Scope(side.id, side.path, kind, old, new, found, context)


def _explain(edit: Edit, scope: Scope) -> Finding:
    for rule in rules_for(edit.kind, edit.pattern, scope.context.rules) if edit.pattern is not None else ():
        if rule.applies(edit, scope):
            return _for_draft(_finding(rule, edit, scope), scope)
    return _finding(UNKNOWN_FIELD, edit, scope)


def _dated(findings: list[Finding]) -> list[Finding]:
    """Take a moved date for that of a new version where something else makes one."""
    rule = EFFECTIVE_WRITTEN
    makes_version = any(
        finding.field != "effective_from" and GRAVITY[finding.change_class] > GRAVITY[ChangeClass.EDITORIAL]
        for finding in findings
    )
    return [
        replace(
            finding,
            rule=rule.id,
            change_class=rule.change_class,
            flags=rule.flags,
            says=rule.says.format(after=short(finding.after)),
            because=rule.because,
        )
        if makes_version and finding.rule in {"EFFECTIVE_MOVED", "EFFECTIVE_MOVED_AHEAD"}
        else finding
        for finding in findings
    ]


def _for_draft(finding: Finding, scope: Scope) -> Finding:
    """Lower what would move a published number in a metric that was never published; owners still count."""
    draft = scope.kind == "metric" and never_published(scope)
    whole = finding.field in {"", "status", "name", "kind"}
    if not draft or whole or GRAVITY[finding.change_class] <= GRAVITY[ChangeClass.EDITORIAL]:
        return finding
    return replace(
        finding,
        rule=DRAFT_EDITED.id,
        change_class=DRAFT_EDITED.change_class,
        flags=finding.flags - {Flag.BREAKS_CONSUMERS},
        says=f"draft: {finding.says}",
        because=DRAFT_EDITED.because,
    )


def _finding(rule: Rule, edit: Edit, scope: Scope) -> Finding:
    before, after = _plain(edit.before), _plain(edit.after)
    says = rule.narrow(edit, scope) if rule.narrow is not None else ""
    return Finding(
        rule=rule.id,
        definition=scope.definition,
        path=scope.path,
        field=edit.path,
        before=before,
        after=after,
        change_class=rule.change_class,
        flags=rule.flags,
        says=says or _sentence(rule, edit.path, scope.definition, before, after),
        because=rule.because,
    )


def _sentence(rule: Rule, field: str, definition: str, before: JSON, after: JSON) -> str:
    name = definition.partition(":")[2]
    old, new = short_sides(before, after)
    return rule.says.format(field=field or name, name=name, before=old, after=new)


def _about_the_whole(scope: Scope, found: list[Finding]) -> Iterable[Finding]:
    """Yield what only the whole diff shows: stale text, a suffix that lies, a return to an earlier version."""
    name = scope.definition.partition(":")[2]
    moving = [finding for finding in found if GRAVITY[finding.change_class] > GRAVITY[ChangeClass.EDITORIAL]]
    body = [finding for finding in moving if _top(finding.field) in LOGIC.get(scope.kind, frozenset())]
    if not scope.before or not scope.after or not moving:
        return
    serious = any(GRAVITY[finding.change_class] >= GRAVITY[ChangeClass.BREAKING] for finding in body)
    if serious and not any(edit.path == "description" for edit in scope.edits):
        text = scope.after.get("description")
        yield _whole(STALE_TEXT, scope, "description", text, text)
    if body and (suffix := _SUFFIX.search(name)):
        lied = _whole(SUFFIX_NOT_BUMPED, scope, "name", name, suffix[0])
        yield replace(lied, change_class=gravest(finding.change_class for finding in body))
    earlier = scope.context.earlier.get(scope.definition, ())
    if earlier:
        then, now = (
            fingerprint(side, dialect=scope.context.dialect, rules=scope.context.rules).meaning
            for side in (scope.before, scope.after)
        )
        same = [version.version for version in earlier if version.meaning == now]
        if same and then != now:  # what kept its meaning, as a retirement does, returns to nothing
            yield _whole(RETURNS_TO_EARLIER, scope, "version", scope.before.get("version"), same[-1])


def _whole(rule: Rule, scope: Scope, field: str, before: JSON, after: JSON) -> Finding:
    return Finding(
        rule=rule.id,
        definition=scope.definition,
        path=scope.path,
        field=field,
        before=before,
        after=after,
        change_class=rule.change_class,
        flags=rule.flags,
        says=_sentence(rule, field, scope.definition, before, after),
        because=rule.because,
    )


def _plain(value: JSON | Missing) -> JSON:
    if isinstance(value, Missing):
        return None
    return list(value) if isinstance(value, tuple) else value


def _top(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]
