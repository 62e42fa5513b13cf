"""From the journal to the state of one change, for use cases; the rules of folding are the core's."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from metricgov.ports.journal import Journal

if TYPE_CHECKING:
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.domain.workflow.fold import Folded
    from metricgov.domain.workflow.state import ChangeState

KEPT = 500
"""Changes whose state is remembered at one time."""

_folded: OrderedDict[tuple[str, int], tuple[tuple[Envelope, ...], Folded]] = OrderedDict()
"""By the change and its first event as an object: each reader of a journal in this process has objects of its own."""


def state_of(change: str, journal: Journal) -> ChangeState:
    """Return what the events of one change say; the absent state if there are none.

    Where they begin with the very events that were folded last, only those after them are folded.
    """
    from metricgov.domain.workflow.fold import fold, fold_on

    events = journal.events_of(change)
    key = change, id(events[0] if events else None)
    before, folded = _folded.get(key, ((), None))
    if folded is not None and before is events:
        return folded.state
    known = len(before)
    if folded is None or known > len(events) or any(a is not b for a, b in zip(before, events, strict=False)):
        folded = fold(change, events)
    elif known < len(events):
        folded = fold_on(folded, events[known:])
    _folded[key] = events, folded
    if len(_folded) > KEPT:
        _folded.popitem(last=False)
    return folded.state
