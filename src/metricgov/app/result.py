"""What the gate compares: base with the result of merging head, by whole paths and without text merges."""

from __future__ import annotations

from dataclasses import dataclass

from metricgov.domain.errors import Place, Problem
from metricgov.ports.source import Ancestry, DefinitionSource, TreeChange


@dataclass(frozen=True, slots=True)
class Result:
    """Every path in which the result differs from the base; `conflicts` are paths that both sides changed."""

    changes: tuple[TreeChange, ...]
    conflicts: tuple[Problem, ...] = ()


def result_of(base: str, head: str, *, source: DefinitionSource, ancestry: Ancestry) -> Result:
    """Return what changes between base and the result.

    Head contains base: the result is head. Else it is base with every path replaced that head changed since the merge
    base. Undecidable if the clone is too shallow to know.
    """
    if base == head:
        return Result(())
    if ancestry.contains(head, base):
        return Result(source.changed(base, head))
    fork = ancestry.merge_base(base, head)
    ours = {one.path: one.after for one in source.changed(fork, base)}
    changes: list[TreeChange] = []
    conflicts: list[Problem] = []
    for theirs in source.changed(fork, head):
        before = ours.get(theirs.path, theirs.before)
        if before == theirs.after:
            continue
        if theirs.path in ours:
            conflicts.append(
                Problem(
                    "conflict",
                    f"both base and head changed {theirs.path} since {fork[:12]}",
                    Place(theirs.path),
                    "bring head up to date with base, look at the result, and propose it again",
                )
            )
        changes.append(TreeChange(theirs.path, before, theirs.after))
    return Result(tuple(changes), tuple(conflicts))
