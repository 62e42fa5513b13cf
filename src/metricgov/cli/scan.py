"""`scan`: the definition changes in any repository's past."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.domain.errors import BadInput
from metricgov.domain.scanned import Scanned, Tally

if TYPE_CHECKING:
    from metricgov.ports.files import DefinitionFiles
    from metricgov.ports.source import DefinitionSource

EVERY = 0.2
"""Seconds between two words about progress."""


class ScanFormat(StrEnum):
    """How the result is printed."""

    TEXT = "text"
    JSON = "json"


def scan(
    repository: Annotated[Path, typer.Argument(metavar="REPOSITORY", help="Any folder of a repository.")] = Path(),
    since: Annotated[str, typer.Option(metavar="DATE", help="Only commits from this day on: 2026-01-31.")] = "",
    paths: Annotated[
        list[str] | None,
        typer.Option(metavar="GLOB", help="Where definitions stand; repeat for more. `*` in a folder, `**` across."),
    ] = None,
    dialect: Annotated[
        str, typer.Option(help="SQL dialect of the expressions; without one SQL is compared as text.")
    ] = "",
    ref: Annotated[str, typer.Option(metavar="REF", help="The branch whose past is read.")] = "HEAD",
    created: Annotated[bool, typer.Option("--created", help="Show definitions that appear, too.")] = False,
    format_: Annotated[ScanFormat, typer.Option("--format", help="text or json.")] = ScanFormat.TEXT,
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Find the definition changes in a repository's past, with class, author and line; needs no registry.

    Reads the commits of one branch, newest first. Files of the native format are compared by field, those of other
    tools (YAML, JSON, TOML, SQL) by their tree.

    Example: metricgov scan --since 2026-01-01 --dialect bigquery
    """
    from metricgov import bootstrap
    from metricgov.app.scanning import DEFAULT_PATHS
    from metricgov.app.scanning import scan as walk
    from metricgov.assembly import outside

    if not repository.exists():
        raise BadInput(
            "no_folder",
            f"there is no folder {repository}",
            hint="name a folder of a repository; files in it are chosen by --paths GLOB",
        )
    day, known = _day(since), _dialect(dialect)
    tally, ticker = Tally(), Ticker()
    workspace = bootstrap.Workspace(repository)
    with workspace.repository as opened, closing(outside.history_of(opened)) as history:
        tip = opened.resolve(ref)
        known = known or _registry_dialect(opened, tip, workspace.files)
        found = walk(
            tip,
            history=history,
            files=workspace.files,
            tally=tally,
            since=day,
            paths=tuple(paths or DEFAULT_PATHS),
            dialect=known,
            created=created,
            progress=ticker.tick,
        )
        if as_json or format_ is ScanFormat.JSON:
            _print_json(found, tally, ticker)
        else:
            _print_text(found, tally, ticker, hint=not known)


def _print_text(found: Iterator[Scanned], tally: Tally, ticker: Ticker, *, hint: bool) -> None:
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.scan import change_text, tally_text

    out = screen()
    try:
        for one in found:
            ticker.clear()
            data(change_text(one, out))
    except KeyboardInterrupt:
        ticker.clear()
        talk(tally_text(tally, screen(sys.stderr), interrupted=True))
        raise
    ticker.clear()
    talk(tally_text(tally, screen(sys.stderr)))
    if not tally.changes and not tally.created:
        talk('No definition changed there. Say where they stand, for example: --paths "warehouse/**/*.sql"')
    elif hint and tally.grave:
        talk("SQL was compared as text; name its dialect to see what only looks different: --dialect bigquery")


def _print_json(found: Iterator[Scanned], tally: Tally, ticker: Ticker) -> None:
    from metricgov.render.scan import change_json

    sys.stdout.write('{"format": 1, "changes": [')
    try:
        for number, one in enumerate(found):
            ticker.clear()
            sys.stdout.write(("," if number else "") + "\n" + json.dumps(change_json(one)))
    except KeyboardInterrupt:
        _end_json(tally, ticker, interrupted=True)
        raise
    _end_json(tally, ticker, interrupted=False)


def _end_json(tally: Tally, ticker: Ticker, *, interrupted: bool) -> None:
    from metricgov.render.scan import tally_json

    ticker.clear()
    sys.stdout.write("\n" + f'], "summary": {json.dumps(tally_json(tally, interrupted=interrupted))}' + "}\n")
    sys.stdout.flush()


class Ticker:
    """A line on a terminal's stderr that says how far the scan is; silent everywhere else."""

    def __init__(self) -> None:
        self.shown = False
        self._live = sys.stderr.isatty()
        self._next = time.monotonic() + EVERY

    def tick(self, tally: Tally) -> None:
        """Say how far it is, if it is time to."""
        if self._live and time.monotonic() >= self._next:
            sys.stderr.write(f"\r\x1b[K{tally.commits:,} commits, {tally.changes:,} changes")
            sys.stderr.flush()
            self.shown, self._next = True, time.monotonic() + EVERY

    def clear(self) -> None:
        """Take the line away before something else is printed."""
        if self.shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
            self.shown = False


def _day(text: str) -> str:
    from metricgov.domain.time import day

    if not text:
        return ""
    try:
        return day(text).isoformat()
    except ValueError:
        raise BadInput("bad_date", f"{text!r} is not a day", hint="write it as 2026-01-31") from None


def _registry_dialect(source: DefinitionSource, tip: str, files: DefinitionFiles) -> str | None:
    """Return what metricgov.yaml says where the repository is a registry, None elsewhere."""
    from metricgov.app.contents import read_paths
    from metricgov.domain.definitions.governance import PATHS
    from metricgov.domain.errors import InvalidFiles

    path = PATHS["metricgov"]
    found = read_paths(source, tip, (path,))
    try:
        said = files.load(found[path].data, path).get("dialect") if path in found else None
    except InvalidFiles:
        return None
    return said if isinstance(said, str) else None


def _dialect(name: str) -> str | None:
    if not name:
        return None
    from sqlglot.dialects.dialect import Dialect

    known = sorted(one for one in Dialect.classes if one)
    if name.lower() not in known:
        raise BadInput("unknown_dialect", f"{name!r} is not a dialect", hint=f"one of {', '.join(known)}")
    return name.lower()
