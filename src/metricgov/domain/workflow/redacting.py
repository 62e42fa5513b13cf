"""Taking bytes out of the journal's tip: who may say so; which bytes may go is in needed.py."""

from __future__ import annotations

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.state import ChangeState


def redact(state: ChangeState, command: c.Redact, context: Context) -> Plan:
    """Drop bytes of an ended change; for one of the council who did not write it."""
    council = context.governance.council
    may = council if context.governance.self_approval else council - state.contributors
    person, unmet = context.actor.principal, []
    if person not in may:
        says = f"{person or 'the program'} may not redact: it takes one of the council who did not write the change"
        unmet.append(Requirement(Code.RIGHT, says, tuple(sorted(may)), f"metricgov audit redact {shown(state.change)}"))
    payload = e.Redacted(blobs=tuple(sorted(set(command.blobs))), reason=command.reason)
    return Plan((record(state, context, payload),), tuple(unmet))
