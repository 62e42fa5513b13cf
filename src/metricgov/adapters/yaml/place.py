"""From the fields that the core names to lines and columns in a file."""

from __future__ import annotations

from collections.abc import Iterable

from metricgov.adapters.yaml.load import locate
from metricgov.domain.definitions.problems import FieldProblem
from metricgov.domain.errors import Place, Problem


def place_of(places: dict[str, Place], field: str, path: str) -> Place:
    """Return where a field stands; where it is missing, the nearest block around it."""
    at = field
    while at and at not in places:
        cut = max(at.rfind("."), at.rfind("["))
        at = at[:cut] if cut > 0 else ""
    found = places.get(at, Place(path, 1, 1))
    return Place(path, found.line, found.column)


def placed(problems: Iterable[FieldProblem], data: bytes, path: str) -> tuple[Problem, ...]:
    """Return problems of one file with their places, in the order of the file."""
    places = locate(data, path)
    found = [Problem(one.code, one.message, place_of(places, one.field, path), one.hint) for one in problems]
    return tuple(sorted(found, key=lambda problem: (problem.place.line, problem.place.column)))
