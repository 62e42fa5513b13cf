"""What lint found, for terminals, programs and GitHub; the words of each problem come with it."""

from __future__ import annotations

from collections.abc import Sequence

from metricgov.domain.definitions.problems import Severity
from metricgov.domain.digest import JSON
from metricgov.domain.errors import Problem
from metricgov.domain.linted import Complaint, Linted
from metricgov.domain.practice.rules import LintRule
from metricgov.render.gate_json import problem_json
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink, plural

FORMAT = 1


def complaints_text(complaints: Sequence[Complaint], *, screen: Screen | None = None) -> str:
    """Return `path:line:column: message [RULE]` for each, its hint below; a hint that neighbours share is said once."""
    screen = screen or Screen()
    lines: list[str] = []
    for number, one in enumerate(complaints):
        problem = one.problem
        following = complaints[number + 1].problem.hint if number + 1 < len(complaints) else ""
        level = ink("warning: ", Ink.WARN) if one.severity is Severity.WARNING else ""
        rule = ink(f"[{clean(problem.code)}]", Ink.DIM)
        place = ink(clean(str(problem.place)), Ink.BOLD)
        lines += screen.wrap(f"{place}: {level}{clean(problem.message)} {rule}", rest="  ")
        if problem.hint and problem.hint != following:
            lines += screen.wrap(ink("hint: ", Ink.BOLD) + clean(problem.hint), "  ", "        ")
    return screen.text(lines)


def summary_text(linted: Linted) -> str:
    """Return the counts in one sentence."""
    read = f"{plural(linted.files, 'file')} read"
    if not linted.complaints:
        return f"{read}: nothing is wrong."
    counts = [plural(linted.errors, "error")] if linted.errors else []
    counts += [plural(linted.warnings, "warning")] if linted.warnings else []
    places = len({one.problem.place.path for one in linted.complaints})
    return f"{read}: {' and '.join(counts)} in {plural(places, 'file')}."


def lint_json(linted: Linted, *, commit: str) -> str:
    """Return `lint --format json`; `commit` "" is the work tree and shown as null."""
    rows: list[JSON] = [{"severity": one.severity.value} | problem_json(one.problem) for one in linted.complaints]
    body: dict[str, JSON] = {
        "format": FORMAT,
        "commit": commit or None,
        "files": linted.files,
        "errors": linted.errors,
        "warnings": linted.warnings,
        "problems": rows,
    }
    return json_text(body)


def lint_github(complaints: Sequence[Complaint]) -> str:
    """Return workflow commands that GitHub shows on the lines."""
    return "".join(_command(one.problem, one.severity.value) + "\n" for one in complaints)


def _command(problem: Problem, level: str) -> str:
    from metricgov.render.gate_github import command

    message = "\n".join(filter(None, [clean(problem.message), clean(problem.hint)]))
    place = problem.place
    return command(level, message, file=place.path, line=place.line, column=place.column, title=problem.code)


def rule_text(rule: LintRule, *, screen: Screen | None = None) -> str:
    """Return what a rule says, why it matters, and a wrong and a right fragment."""
    screen = screen or Screen()
    lines = [*screen.ends(ink(rule.id, Ink.BOLD), rule.severity.value), "", *screen.wrap(rule.says), ""]
    lines += [*screen.wrap(rule.because), ""]
    for word, fragment, look in (("Wrong", rule.bad, Ink.REMOVED), ("Right", rule.good, Ink.ADDED)):
        lines += [ink(f"{word}:", look), *(f"    {line}" for line in fragment.split("\n")), ""]
    return screen.text(lines[:-1])


def rule_json(rule: LintRule) -> str:
    """Return `lint --explain RULE --json`."""
    body: dict[str, JSON] = {
        "id": rule.id,
        "severity": rule.severity.value,
        "says": rule.says,
        "because": rule.because,
        "bad": rule.bad,
        "good": rule.good,
    }
    return json_text({"format": FORMAT, "rule": body})
