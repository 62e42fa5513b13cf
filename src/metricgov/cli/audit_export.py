"""`audit export`: the journal as flat rows for other programs."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from metricgov.cli.period import Since, Until
from metricgov.desk.proving import Events, query_of
from metricgov.desk.session import Session
from metricgov.domain.errors import BadInput


class ExportFormat(StrEnum):
    """What the rows are written as."""

    CSV = "csv"
    JSONL = "jsonl"


def export(
    format_: Annotated[ExportFormat, typer.Option("--format", help="What to write.")] = ExportFormat.CSV,
    since: Since = "",
    until: Until = "",
    person: Annotated[str, typer.Option("--person", metavar="PERSON", help="What this person did.")] = "",
    event: Annotated[str, typer.Option("--event", metavar="TYPE", help="Events of this type (approved).")] = "",
    definition: Annotated[str, typer.Option("--definition", metavar="NAME", help="Changes of this definition.")] = "",
    change: Annotated[str, typer.Option("--change", metavar="CHANGE", help="Events of this change.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="Newest events written at most; 0 for all.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write into this file.", show_default=False)
    ] = None,
) -> None:
    """Write the events of the journal as flat rows, oldest first; the same journal gives the same bytes.

    Example: metricgov audit export --since 2026-01-01 --until 2026-06-30 --out events.csv
    """
    from metricgov.app.exporting import export as rows_of
    from metricgov.cli.output import talk
    from metricgov.render.export import export_csv, export_jsonl

    session = Session()
    query = query_of(session, Events(since, until, person, event, definition, change, limit))
    rows = rows_of(session.workspace.record, query)
    lines = export_csv(rows) if format_ is ExportFormat.CSV else export_jsonl(rows)
    if out is None:
        for line in lines:
            sys.stdout.buffer.write(line.encode())
        sys.stdout.buffer.flush()
        return
    written = _write(out, lines) - (format_ is ExportFormat.CSV)
    talk(f"{written:,} events written to {out}")


def _write(out: Path, lines: Iterable[str]) -> int:
    """Write a file, all or nothing, and return its lines."""
    part = out.with_name(f".{out.name}.part")
    number = 0
    try:
        with part.open("wb") as file:
            for line in lines:
                file.write(line.encode())
                number += 1
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        raise BadInput(
            "cannot_write", f"{out} cannot be written: {error.strerror}", hint="choose another file"
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return number
