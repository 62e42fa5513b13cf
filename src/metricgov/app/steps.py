"""The steps of main: first-parent commits, grouped by the tips that the journal saw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from metricgov.app.as_it_stood import Memory, Sighting
from metricgov.app.founding import SETTINGS
from metricgov.app.governing import PATH_SET
from metricgov.domain.errors import Place, Problem
from metricgov.domain.verdict import GateReport
from metricgov.domain.walked import Judged
from metricgov.ports.history import Commit
from metricgov.ports.source import TreeChange


@dataclass(frozen=True, slots=True)
class Step:
    """One commit of main: its place in the line, and every path that it changed."""

    place: int
    commit: Commit
    changes: tuple[TreeChange, ...]

    @property
    def paths(self) -> frozenset[str]:
        """The paths that it changed."""
        return frozenset(one.path for one in self.changes)


def begins(step: Step) -> bool:
    """Whether main became a registry with this step."""
    return any(one.path == SETTINGS and one.after is not None for one in step.changes)


def groups(steps: Iterator[Step], memory: Memory) -> Iterator[tuple[list[Step], Sighting | None]]:
    """Yield the steps between two tips that the journal saw, with the event that saw the later one first.

    After the last of them, the steps up to main's tip are one group, as if they were recorded now.
    """
    group: list[Step] = []
    for step in steps:
        group.append(step)
        seen = memory.first_to_see(step.place)
        if seen is not None and seen[0] == step.place:
            yield group, seen[1]
            group = []
    if group:
        yield group, None


def judged_step(step: Step, report: GateReport | None, sighting: Sighting | None, together: int) -> Judged:
    """Return what is told of a step: who made it, who saw it first, and the verdict."""
    one = step.commit
    return Judged(
        commit=one.oid,
        base=one.parent,
        at=one.at,
        author=one.author,
        subject=one.subject,
        seen_by=sighting.seq if sighting else 0,
        seen_at=sighting.at if sighting else "",
        verdict=report.verdict if report else None,
        definitions=report.definitions if report else (),
        problems=report.problems if report else (),
        together=together,
        governance=not PATH_SET.isdisjoint(step.paths),
    )


def doubled(changes: Sequence[TreeChange]) -> tuple[Problem, ...]:
    """Return the paths that a commit lists twice, so that nobody can say what stands there."""
    times = Counter(one.path for one in changes)
    return tuple(
        Problem("duplicate_tree_entry", f"{path} stands twice in the commit", Place(path), "rebuild it: git fsck")
        for path, number in times.items()
        if number > 1
    )
