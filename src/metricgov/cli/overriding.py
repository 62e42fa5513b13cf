"""Break-glass: letting a change through that cannot wait, and looking at it afterwards."""

from __future__ import annotations

from typing import Annotated

import typer

from metricgov.cli.options import Actor, AsJson, ChangeId, SigningKey
from metricgov.cli.words import spoken
from metricgov.desk.session import Session

Words = Annotated[str, typer.Option("--message", "-m", metavar="WORDS", help="Words that go on record.")]


def override(
    change: ChangeId, message: Words = "", claimed: Actor = None, as_json: AsJson = False, key: SigningKey = ""
) -> None:
    """Let a change through that cannot wait for its agreements: two people say so, a third one reviews it later.

    The first call says why; nothing follows until a second, different person who did not contribute says the same.
    Objections, files that are wrong and changes of governance are never overridden.

    Example: metricgov override routing_speed -m "the board report goes out at noon with a wrong number"
    """
    from metricgov.app.overriding import override as override_change
    from metricgov.cli.telling import tell_outcome

    session = Session(claimed, key=key)
    found = session.change(change)
    reason, voice = spoken(message, "an override"), session.voice
    events = override_change(voice.access, change=found, actor=voice.actor, reason=reason, unsigned=voice.unsigned)
    tell_outcome(session, found, events, as_json=as_json)


def review_override(
    change: ChangeId,
    message: Words = "",
    revert: Annotated[bool, typer.Option("--revert", help="Propose at once to take it back.")] = False,
    claimed: Actor = None,
    as_json: AsJson = False,
    key: SigningKey = "",
) -> None:
    """Look at what was overridden, as an approver who is neither of the two: keep it, or have it reverted.

    Example: metricgov review-override chg-7f3kq2 -m "the new window is right; finance has been told"
    """
    from metricgov.app.overriding import review_override as look_at
    from metricgov.cli.telling import tell_outcome

    session = Session(claimed, key=key)
    found = session.change(change, ended=True)
    reason, voice = spoken(message, "a review"), session.voice
    reverting, events = look_at(
        voice.access, change=found, actor=voice.actor, reason=reason, revert=revert, unsigned=voice.unsigned
    )
    tell_outcome(session, reverting or found, events, as_json=as_json)
