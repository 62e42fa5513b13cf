"""The gate's report as SARIF 2.1.0, for code scanning and editors."""

from __future__ import annotations

from urllib.parse import quote

from metricgov.domain.changes.findings import ChangeClass, Finding
from metricgov.domain.digest import JSON, sha256_hex
from metricgov.domain.errors import Problem
from metricgov.domain.verdict import EXIT_CODES, Coverage, DefinitionVerdict, GateReport, Verdict
from metricgov.render.findings import class_word, ordered
from metricgov.render.gate_text import coverage_words, lets_through, missing_words, verdict_sentence
from metricgov.render.inline import words_of
from metricgov.render.json_text import json_text
from metricgov.render.kit import clean
from metricgov.render.overrides import late_sentence, overriding_json

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
UNCOVERED = "NOT_COVERED"
"""Rule of a definition that may not pass although no finding of its own says why."""


def _location(path: str, line: int | None, column: int = 0) -> JSON:
    region: dict[str, JSON] = {"startLine": line or 1}
    if column:
        region["startColumn"] = column
    uri = quote(path.encode("utf-8", "surrogatepass"), safe="/")
    return {"physicalLocation": {"artifactLocation": {"uri": uri, "uriBaseId": "%SRCROOT%"}, "region": region}}


def _fingerprint(*parts: str) -> JSON:
    """Return what makes this the same alert as in the run before: definition, field and rule, not the line."""
    return {"metricgov/v1": sha256_hex("\0".join(parts).encode("utf-8", "surrogatepass"))}


def _level(definition: DefinitionVerdict, change_class: ChangeClass) -> str:
    if change_class is ChangeClass.IDENTICAL:
        return "none"
    return "note" if lets_through(definition) or definition.observed else "error"


def _state(definition: DefinitionVerdict) -> list[str]:
    observed = "; policy only observes here" if definition.observed and not lets_through(definition) else ""
    return [coverage_words(definition) + observed, *(f"missing: {missing_words(each)}" for each in definition.unmet)]


def _result(definition: DefinitionVerdict, finding: Finding, rules: list[str]) -> JSON:
    before, after = words_of(finding.before), words_of(finding.after)
    said = [clean(finding.says), clean(finding.because), *_state(definition)]
    head = f"{class_word(finding.change_class)} {clean(definition.id)} {clean(finding.field)}: {before} → {after}"
    result: dict[str, JSON] = {
        "ruleId": finding.rule,
        "ruleIndex": rules.index(finding.rule),
        "level": _level(definition, finding.change_class),
        "message": {"text": "\n".join([head, *(part for part in said if part)])},
        "locations": [_location(finding.path, finding.line)],
        "partialFingerprints": _fingerprint(definition.id, finding.field, finding.rule),
        "properties": {
            "definition": definition.id,
            "field": finding.field,
            "class": finding.change_class.value,
            "coverage": definition.coverage.value,
            "observed": definition.observed,
            **({"override": overriding_json(definition.override)} if definition.override else {}),
        },
    }
    return _suppressed(result, definition)


def _suppressed(result: dict[str, JSON], definition: DefinitionVerdict) -> JSON:
    if lets_through(definition) and definition.coverage is not Coverage.IDENTICAL:
        result["suppressions"] = [
            {"kind": "external", "status": "accepted", "justification": coverage_words(definition)}
        ]
    return result


def _bare_result(definition: DefinitionVerdict, rules: list[str]) -> JSON:
    return {
        "ruleId": UNCOVERED,
        "ruleIndex": rules.index(UNCOVERED),
        "level": _level(definition, ChangeClass.UNKNOWN),
        "message": {
            "text": "\n".join([f"{class_word(definition.change_class)} {clean(definition.id)}", *_state(definition)])
        },
        "locations": [_location(definition.path, None)],
        "partialFingerprints": _fingerprint(definition.id, "", UNCOVERED),
        "properties": {
            "definition": definition.id,
            "coverage": definition.coverage.value,
            "observed": definition.observed,
        },
    }


def _rules(report: GateReport) -> dict[str, str]:
    """Return the reason of each rule that occurs, by id, in order of id."""
    reasons: dict[str, str] = {}
    for definition in report.definitions:
        for finding in definition.findings:
            reasons.setdefault(finding.rule, finding.because or finding.says)
        if not definition.findings and not lets_through(definition):
            reasons[UNCOVERED] = "A governed path changed and no approved change covers it."
    return dict(sorted(reasons.items()))


def _rule(name: str, reason: str) -> JSON:
    words = clean(name).replace("_", " ").lower()
    return {
        "id": name,
        "name": clean(name),
        "shortDescription": {"text": words or "rule"},
        "fullDescription": {"text": clean(reason) or words or "rule"},
        "help": {"text": f"{clean(reason)} See docs/reference/rules for what the rule {clean(name)} looks at.".strip()},
        "defaultConfiguration": {"level": "error"},
    }


def _notification(problem: Problem) -> JSON:
    text = (clean(problem.message) or clean(problem.code) or "problem") + (
        f" ({clean(problem.hint)})" if problem.hint else ""
    )
    notification: dict[str, JSON] = {"level": "error", "message": {"text": text}, "descriptor": {"id": problem.code}}
    if problem.place.path:
        notification["locations"] = [_location(problem.place.path, problem.place.line, problem.place.column)]
    return notification


def _invocation(report: GateReport) -> JSON:
    notifications = [_notification(problem) for problem in report.problems]
    notifications += [
        {"level": "warning", "message": {"text": late_sentence(late)}, "descriptor": {"id": "override_review_overdue"}}
        for late in report.late
    ]
    if report.verdict is Verdict.UNDECIDED and not notifications:
        notifications = [{"level": "error", "message": {"text": verdict_sentence(report)}}]
    return {
        "executionSuccessful": report.verdict is not Verdict.UNDECIDED,
        "exitCode": EXIT_CODES[report.verdict],
        "toolExecutionNotifications": notifications,
    }


def gate_sarif(report: GateReport) -> str:
    """Return one run: rules that occur, a result a finding, and what could not be decided as notifications.

    Results that something lets through are suppressed with the reason; a baseline says that it is one.
    """
    reasons = _rules(report)
    rules = list(reasons)
    results: list[JSON] = []
    for definition in report.definitions:
        results += [_result(definition, finding, rules) for finding in ordered(definition.findings)]
        if not definition.findings and not lets_through(definition):
            results.append(_bare_result(definition, rules))
    driver: dict[str, JSON] = {"name": "metricgov", "rules": [_rule(name, reasons[name]) for name in rules]}
    run: dict[str, JSON] = {
        "tool": {"driver": driver},
        "invocations": [_invocation(report)],
        "results": results,
        "columnKind": "unicodeCodePoints",
        "properties": {
            "verdict": report.verdict.value,
            "base": report.base,
            "head": report.head,
            "at": report.at,
            "policy": report.policy_digest,
            "journal": {"head": report.journal_head, "size": report.journal_size},
        },
    }
    return json_text({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})
