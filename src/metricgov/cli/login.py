"""`login` and `logout`: sign in at a server with the provider of one's company, and out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from metricgov.cli.options import AsJson

if TYPE_CHECKING:
    from metricgov.client.device_flow import Prompt
    from metricgov.client.kept_logins import Login
    from metricgov.desk.asked import Reader

There = Annotated[
    str,
    typer.Option(
        "--server", metavar="URL", envvar="METRICGOV_SERVER", help="The server's address.", show_default=False
    ),
]


def login(server: There = "", as_json: AsJson = False) -> None:
    """Sign in at a server: enter a code in a browser, on this machine or any other.

    What comes of it is kept in logins.json in your folder for settings (~/.config/metricgov), where only you can read
    it, and renewed by itself until you log out; commands with --server use it. METRICGOV_TOKEN goes before it.

    Example: metricgov login --server https://metrics.example.com
    """
    import os

    from metricgov.cli.output import data, talk
    from metricgov.render.json_text import json_text

    url = _address(server)
    try:
        from metricgov.client.device_flow import sign_in
        from metricgov.client.kept_logins import TOKEN_VARIABLE, Logins
        from metricgov.client.remote import RemoteDesk

        found = sign_in(url, RemoteDesk(url).how_to_sign_in(), lambda prompt: talk(_asks(url, prompt)))
        reader: Reader = RemoteDesk(url, found.token).reader()  # type: ignore[attr-defined] # made from the table
    except ModuleNotFoundError as error:
        raise _extra(error) from None
    logins = Logins()
    with logins.alone():
        logins.put(url, found)
    if as_json:
        data(json_text({"format": 1, "server": url, **_shown(reader, found)}))
    else:
        talk(_says(url, reader, found))
    if os.environ.get(TOKEN_VARIABLE):
        talk(f"{TOKEN_VARIABLE} is set and goes before this sign-in: unset {TOKEN_VARIABLE}")


def logout(server: There = "") -> None:
    """Sign out at a server: what login kept is deleted, and its provider told.

    Example: metricgov logout --server https://metrics.example.com
    """
    from metricgov.cli.output import talk
    from metricgov.client.kept_logins import Logins

    logins = Logins()
    url = server or _only(logins.all())
    with logins.alone():
        dropped = logins.drop(_address(url))
    if dropped is None:
        talk(f"Nobody is signed in at {url} from here.")
        return
    try:
        from metricgov.client.device_flow import sign_out

        told = sign_out(dropped)
    except ModuleNotFoundError as error:
        raise _extra(error) from None
    talk(f"Signed out at {url}." + (f" {told}" if told else ""))


def _only(kept: dict[str, Any]) -> str:
    """Return the one server at which somebody is signed in."""
    from metricgov.domain.errors import BadInput

    if len(kept) == 1:
        return next(iter(kept))
    says = (
        f"you are signed in at {len(kept)} servers: {', '.join(sorted(kept))}" if kept else "you are nowhere signed in"
    )
    raise BadInput("no_server", says, hint="name one: metricgov logout --server URL")


def _address(url: str) -> str:
    from metricgov.client.kept_logins import is_safe
    from metricgov.domain.errors import BadInput

    if not url:
        raise BadInput("no_server", "which server?", hint="write --server URL, or export METRICGOV_SERVER=URL")
    if not is_safe(url):
        says = f"{url!r} is no https address, so others could read what you sign in with"
        raise BadInput("bad_server", says, hint="write --server https://metrics.example.com")
    return url.rstrip("/")


def _asks(url: str, prompt: Prompt) -> str:
    lines = [f"To sign in at {url}, open", "", f"    {prompt.address}", "", f"and enter the code    {prompt.code}", ""]
    if prompt.whole:
        lines += ["or open this, and compare the code:", "", f"    {prompt.whole}", ""]
    minutes = max(1, round(prompt.seconds / 60))
    return "\n".join([*lines, f"Waiting up to {minutes} minutes for {prompt.issuer}; Ctrl-C ends it."])


def _says(url: str, reader: Reader, found: Login) -> str:
    name = f" ({reader.name})" if reader.name else ""
    lasts = "until you log out" if found.refresh else f"until {_end(found)}"
    return f"Signed in at {url} as {reader.principal}{name}, {lasts}."


def _shown(reader: Reader, found: Login) -> dict[str, Any]:
    return {
        "principal": reader.principal,
        "name": reader.name,
        "issuer": found.issuer,
        "until": _end(found, spoken=False),
        "renewed": bool(found.refresh),
    }


def _end(found: Login, *, spoken: bool = True) -> str:
    from datetime import UTC, datetime

    from metricgov.domain import time

    text = time.to_text(datetime.fromtimestamp(int(found.ends), UTC))
    return time.spoken(text) if spoken else text


def _extra(error: ModuleNotFoundError) -> Exception:
    from metricgov.domain.errors import BadInput

    return BadInput("extra_missing", f"this needs {error.name}", hint="pip install 'metricgov[client]'")
