"""`sync`: the two directions between this clone and the remote, and what was refused on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson
from metricgov.desk.session import Session

if TYPE_CHECKING:
    from metricgov.app.syncing import Synced
    from metricgov.ports.remote import Outbox, Rejection

Show = Annotated[bool, typer.Option("--show", help="Only list what waits and what was refused, with its text.")]
Drop = Annotated[
    int | None,
    typer.Option("--drop", metavar="N", help="Forget a refused decision by its number; 0 forgets all of them."),
]
Restore = Annotated[bool, typer.Option("--restore", help="Give the remote back events that it lost.")]


def sync(show: Show = False, drop: Drop = None, restore: Restore = False, as_json: AsJson = False) -> None:
    """Fetch journal, main and stored values, send what waits here, and say what became of it.

    What waits is decided again where the remote is now. What is refused then is kept here with its text.
    Exit code 1 if something was refused.

    Example: metricgov sync
    """
    from metricgov.app.syncing import sync as send
    from metricgov.cli.output import talk

    session = Session()
    if drop is not None:
        _outbox(session).drop(drop)
        talk("Forgotten.")
        return
    if show:
        _show(session, as_json=as_json)
        return
    if restore:
        before, after = _restored(session)
        talk(f"The remote held {before} events and holds {after} again.")
    begun = session.workspace.adopt_journal()
    done = send(session.access)
    behind = session.workspace.follow_main()
    _tell(session, done, behind, begun, as_json=as_json)
    if (shared := session.workspace.shared_values) is not None:
        shared.exchange()
    if done.refused:
        raise typer.Exit(1)


def _outbox(session: Session) -> Outbox:
    from metricgov.app.syncing import outbox_of

    return outbox_of(session.access)


def _restored(session: Session) -> tuple[int, int]:
    from metricgov.app.syncing import refuse_offline

    refuse_offline(_outbox(session))
    return session.workspace.restore_journal()


def _show(session: Session, *, as_json: bool) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.syncing import outbox_json, outbox_text

    outbox = _outbox(session)
    waiting = [
        session_words(session, one.events[0].change or "", [e.type for e in one.events]) for one in outbox.waiting()
    ]
    refused = [_row(session, one) for one in outbox.refused()]
    data(outbox_json(waiting, refused) if as_json else outbox_text(waiting, refused, screen=screen()))


def session_words(session: Session, change: str, types: list[str]) -> str:
    """Return what somebody did to a change, in words."""
    label = _label(session, change)
    return f"{', '.join(one.replace('_', ' ') for one in dict.fromkeys(types))}" + (f" ({label})" if label else "")


def _row(session: Session, one: Rejection) -> dict[str, object]:
    return {
        "change": one.change,
        "label": _label(session, one.change),
        "principal": one.principal,
        "at": one.at,
        "did": list(one.types),
        "code": one.code,
        "says": one.message,
        "hint": one.hint,
        "words": one.words,
        "texts": {path: text.decode("utf-8", "replace") for path, text in one.texts.items()},
    }


def _label(session: Session, change: str) -> str:
    if not change:
        return ""
    from metricgov.domain.workflow.requirements import shown

    return session.label(change) if change in session.workspace.journal.changes() else shown(change)


def _tell(session: Session, done: Synced, behind: str, begun: bool, *, as_json: bool) -> None:
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.syncing import synced_json, synced_text

    refused = [_row(session, one) for one in done.refused]
    sent = [one.type for one in done.sent if one.actor.principal]
    if as_json:
        data(synced_json(sent, refused, [dict(one.payload) for one in done.moved if one.change is None]))
        return
    if begun:
        talk("The journal was fetched; this clone did not have it.")
    data(synced_text(sent, refused, session.access.journal.head().seq, screen=screen()))
    for event in done.moved:
        if event.type == "main_rewound":
            was = str(event.payload["before"])
            talk(
                f"Main was rewound on the remote: it no longer holds {was[:12]}; open changes were looked at again. "
                "If nobody meant that, put it back: git push --force-with-lease REMOTE "
                f"{was}:{session.access.target}"
            )
    if behind:
        talk(f"Your own {session.access.target.removeprefix('refs/heads/')} stays where it is: {behind}.")
