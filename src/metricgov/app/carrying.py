"""Carrying out one command: decided at the tip, appended to the journal, decided anew after every lost race."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

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


@dataclass(frozen=True, slots=True)
class Errand:
    """One command about one change, given by somebody; everything in it is asked again at each new tip.

    Without `contents`, those recorded for the change count. `other` is a second change that the command is about,
    `subjects` what it names besides; `unsigned` says why the actor does not sign here, for the refusal where signatures
    are asked for.
    """

    change: str
    actor: Actor
    command: Callable[[ChangeState, Moment], Command]
    contents: Callable[[ChangeState, Moment], Proposal | None] | None = None
    other: str | None = None
    subjects: Callable[[ChangeState, Moment], tuple[Subject, ...]] | None = None
    unsigned: str = ""

    @classmethod
    def of(cls, change: str, actor: Actor, command: Command) -> Errand:
        """Return the errand of a command that is the same at every tip."""
        return cls(change, actor, lambda _state, _moment: command)


def carry_out(access: Access, errand: Errand) -> tuple[Envelope, ...]:
    """Decide one command at the current tip and append what follows; decided anew after every lost race.

    Raises RefusedUnmet with everything that stands against it, and then nothing is written. Where a remote is not
    reached, the events wait in the outbox, with what was asked.
    """
    return access.journal.append(deciding(access, errand))


def deciding(access: Access, errand: Errand) -> Callable[[], tuple[Draft, ...]]:
    """Return what decides one command at the tip of whenever it is called."""
    signed: dict[bytes, bytes] = {}

    def decided() -> tuple[Draft, ...]:
        moment = at_tip(access)
        moment.pending.extend(catch_up(moment))
        found = decided_at(moment, errand)
        drafts = [with_signature(one, access, signed) for one in found.drafts]
        if not drafts:
            return ()
        if access.outbox is not None:
            drafts[0] = replace(drafts[0], intent=intent_of(found.asked, found.state, errand, found.about))
        return (*moment.pending, *drafts)

    return decided


@dataclass(frozen=True, slots=True)
class Decided:
    """What one command leads to at one moment: unsigned, and about what."""

    asked: Command
    state: ChangeState
    about: tuple[Subject, ...]
    drafts: tuple[Draft, ...]


def decided_at(moment: Moment, errand: Errand) -> Decided:
    """Decide one command at a moment; RefusedUnmet with everything that stands against it."""
    state = moment.attested(moment.state(errand.change))
    proposal = errand.contents(state, moment) if errand.contents else moment.proposal(state)
    about = errand.subjects(state, moment) if errand.subjects else ()
    context = moment.context(
        errand.actor,
        proposal=proposal,
        other=moment.state(errand.other) if errand.other else None,
        subjects=about,
        unsigned=errand.unsigned,
    )
    asked = errand.command(state, moment)
    return Decided(asked, state, about, tuple(decide(state, asked, context)))


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


def intent_of(command: Command, state: ChangeState, errand: Errand, about: Sequence[Subject]) -> dict[str, JSON]:
    """Return what was asked, so that it can be asked again (syncing.py); `saw` are the contents it was meant to change.

    New contents themselves stand in the events.
    """
    seen = state.draft or state.revision
    return {
        "change": state.change,
        "actor": {"principal": errand.actor.principal, "identity": errand.actor.identity.value},
        "command": type(command).__name__,
        "with": command.model_dump(mode="json"),
        "other": errand.other,
        "about": [one.id for one in about],
        "contents": errand.contents is not None,
        "saw": seen.digest if seen else "",
    }


def keep_up(access: Access) -> tuple[Envelope, ...]:
    """Record that main was moved by other hands, and what that means for open changes; () where it was not."""
    return access.journal.append(lambda: catch_up(at_tip(access)))
