"""`audit report`: the file for an auditor, as a folder of pages and tables."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.audit import anchor_of
from metricgov.cli.options import AsJson
from metricgov.desk.session import Session
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.bootstrap import Workspace
    from metricgov.cli.folder import NewFolder
    from metricgov.domain.report import Period, Report, Sheet

DIGEST = re.compile(r"[0-9a-f]{64}")
MARK = "manifest.json"


def report(
    first: Annotated[str, typer.Option("--from", metavar="DATE", help="First day of the period, UTC.")],
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="Last day of the period, UTC.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write; it must not exist yet.")],
    root: Annotated[
        str, typer.Option("--root", metavar="DIGEST", help="Digest of the first governance, as pinned.")
    ] = "",
    expect: Annotated[
        str, typer.Option("--expect", metavar="SEQ:SHA256", help="The last event, as somebody kept it elsewhere.")
    ] = "",
    at: Annotated[
        str,
        typer.Option("--at", metavar="TIME", help="Judge what is open as of this UTC second; default: the last event."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Write the file for an auditor: every change, decision and step of main in a period, as HTML and CSV.

    The same journal and main give the same bytes, wherever and whenever this runs. Nothing is written unless all of it
    can be; an earlier file of the same command in DIR is replaced.

    Example: metricgov audit report --from 2026-04-01 --to 2026-06-30 --out audit-2026-q2
    """
    from metricgov.app.report.whole import period_of
    from metricgov.cli.folder import NewFolder
    from metricgov.cli.output import data, talk
    from metricgov.render.report.tables import KIND, manifest, summary_json, summary_text

    period = period_of(first, last)
    _check(root, at)
    expected = anchor_of(expect)
    workspace = Session().workspace
    with NewFolder(out, mark=MARK, said=KIND) as folder:
        found = _written(workspace, folder, period, root=root, at=at, expected=expected)
        text = manifest(found, folder.digests)
        folder.add(MARK, text)
        digest = folder.digests[MARK]
        folder.publish()
    data(summary_json(found, digest) if as_json else summary_text(found, digest))
    talk(f"Open {out / 'index.html'}")


def _written(
    workspace: Workspace, folder: NewFolder, period: Period, *, root: str, at: str, expected: tuple[int, str] | None
) -> Report:
    """Write everything but the manifest."""
    from metricgov import __version__
    from metricgov.app.addressing import labels_of
    from metricgov.app.exporting import export
    from metricgov.app.report.whole import Sources
    from metricgov.app.report.whole import report as collect
    from metricgov.assembly.outside import history_of
    from metricgov.cli.progress import Meter
    from metricgov.ports.index import EventQuery
    from metricgov.render.export import export_csv
    from metricgov.render.report.html import Head, Pages
    from metricgov.render.report.tables import EVENTS, TABLES, Row, table_text

    access, record, meter = workspace.audited, workspace.record, Meter()
    program = f"metricgov {__version__}"
    pages = Pages(Head(access.registry, access.target, program, period), labels_of(record.changes()))
    rows: dict[str, list[Row]] = {one.file: [] for one in TABLES if one.of_sheet}

    def write(sheet: Sheet) -> None:
        folder.add(sheet.file, pages.sheet(sheet))
        for table in TABLES:
            if table.of_sheet is not None:
                rows[table.file].extend(table.of_sheet(sheet))

    try:
        with closing(history_of(workspace.repository)) as line:
            sources = Sources(access, record, workspace.integrity, line, workspace.repository)
            found = collect(
                sources, period, program=program, write=write, at=at, root=root, expected=expected, progress=meter
            )
    finally:
        meter.clear()
    for table in TABLES:
        folder.add(table.file, table_text(table, table.of_report(found) if table.of_report else rows[table.file]))
    folder.add(EVENTS[0], "".join(export_csv(export(record, EventQuery(period.start, period.end)))))
    folder.add("index.html", pages.index(found))
    return found


def _check(root: str, at: str) -> None:
    from metricgov.domain import time

    if root and not DIGEST.fullmatch(root):
        raise BadInput("bad_root", f"{root!r} is no digest", hint="write the 64 digits that audit verify --full prints")
    if at:
        try:
            time.from_text(at)
        except ValueError:
            raise BadInput("bad_time", f"{at!r} is not a UTC time", hint="write it as 2026-07-01T09:00:00Z") from None
