"""Putting on record that a writer's clock was ahead, so that others can write again; what then counts is folded."""

from __future__ import annotations

from dataclasses import replace

from metricgov.app.access import Access
from metricgov.app.carrying import with_signature
from metricgov.app.moment import at_tip
from metricgov.app.syncing import refuse_offline
from metricgov.domain import time
from metricgov.domain.workflow.decide import SKEW
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope
from metricgov.domain.workflow.events import TimesCorrected
from metricgov.domain.workflow.registry_events import ClockCorrected
from metricgov.domain.workflow.requirements import Code, RefusedUnmet, Requirement
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.statement import correcting
from metricgov.domain.workflow.typed import TYPE_OF
from metricgov.ports.journal import Journal


def correct_clock(access: Access, *, actor: Actor, reason: str) -> tuple[Envelope, ...]:
    """Name the events at the end of the journal that are dated ahead of the clock here; () where none is.

    One event of the registry, and one of each change that they are of. RefusedUnmet where the actor may not.
    """
    if access.outbox is not None:
        refuse_offline(access.outbox)
    signed: dict[bytes, bytes] = {}

    def drafts() -> tuple[Draft, ...]:
        now = time.to_text(access.clock.now())
        ahead = dated_after(now, access.journal)
        if not ahead or time.from_text(ahead[-1].at) - time.from_text(now) <= SKEW:
            return ()
        _refuse(actor, ahead, at_tip(access).governance)
        first = ahead[0].seq
        said = correcting(first, reason, actor.principal, access.registry)
        payload = ClockCorrected(first=first, reason=reason)
        whole = Draft(None, TYPE_OF[ClockCorrected], actor, now, payload.as_json(), statement=said)
        own = TimesCorrected(first=first, reason=reason).as_json()
        changes = dict.fromkeys(one.change for one in ahead if one.change)
        each = (replace(whole, change=change, type=TYPE_OF[TimesCorrected], payload=own) for change in changes)
        return tuple(with_signature(one, access, signed) for one in (whole, *each))

    return access.journal.append(drafts)


def dated_after(moment: str, journal: Journal) -> tuple[Envelope, ...]:
    """Return the events at the end of the journal that are dated after a moment, oldest first."""
    found: list[Envelope] = []
    for one in journal.events():
        if one.at > moment:
            found.append(one)
        else:
            found.clear()
    return tuple(found)


def _refuse(actor: Actor, ahead: tuple[Envelope, ...], governance: Governance) -> None:
    """Refuse who is not of the council, and who wrote one of these events where somebody else is left."""
    who, writers = actor.principal, {one.actor.principal for one in ahead}
    others = governance.council - writers
    how = "metricgov correct-clock -m WHY"
    if who not in governance.council:
        says = f"{who or 'the program'} may not correct the clock"
    elif who in writers and others:
        own = next(one for one in ahead if one.actor.principal == who)
        says = f"{who} wrote event {own.seq} with a clock that was ahead; somebody else corrects it"
    else:
        return
    able = tuple(sorted(others or governance.council))
    raise RefusedUnmet("correct-clock: refused", [Requirement(Code.RIGHT, says, able, how)])
