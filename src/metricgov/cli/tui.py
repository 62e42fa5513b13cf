"""`tui`: the door to the terminal UI."""

from __future__ import annotations

from typing import Annotated

import typer

from metricgov.cli.options import Actor, Server, SigningKey


def tui(
    change: Annotated[str, typer.Option("--change", metavar="CHANGE", help="Open this change for review.")] = "",
    plain: Annotated[
        bool, typer.Option("--plain", help="Line by line, without drawing: for screen readers and pipes.")
    ] = False,
    web: Annotated[
        bool, typer.Option("--web", help="In a browser on this machine instead; prints the address, Ctrl-C stops.")
    ] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="With --web: this port; 0 is any free one.")
    ] = 0,
    server: Server = "",
    key: SigningKey = "",
    claimed: Actor = None,
) -> None:
    """The terminal UI: your inbox, the registry, reviews, the audit log.

    Everything can be done by keys; ? shows those that work, : finds everything by its name.

    Example: metricgov tui --change chg-7f3kq2
    """
    from metricgov.domain.errors import BadInput

    if port and not web:
        raise BadInput("port_without_web", "--port goes with --web", hint="metricgov tui --web --port 8080")
    try:
        if web:
            from metricgov_tui.web import serve

            said = (("--change", change), ("--key", key), ("--as", claimed or ""), ("--server", server))
            serve([word for pair in said if pair[1] for word in pair], port=port)
            return
        from metricgov_tui.start import run
    except ModuleNotFoundError as error:
        raise BadInput(
            "extra_missing", f"the terminal UI needs {error.name}", hint="pip install 'metricgov[tui]'"
        ) from None
    if server:
        from metricgov.cli.remotely import desk_at

        desk_at(server)  # what is missing is said before a screen is drawn
    run(change=change, claimed=claimed or "", key=key, plain=plain, server=server)
