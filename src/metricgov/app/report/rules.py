"""What a step of main did to policy, RACI, people and keys, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from metricgov.app.access import Access
from metricgov.app.contents import EditedPath, read_paths
from metricgov.app.governing import PATH_SET, load_governance
from metricgov.app.sides import read_sides
from metricgov.domain.changes.diff import diff
from metricgov.domain.changes.values import DiffContext
from metricgov.domain.report import RuleChange
from metricgov.domain.walked import Judged


def rule_changes(access: Access, steps: Iterable[Judged], labels: Mapping[str, str]) -> Iterator[RuleChange]:
    """Yield each of these steps that changed a governance file."""
    for step in steps:
        if not step.governance:
            continue
        before = read_paths(access.source, step.base, tuple(PATH_SET)) if step.base else {}
        after = read_paths(access.source, step.commit, tuple(PATH_SET))
        old, _ = load_governance(before, files=access.files)
        new, problems = load_governance(after, files=access.files)
        edited = tuple(
            EditedPath(path, before.get(path), after.get(path))
            for path in sorted(PATH_SET)
            if before.get(path) != after.get(path)
        )
        sides = read_sides(edited, globs=(), files=access.files, dialect="")
        context = DiffContext(dialect=new.config.dialect if new else "", rules=new.config.rules if new else 1)
        findings = tuple(
            finding
            for one in sides.ids
            if one not in sides.unread
            for finding in diff(sides.before.get(one), sides.after.get(one), context=context)
        )
        change = next((one.change for one in step.definitions if one.change and one.covered), "") or ""
        yield RuleChange(
            step=step,
            digest_before=old.digest if old else "",
            digest_after=new.digest if new else "",
            findings=findings,
            change=change,
            label=labels.get(change, change),
            problem=problems[0].message if problems else "",
        )
