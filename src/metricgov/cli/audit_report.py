"""`audit report`: the file for an auditor, as a folder of pages and tables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson
from metricgov.desk.session import Session

if TYPE_CHECKING:
    from metricgov.desk.audit_file import AuditFile

NAME = re.compile(r"(?!\.)[\w.-]+(/(?!\.)[\w.-]+)?", re.ASCII)
"""What a file of an auditor's file may be called: nothing that leads out of its folder."""


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
    from metricgov.cli.folder import NewFolder
    from metricgov.cli.output import data, talk
    from metricgov.cli.progress import Meter
    from metricgov.desk.audit_file import MARK, wish_of, write_file
    from metricgov.render.report.tables import KIND, summary_json, summary_text

    wish, meter = wish_of(first, last, root=root, expect=expect, at=at), Meter()
    workspace = Session().workspace
    with NewFolder(out, mark=MARK, said=KIND) as folder:
        try:
            found = write_file(workspace, folder, wish, meter)
        finally:
            meter.clear()
        folder.publish()
    digest = folder.digests[MARK]
    data(summary_json(found, digest) if as_json else summary_text(found, digest))
    talk(f"Open {out / 'index.html'}")


def unpacked(file: AuditFile, out: Path) -> None:
    """Write a file that a server sent: all or nothing, and only if every digest of its manifest is right."""
    import io
    import json
    import zipfile

    from metricgov.cli.folder import NewFolder
    from metricgov.desk.audit_file import MARK
    from metricgov.domain.errors import Undecidable
    from metricgov.render.report.tables import KIND

    broken = Undecidable("report_broken", "the file that the server sent is not whole", hint="run it once more")
    with NewFolder(out, mark=MARK, said=KIND) as folder:
        try:
            with zipfile.ZipFile(io.BytesIO(file.archive)) as archive:
                for name in archive.namelist():
                    if not NAME.fullmatch(name):
                        raise broken
                    folder.add(name, archive.read(name).decode())
                expected = json.loads(archive.read(MARK))["files"]
        except (zipfile.BadZipFile, KeyError, ValueError, TypeError):
            raise broken from None
        if {**expected, MARK: file.sha256} != folder.digests:
            raise broken
        folder.publish()
