"""Somebody else answers: delegations for a while, and the accountable's place of one change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import Actor, AsJson, ChangeId, SigningKey
from metricgov.cli.words import spoken
from metricgov.desk.session import Session

if TYPE_CHECKING:
    from collections.abc import Sequence

    from metricgov.domain.workflow.delegations import Delegation
    from metricgov.domain.workflow.rights import Governance

Words = Annotated[str, typer.Option("--message", "-m", metavar="WHY", help="Why; goes on record.")]


def delegate(
    to: Annotated[str, typer.Option("--to", metavar="PERSON", help="Who answers.")] = "",
    giver: Annotated[
        str,
        typer.Option("--from", metavar="PERSON", help="In whose name; without it your own. For the council, others'."),
    ] = "",
    scope: Annotated[
        str,
        typer.Option("--scope", metavar="SCOPE", help="Only name:…, domain:…, kind:… or tag:…; without it everything."),
    ] = "",
    starts: Annotated[str, typer.Option("--starts", metavar="DATE", help="First day; without it from now on.")] = "",
    ends: Annotated[str, typer.Option("--ends", metavar="DATE", help="Last day; a delegation always ends.")] = "",
    message: Words = "",
    listed: Annotated[
        bool, typer.Option("--list", help="List the delegations that hold or will; with --all every one.")
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="With --list: also those that are over.")] = False,
    end: Annotated[str, typer.Option("--end", metavar="ID", help="End a delegation before its last day.")] = "",
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody answer in your name while you are away; list delegations; end one.

    They approve with `metricgov approve CHANGE --for YOU`, and it is shown as theirs for you. It fills your place once,
    never helps anybody who wrote the change, and cannot be passed on.

    JSON: {"format": 1, "delegations": [{"id", "label", "from", "to", "scope", "starts", "ends", "reason", "by",
    "state": "holds|to_come|over|ended"}]}.

    Example: metricgov delegate --to ops-lead --scope domain:crm_handoff --ends 2026-08-14 -m "on holiday"
    """
    if listed and end:
        raise typer.BadParameter("--list and --end do not go together")
    if listed or end:
        session = Session(claimed, key=key)
        if end:
            _end(session, end, message, as_json=as_json)
        else:
            _list(session, everything=everything, as_json=as_json)
        return
    _give(Session(claimed, key=key), to, giver, scope, starts, ends, message, as_json=as_json)


def _give(
    session: Session, to: str, giver: str, scope: str, starts: str, ends: str, message: str, *, as_json: bool
) -> None:
    from metricgov.app.delegating import Wish
    from metricgov.app.delegating import delegate as let
    from metricgov.app.ulid import new_ulid
    from metricgov.domain.errors import BadInput

    if not to or not ends:
        missing = "--to says who answers" if not to else "--ends says until when; a delegation always ends"
        hint = "metricgov delegate --to PERSON --ends DATE -m WHY"
        raise BadInput("delegation_incomplete", missing, hint=hint)
    reason = spoken(message, "a delegation")
    governance = session.governance
    for person in filter(None, (to, giver)):
        _check_person(governance, person)
    voice = session.voice
    clock = session.workspace.clock.now()
    wish = Wish(to=to, ends=ends, reason=reason, giver=giver, scope=scope, starts=starts)
    events = let(voice.access, id=new_ulid(clock), actor=voice.actor, wish=wish)
    _tell(session, [str(one.payload["id"]) for one in events if one.type == "delegated"], as_json=as_json)


def _end(session: Session, text: str, message: str, *, as_json: bool) -> None:
    from metricgov.app.delegating import delegations_in, end_delegation
    from metricgov.cli.output import talk
    from metricgov.domain.workflow.delegating import known

    voice = session.voice
    events = end_delegation(voice.access, text=text, actor=voice.actor, reason=message.strip())
    if not any(one.type == "delegation_ended" for one in events):
        talk("It has ended already.")
    _tell(session, [known(text, delegations_in(session.access.journal)).id], as_json=as_json)


def _list(session: Session, *, everything: bool, as_json: bool) -> None:
    from metricgov.app.delegating import delegations_in, running
    from metricgov.domain import time

    now = time.to_text(session.workspace.clock.now())
    session.workspace.require_journal()
    found = delegations_in(session.access.journal)
    _print(session, found if everything else running(found, now=now), as_json=as_json)


def _tell(session: Session, ids: list[str], *, as_json: bool) -> None:
    from metricgov.app.delegating import delegations_in

    _print(session, [one for one in delegations_in(session.access.journal) if one.id in ids], as_json=as_json)


def _print(session: Session, found: Sequence[Delegation], *, as_json: bool) -> None:
    from metricgov.app.answering import delegation_rows
    from metricgov.cli.output import data, screen
    from metricgov.domain import time
    from metricgov.render.delegations import delegations_json, delegations_text

    rows = delegation_rows(found, time.to_text(session.workspace.clock.now()))
    data(delegations_json(rows) if as_json else delegations_text(rows, screen=screen()))


def _check_person(governance: Governance, person: str) -> None:
    from metricgov.domain.definitions.problems import did_you_mean
    from metricgov.domain.errors import BadInput

    if governance.person(person) is None:
        near = did_you_mean(person, sorted(governance.active))
        team = "; name one of its members" if governance.members(person) else ""
        raise BadInput("person_unknown", f"`{person}` is not a person with rights here{team}", hint=near)


def reassign(
    change: ChangeId,
    to: Annotated[str, typer.Option("--to", metavar="PERSON", help="Who decides about this change instead.")],
    message: Words = "",
    key: SigningKey = "",
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Hand the accountable's place of one change to somebody who did not write it.

    For the accountable, the deputy, whoever decides in their place, and the council. It holds for later revisions.

    Example: metricgov reassign routing_speed --to ops-lead -m "she knows the source"
    """
    from metricgov.app.deciding import say
    from metricgov.cli.telling import tell_outcome
    from metricgov.domain.workflow.commands import Reassign

    session, reason = Session(claimed, key=key), spoken(message, "handing a change over")
    _check_person(session.governance, to)
    found = session.change(change)
    voice = session.voice
    events = say(
        voice.access,
        change=found,
        actor=voice.actor,
        command=lambda _state: Reassign(to=to, reason=reason),
        unsigned=voice.unsigned,
    )
    tell_outcome(session, found, events, as_json=as_json)
