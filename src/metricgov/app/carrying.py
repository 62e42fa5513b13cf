"""Carrying out one command: decided at the tip, appended to the journal, decided anew after every lost race."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from metricgov.app.access import Access
from metricgov.app.catching_up import catch_up
from metricgov.app.moment import Moment, at_tip
from metricgov.domain.digest import canonical_json
from metricgov.domain.workflow.commands import Command
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope, Identity
from metricgov.domain.workflow.proposal import Proposal, Subject
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.statement import PURPOSE


def carry_out(
    access: Access,
    *,
    change: str,
    actor: Actor,
    command: Callable[[ChangeState, Moment], Command],
    contents: Callable[[ChangeState, Moment], Proposal | None] | None = None,
    other: str | None = None,
    subjects: Callable[[ChangeState, Moment], tuple[Subject, ...]] | None = None,
    unsigned: str = "",
) -> tuple[Envelope, ...]:
    """Decide one command at the current tip and append what follows; decided anew after every lost race.

    `command` and `contents` are asked again at each new tip; without `contents`, those recorded for the change count.
    Raises RefusedUnmet with everything that stands against it, and then nothing is written.
    """

    signed: dict[bytes, bytes] = {}

    def decided() -> tuple[Draft, ...]:
        moment = at_tip(access)
        moment.pending.extend(catch_up(moment))
        state = moment.attested(moment.state(change))
        proposal = contents(state, moment) if contents else moment.proposal(state)
        context = moment.context(
            actor,
            proposal=proposal,
            other=moment.state(other) if other else None,
            subjects=subjects(state, moment) if subjects else (),
            unsigned=unsigned,
        )
        drafts = decide(state, command(state, moment), context)
        return (*moment.pending, *(with_signature(one, access, signed) for one in drafts)) if drafts else ()

    return access.journal.append(decided)


def with_signature(draft: Draft, access: Access, signed: dict[bytes, bytes]) -> Draft:
    """Return a decision with the signature that its identity promises; the same words are signed once."""
    if draft.statement is None or draft.actor.identity is not Identity.SIGNED:
        return draft
    if access.signer is None:
        raise ValueError("whoever acts as signed brings a signer")
    statement = canonical_json(draft.statement)
    if statement not in signed:
        signed[statement] = access.signer.sign(statement, namespace=PURPOSE)
    return replace(draft, signature=signed[statement])


def keep_up(access: Access) -> tuple[Envelope, ...]:
    """Record that main was moved by other hands, and what that means for open changes; () where it was not."""
    return access.journal.append(lambda: catch_up(at_tip(access)))
