"""The step of a tick that reminds those who are asked, and lets the next in line answer where nobody did."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.catching_up import PROGRAM
from metricgov.app.coming_due import failed
from metricgov.app.folding import state_of
from metricgov.app.story import sentence
from metricgov.domain import time
from metricgov.domain.errors import MetricgovError
from metricgov.domain.ticked import Did, Done, Ticked
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Envelope
from metricgov.domain.workflow.handing import may_be_due
from metricgov.domain.workflow.typed import parse
from metricgov.domain.workflow.vocabulary import REVIEWABLE
from metricgov.ports.index import ChangeQuery, Lookup

DID: dict[str, Did] = {"escalated": Did.ESCALATED, "reminded": Did.REMINDED}


def remind(access: Access, ticked: Ticked, *, lookup: Lookup) -> None:
    """Remind halfway to each deadline and when it has passed, once each; escalate what nobody answered in time.

    Reminding comes first, so that whoever is passed over is told that their time is over. A change whose dates are all
    ahead is not judged.
    """
    for one in lookup.changes(ChangeQuery(REVIEWABLE)):
        if not may_be_due(state_of(one.change, access.journal), time.to_text(access.clock.now())):
            continue
        for command in (commands.Remind(), commands.Escalate()):
            try:
                events = _give(access, one.change, command)
            except MetricgovError as error:
                ticked.failed.append(failed(error, one.change, one.definition))
                break
            ticked.done += [
                Done(DID[event.type], sentence(parse(event)).says, one.change, one.definition)
                for event in events
                if event.type in DID and event.change == one.change
            ]


def _give(access: Access, change: str, command: commands.Escalate | commands.Remind) -> tuple[Envelope, ...]:
    return carry_out(access, Errand.of(change, PROGRAM, command))
