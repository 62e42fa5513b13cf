"""Taking bytes out of the journal's tip: who may say so; which bytes may go is in needed.py."""

from __future__ import annotations

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Context, Plan, record
from metricgov.domain.workflow.requirements import Code, Requirement, shown
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.verdicts import too_weak


def redact(state: ChangeState, command: c.Redact, context: Context) -> Plan:
    """Drop bytes of an ended change; for one of the council who did not write it, as sure as governance asks for."""
    council = context.governance.council
    may = council if context.governance.self_approval else council - state.contributors
    person = context.actor.principal
    unmet: list[Requirement] = []
    if person not in may:
        says = f"{person or 'the program'} may not redact: it takes one of the council who did not write the change"
        unmet.append(Requirement(Code.RIGHT, says, tuple(sorted(may)), f"metricgov audit redact {shown(state.change)}"))
    unmet += too_weak(context, context.governance.rule("governance").identity, "redact it", "the policy for governance")
    payload = e.Redacted(blobs=tuple(sorted(set(command.blobs))), reason=command.reason)
    return Plan((record(state, context, payload),), tuple(unmet))
