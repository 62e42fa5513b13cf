"""Putting an effect on record: as much of it as the policy in force lets git keep, and what it stops."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.moment import Moment, known_change
from metricgov.domain.errors import Refused
from metricgov.domain.workflow.commands import RecordEffect
from metricgov.domain.workflow.envelope import Actor, Envelope
from metricgov.domain.workflow.events import Blocked
from metricgov.domain.workflow.requirements import shown
from metricgov.domain.workflow.state import ChangeState, Evaluated

if TYPE_CHECKING:
    from metricgov.domain.comparability.evidence import Evidence


def record_effect(access: Access, *, change: str, actor: Actor, evidence: Evidence) -> tuple[Envelope, ...]:
    """Record the effect of the contents of a change; () where that very effect is on record already."""
    from metricgov.domain.comparability.link_record import recorded

    known_change(access, change)

    def command(_state: ChangeState, moment: Moment) -> RecordEffect:
        storage, basis = moment.governance.policy.effect_storage, evidence.basis
        return RecordEffect(
            digest=evidence.digest,
            evidence=evidence.stored(storage),
            says=evidence.says(storage),
            basis=evidence.basis_sha256,
            engine=basis.engine,
            settings=basis.settings,
            methods=basis.methods,
            read=dict(basis.read),
            blocks=tuple(
                Blocked(metric=metric, id=id_, code=code, says=says)
                for metric, id_, code, says in evidence.blocks(storage)
            ),
            links=tuple(recorded(one) for one in evidence.links(storage)),
        )

    return carry_out(access, Errand(change, actor, command))


def recorded_effect(access: Access, change: str) -> Evidence:
    """Return the effect that is on record for the contents of a change, as far as git keeps it.

    Refused where none is; Undecidable where what is kept cannot be read.
    """
    state, kept, evidence = effect_of(access, change)
    if kept.digest != state.digest:
        raise _none(state)
    return evidence


def effect_of(access: Access, change: str) -> tuple[ChangeState, Evaluated, Evidence]:
    """Return a change and its effect on record, of earlier contents where there is none of the newest."""
    from metricgov.domain.comparability.recorded import read_evidence

    state = known_change(access, change)
    kept = state.effect or (state.effects[-1] if state.effects else None)
    if kept is None:
        raise _none(state)
    return state, kept, read_evidence(access.journal.blob(state.change, kept.evidence))


def _none(state: ChangeState) -> Refused:
    return Refused(
        "no_effect", "no effect of these contents is on record", hint=f"metricgov effect {shown(state.change)}"
    )
