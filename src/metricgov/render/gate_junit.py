"""The gate's report as JUnit XML: one test case a definition, an error for what could not be judged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from metricgov.domain.verdict import DefinitionVerdict, GateReport, Verdict
from metricgov.render.findings import block, class_word
from metricgov.render.gate_text import (
    VERDICT_WORDS,
    coverage_words,
    lets_through,
    missing_words,
    problem_words,
    verdict_sentence,
    version_words,
)
from metricgov.render.kit import Screen, clean
from metricgov.render.overrides import late_sentence

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}


def _xml(text: str) -> str:
    return "".join(_ENTITIES.get(char, char) for char in text)


def _open(name: str, attributes: Mapping[str, str]) -> str:
    given = "".join(f' {key}="{_xml(clean(value))}"' for key, value in attributes.items())
    return f"<{name}{given}"


def _case(name: str, group: str, inside: str, path: str = "") -> str:
    attributes = {"name": name, "classname": group, "time": "0"} | ({"file": path} if path else {})
    return f"    {_open('testcase', attributes)}>\n{inside}    </testcase>\n"


def _told(tag: str, message: str, kind: str, lines: Sequence[str]) -> str:
    return f"      {_open(tag, {'message': message, 'type': kind})}>{_xml(chr(10).join(lines))}</{tag}>\n"


def _definition(definition: DefinitionVerdict) -> tuple[str, str]:
    """Return the test case of a definition and what became of it: `pass`, `skipped` or `failure`."""
    state = coverage_words(definition)
    name, kind = f"{clean(definition.id)} {version_words(definition)}", class_word(definition.change_class)
    lines = Screen().text(block(definition.findings, Screen())).splitlines()
    lines += [state, *(f"missing: {missing_words(unmet)}" for unmet in definition.unmet)]
    group = clean(definition.id).partition(":")[0] or "definition"
    if lets_through(definition):
        waived = [f"overrides: {clean(one)}" for one in definition.override.waives] if definition.override else []
        inside = f"      <system-out>{_xml(chr(10).join([f'{kind}: {state}', *waived]))}</system-out>\n"
        return _case(name, group, inside, definition.path), "pass"
    outcome = "skipped" if definition.observed else "failure"
    message = f"would block, policy only observes here: {state}" if definition.observed else f"{kind}: {state}"
    return _case(name, group, _told(outcome, message, kind, lines), definition.path), outcome


def gate_junit(report: GateReport) -> str:
    """Return one suite; a verdict that no definition explains gets a test case of its own, so that none looks green."""
    cases = [_definition(definition) for definition in report.definitions]
    for problem in report.problems:
        lines = [problem_words(problem), *([f"hint: {clean(problem.hint)}"] if problem.hint else [])]
        told = _told("error", problem.message, problem.code, lines)
        cases.append((_case(clean(str(problem.place)) or problem.code, "problem", told, problem.place.path), "error"))
    outcomes = [outcome for _, outcome in cases]
    sentence = verdict_sentence(report)
    if report.verdict is Verdict.UNDECIDED and "error" not in outcomes:
        cases.append((_case("verdict", "gate", _told("error", sentence, "undecided", [sentence])), "error"))
    elif report.verdict is Verdict.BLOCKED and not {"error", "failure"} & set(outcomes):
        cases.append((_case("verdict", "gate", _told("failure", sentence, "blocked", [sentence])), "failure"))
    elif not cases:
        cases.append((_case("verdict", "gate", f"      <system-out>{_xml(sentence)}</system-out>\n"), "pass"))
    outcomes = [outcome for _, outcome in cases]
    totals = {
        "name": f"metricgov gate: {VERDICT_WORDS[report.verdict]}",
        "tests": str(len(outcomes)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
        "time": "0",
    }
    late = {f"late_review_{number}": late_sentence(one) for number, one in enumerate(report.late, start=1)}
    given = {"verdict": report.verdict.value, "base": report.base, "head": report.head, "at": report.at, **late}
    properties = "".join(
        f"      {_open('property', {'name': key, 'value': value})}/>\n" for key, value in given.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"{_open('testsuites', totals)}>\n"
        f"  {_open('testsuite', totals)}>\n"
        f"    <properties>\n{properties}    </properties>\n"
        f"{''.join(text for text, _ in cases)}"
        "  </testsuite>\n</testsuites>\n"
    )
