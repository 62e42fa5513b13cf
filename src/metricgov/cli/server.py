"""`serve` and `token`: the server, and the tokens by which people and programs sign in at it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson

if TYPE_CHECKING:
    from datetime import datetime
    from types import ModuleType

    from metricgov.bootstrap import Workspace
    from metricgov.ports.tokens import Token

Registry = Annotated[
    Path | None, typer.Option("--registry", metavar="FOLDER", help="The registry's clone; without it, this folder.")
]
Database = Annotated[
    str | None, typer.Option("--database", metavar="URL", help="The server's database (METRICGOV_DATABASE).")
]


def serve(
    registry: Registry = None,
    host: Annotated[str | None, typer.Option("--host", help="Listen on this address; without it 127.0.0.1.")] = None,
    port: Annotated[
        int | None, typer.Option("--port", min=0, max=65535, help="Listen on this port; without it 8321.")
    ] = None,
    database: Database = None,
) -> None:
    """Serve the API of a registry, for people and programs without a clone.

    Settings come from options, then the environment (METRICGOV_PORT and so on), then metricgov-server.toml.
    People sign in with tokens; the first is made here: metricgov token create.

    Example: metricgov serve --port 8400
    """
    server = _server()
    settings = server.settings_of(registry=registry, host=host, port=port, database=database)

    def began(url: str) -> None:
        typer.echo(f"Serving {settings.registry.resolve().name} at {url}; Ctrl-C stops.", err=True)
        typer.echo(f"The API is described at {url}/v1/openapi.json.", err=True)

    server.run(settings, began=began)


def worker(registry: Registry = None, database: Database = None) -> None:
    """Do what a server does without being asked, in a process of its own: fetch and send, what is due, the index.

    Of several workers one works, and another takes over where it dies. `metricgov serve` has one inside, unless
    METRICGOV_WORKER=false; where there is no server, `metricgov tick` in cron does as well.

    Example: metricgov worker --database postgresql+psycopg://metrics@db/metricgov
    """
    server = _server()
    settings = server.settings_of(registry=registry, database=database)
    typer.echo(f"Working for {settings.registry.resolve().name}; Ctrl-C stops.", err=True)
    server.run_worker(settings)


def _server() -> ModuleType:
    return server_parts("assembled")


def server_parts(name: str) -> ModuleType:
    """Return a module of the server, whose libraries nothing else loads."""
    import importlib

    from metricgov.domain.errors import BadInput

    try:
        return importlib.import_module(f"metricgov.api.{name}")
    except ModuleNotFoundError as error:
        raise BadInput(
            "extra_missing", f"the server needs {error.name}", hint="pip install 'metricgov[server]'"
        ) from None


def create(
    person: Annotated[str, typer.Argument(metavar="PERSON", help="Whose token it is: an id of people.yaml.")],
    scopes: Annotated[
        str, typer.Option("--scopes", metavar="RIGHTS", help="read, propose, decide, apply, audit, admin; by commas.")
    ] = "read,propose,decide",
    expires: Annotated[
        str,
        typer.Option("--expires", metavar="DATE", help="Ends then: a day, a time, or 90d from now."),
    ] = "",
    name: Annotated[str, typer.Option("--name", help="What it is for, as lists show it.")] = "",
    registry: Registry = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """Make a token by which somebody signs in at the server; its secret is printed once, and kept by nobody.

    Whoever can run this can act as anybody at the server: it needs the server's database. What a token allows is not
    who may approve: that, the registry's RACI says.

    Example: metricgov token create crm-lead --scopes read,decide --expires 90d
    """
    from metricgov.cli.output import data, talk
    from metricgov.domain.people.tokens import check_end, check_name, scopes_of
    from metricgov.ports.tokens import Wanted
    from metricgov.render.json_text import json_text

    workspace, now = _store(registry, database)
    _known(workspace, person)
    until = check_end("", _until(expires, workspace.clock.now()), now)
    wanted = Wanted(check_name(name or person), person, scopes_of([scopes]), "", until)
    token, secret = workspace.store.tokens.issue(wanted, now)
    workspace.store.close()
    if as_json:
        data(json_text({"format": 1, "token": {**_shown(token), "secret": secret}}))
        return
    talk(f"Token {token.id} of {person}: {', '.join(token.scopes)}{_ends(token)}. It is shown this once:")
    data(secret)


def list_(
    person: Annotated[str, typer.Option("--person", metavar="PERSON", help="Only the tokens of this person.")] = "",
    registry: Registry = None,
    database: Database = None,
    as_json: AsJson = False,
) -> None:
    """List the tokens of the server: whose, what they allow, until when, and when they were used last.

    Example: metricgov token list --person crm-lead
    """
    from metricgov.cli.output import data, screen
    from metricgov.render.json_text import json_text
    from metricgov.render.tokens import tokens_text

    workspace, now = _store(registry, database)
    found = workspace.store.tokens.listed(person)
    workspace.store.close()
    rows = [_shown(one) for one in found]
    data(json_text({"format": 1, "tokens": rows}) if as_json else tokens_text(rows, now, screen()))


def revoke(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Its id, as the list shows it.")],
    registry: Registry = None,
    database: Database = None,
) -> None:
    """End a token and all that were made with it, at once and for good.

    Example: metricgov token revoke 4f1c2ab09e77
    """
    from metricgov.cli.output import talk

    workspace, now = _store(registry, database)
    ended = workspace.store.tokens.revoke(token, now)
    workspace.store.close()
    talk(f"Token {ended.id} ({ended.name}) of {ended.principal} opens nothing any more.")


def _store(registry: Path | None, database: str | None) -> tuple[Workspace, str]:
    from metricgov.bootstrap import with_database
    from metricgov.domain import time

    workspace = with_database(registry, database or "")
    return workspace, time.to_text(workspace.clock.now())


def _known(workspace: Workspace, person: str) -> None:
    from metricgov.app.governing import governance_at
    from metricgov.app.identity import acting

    tip = workspace.repository.resolve(workspace.target)
    acting(governance_at(tip, source=workspace.repository, files=workspace.files), email="", claimed=person)


def _until(said: str, now: datetime) -> str:
    """Return a day, a second, or so many days from now, as UTC in seconds; "" for never."""
    from datetime import timedelta

    from metricgov.domain import time
    from metricgov.domain.period import instant

    if not said:
        return ""
    if said.endswith("d") and said[:-1].isdigit():
        return time.to_text(now + timedelta(days=int(said[:-1])))
    return instant(said)


def _ends(token: Token) -> str:
    from metricgov.domain import time

    return f", until {time.spoken(token.expires_at)}" if token.expires_at else ", without an end"


def _shown(token: Token) -> dict[str, str | list[str]]:
    from dataclasses import asdict

    return {**asdict(token), "scopes": list(token.scopes)}
