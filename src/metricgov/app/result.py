"""What the gate compares: base with the result of merging head, by whole paths and without text merges."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from metricgov.domain.errors import Place, Problem
from metricgov.ports.source import Ancestry, DefinitionSource, TreeChange


@dataclass(frozen=True, slots=True)
class Carried:
    """A path that one side took away and the other changed: git may put that change into one of `into`, by rename."""

    path: str
    into: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Every path in which the result differs from the base; `conflicts` are paths that both sides changed."""

    changes: tuple[TreeChange, ...]
    conflicts: tuple[Problem, ...] = ()
    carried: tuple[Carried, ...] = ()


def result_of(base: str, head: str, *, source: DefinitionSource, ancestry: Ancestry) -> Result:
    """Return what changes between base and the result.

    Head contains base: the result is head. Else it is base with every path replaced that head changed since the merge
    base; where there are several merge bases, since any of them, because git may take any as the place where a path
    began. Undecidable if the clone is too shallow to know.
    """
    if base == head:
        return Result(())
    if ancestry.contains(head, base):
        return Result(source.changed(base, head))
    forks = ancestry.merge_bases(base, head)
    ours = _since(forks, base, source)
    theirs = _since(forks, head, source)
    changes: list[TreeChange] = []
    conflicts: list[Problem] = []
    for path, there in theirs.items():
        before = ours[path].after if path in ours else there.before
        if before == there.after:
            continue
        if path in ours:
            says = f"both base and head changed {path} since {forks[0][:12]}"
            hint = "bring head up to date with base, look at the result, and propose it again"
            conflicts.append(Problem("conflict", says, Place(path), hint))
        changes.append(TreeChange(path, before, there.after))
    return Result(tuple(changes), tuple(conflicts), tuple(_carried(ours, theirs)))


def _since(forks: Sequence[str], side: str, source: DefinitionSource) -> dict[str, TreeChange]:
    """Return the paths that a side changed since any of the merge bases, in order."""
    found = {one.path: one for fork in forks for one in source.changed(fork, side)}
    return {path: found[path] for path in sorted(found)}


def _carried(ours: Mapping[str, TreeChange], theirs: Mapping[str, TreeChange]) -> Iterator[Carried]:
    for mover, editor in ((ours, theirs), (theirs, ours)):
        arrived = tuple(path for path, one in mover.items() if one.before is None)
        for path, one in mover.items():
            if one.after is None and arrived and path in editor and editor[path].after is not None:
                yield Carried(path, arrived)
