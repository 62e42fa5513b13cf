"""The door of CI: one verdict on base and head, in the format that the place understands."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Format(StrEnum):
    """What the verdict is written as."""

    TEXT = "text"
    JSON = "json"
    MARKDOWN = "markdown"
    GITHUB = "github"
    SARIF = "sarif"
    JUNIT = "junit"


def gate(
    base: Annotated[str, typer.Option(metavar="REF", help="Where the change wants to go: main.")] = "main",
    head: Annotated[str, typer.Option(metavar="REF", help="What wants to be merged.")] = "HEAD",
    at: Annotated[str, typer.Option(metavar="TIME", help="Judge as of this UTC time; default now.")] = "",
    root: Annotated[
        str,
        typer.Option(
            metavar="DIGEST",
            help="Digest of a governance that is known to be right, pinned in CI: base must descend from it.",
        ),
    ] = "",
    journal: Annotated[
        str, typer.Option(metavar="REF", help="Where the journal is; default: its branch, here or on origin.")
    ] = "",
    format_: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="As text: the evidence for what passes in full.")] = False,
) -> None:
    """Say whether everything governed that differs between base and head was approved; exit 1 if not.

    Needs nothing but the repository: no network, no server, no database. With --root, every change of the rules since
    the pinned ones has to have been approved under those before it. Exit codes: 0 pass, 1 blocked, 2 usage, 3 could not
    decide.

    Example: metricgov gate --base origin/main --head HEAD --format github
    """
    from metricgov.app.head_start import head_start
    from metricgov.bootstrap import Workspace
    from metricgov.domain import time
    from metricgov.domain.errors import BadInput

    if at:
        try:
            time.from_text(at)
        except ValueError:
            raise BadInput("bad_time", f"{at!r} is not a UTC time", hint="write it as 2026-07-01T09:00:00Z") from None
    workspace = Workspace()
    repository = workspace.repository
    first, second = repository.resolve(base), repository.resolve(head)
    access, has_journal = workspace.frozen(first, journal)
    begun = head_start(access, first, second)

    # Only now, while git searches: these imports take longer than everything that git is asked here.
    from metricgov.app.gate import gate as judge
    from metricgov.cli.output import data, screen
    from metricgov.domain.verdict import EXIT_CODES
    from metricgov.render.gate import FORMATS
    from metricgov.render.gate_text import gate_text

    report = judge(
        access,
        hygiene=repository,
        base=first,
        head=second,
        at=at or time.to_text(workspace.clock.now()),
        root=root,
        has_journal=has_journal,
        begun=begun,
    )
    chosen = Format.JSON if as_json else format_
    data(gate_text(report, screen(), verbose=verbose) if chosen is Format.TEXT else FORMATS[chosen](report))
    raise typer.Exit(EXIT_CODES[report.verdict])
