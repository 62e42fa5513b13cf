"""The edits somebody wants to propose, from where they are: the work tree, a branch, or a text in hand."""

from __future__ import annotations

from collections.abc import Mapping

from metricgov.app.contents import REGULAR, Content, EditedPath, read_changes, read_paths
from metricgov.domain.definitions.kinds import GOVERNED_ROOTS, id_of
from metricgov.domain.errors import BadInput, Place, Problem, Refused
from metricgov.ports.checkout import Checkout
from metricgov.ports.source import Ancestry, DefinitionSource


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


def from_commit(
    tip: str, commit: str, globs: tuple[str, ...], *, source: DefinitionSource, ancestry: Ancestry
) -> tuple[EditedPath, ...]:
    """Return what a branch changed since it left main, on top of main's tip, by whole path.

    A path that both sides changed is refused: nothing is ever merged as text.
    """
    fork = ancestry.merge_base(tip, commit)
    theirs = {one.path: one for one in source.changed(fork, commit) if id_of(one.path, globs) is not None}
    ours = {one.path: one.after for one in source.changed(fork, tip)} if fork != tip else {}
    clashing = [path for path, one in theirs.items() if path in ours and ours[path] != one.after]
    if clashing:
        names = ", ".join(clashing)
        raise Refused(
            "both_changed",
            f"main also changed {names} since the branch left it",
            hint="bring the branch up to date with main (git merge main), look at the result, and propose again",
            place=Place(clashing[0]),
        )
    edited = read_changes(source, tuple(theirs.values()))
    here = read_paths(source, tip, tuple(theirs))
    moved = (EditedPath(one.path, here.get(one.path), one.after) for one in edited)
    return tuple(one for one in moved if one.before != one.after)


def refuse_problems(problems: tuple[Problem, ...]) -> None:
    """Raise InvalidFiles with every problem of a result, if there is one."""
    from metricgov.domain.errors import InvalidFiles

    if problems:
        raise InvalidFiles(problems)
