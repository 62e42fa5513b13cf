"""`tui`: the door to the terminal UI."""

from __future__ import annotations

from typing import Annotated

import typer

from metricgov.cli.options import Actor, SigningKey


def tui(
    change: Annotated[str, typer.Option("--change", metavar="CHANGE", help="Open this change for review.")] = "",
    key: SigningKey = "",
    claimed: Actor = None,
) -> None:
    """The terminal UI: your inbox, the registry, reviews, the audit log.

    Everything can be done by keys; ? shows those that work, : finds everything by its name.

    Example: metricgov tui --change chg-7f3kq2
    """
    from metricgov.domain.errors import BadInput

    try:
        from metricgov_tui.start import run
    except ModuleNotFoundError as error:
        raise BadInput(
            "extra_missing", f"the terminal UI needs {error.name}", hint="pip install 'metricgov[tui]'"
        ) from None
    run(change=change, claimed=claimed or "", key=key)
