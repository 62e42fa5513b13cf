"""Decisions and talk about a change: one command each, all through the same use cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import Actor, AsJson, ChangeId, SigningKey
from metricgov.cli.words import spoken
from metricgov.desk.session import Session

if TYPE_CHECKING:
    from metricgov.app.deciding import Verdictive
    from metricgov.domain.workflow.commands import Command
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.domain.workflow.state import ChangeState

Words = Annotated[str, typer.Option("--message", "-m", metavar="WORDS", help="Words that go on record.")]
Thread = Annotated[str, typer.Argument(metavar="THREAD", help="The thread, as `change explain` names it (t1).")]
InTheNameOf = Annotated[
    str | None,
    typer.Option("--for", metavar="PERSON", help="In the name of somebody who delegated to you.", show_default=False),
]
Revision = Annotated[
    int | None,
    typer.Option("--revision", help="Refuse unless this revision is the one under review.", show_default=False),
]
Only = Annotated[
    list[str] | None,
    typer.Option("--only", metavar="NAME", help="Only for this definition of the change; may be repeated."),
]


def approve(
    change: ChangeId,
    message: Words = "",
    name: InTheNameOf = None,
    revision: Revision = None,
    only: Only = None,
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Agree to the revision under review.

    Example: metricgov approve routing_speed -m "matches how sales works"
    """
    from metricgov.domain.workflow.commands import Approve

    _verdict(change, Approve, message, revision, claimed, as_json, key, only, name)


