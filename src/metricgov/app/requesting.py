"""Asking the responsible people for a change without writing it, and finding what was asked."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.folding import state_of
from metricgov.app.moment import Moment, known_change
from metricgov.app.rights import subject_at
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor, Envelope
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import OPEN


def request(
    access: Access, *, change: str, actor: Actor, definition: str, why: str, refs: tuple[str, ...] = ()
) -> tuple[Envelope, ...]:
    """Ask for a change of a definition; `change` is a fresh ULID."""
    return carry_out(
        access,
        Errand(
            change,
            actor,
            command=lambda _state, _moment: commands.Request(change=change, definition=definition, why=why, refs=refs),
            subjects=lambda _state, moment: _about(moment, definition),
        ),
    )


def decline(access: Access, *, change: str, actor: Actor, reason: str) -> tuple[Envelope, ...]:
    """Say no to a request, as one of the people responsible for its definition."""
    return carry_out(access, declining(access, change=change, actor=actor, reason=reason))


def declining(access: Access, *, change: str, actor: Actor, reason: str) -> Errand:
    """Return the errand of a no."""
    definition = known_change(access, change).definition
    return Errand(
        change,
        actor,
        command=lambda _state, _moment: commands.Decline(reason=reason),
        subjects=lambda _state, moment: _about(moment, definition),
    )


def _about(moment: Moment, definition: str) -> tuple[Subject, ...]:
    found = subject_at(moment, definition) if definition else None
    return (found,) if found else ()


def open_changes(access: Access, definition: str) -> tuple[ChangeState, ...]:
    """Return the open changes of a definition, requests included, oldest first."""
    states = (state_of(change, access.journal) for change in access.journal.touching(definition))
    return tuple(state for state in states if state.stage in OPEN)
