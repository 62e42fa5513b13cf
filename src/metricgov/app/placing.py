"""From fields to lines: where in a file the field stands that a finding or a problem is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from metricgov.app.contents import Content
from metricgov.domain.definitions.problems import FieldProblem
from metricgov.domain.errors import InvalidFiles, Place, Problem
from metricgov.ports.files import DefinitionFiles


def line_of(field: str, places: Mapping[str, Place]) -> int | None:
    """Return the line of a field, or of the nearest field around it; None where the file has no lines."""
    at = field
    while at not in places:
        if not at:
            return None
        cut = max(at.rfind("."), at.rfind("["))
        at = at[:cut] if cut > 0 else ""
    return places[at].line or None


def placed(
    problems: Iterable[FieldProblem], contents: Mapping[str, Content], *, files: DefinitionFiles
) -> tuple[Problem, ...]:
    """Return problems of fields as problems with a line, reading each file's layout once."""
    layouts: dict[str, Mapping[str, Place]] = {}

    def layout(path: str) -> Mapping[str, Place]:
        if path not in layouts:
            try:
                layouts[path] = files.locate(contents[path].data) if path in contents else {}
            except InvalidFiles:
                layouts[path] = {}
        return layouts[path]

    return tuple(
        Problem(
            one.code,
            f"{one.field}: {one.message}" if one.field else one.message,
            Place(one.path, line_of(one.field, layout(one.path)) or 0),
            one.hint,
        )
        for one in problems
    )