def request_changes(
    change: ChangeId,
    message: Words = "",
    name: InTheNameOf = None,
    revision: Revision = None,
    only: Only = None,
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Object: nothing is applied until you withdraw it or it is ended with a reason.

    Example: metricgov request-changes routing_speed -m "calendar days or working days?"
    """
    from metricgov.domain.workflow.commands import RequestChanges

    _verdict(change, RequestChanges, spoken(message, "an objection"), revision, claimed, as_json, key, only, name)


def reject(
    change: ChangeId,
    message: Words = "",
    revision: Revision = None,
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """End a change with a no; for the accountable and the deputy.

    Example: metricgov reject routing_speed -m "we keep the number that the contract names"
    """
    from metricgov.domain.workflow.commands import Reject

    _verdict(change, Reject, spoken(message, "a rejection"), revision, claimed, as_json, key)


def acknowledge(
    change: ChangeId,
    message: Words = "",
    name: InTheNameOf = None,
    revision: Revision = None,
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Answer as somebody who is consulted.

    Example: metricgov acknowledge routing_speed -m "our report follows"
    """
    from metricgov.domain.workflow.commands import Acknowledge

    _verdict(change, Acknowledge, message, revision, claimed, as_json, key, name=name)


def abstain(
    change: ChangeId,
    message: Words = "",
    revision: Revision = None,
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Say that you have no opinion on this revision.

    Example: metricgov abstain routing_speed
    """
    from metricgov.domain.workflow.commands import Abstain

    _verdict(change, Abstain, message, revision, claimed, as_json, key)


def withdraw_decision(
    change: ChangeId,
    message: Words = "",
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Take back your own decision; none is left, an older one does not return.

    Example: metricgov withdraw-decision routing_speed -m "my question is answered"
    """
    from metricgov.domain.workflow.commands import WithdrawDecision

    _say(change, lambda _state: WithdrawDecision(reason=message), claimed, as_json, key=key)


def end_objection(
    change: ChangeId,
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose objection ends.")],
    message: Words = "",
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """End somebody's standing objection, with a reason on record; for the accountable and the deputy.

    Example: metricgov end-objection routing_speed sales-lead -m "agreed by phone: calendar days"
    """
    from metricgov.domain.workflow.commands import EndObjection

    reason = spoken(message, "ending an objection")
    _say(change, lambda _state: EndObjection(principal=person, reason=reason), claimed, as_json, key=key)


def comment(
    change: ChangeId,
    message: Words = "",
    thread: Annotated[str | None, typer.Option("--thread", help="Answer in this thread (t1).")] = None,
    path: Annotated[str, typer.Option("--path", help="The file or definition a new thread is about.")] = "",
    field: Annotated[str, typer.Option("--field", help="The field a new thread is about.")] = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Say something about a change or one of its fields; a new thread, or an answer in one.

    Example: metricgov comment routing_speed -m "why 8 hours?" --field calculation.where
    """
    from metricgov.app.talking import place_in
    from metricgov.domain.workflow.commands import Comment

    text = spoken(message, "a comment")
    session = Session(claimed)
    where = place_in(session.reading, session.change(change, ended=True), path=path, field=field)
    said = Comment(text=text, thread=thread, path=where.path, field=where.field)
    _say(change, lambda _state: said, claimed, as_json)


def resolve(change: ChangeId, thread: Thread, claimed: Actor = None, as_json: AsJson = False) -> None:
    """Close a thread of comments.

    Example: metricgov resolve routing_speed t1
    """
    from metricgov.domain.workflow.commands import ResolveThread

    _say(change, lambda _state: ResolveThread(thread=thread), claimed, as_json)


def reopen(change: ChangeId, thread: Thread, claimed: Actor = None, as_json: AsJson = False) -> None:
    """Open a closed thread again.

    Example: metricgov reopen routing_speed t1
    """
    from metricgov.domain.workflow.commands import ReopenThread

    _say(change, lambda _state: ReopenThread(thread=thread), claimed, as_json)


def withdraw(change: ChangeId, message: Words = "", claimed: Actor = None, as_json: AsJson = False) -> None:
    """Take a change back; for those who proposed it.

    Example: metricgov withdraw routing_speed -m "we measure it first"
    """
    from metricgov.domain.workflow.commands import Withdraw

    _say(change, lambda _state: Withdraw(reason=message), claimed, as_json)


def decline(change: ChangeId, message: Words = "", claimed: Actor = None, as_json: AsJson = False) -> None:
    """Say no to a request; for the responsible people.

    Example: metricgov decline chg-7f3kq2 -m "the source has no such column"
    """
    from metricgov.app.requesting import decline as say_no

    reason = spoken(message, "a no")
    session = Session(claimed)
    found = session.change(change)
    _tell(session, found, say_no(session.access, change=found, actor=session.actor, reason=reason), as_json)


def supersede(
    change: ChangeId,
    by: Annotated[str, typer.Option("--by", metavar="CHANGE", help="The change that takes its place.")],
    message: Words = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """End a change in favour of another one.

    Example: metricgov supersede chg-7f3kq2 --by chg-9xw2td -m "both windows at once"
    """
    from metricgov.domain.workflow.commands import Supersede

    session = Session(claimed)
    _say(change, lambda _state: Supersede(reason=message), claimed, as_json, other=session.change(by))


def submit(change: ChangeId, claimed: Actor = None, as_json: AsJson = False) -> None:
    """Put a draft before its approvers, with the claims it was drafted with.

    Example: metricgov submit chg-7f3kq2
    """
    from metricgov.app.claims import claims_of
    from metricgov.domain.workflow.commands import Submit

    _say(change, lambda state: Submit(claims=claims_of(state)), claimed, as_json)


def _verdict(
    change: str,
    verdict: Verdictive,
    message: str,
    revision: int | None,
    claimed: str | None,
    as_json: bool,
    key: str,
    only: list[str] | None = None,
    name: str | None = None,
) -> None:
    from metricgov.app.deciding import give_verdict, seen_now
    from metricgov.app.moment import known_change
    from metricgov.app.naming_in import definitions_in
    from metricgov.domain.errors import Refused

    session = Session(claimed, key=key)
    found = session.change(change)
    state = known_change(session.access, found)
    seen, limits = seen_now(state), definitions_in(state, only or ())
    if revision is not None and seen.revision != revision:
        raise Refused(
            "stale",
            f"revision {seen.revision} is under review, not {revision}",
            hint=f"look at it: metricgov change show {session.label(found)}",
        )
    voice = session.voice
    events = give_verdict(
        voice.access,
        change=found,
        actor=voice.actor,
        verdict=verdict,
        reason=message,
        seen=seen,
        on_behalf_of=name,
        definitions=limits,
        unsigned=voice.unsigned,
    )
    _tell(session, found, events, as_json)


def _say(
    change: str,
    command: Callable[[ChangeState], Command],
    claimed: str | None,
    as_json: bool,
    other: str | None = None,
    key: str | None = None,
) -> None:
    """Give a command; one that is a decision, and so may be signed, names a `key` ("": whichever is at hand)."""
    from metricgov.app.deciding import say
    from metricgov.app.voicing import Voice

    session = Session(claimed, key=key or "")
    found = session.change(change)
    voice = Voice(session.access, session.actor) if key is None else session.voice
    events = say(voice.access, change=found, actor=voice.actor, command=command, other=other, unsigned=voice.unsigned)
    _tell(session, found, events, as_json)


def _tell(session: Session, change: str, events: tuple[Envelope, ...], as_json: bool) -> None:
    from metricgov.cli.telling import tell_outcome

    tell_outcome(session, change, events, as_json=as_json)
