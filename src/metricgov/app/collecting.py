"""Edits from where they are: the work tree or a text in hand; what a branch brings is for drafting.py."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.app.contents import REGULAR, Content, EditedPath, read_paths
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of
from metricgov.domain.errors import BadInput, Problem
from metricgov.ports.checkout import Checkout
from metricgov.ports.source import DefinitionSource


def from_worktree(
    tip: str, globs: tuple[str, ...], *, source: DefinitionSource, checkout: Checkout, only: tuple[str, ...] = ()
) -> tuple[EditedPath, ...]:
    """Return the governed edits of the work tree against `tip`; `only` limits them to some paths."""
    roots = () if globs else GOVERNED_ROOTS
    changed = [path for path in checkout.worktree_changed(tip, roots) if id_of(path, globs) is not None]
    wanted = [path for path in changed if not only or path in only]
    if missing := [path for path in only if path not in changed]:
        raise BadInput("nothing_edited", f"{missing[0]} is as it is on main", hint="edit it first")
    return from_texts(tip, checkout.read_worktree(wanted), source=source)


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
