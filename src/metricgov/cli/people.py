"""What waits for somebody, who they are, and who would have to agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import Actor, AsJson, Name
from metricgov.desk.session import Session
from metricgov.domain.changes.findings import ChangeClass

if TYPE_CHECKING:
    from metricgov.app.rights import Me


def inbox(claimed: Actor = None, as_json: AsJson = False) -> None:
    """What waits for you, oldest due first, with the reason why it is you.

    Example: metricgov inbox
    """
    from metricgov.app.moment import at_tip
    from metricgov.cli.output import data, screen
    from metricgov.desk.drafting import kept_drafts
    from metricgov.desk.entrance import inbox_of
    from metricgov.render.as_json import inbox_json
    from metricgov.render.changes import inbox_text

    session = Session(claimed)
    moment = at_tip(session.workspace.still)
    rows, drafts = inbox_of(session, moment), kept_drafts(session)
    data(inbox_json(rows, drafts) if as_json else inbox_text(rows, drafts, now=moment.now, screen=screen()))


def whoami(claimed: Actor = None, as_json: AsJson = False) -> None:
    """Who you are here, how that is known, and what governance gives you.

    Example: metricgov whoami
    """
    from metricgov.app.moment import at_tip
    from metricgov.app.rights import me
    from metricgov.domain.ssh import fingerprint

    session = Session(claimed)
    known_by = "the claim --as" if claimed else f"git's user.email {session.workspace.repository.user_email()}"
    found = me(at_tip(session.reading), session.actor, known_by=known_by)
    voice = session.voice
    signs = fingerprint(voice.access.signer.public) if voice.access.signer else ""
    says = f"signed with {signs}" if signs else f"not signed: {voice.unsigned}"
    tell(found, voice.actor.identity.value, f"decisions {says}", as_json=as_json)


def tell(found: Me, identity: str, decisions: str, *, as_json: bool) -> None:
    """Print who somebody is, and how what they decide is recorded."""
    from metricgov.cli.output import data, screen
    from metricgov.render.reading import me_text

    if as_json:
        data(_me_json(found, identity))
        return
    roles = (
        ("accountable", found.accountable),
        ("deputy", found.deputy),
        ("responsible", found.responsible),
        ("consulted", found.consulted),
        ("teams", found.teams),
        ("council", ("member",) if found.council else ()),
    )
    known_by = f"{found.known_by}; {decisions}"
    data(me_text(principal=found.principal, name=found.name, known_by=known_by, roles=roles, screen=screen()))


def who(
    name: Name,
    change_class: Annotated[
        ChangeClass, typer.Option("--class", help="The class of the change that you have in mind.")
    ] = ChangeClass.BREAKING,
    by: Annotated[
        str, typer.Option("--by", metavar="PERSON", help="Who would write it, and so cannot approve it.")
    ] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="DATE", help="By the governance in force then: a day's end, or a second.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Who would have to agree to a change of a definition, and whether they can.

    With --at, by the governance on main at that time, as the events of the journal saw it.

    Example: metricgov who routing_speed --class breaking --at 2026-06-30
    """
    from metricgov.cli.output import data, screen
    from metricgov.desk.reading import who_would
    from metricgov.render.as_json import who_json
    from metricgov.render.changes import who_text

    view = who_would(Session(), name, change_class, by, at)
    data(who_json(view) if as_json else who_text(view, screen=screen()))


def _me_json(found: Me, identity: str) -> str:
    from metricgov.render.json_text import json_text

    return json_text(
        {
            "format": 1,
            "principal": found.principal,
            "name": found.name,
            "identity": identity,
            "known_by": found.known_by,
            "teams": found.teams,
            "council": found.council,
            "accountable": found.accountable,
            "deputy": found.deputy,
            "responsible": found.responsible,
            "consulted": found.consulted,
        }
    )
