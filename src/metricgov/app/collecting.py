"""Edits from texts in hand; what a work tree or a branch brings is for drafting.py."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.app.contents import REGULAR, Content, EditedPath, read_paths
from metricgov.domain.errors import Problem
from metricgov.ports.source import DefinitionSource


def from_texts(tip: str, texts: Mapping[str, bytes | None], *, source: DefinitionSource) -> tuple[EditedPath, ...]:
    """Return edits that put these bytes at these paths (None deletes); what is equal already is left out."""
    here = read_paths(source, tip, tuple(texts))
    edited = (
        EditedPath(path, here.get(path), None if data is None else Content(REGULAR, data))
        for path, data in sorted(texts.items())
    )
    return tuple(one for one in edited if one.before != one.after)


def refuse_problems(problems: tuple[Problem, ...]) -> None:
    """Raise InvalidFiles with every problem of a result, if there is one."""
    from metricgov.domain.errors import InvalidFiles

    if problems:
        raise InvalidFiles(problems)
