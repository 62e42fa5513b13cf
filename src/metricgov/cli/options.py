"""Options that many commands share, each defined once."""

from __future__ import annotations

import os
from typing import Annotated

import typer


def _print_version(wanted: bool) -> None:
    if wanted:
        from metricgov import __version__

        typer.echo(f"metricgov {__version__}")
        raise typer.Exit()


Version = Annotated[
    bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and stop.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON with a documented, versioned shape.")]
Actor = Annotated[
    str | None,
    typer.Option("--as", metavar="PERSON", envvar="METRICGOV_ACTOR", help="Act as this person (recorded as claimed)."),
]
SigningKey = Annotated[
    str,
    typer.Option(
        "--key",
        metavar="FILE",
        help="Sign with this SSH key; without it METRICGOV_SIGNING_KEY, else git's user.signingkey.",
        show_default=False,
    ),
]
Message = Annotated[str, typer.Option("--message", "-m", help="The words that go on record.")]
ChangeId = Annotated[
    str, typer.Argument(metavar="CHANGE", help="A change id, a unique part of it, or the name of its definition.")
]
Name = Annotated[
    str, typer.Argument(metavar="NAME", help="A definition: its name, or kind:name where a name is shared.")
]
At = Annotated[
    str | None, typer.Option("--at", metavar="COMMIT", help="Read at this commit instead of the main branch.")
]


Server = Annotated[
    str,
    typer.Option(
        "--server",
        metavar="URL",
        envvar="METRICGOV_SERVER",
        help="Do it at this server, signed in by `login` or METRICGOV_TOKEN, without a clone.",
        show_default=False,
    ),
]


def server(server: Server = "") -> None:
    """Hold the option of every command that a server can do; cli/lazy.py hands it out."""


def root(version: Version = False) -> None:
    """Hold the options of the program itself; the group takes its parameters from here."""


def _work_offline(context: typer.Context, wanted: bool) -> None:
    if wanted and "METRICGOV_OFFLINE" not in os.environ:
        os.environ["METRICGOV_OFFLINE"] = "1"
        context.call_on_close(lambda: os.environ.pop("METRICGOV_OFFLINE", None))


Offline = Annotated[
    bool,
    typer.Option(
        "--offline", callback=_work_offline, help="Let it wait here, for `sync` to send (METRICGOV_OFFLINE=1)."
    ),
]


def offline(offline: Offline = False) -> None:
    """Hold the option of every command that writes into the journal; cli/lazy.py hands it out."""
