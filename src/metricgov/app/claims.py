"""What an author said about contents, read back from what is recorded."""

from __future__ import annotations

from metricgov.domain.errors import Refused
from metricgov.domain.workflow.commands import Claims
from metricgov.domain.workflow.state import ChangeState


def claims_of(state: ChangeState) -> Claims:
    """Return the claims of the newest contents of a change; Refused where it has none."""
    said = state.draft or state.revision
    if said is None:
        raise Refused("stage", "the change has no contents yet", hint="propose some: metricgov edit NAME")
    return Claims(
        why=said.why,
        intent=said.intent,
        treatment=said.treatment,
        effective_from=said.effective_from,
        meaning_unchanged=said.meaning_unchanged,
        contributors=said.contributors,
        requested_by=said.requested_by,
        implemented_by=said.implemented_by,
        refs=said.refs,
    )
