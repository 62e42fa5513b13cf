"""The past as JSON: the story of a change, versions, the changelog, the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.digest import JSON
from metricgov.domain.past_views import AuditRow, ChangelogEntry, StoryLine, StoryNeed, VersionRow
from metricgov.domain.views import (
    ChangeView,
)
from metricgov.render.as_json import FORMAT, change_object, document, step_row
from metricgov.render.json_text import json_text


def story_row(line: StoryLine) -> dict[str, JSON]:
    """Return a line of `change explain`; `who` is null where the program acted."""
    return {
        "at": line.at,
        "who": line.who or None,
        "identity": line.identity.value,
        "says": line.says,
        "words": line.words,
        "seq": line.seq or None,
        "rules": list(line.rules),
        "meanwhile": [story_need(one) for one in line.meanwhile],
        "needs": [story_need(one) for one in line.needs],
        "left": line.left,
        "fault": line.fault or None,
        "waiting": line.waiting,
    }


def story_need(one: StoryNeed) -> dict[str, JSON]:
    """Return something that was missing; `end` is null where it began to be, else how it ended."""
    return {"code": one.code, "says": one.says, "who": list(one.who), "end": one.end or None}


def version_row(row: VersionRow) -> dict[str, JSON]:
    """Return a row of `history`; open ends are null."""
    from metricgov.render.link import link_json

    return {
        "definition": row.definition,
        "version": row.version,
        "state": row.state,
        "data_from": row.data_from or None,
        "data_to": row.data_to or None,
        "known_from": row.known_from or None,
        "link": row.link.value if row.link else None,
        "factor": row.factor or None,
        "measured": link_json(row.measured) if row.measured else None,
        "approved_by": list(row.approved_by),
        "change": row.change or None,
        "label": row.label or None,
        "class": row.change_class.value if row.change_class else None,
        "why": row.why,
        "cause": row.cause or None,
        "commit": row.commit,
    }


def changelog_row(entry: ChangelogEntry) -> dict[str, JSON]:
    """Return an entry of `changelog`."""
    return {
        "at": entry.at,
        "definition": entry.definition,
        "title": entry.title,
        "state": entry.state,
        "class": entry.change_class.value,
        "version": step_row(entry.version),
        "says": list(entry.says),
        "why": entry.why,
        "author": entry.author,
        "approved_by": list(entry.approved_by),
        "effective_from": entry.effective_from or None,
        "intent": entry.intent or None,
        "treatment": entry.treatment or None,
        "change": entry.change or None,
        "label": entry.label or None,
    }


def audit_object(row: AuditRow) -> dict[str, JSON]:
    """Return a row of `audit log`."""
    return {
        "seq": row.seq,
        "at": row.at,
        "who": row.who or None,
        "identity": row.identity.value,
        "type": row.type,
        "what": row.what,
        "change": row.change or None,
        "label": row.label or None,
        "definition": row.definition or None,
        "sha256": row.sha256 or None,
        "prev": row.prev or None,
        "fault": row.fault or None,
        "waiting": row.waiting,
    }


def story_json(view: ChangeView, story: Sequence[StoryLine]) -> str:
    """Return `change explain --json`: the change as `change show` gives it, and its story."""
    body: dict[str, JSON] = {
        "format": FORMAT,
        "change": change_object(view),
        "story": [story_row(line) for line in story],
    }
    return json_text(body)


def history_json(rows: Sequence[VersionRow]) -> str:
    """Return `history --json`."""
    return document("versions", [version_row(row) for row in rows])


def changelog_json(entries: Sequence[ChangelogEntry]) -> str:
    """Return `changelog --json`."""
    return document("changelog", [changelog_row(entry) for entry in entries])


def audit_json(rows: Sequence[AuditRow]) -> str:
    """Return `audit log --json`."""
    return document("events", [audit_object(row) for row in rows])
