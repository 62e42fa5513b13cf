"""Walking a world's main as the program does, and saying what was found."""

from __future__ import annotations

from contextlib import closing

from integration.gate.gate_world import World
from metricgov.app.as_it_stood import Memory
from metricgov.app.walking import walk
from metricgov.assembly.outside import history_of
from metricgov.domain.errors import Undecidable
from metricgov.domain.walked import Walked

NOW = "2026-06-19T12:00:00Z"
"""The moment of every walk, for steps that no event has seen."""


def beside(_world: World, _result: Walked | None, _now: str, _root: str) -> None:
    """Do nothing; agreement.py compares here with what the second verifier says."""


def walked(world: World, *, root: str = "", since: str = "", now: str = NOW) -> Walked:
    """Walk main from its root with everything that the journal says."""
    try:
        result = _walked(world, root=root, since=since, now=now)
    except Undecidable:
        beside(world, None, now, root)
        raise
    if not since:
        beside(world, result, now, root)
    return result


def _walked(world: World, *, root: str, since: str, now: str) -> Walked:
    world.close()
    access = world.workspace.audited
    memory = Memory(access.journal)
    for envelope in access.journal.events():
        memory.take(envelope)
    with closing(history_of(world.workspace.repository)) as line:
        return walk(
            access,
            memory,
            Walked(),
            line=line,
            hygiene=world.workspace.repository,
            now=now,
            root=root,
            since=since,
        )


def found(result: Walked) -> list[tuple[str, set[str]]]:
    """Return each bypass as its commit, and the codes of what was missing."""
    return [
        (
            one.commit,
            {unmet.code for each in one.definitions for unmet in each.unmet} | {each.code for each in one.problems},
        )
        for one in result.bypasses
    ]


def steps(result: Walked) -> list[str]:
    """Return the commits of all bypasses."""
    return [one.commit for one in result.bypasses]
