"""What a change did, from the bytes that the journal keeps of it; what it means on today's main is for assess.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from metricgov.app.contents import Content, EditedPath
from metricgov.app.sides import read_sides
from metricgov.domain.changes.diff import diff
from metricgov.domain.changes.findings import GRAVITY, Finding
from metricgov.domain.changes.values import DiffContext
from metricgov.domain.digest import JSON
from metricgov.domain.errors import MetricgovError, Undecidable
from metricgov.domain.workflow.events import Edit, Redacted, Revised, Side
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.typed import parse
from metricgov.ports.files import DefinitionFiles
from metricgov.ports.journal import Journal


@dataclass(frozen=True, slots=True)
class Recorded:
    """The definitions of a revision on both sides, and its findings by definition, gravest first."""

    before: Mapping[str, Mapping[str, JSON]]
    after: Mapping[str, Mapping[str, JSON]]
    findings: Mapping[str, tuple[Finding, ...]]


def recorded(
    change: str, contents: Revised, *, journal: Journal, files: DefinitionFiles, governance: Governance
) -> Recorded:
    """Return what a revision did, each definition for itself: nothing around it is read."""
    edited = recorded_paths(change, contents.edits, journal)
    config = governance.config
    globs = tuple(glob for one in config.opaque for glob in one.paths)
    sides = read_sides(edited, globs=globs, files=files, dialect=config.dialect)
    context = DiffContext(dialect=config.dialect, rules=contents.rules)
    findings: dict[str, tuple[Finding, ...]] = {}
    for one in sides.ids:
        if one in sides.unread:
            continue
        found = diff(sides.before.get(one), sides.after.get(one), context=context)
        findings[one] = tuple(sorted(found, key=lambda finding: -GRAVITY[finding.change_class]))
    return Recorded(
        before={one: entry.data for one, entry in sides.before.items()},
        after={one: entry.data for one, entry in sides.after.items()},
        findings=findings,
    )


def data_after(change: str, path: str, sha256: str, *, journal: Journal, files: DefinitionFiles) -> Mapping[str, JSON]:
    """Return the mapping that a change put at a path; {} where it put none, or where nobody can read it any more."""
    if not sha256:
        return {}
    try:
        return files.load(journal.blob(change, sha256), path)
    except MetricgovError:
        return {}


def recorded_paths(change: str, edits: Sequence[Edit], journal: Journal) -> tuple[EditedPath, ...]:
    """Return both sides of edits with their bytes; Undecidable where some were taken out of the journal."""
    return tuple(
        EditedPath(edit.path, content_of(change, edit.before, journal), content_of(change, edit.after, journal))
        for edit in edits
    )


def content_of(change: str, side: Side | None, journal: Journal) -> Content | None:
    """Return one side of an edit with its bytes, None where it does not exist; Undecidable where they are gone."""
    if side is None:
        return None
    try:
        return Content(side.mode, journal.blob(change, side.sha256))
    except Undecidable as error:
        raise _redacted(change, side.sha256, journal) or error from error


def _redacted(change: str, sha256: str, journal: Journal) -> Undecidable | None:
    """Return who took the bytes out and why, None where nobody did."""
    for envelope in journal.events_of(change):
        payload = parse(envelope).payload
        if isinstance(payload, Redacted) and sha256 in payload.blobs:
            by = f"{envelope.actor.principal} redacted it with event {envelope.seq} ({envelope.at})"
            return Undecidable("redacted", f"{sha256[:12]} is gone: {by}: {payload.reason}")
    return None
