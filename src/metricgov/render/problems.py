"""Errors as text for stderr and as JSON; what went wrong is said by the errors themselves."""

from __future__ import annotations

from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, MetricgovError, Problem
from metricgov.domain.views import RequirementView
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.render.changes import requirement_lines
from metricgov.render.gate_json import problem_json
from metricgov.render.json_text import json_text
from metricgov.render.kit import Ink, Screen, clean, ink


def problems_of(error: MetricgovError) -> tuple[Problem, ...]:
    """Return every problem an error carries; an error with a place is its own one problem."""
    if isinstance(error, InvalidFiles):
        return error.problems
    if error.place is not None:
        return (Problem(error.code, error.message, error.place, error.hint),)
    return ()


def _hint(hint: str, screen: Screen) -> list[str]:
    return screen.wrap(ink("hint: ", Ink.BOLD) + clean(hint), "  ", "        ") if hint else []


def problem_lines(problem: Problem, screen: Screen) -> list[str]:
    """Return `path:line:column: message [code]`, and the hint below it."""
    where = clean(str(problem.place))
    head = (ink(where, Ink.BOLD) + ": ") if where else ""
    return screen.wrap(f"{head}{clean(problem.message)} [{clean(problem.code)}]", rest="  ") + _hint(
        problem.hint, screen
    )


def _unmet(error: RefusedUnmet, screen: Screen) -> list[str]:
    """Return a refusal with everything that stands against it, who can mend each, and how (INV-17)."""
    head = error.message.splitlines()[0]
    lines = screen.wrap(f"{ink('metricgov', Ink.GRAVE)}: {clean(head)} [{clean(error.code)}]", rest="  ")
    views = [RequirementView(one.code, one.says, met=False, who=one.who, how=one.how) for one in error.unmet]
    return lines + requirement_lines(views, screen)


def error_text(error: MetricgovError, screen: Screen | None = None) -> str:
    """Return an error for stderr: a line for every problem; a hint that neighbours share is said once, at the end."""
    screen = screen or Screen()
    problems = problems_of(error)
    if isinstance(error, RefusedUnmet):
        return screen.text(_unmet(error, screen))
    if not problems:
        first, *more = error.message.splitlines() or [""]
        head = ink("metricgov", Ink.GRAVE) + f": {clean(first)} [{clean(error.code)}]"
        said = screen.wrap(head, rest="  ")
        for line in more:
            said += screen.wrap(clean(line), "  ", "    ")
        return screen.text(said + _hint(error.hint, screen))
    lines: list[str] = []
    for number, problem in enumerate(problems):
        following = problems[number + 1].hint if number + 1 < len(problems) else ""
        once = problem if problem.hint != following else Problem(problem.code, problem.message, problem.place)
        lines += problem_lines(once, screen)
    return screen.text(lines)


def error_json(error: MetricgovError) -> str:
    """Return an error as JSON, the same shape for every command; a refusal lists everything unmet besides (INV-17)."""
    problems: list[JSON] = [problem_json(problem) for problem in problems_of(error)]
    body = {"code": error.code, "message": error.message, "hint": error.hint, "problems": problems}
    if isinstance(error, RefusedUnmet):
        body["unmet"] = [one.as_json() for one in error.unmet]
    return json_text({"error": body})
