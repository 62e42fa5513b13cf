"""Break-glass: two people let a change through without the agreements it lacks, a third looks at it (INV-15)."""

from __future__ import annotations

from metricgov.app.access import Access
from metricgov.app.carrying import Errand, with_signature
from metricgov.app.catching_up import catch_up
from metricgov.app.deciding import give_verdict
from metricgov.app.moment import at_tip, known_change
from metricgov.app.reverting import undoing
from metricgov.app.reviews_due import subjects_now
from metricgov.app.ulid import new_ulid
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.commands import Seen
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor, Draft, Envelope


def override(
    access: Access, *, change: str, actor: Actor, reason: str, seen: Seen | None = None, unsigned: str = ""
) -> tuple[Envelope, ...]:
    """Call for an override, or confirm what somebody else called for; () where the actor said so already."""
    return give_verdict(
        access, change=change, actor=actor, verdict=commands.Override, reason=reason, seen=seen, unsigned=unsigned
    )


def reviewing(change: str, actor: Actor, reason: str, *, unsigned: str = "") -> Errand:
    """Return the errand of a review that keeps what was overridden."""
    return Errand(
        change,
        actor,
        command=lambda _state, _moment: commands.ReviewOverride(reason=reason),
        subjects=lambda state, moment: subjects_now(moment, state),
        unsigned=unsigned,
    )


def review_override(
    access: Access, *, change: str, actor: Actor, reason: str, revert: bool = False, unsigned: str = ""
) -> tuple[str, tuple[Envelope, ...]]:
    """Record that somebody looked at an override; with `revert`, propose in the same moment to take it back.

    Returns the change that reverts it ("": none) and the events of both; all of them are recorded or none.
    """
    original = known_change(access, change)
    taking_back = new_ulid(access.clock.now()) if revert else ""

    signed: dict[bytes, bytes] = {}

    def decided() -> tuple[Draft, ...]:
        moment = at_tip(access)
        moment.pending.extend(catch_up(moment))
        state = moment.state(change)
        context = moment.context(actor, subjects=subjects_now(moment, state), unsigned=unsigned)
        drafts = decide(state, commands.ReviewOverride(reason=reason, revert=taking_back or None), context)
        said = tuple(with_signature(one, access, signed) for one in drafts)
        if not revert:
            return (*moment.pending, *said)
        proposal, command = undoing(original, moment, change=taking_back, why=reason)
        begun = moment.context(actor, proposal=proposal, other=state)
        return (*moment.pending, *said, *decide(moment.state(taking_back), command, begun))

    return taking_back, access.journal.append(decided)
