"""Decisions of people on what they saw, and everything else said about a change."""

from __future__ import annotations

from collections.abc import Callable

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, carry_out
from metricgov.app.moment import known_change
from metricgov.domain.errors import Refused
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.commands import Command, Seen
from metricgov.domain.workflow.envelope import Actor, Envelope
from metricgov.domain.workflow.state import ChangeState

Verdictive = (
    type[commands.Approve]
    | type[commands.RequestChanges]
    | type[commands.Reject]
    | type[commands.Acknowledge]
    | type[commands.Abstain]
    | type[commands.Override]
)


def seen_now(state: ChangeState) -> Seen:
    """Return the contents that somebody who looks at a change now sees; Refused where there are none yet."""
    revision = state.revision
    if revision is None:
        raise Refused("stage", f"the change is {state.stage.replace('_', ' ')} and has nothing to decide on yet")
    return Seen(revision=revision.number, cycle=state.cycle, digest=revision.digest)


def give_verdict(
    access: Access,
    *,
    change: str,
    actor: Actor,
    verdict: Verdictive,
    reason: str = "",
    seen: Seen | None = None,
    on_behalf_of: str | None = None,
    definitions: tuple[str, ...] = (),
    unsigned: str = "",
) -> tuple[Envelope, ...]:
    """Record one person's decision on one revision, or on some `definitions` of it where the verdict can be limited.

    `on_behalf_of` names whom they stand in for, where it is not given in their own name.

    Without `seen`, that which stands when this is called: a revision that comes meanwhile is refused as stale
    (INV-02).
    """
    looked_at = seen or seen_now(known_change(access, change))
    said = {"seen": looked_at, "reason": reason} | ({"definitions": definitions} if definitions else {})
    said |= {"on_behalf_of": on_behalf_of} if on_behalf_of is not None else {}
    return say(
        access,
        change=change,
        actor=actor,
        command=lambda _state: verdict.model_validate(said),
        unsigned=unsigned,
    )


def say(
    access: Access,
    *,
    change: str,
    actor: Actor,
    command: Callable[[ChangeState], Command],
    other: str | None = None,
    unsigned: str = "",
) -> tuple[Envelope, ...]:
    """Give a command about a change that exists; () where it only repeats what stands.

    `unsigned` says why the actor does not sign here, for the refusal where signatures are asked for.
    """
    known_change(access, change)
    return carry_out(
        access, Errand(change, actor, command=lambda state, _moment: command(state), other=other, unsigned=unsigned)
    )
