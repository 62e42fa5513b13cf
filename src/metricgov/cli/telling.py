"""What a person reads after a command that changed something: what was recorded and what is still missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from metricgov.cli import asking
from metricgov.cli.output import data, screen, talk

if TYPE_CHECKING:
    from metricgov.cli.claims import Said
    from metricgov.desk.session import Session
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.domain.workflow.state import ChangeState


def tell_outcome(session: Session, change: str, events: tuple[Envelope, ...], *, as_json: bool) -> None:
    """Print what was recorded for a change and what it still lacks."""
    from metricgov.app.change_view import change_view
    from metricgov.render.as_json import change_json
    from metricgov.render.outcome import outcome_text

    view = change_view(session.access, change, label=session.label(change))
    if as_json:
        data(change_json(view))
        return
    recorded = tuple(event for event in events if event.change == change)
    if not recorded:
        talk("Nothing to record: it stands like this already.")
    who = recorded[0].actor.principal if recorded else ""
    done = ["rebased" if one.payload.get("rebased") else one.type for one in recorded]
    data(outcome_text(view, done, who=who, screen=screen()))
    say_waiting(session)


def say_waiting(session: Session) -> None:
    """Say that others do not see everything that stands here, and that something was refused since, if so."""
    outbox = session.access.outbox
    if outbox is None:
        return
    if (waiting := len(outbox.waiting())) and outbox.offline:
        them = "It is not sent yet; it waits" if waiting == 1 else f"{waiting} decisions are not sent yet; they wait"
        talk(f"{them} here for: metricgov sync")
    if refused := len(outbox.refused()):
        many = "One decision that waited was" if refused == 1 else f"{refused} decisions that waited were"
        talk(f"{many} refused when it was sent; see: metricgov sync --show")


def say_draft(session: Session, change: str, said: Said) -> None:
    """Say how a draft goes on."""
    if said.draft and not said.as_json:
        talk(f"Nobody is asked yet. When it is ready: metricgov submit {session.label(change)}")


def tell_open(session: Session, state: ChangeState) -> None:
    """Say that somebody has a change open on the same definition; the later one will have to be rebased."""
    label = session.label(state.change)
    asking.say_wrapped(f"{state.created_by} has {label} open on this: metricgov change show {label}")
