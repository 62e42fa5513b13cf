"""From envelopes to the state of a change: the one way in which use cases fold; the rules of folding are the core's."""

from __future__ import annotations

from collections.abc import Iterable

from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.state import ChangeState
from metricgov.ports.journal import Journal


def state_of(change: str, journal: Journal) -> ChangeState:
    """Return what the events of one change say; the absent state if there are none."""
    return fold(change, journal.events_of(change))


def fold(change: str, envelopes: Iterable[Envelope]) -> ChangeState:
    """Fold events of one change in order of seq; what is inadmissible has no effect."""
    from metricgov.domain.workflow.admit import admit
    from metricgov.domain.workflow.events import parse
    from metricgov.domain.workflow.evolve import evolve
    from metricgov.domain.workflow.state import absent

    state = absent(change)
    for envelope in envelopes:
        event = parse(envelope)
        if admit(state, event) is None:
            state = evolve(state, event)
    return state
