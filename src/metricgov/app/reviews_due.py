"""The overrides on main that nobody has looked at yet, found by their marker; what is due when is for overriding.py."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from metricgov.app.access import Access
from metricgov.app.contents import read_paths
from metricgov.app.owning import owner_of
from metricgov.domain.definitions.kinds import domain_of
from metricgov.domain.errors import InvalidFiles, MetricgovError
from metricgov.domain.ticked import Ticked, Waits
from metricgov.domain.verdict import LateReview
from metricgov.domain.workflow.overriding import OVERRIDES, ReviewDue, review_due, reviewed
from metricgov.domain.workflow.proposal import Subject, subject

if TYPE_CHECKING:
    from metricgov.app.moment import Moment
    from metricgov.domain.workflow.state import ChangeState


def reviews_due(moment: Moment) -> tuple[ReviewDue, ...]:
    """Return every review of an override that is still to come, the one that is due first leading."""
    found = (_due(moment, change) for change in moment.access.journal.touching(OVERRIDES))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: (one.due, one.change)))


def late_reviews(moment: Moment) -> tuple[LateReview, ...]:
    """Return the overrides that nobody has looked at in time, whatever definitions they are of (INV-15)."""
    return tuple(
        LateReview(one.change, one.definitions, one.due, one.people, one.reviewers, one.how)
        for one in moment.reviews()
        if one.overdue(max(moment.now, moment.not_before))
    )


def tell_reviews(access: Access, ticked: Ticked) -> None:
    """Tell which overrides are still to be reviewed and by when; nothing is written, a date blocks by itself."""
    from metricgov.app.moment import at_tip

    for one in at_tip(access).reviews():
        ticked.waits.append(Waits(one.change, next(iter(one.definitions), ""), "review", one.due))


def _due(moment: Moment, change: str) -> ReviewDue | None:
    state = moment.state(change)
    if state.overridden is None or _looked_at(moment, state):
        return None
    return review_due(state, subjects_now(moment, state), moment.governance)


def _looked_at(moment: Moment, state: ChangeState) -> bool:
    """Say whether somebody with rights reviewed it: by the rules of now, else by those in force where they said so."""
    by = state.override.reviewed if state.override else None
    if by is None:
        return False
    if reviewed(moment.attested(state), subjects_now(moment, state), moment.governance):
        return True
    if not by.main or by.main == moment.tip:
        return False
    try:
        then = moment.at(by.main)
        return reviewed(then.attested(state), subjects_now(then, state), then.governance)
    except MetricgovError:
        return False


def subjects_now(moment: Moment, state: ChangeState) -> tuple[Subject, ...]:
    """Return the routing facts of a change's definitions as they are on main now."""
    return tuple(_subjects(moment, state))


def _subjects(moment: Moment, state: ChangeState) -> Iterator[Subject]:
    records = state.revision.definitions if state.revision else ()
    held = read_paths(moment.access.source, moment.tip, tuple(one.path for one in records))
    for one in records:
        owner = owner_of(one.path, moment.governance) if one.id.startswith("opaque:") else ""
        content = held.get(one.path)
        try:
            data = moment.access.files.load(content.data, one.path) if content and not owner else None
        except InvalidFiles:
            data = None
        yield subject(one.id, data, domain=domain_of(one.path) or "", owner=owner)
