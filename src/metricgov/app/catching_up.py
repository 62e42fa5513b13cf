"""What it means for open changes that somebody else moved main: recorded before anything else is decided."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
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
    from metricgov.domain.workflow.judge import Judgement
    from metricgov.domain.workflow.state import ChangeState

PROGRAM = Actor("")
"""Nobody decides that main moved; the program found it so."""


def catch_up(moment: Moment) -> tuple[Draft, ...]:
    """Return `main_moved` and what it does to open changes, () where the journal has seen this tip already."""
    from metricgov.domain.workflow.registry_events import MainMoved, MainRewound
    from metricgov.domain.workflow.typed import TYPE_OF

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
        blobs={moment.governance.digest: moment.governance.to_bytes()},
    )
    if forward:
        chain = (last, *access.ancestry.first_parents(moment.tip, since=last))
        settled = [_settled(moment, state, chain) for state in open_changes_touching(access, chain)]
    else:
        settled = [_settled(moment, state, _rewritten(moment, state)) for state in _every_open_change(access)]
    return (moved, *(draft for draft in settled if draft is not None))


def settle_others(moment: Moment, *, before: str, but: str) -> tuple[Draft, ...]:
    """Return what a step of main from `before` to this moment's tip means for open changes other than `but`."""
    touched = open_changes_touching(moment.access, (before, moment.tip))
    settled = (_settled(moment, state, (before, moment.tip)) for state in touched if state.change != but)
    return tuple(draft for draft in settled if draft is not None)


def settle_since(moment: Moment, state: ChangeState, *, since: str) -> tuple[Draft, ...]:
    """Return what the steps of main from `since` to this moment's tip mean for one change that stood aside then."""
    if since == moment.tip:
        return ()
    forward = moment.access.ancestry.contains(moment.tip, since)
    steps = moment.access.ancestry.first_parents(moment.tip, since=since) if forward else (moment.tip,)
    draft = _settled(moment, state, (since if forward else "", *steps))
    return () if draft is None else (draft,)


def open_changes_touching(access: Access, chain: Sequence[str]) -> tuple[ChangeState, ...]:
    """Return open changes with contents that touch a definition which one of these steps of main changed.

    Every step counts: contents that came and went again were reached all the same (INV-23).
    """
    globs = ("**",)
    found: dict[str, None] = {}
    paths = dict.fromkeys(one.path for step in pairwise(chain) for one in access.source.changed(*step))
    for path in paths:
        definition = id_of(path) or id_of(path, globs)
        for touching in access.journal.touching(definition) if definition else ():
            found[touching] = None
    states = (state_of(change, access.journal) for change in found)
    return tuple(state for state in states if state.stage in WITH_CONTENTS)


def _every_open_change(access: Access) -> tuple[ChangeState, ...]:
    """Return every open change with contents; where main went back, the commit that was left may be gone for good."""
    known = dict.fromkeys(event.change for event in access.journal.events() if event.change)
    states = (state_of(change, access.journal) for change in known)
    return tuple(state for state in states if state.stage in WITH_CONTENTS)


def _rewritten(moment: Moment, state: ChangeState) -> tuple[str, str]:
    """Return the step of a main that was rewritten which says what becomes of a change: the first that reached it.

    A step of the new history that held the contents used the approval up, as it would have on the old one (INV-23);
    nothing is known of the rules that were in force before it.
    """
    revision, changes = state.revision, state.change_set
    if revision is None or changes is None:
        return "", moment.tip
    steps = steps_since(moment.access, changes, base=revision.base, tip=moment.tip)
    place = step_reaching(moment.access, changes, ("", *steps))
    return "", moment.tip if place is None else steps[place - 1]


def held_at(access: Access, commit: str, paths: Sequence[str]) -> dict[str, BlobRef | None]:
    """Return what a commit holds at paths, as digests see it; None where it holds nothing."""
    here = read_paths(access.source, commit, paths)
    return {path: here[path].ref if path in here else None for path in paths}


def steps_since(access: Access, changes: ChangeSet, *, base: str, tip: str) -> tuple[str, ...]:
    """Return the steps of main up to `tip` that changed paths of a change since it was made on `base`, oldest first.

    Main's own history says so, whatever the journal names. A base that main left counts from where it parted.
    """
    since = base
    if not access.ancestry.contains(tip, base):
        try:
            since = access.ancestry.merge_base(base, tip)
        except MetricgovError:  # main kept nothing of it, or it is gone: every step counts
            since = ""
    return access.ancestry.steps_at(tip, changes.paths, since=since)


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
    judgement = None if place is None else _allowed(moment, state, chain[place - 1])
    held = held_at(moment.access, commit, changes.paths)
    return settle(
        state,
        held,
        moment.context(PROGRAM),
        commit=commit,
        covered=judgement is not None,
        override=judgement is not None and judgement.override is not None,
    )


def _allowed(moment: Moment, state: ChangeState, base: str) -> Judgement | None:
    """Return the judgement of a step from `base` to the contents, if the rules in force before it allowed it."""
    if not base:
        return None
    try:
        judgement = moment.at(base).judgement(state)
    except MetricgovError:
        return None
    return judgement if judgement is not None and judgement.allowed else None
