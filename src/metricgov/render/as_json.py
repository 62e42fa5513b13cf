"""Versioned JSON of every view for `--json`: `{"format": 1, "<kind>": …}`; the gate's own shape is in gate_json.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from metricgov.domain.changes.findings import Finding, Flag
from metricgov.domain.digest import JSON
from metricgov.domain.draft_views import DraftRow
from metricgov.domain.verdict import VersionStep
from metricgov.domain.views import (
    ChangedDefinition,
    ChangeRow,
    ChangeView,
    DecisionView,
    DefinitionRow,
    ImpactRow,
    InboxRow,
    RemarkView,
    RequirementView,
    RulingView,
    Then,
    ThreadView,
    WhoView,
)
from metricgov.render.findings import flag_letters
from metricgov.render.gate_json import consulted_json, finding_json
from metricgov.render.json_text import json_text
from metricgov.render.overrides import late_json, override_json

FORMAT = 1
"""Raised when a key is removed or changes its meaning; new keys may come at any time."""


def document(kind: str, value: JSON) -> str:
    """Return one value as the JSON document of a command: `format`, then the value under the name of its kind."""
    return json_text({"format": FORMAT, kind: value})


def finding_row(finding: Finding) -> dict[str, JSON]:
    """Return a finding that stands on its own: that of the gate, with its definition, path and cause."""
    own: dict[str, JSON] = {"definition": finding.definition, "path": finding.path}
    return own | finding_json(finding) | {"cause": finding.cause}


def step_row(step: VersionStep) -> dict[str, JSON]:
    """Return a version step."""
    return {"before": step.before, "after": step.after, "required": step.required}


def flags_row(flags: frozenset[Flag]) -> list[JSON]:
    """Return the letters of flags in their fixed order."""
    return list(flag_letters(flags))


def inbox_row(row: InboxRow) -> dict[str, JSON]:
    """Return a row of `inbox`."""
    return {
        "change": row.change,
        "label": row.label,
        "asked": row.asked.value,
        "definition": row.definition,
        "more": row.more,
        "class": row.change_class.value if row.change_class else None,
        "version": step_row(row.version),
        "due": row.due or None,
        "from": row.author,
        "because": row.because,
        "why": row.why,
        "effective_from": row.effective_from or None,
        "missing": row.missing,
        "days_left": row.days_left,
        "waiting": row.waiting,
    }


def change_row(row: ChangeRow) -> dict[str, JSON]:
    """Return a row of `change list`."""
    return {
        "change": row.change,
        "label": row.label,
        "state": row.state,
        "definition": row.definition,
        "more": row.more,
        "class": row.change_class.value if row.change_class else None,
        "author": row.author,
        "moved_at": row.moved_at or None,
        "note": row.note,
    }


def requirement_row(one: RequirementView) -> dict[str, JSON]:
    """Return a requirement: met by whom, or who can meet it and how."""
    return {
        "code": one.code,
        "says": one.says,
        "met": one.met,
        "met_by": list(one.met_by),
        "who": list(one.who),
        "how": one.how,
        "due": one.due or None,
        "days_left": one.days_left,
    }


def decision_row(one: DecisionView) -> dict[str, JSON]:
    """Return a decision."""
    return {
        "principal": one.principal,
        "decision": one.decision,
        "revision": one.revision,
        "at": one.at,
        "identity": one.identity.value,
        "words": one.words,
        "counts": one.counts,
        "note": one.note,
        "on_behalf_of": one.on_behalf_of or None,
        "definitions": list(one.definitions),
    }


def ruling_row(one: RulingView) -> dict[str, JSON]:
    """Return what one person decided about one definition."""
    return {"principal": one.principal, "decision": one.decision}


def changed_definition(one: ChangedDefinition) -> dict[str, JSON]:
    """Return a definition of a change with its findings."""
    return {
        "id": one.id,
        "path": one.path,
        "class": one.change_class.value,
        "flags": flags_row(one.flags),
        "version": step_row(one.version),
        "findings": [finding_json(finding) for finding in one.findings],
        "decided": [ruling_row(each) for each in one.decided],
        "missing": list(one.missing),
    }


def thread_row(thread: ThreadView) -> dict[str, JSON]:
    """Return one discussion of a change."""
    return {
        "id": thread.id,
        "resolved": thread.resolved,
        "path": thread.path or None,
        "field": thread.field or None,
        "remarks": [remark_row(one) for one in thread.remarks],
    }


def remark_row(remark: RemarkView) -> dict[str, JSON]:
    """Return one text of a discussion."""
    return {"principal": remark.principal, "words": remark.words, "at": remark.at}


def change_object(view: ChangeView) -> dict[str, JSON]:
    """Return `change show`."""
    return {
        "change": view.change,
        "label": view.label,
        "state": view.state,
        "author": view.author,
        "contributors": list(view.contributors),
        "why": view.why,
        "revision": view.revision,
        "cycle": view.cycle,
        "intent": view.intent or None,
        "treatment": view.treatment or None,
        "effective_from": view.effective_from or None,
        "effect": view.effect,
        "definitions": [changed_definition(one) for one in view.definitions],
        "requirements": [requirement_row(one) for one in view.requirements],
        "decisions": [decision_row(one) for one in view.decisions],
        "affected": [finding_row(one) for one in view.affected],
        "threads": [thread_row(one) for one in view.threads],
        "refs": list(view.refs),
        "applied_as": view.applied_as or None,
        "override": override_json(view.override),
        "reverts": view.reverts or None,
        "requested_by": view.requested_by or None,
        "implemented_by": view.implemented_by or None,
        "late_reviews": [late_json(one) for one in view.late],
        "due": view.due or None,
        "suspended_for": list(view.suspended_for),
        "expires": view.expires or None,
        "consulted": [consulted_json(one) for one in view.consulted],
        "notes": list(view.notes),
        "unsent": view.unsent,
        "seq": view.seq,
        "at": view.at,
    }


def definition_row(row: DefinitionRow) -> dict[str, JSON]:
    """Return a row of `list`."""
    return {
        "id": row.id,
        "path": row.path,
        "title": row.title,
        "version": row.version or None,
        "status": row.status or None,
        "domain": row.domain or None,
        "owner": row.owner or None,
        "kpi": row.kpi,
        "open_change": row.open_change or None,
        "category": row.category or None,
        "people": list(row.people),
        "sources": list(row.sources),
        "tags": list(row.tags),
        "problem": row.problem or None,
    }


def impact_row(row: ImpactRow) -> dict[str, JSON]:
    """Return a row of `impact`."""
    return {
        "id": row.id,
        "title": row.title,
        "relation": row.relation,
        "steps": row.steps,
        "via": row.via or None,
        "owner": row.owner or None,
    }


def who_object(view: WhoView) -> dict[str, JSON]:
    """Return `who`."""
    return {
        "definition": view.definition,
        "class": view.change_class.value,
        "responsible": list(view.responsible),
        "accountable": view.accountable or None,
        "deputy": view.deputy or None,
        "consulted": list(view.consulted),
        "informed": list(view.informed),
        "requirements": [requirement_row(one) for one in view.requirements],
        "gap": view.gap or None,
        "then": then_object(view.then) if view.then else None,
        "stand_ins": list(view.stand_ins),
    }


def then_object(then: Then) -> dict[str, JSON]:
    """Return the past moment that an answer is about, and the events that say what main was."""
    return {
        "at": then.at,
        "commit": then.commit,
        "governance": then.governance,
        "seq": then.seq,
        "seen_at": then.seen_at,
        "next_seq": then.next_seq or None,
        "next_at": then.next_at or None,
    }


def findings_json(
    findings: Sequence[Finding], *, steps: Mapping[str, VersionStep] | None = None, affected: Sequence[Finding] = ()
) -> str:
    """Return `diff --json`: findings in their order, the version step of each definition, what is affected."""
    body: dict[str, JSON] = {
        "format": FORMAT,
        "findings": [finding_row(finding) for finding in findings],
        "steps": {name: step_row(step) for name, step in sorted((steps or {}).items())},
        "affected": [finding_row(finding) for finding in affected],
    }
    return json_text(body)


def inbox_json(rows: Sequence[InboxRow], drafts: Sequence[DraftRow] = ()) -> str:
    """Return `inbox --json`: what waits for somebody, and what they have typed and not submitted."""
    kept: list[JSON] = [asdict(one) for one in drafts]
    return json_text({"format": FORMAT, "inbox": [inbox_row(row) for row in rows], "drafts": kept})


def changes_json(rows: Sequence[ChangeRow]) -> str:
    """Return `change list --json`."""
    return document("changes", [change_row(row) for row in rows])


def change_json(view: ChangeView) -> str:
    """Return `change show --json`."""
    return document("change", change_object(view))


def definitions_json(rows: Sequence[DefinitionRow]) -> str:
    """Return `list --json`."""
    return document("definitions", [definition_row(row) for row in rows])


def impact_json(rows: Sequence[ImpactRow]) -> str:
    """Return `impact --json`."""
    return document("impact", [impact_row(row) for row in rows])


def who_json(view: WhoView) -> str:
    """Return `who --json`."""
    return document("who", who_object(view))
