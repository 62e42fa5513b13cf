"""The gate's report as JSON, format 1: a contract with other programs, described in docs/reference/gate-json.md."""

from __future__ import annotations

from metricgov.domain.changes.findings import Finding
from metricgov.domain.digest import JSON
from metricgov.domain.errors import Problem
from metricgov.domain.verdict import Consulted, DefinitionVerdict, Descent, Evidence, GateReport, Unmet
from metricgov.render.findings import flag_letters
from metricgov.render.json_text import json_text
from metricgov.render.overrides import late_json, overriding_json

FORMAT = 1


def problem_json(problem: Problem) -> dict[str, JSON]:
    """Return a problem with its place; 0 stands for an unknown line or column."""
    return {
        "code": problem.code,
        "message": problem.message,
        "hint": problem.hint,
        "path": problem.place.path,
        "line": problem.place.line,
        "column": problem.place.column,
    }


def finding_json(finding: Finding) -> dict[str, JSON]:
    """Return a finding inside its definition."""
    return {
        "rule": finding.rule,
        "field": finding.field,
        "before": finding.before,
        "after": finding.after,
        "line": finding.line,
        "class": finding.change_class.value,
        "says": finding.says,
        "because": finding.because,
        "flags": list(flag_letters(finding.flags)),
    }


def affected_json(finding: Finding) -> dict[str, JSON]:
    """Return a finding of a definition that did not change itself."""
    return {
        "id": finding.definition,
        "path": finding.path,
        "cause": finding.cause,
        "rule": finding.rule,
        "class": finding.change_class.value,
        "says": finding.says,
        "because": finding.because,
    }


def consulted_json(one: Consulted) -> dict[str, JSON]:
    """Return how one of the consulted was heard (INV-16)."""
    return {
        "principal": one.principal,
        "outcome": one.outcome,
        "by": one.by or None,
        "at": one.at or None,
        "due": one.due or None,
    }


def unmet_json(unmet: Unmet) -> dict[str, JSON]:
    """Return an unmet requirement."""
    return {"code": unmet.code, "says": unmet.says, "who": list(unmet.who), "how": unmet.how}


def _definition(definition: DefinitionVerdict) -> dict[str, JSON]:
    step = definition.version
    return {
        "id": definition.id,
        "path": definition.path,
        "class": definition.change_class.value,
        "flags": list(flag_letters(definition.flags)),
        "version": {"before": step.before, "after": step.after, "required": step.required},
        "change": definition.change,
        "covered": definition.covered,
        "findings": [finding_json(finding) for finding in definition.findings],
        "unmet": [unmet_json(unmet) for unmet in definition.unmet],
        "override": overriding_json(definition.override),
        "coverage": definition.coverage.value,
        "approved_by": [name.partition(" for ")[0] for name in definition.approved_by],
        "stand_ins": [
            {"principal": who, "for": giver}
            for name in definition.approved_by
            for who, word, giver in [name.partition(" for ")]
            if word
        ],
        "consulted": [consulted_json(one) for one in definition.consulted],
        "observed": definition.observed,
        "evidence": evidence_json(definition.evidence) if definition.evidence else None,
    }


def evidence_json(evidence: Evidence) -> dict[str, JSON]:
    """Return what covers a definition."""
    return {
        "change": evidence.change,
        "revision": evidence.revision,
        "cycle": evidence.cycle,
        "digest": evidence.digest,
        "submitted_at": evidence.submitted_at,
        "approvals": [
            {
                "principal": one.principal,
                "event": one.seq,
                "at": one.at,
                "identity": one.identity,
                "key": one.proof or None,
                "kept": one.kept,
                "self_approved": one.self_approved,
                "on_behalf_of": one.on_behalf_of or None,
            }
            for one in evidence.approvals
        ],
        "consulted": [consulted_json(one) for one in evidence.consulted],
        "reverts": evidence.reverts or None,
        "pure_revert": evidence.pure_revert,
        "effect": evidence.effect or None,
        "accepted": [
            {
                "warning": one.warning,
                "metric": one.metric,
                "says": one.says,
                "principal": one.principal,
                "event": one.seq,
                "reason": one.reason,
            }
            for one in evidence.accepted
        ],
    }


def _root(descent: Descent | None) -> JSON:
    if descent is None:
        return None
    return {
        "digest": descent.root,
        "commit": descent.commit,
        "steps": descent.steps,
        "observed": descent.observed,
    }


def gate_json(report: GateReport) -> str:
    """Return the report as format 1: the same report gives the same bytes (INV-24)."""
    return json_text(
        {
            "format": FORMAT,
            "verdict": report.verdict.value,
            "base": report.base,
            "head": report.head,
            "definitions": [_definition(definition) for definition in report.definitions],
            "policy": {"digest": report.policy_digest},
            "at": report.at,
            "journal": {
                "head": report.journal_head,
                "size": report.journal_size,
                "sha256": report.journal_sha256,
            },
            "root": _root(report.descent),
            "affected": [affected_json(finding) for finding in report.affected],
            "problems": [problem_json(problem) for problem in report.problems],
            "late_reviews": [late_json(late) for late in report.late],
        }
    )
