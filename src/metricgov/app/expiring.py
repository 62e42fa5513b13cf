"""The step of a tick that ends changes which were open for longer than their policy lets them be."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.catching_up import PROGRAM
from metricgov.app.coming_due import failed
from metricgov.app.folding import state_of
from metricgov.app.moment import at_tip
from metricgov.domain import time
from metricgov.domain.errors import MetricgovError
from metricgov.domain.ticked import Did, Done, Ticked, Waits
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.timing import expires_at
from metricgov.domain.workflow.vocabulary import EXPIRABLE, Stage
from metricgov.ports.index import ChangeQuery, Lookup


def expire_overdue(access: Access, ticked: Ticked, *, lookup: Lookup) -> None:
    """End every change whose date has passed; one that everybody agreed to only waits for its day, and stays."""
    governance = at_tip(access).governance
    for one in lookup.changes(ChangeQuery(EXPIRABLE)):
        due = expires_at(state_of(one.change, access.journal), governance)
        if not due:
            continue
        if due > time.to_text(access.clock.now()):
            ticked.waits.append(Waits(one.change, one.definition, "expire", due))
            continue
        try:
            events = carry_out(access, Errand.of(one.change, PROGRAM, commands.Expire()))
        except MetricgovError as error:
            ticked.failed.append(failed(error, one.change, one.definition))
            continue
        if events and state_of(one.change, access.journal).stage is Stage.EXPIRED:
            says = f"still open on {time.spoken(due)}, after which nobody has to decide any more"
            ticked.done.append(Done(Did.EXPIRED, says, one.change, one.definition))
