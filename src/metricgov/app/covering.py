"""Which recorded changes cover the paths of a result: with equal contents on both sides, approved, not used up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.app.catching_up import step_reaching, steps_since
from metricgov.app.moment import Moment
from metricgov.domain.digest import PathEdit
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.vocabulary import REVIEWABLE, Stage
from metricgov.ports.journal import Journal

if TYPE_CHECKING:
    from metricgov.domain.workflow.judge import Judgement
    from metricgov.domain.workflow.state import ChangeState

UsedBy = Callable[[Moment, "ChangeState"], str]
"""Says which commit of the base's history used the approval of a change up, "" if none did."""

LANDING = frozenset({"apply_started", "landed"})
"""Events with which a change leaves review for the target."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change that touches a definition of the result.

    `fits` says that every path of it differs in the result with the same contents on both sides; `used` names the
    commit that consumed it ("": none); `judgement` is what is missing for it at the base, None where that does not
    matter; `landed` is the event that brought it onto the target already, 0 while it is open.
    """

    state: ChangeState
    fits: bool
    used: str = ""
    judgement: Judgement | None = None
    landed: int = 0

    @property
    def covers(self) -> bool:
        """Whether this change lets its paths through."""
        return self.fits and not self.used and self.judgement is not None and self.judgement.allowed


def candidates(
    moment: Moment, differing: Mapping[str, PathEdit], ids: Iterable[str], *, used: UsedBy
) -> tuple[Candidate, ...]:
    """Return the changes that touch these definitions, judged at the base of the result (`moment`).

    `differing` are all governed edits of the result by path; `used` says which commit used an approval up.
    """
    journal = moment.access.journal
    touching = dict.fromkeys(change for one in ids for change in journal.touching(one))
    found = [_candidate(moment, change, differing, used) for change in touching]
    return tuple(one for one in found if one is not None)


def _candidate(moment: Moment, change: str, differing: Mapping[str, PathEdit], used: UsedBy) -> Candidate | None:
    found = before_landing(moment.access.journal, change)
    if found is None:
        return None
    state, now = found
    changes = state.change_set
    if changes is None:
        return None
    fits = all(differing.get(edit.path) == edit for edit in changes.edits)
    commit = used(moment, now)
    landed = now.ended_seq if now.stage is Stage.APPLIED else 0
    return Candidate(state, fits, commit, moment.judgement(state) if fits and not commit else None, landed)


def before_landing(journal: Journal, change: str) -> tuple[ChangeState, ChangeState] | None:
    """Return a change that could cover something as it was judged last, and as it is now; None for any other.

    The two differ where it is on the target already.
    """
    from metricgov.domain.workflow.fold import fold

    events = journal.events_of(change)
    now = fold(change, events).state
    if now.stage is Stage.APPLIED:
        return fold(change, _until_landing(events)).state, now
    if now.stage in REVIEWABLE | {Stage.APPLYING, Stage.CONFLICTED}:
        return now, now
    return None


def _until_landing(events: Sequence[Envelope]) -> Sequence[Envelope]:
    """Return the events before the last one that took the change out of review."""
    places = [place for place, event in enumerate(events) if event.type in LANDING]
    return events[: places[-1]] if places else events


def used_by(moment: Moment, state: ChangeState) -> str:
    """Return the commit of the base's history that used the approval up, "" if none did (INV-23).

    Main itself says so: the first step since the revision was made that reached its contents. What an event names as
    main, or as the commit that landed, can renew nothing; it can only say that an approval is gone.
    """
    access, revision, changes = moment.access, state.revision, state.change_set
    if state.commit and access.ancestry.contains(moment.tip, state.commit):
        return state.commit
    if revision is None or changes is None or revision.base == moment.tip:
        return ""
    steps = steps_since(access, changes, base=revision.base, tip=moment.tip)
    place = step_reaching(access, changes, (revision.base, *steps))
    return "" if place is None else steps[place - 1]
