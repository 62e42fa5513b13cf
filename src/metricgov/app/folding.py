"""From the journal to the state of one change, for use cases; the rules of folding are the core's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.ports.journal import Journal

if TYPE_CHECKING:
    from metricgov.domain.workflow.state import ChangeState


def state_of(change: str, journal: Journal) -> ChangeState:
    """Return what the events of one change say; the absent state if there are none."""
    from metricgov.domain.workflow.fold import fold

    return fold(change, journal.events_of(change)).state
