"""Options that limit a command to a period."""

from __future__ import annotations

from typing import Annotated

import typer

Since = Annotated[str, typer.Option("--since", metavar="DATE", help="From this day on (2026-06-01), or this second.")]
Until = Annotated[str, typer.Option("--until", metavar="DATE", help="Up to and including this day, or this second.")]
