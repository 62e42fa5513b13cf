"""Carrying out one command: decided at the tip, appended to the journal, decided anew after every lost race."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from metricgov.app.access import Access
from metricgov.app.catching_up import catch_up
from metricgov.app.moment import Moment, at_tip
from metricgov.domain.digest import JSON, canonical_json
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
    Raises RefusedUnmet with everything that stands against it, and then nothing is written. Where a remote is not
    reached, the events wait in the outbox, with what was asked.
    """
    return access.journal.append(
        deciding(
            access,
            change=change,
            actor=actor,
            command=command,
            contents=contents,
            other=other,
            subjects=subjects,
            unsigned=unsigned,
        )
    )


def deciding(
    access: Access,
    *,
    change: str,
    actor: Actor,
    command: Callable[[ChangeState, Moment], Command],
    contents: Callable[[ChangeState, Moment], Proposal | None] | None = None,
    other: str | None = None,
    subjects: Callable[[ChangeState, Moment], tuple[Subject, ...]] | None = None,
    unsigned: str = "",
) -> Callable[[], tuple[Draft, ...]]:
    """Return what decides one command at the tip of whenever it is called; the arguments are those of `carry_out`."""
    signed: dict[bytes, bytes] = {}

    def decided() -> tuple[Draft, ...]:
        moment = at_tip(access)
        moment.pending.extend(catch_up(moment))
        state = moment.attested(moment.state(change))
        proposal = contents(state, moment) if contents else moment.proposal(state)
        about = subjects(state, moment) if subjects else ()
        context = moment.context(
            actor,
            proposal=proposal,
            other=moment.state(other) if other else None,
            subjects=about,
            unsigned=unsigned,
        )
        asked = command(state, moment)
        drafts = [with_signature(one, access, signed) for one in decide(state, asked, context)]
        if not drafts:
            return ()
        if access.outbox is not None:
            drafts[0] = replace(drafts[0], intent=intent_of(asked, state, actor, other, about, contents=bool(contents)))
        return (*moment.pending, *drafts)

    return decided


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


def intent_of(
    command: Command, state: ChangeState, actor: Actor, other: str | None, about: Sequence[Subject], *, contents: bool
) -> dict[str, JSON]:
    """Return what was asked, so that it can be asked again (syncing.py); `saw` are the contents it was meant to change.

    New contents themselves stand in the events.
    """
    seen = state.draft or state.revision
    return {
        "change": state.change,
        "actor": {"principal": actor.principal, "identity": actor.identity.value},
        "command": type(command).__name__,
        "with": command.model_dump(mode="json"),
        "other": other,
        "about": [one.id for one in about],
        "contents": contents,
        "saw": seen.digest if seen else "",
    }


def keep_up(access: Access) -> tuple[Envelope, ...]:
    """Record that main was moved by other hands, and what that means for open changes; () where it was not."""
    return access.journal.append(lambda: catch_up(at_tip(access)))
