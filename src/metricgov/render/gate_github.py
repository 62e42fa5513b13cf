"""The gate's report as GitHub workflow commands, which the host shows on the changed lines."""

from __future__ import annotations

from metricgov.domain.changes.findings import ChangeClass, Finding
from metricgov.domain.errors import Problem
from metricgov.domain.verdict import DefinitionVerdict, GateReport, Verdict
from metricgov.render.findings import class_word, ordered
from metricgov.render.gate_text import (
    VERDICT_WORDS,
    coverage_words,
    lets_through,
    missing_words,
    open_definitions,
    verdict_sentence,
    version_words,
)
from metricgov.render.inline import around, words_of
from metricgov.render.kit import Screen, clean
from metricgov.render.overrides import late_sentence
from metricgov.render.wording import apart, sentence

_LONGEST_VALUE = 200
_ONE_LINE = 60


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def command(level: str, message: str, *, file: str = "", line: int = 0, column: int = 0, title: str = "") -> str:
    """Return one workflow command; line breaks belong into `message`, everything else of it must be clean."""
    given = {"file": clean(file), "line": str(line or ""), "col": str(column or ""), "title": clean(title)}
    properties = ",".join(f"{key}={_property(value)}" for key, value in given.items() if value)
    return f"::{level} {properties}::{_data(message)}" if properties else f"::{level}::{_data(message)}"


def _value(finding: Finding) -> str:
    shown = [words_of(side) for side in (finding.before, finding.after)]
    short = around(shown[0], shown[1], _LONGEST_VALUE)
    if finding.before is None and finding.after is None:
        return ""
    if finding.before is None:
        return f"+ {short[1]}"
    if finding.after is None:
        return f"- {short[0]}"
    return f"{short[0]} → {short[1]}" if len(short[0]) + len(short[1]) <= _ONE_LINE else f"- {short[0]}\n+ {short[1]}"


def _message(finding: Finding) -> list[str]:
    value = _value(finding)
    said = " ".join(part for part in (sentence(finding, values_shown=bool(value)), clean(finding.because)) if part)
    return [part for part in (value, said, f"[{clean(finding.rule)}]") if part]


def _definition(definition: DefinitionVerdict, level: str) -> list[str]:
    """Return one command a finding: hosts show only the first few, so the gravest also says what is missing."""
    title = f"{class_word(definition.change_class)} {clean(definition.id)} {version_words(definition)}"
    missing = [f"missing: {missing_words(unmet)}" for unmet in definition.unmet]
    state = [coverage_words(definition) + ("; policy only observes here" if definition.observed else ""), *missing]
    mine = apart(ordered(definition.findings))[0]
    told = [finding for finding in mine if finding.change_class is not ChangeClass.IDENTICAL]
    if not told:
        return [command(level, "\n".join(state), file=definition.path, title=title)]
    commands = []
    for number, finding in enumerate(told):
        message = "\n".join([*_message(finding), *(state if number == 0 else [])])
        name = f"{class_word(finding.change_class)} {clean(definition.id)} {clean(finding.field)}".rstrip()
        commands.append(command(level, message, title=name, file=finding.path, line=finding.line or 0))
    return commands


def _problem(problem: Problem) -> str:
    message = "\n".join(filter(None, [clean(problem.message), clean(problem.hint)]))
    place = problem.place
    return command("error", message, file=place.path, line=place.line, column=place.column, title=problem.code)


def gate_github(report: GateReport) -> str:
    """Return workflow commands and a few plain lines for the log; notices where policy only observes."""
    lines = [_problem(problem) for problem in report.problems]
    for definition in open_definitions(report):
        lines += _definition(definition, "notice" if definition.observed else "error")
    if report.verdict in (Verdict.BLOCKED, Verdict.UNDECIDED) and not any(line.startswith("::error") for line in lines):
        lines.append(command("error", verdict_sentence(report), title=f"metricgov {VERDICT_WORDS[report.verdict]}"))
    for definition in report.definitions:
        if definition.override and lets_through(definition):
            waived = [f"overrides: {clean(one)}" for one in definition.override.waives]
            message = "\n".join([coverage_words(definition), clean(definition.override.reason), *waived])
            title = f"OVERRIDE {clean(definition.id)} {version_words(definition)}"
            lines.append(command("warning", message, file=definition.path, title=title))
    for late in report.late:
        message = f"{late_sentence(late)}\nwho: {', '.join(map(clean, late.who))}\nhow: {clean(late.how)}"
        lines.append(command("warning", message, title="review of an override is overdue"))
    plain = [f"{VERDICT_WORDS[report.verdict]}: {verdict_sentence(report)}"]
    plain += [f"{clean(each.id)}: {coverage_words(each)}" for each in report.definitions if lets_through(each)]
    return "".join(line + "\n" for line in lines) + Screen().text(plain)
