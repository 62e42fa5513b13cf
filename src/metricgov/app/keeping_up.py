"""The step of a tick that records where main is, and what that means for open changes."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.carrying import keep_up
from metricgov.app.story import sentence
from metricgov.domain.ticked import Did, Done, Ticked
from metricgov.domain.workflow.typed import parse


def record_main(access: Access, ticked: Ticked) -> None:
    """Record a main that was moved by other hands; nothing where the journal has seen it there."""
    for envelope in keep_up(access):
        ticked.done.append(Done(Did.MAIN_RECORDED, sentence(parse(envelope)).says, envelope.change or ""))
