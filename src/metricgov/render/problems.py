"""Errors as text for stderr and as JSON; what went wrong is said by the errors themselves."""

from __future__ import annotations

from metricgov.domain.digest import JSON
from metricgov.domain.errors import InvalidFiles, MetricgovError, Problem
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


def error_text(error: MetricgovError, screen: Screen | None = None) -> str:
    """Return an error for stderr: a line for every problem; a hint that several share in a row is said once, at the end."""
    screen = screen or Screen()
    problems = problems_of(error)
    if not problems:
        head = ink("metricgov", Ink.GRAVE) + f": {clean(error.message)} [{clean(error.code)}]"
        return screen.text(screen.wrap(head, rest="  ") + _hint(error.hint, screen))
    lines: list[str] = []
    for number, problem in enumerate(problems):
        following = problems[number + 1].hint if number + 1 < len(problems) else ""
        once = problem if problem.hint != following else Problem(problem.code, problem.message, problem.place)
        lines += problem_lines(once, screen)
    return screen.text(lines)


def error_json(error: MetricgovError) -> str:
    """Return an error as JSON, the same shape for every command."""
    problems: list[JSON] = [problem_json(problem) for problem in problems_of(error)]
    body = {"code": error.code, "message": error.message, "hint": error.hint, "problems": problems}
    return json_text({"error": body})
