"""What it means for open changes that somebody else moved main: recorded before anything else is decided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metricgov.app.contents import read_paths
from metricgov.app.folding import state_of
from metricgov.domain.definitions.kinds import id_of
from metricgov.domain.digest import BlobRef, ChangeSet
from metricgov.domain.errors import MetricgovError
from metricgov.domain.workflow.envelope import Actor, Draft
from metricgov.domain.workflow.vocabulary import WITH_CONTENTS

if TYPE_CHECKING:
    from metricgov.app.access import Access
    from metricgov.app.moment import Moment
    from metricgov.domain.workflow.state import ChangeState

PROGRAM = Actor("")
"""Nobody decides that main moved; the program found it so."""


def catch_up(moment: Moment) -> tuple[Draft, ...]:
    """Return `main_moved` and what it does to open changes, () where the journal has seen this tip already."""
    from metricgov.domain.workflow.events import TYPE_OF, MainMoved, MainRewound

    access = moment.access
    last = access.journal.head().main
    if not last or last == moment.tip:
        return ()
    forward = access.ancestry.contains(moment.tip, last)
    payload: MainMoved | MainRewound
    if forward:
        payload = MainMoved(before=last, after=moment.tip, governance=moment.governance.digest)
    else:
        payload = MainRewound(
            before=last,
            after=moment.tip,
            reason="main no longer contains the commit that the journal saw last",
            governance=moment.governance.digest,
        )
    moved = Draft(
        change=None,
        type=TYPE_OF[type(payload)],
        actor=PROGRAM,
        at=max(moment.now, moment.not_before),
        payload=payload.as_json(),
        main=moment.tip,
        blobs={},
    )
    touched = open_changes_touching(access, last, moment.tip)
    steps = access.ancestry.first_parents(moment.tip, since=last) if forward and touched else (moment.tip,)
    chain = (last if forward else "", *steps)
    settled = (_settled(moment, state, chain) for state in touched)
    return (moved, *(draft for draft in settled if draft is not None))


def settle_others(moment: Moment, *, before: str, but: str) -> tuple[Draft, ...]:
    """Return what a step of main from `before` to this moment's tip means for open changes other than `but`."""
    touched = open_changes_touching(moment.access, before, moment.tip)
    settled = (_settled(moment, state, (before, moment.tip)) for state in touched if state.change != but)
    return tuple(draft for draft in settled if draft is not None)


def open_changes_touching(access: Access, before: str, after: str) -> tuple[ChangeState, ...]:
    """Return open changes with contents that touch a definition which differs between two commits."""
    globs = ("**",)
    found: dict[str, None] = {}
    for change in access.source.changed(before, after):
        definition = id_of(change.path) or id_of(change.path, globs)
        for touching in access.journal.touching(definition) if definition else ():
            found[touching] = None
    states = (state_of(change, access.journal) for change in found)
    return tuple(state for state in states if state.stage in WITH_CONTENTS)


def held_at(access: Access, commit: str, paths: Sequence[str]) -> dict[str, BlobRef | None]:
    """Return what a commit holds at paths, as digests see it; None where it holds nothing."""
    here = read_paths(access.source, commit, paths)
    return {path: here[path].ref if path in here else None for path in paths}


def step_reaching(access: Access, changes: ChangeSet, chain: Sequence[str]) -> int | None:
    """Return the place in a chain of commits (its first one is where the rest began) that first holds the contents.

    None where no commit after the first does.
    """
    for place, commit in enumerate(chain[1:], start=1):
        held = held_at(access, commit, changes.paths)
        if all(held[edit.path] == edit.after for edit in changes.edits):
            return place
    return None


def _settled(moment: Moment, state: ChangeState, chain: Sequence[str]) -> Draft | None:
    from metricgov.domain.workflow.moving import settle

    changes = state.change_set
    if changes is None:
        return None
    place = step_reaching(moment.access, changes, chain)
    commit = moment.tip if place is None else chain[place]
    covered = place is not None and bool(chain[place - 1]) and _covered(moment, state, chain[place - 1])
    held = held_at(moment.access, commit, changes.paths)
    return settle(state, held, moment.context(PROGRAM), commit=commit, covered=covered)


def _covered(moment: Moment, state: ChangeState, base: str) -> bool:
    """Say whether a step from `base` to the contents was allowed by the rules in force before it."""
    try:
        judgement = moment.at(base).judgement(state)
    except MetricgovError:
        return False
    return judgement is not None and judgement.allowed
