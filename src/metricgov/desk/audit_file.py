"""The file for an auditor: written into whatever takes texts by name, a folder or an archive that can be sent."""

from __future__ import annotations

import hashlib
import io
import zipfile
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from metricgov.desk.asked import Progress, silent
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.bootstrap import Workspace
    from metricgov.domain.report import Period, Report, Sheet

MARK: Final = "manifest.json"
"""The file that names every other one with its digest."""

EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""The time of every file in the archive, so that the same file has the same bytes."""


@dataclass(frozen=True, slots=True)
class AuditFile:
    """A whole file: `archive` is a ZIP of its pages and tables, `says` what it holds in a few lines, `summary` as JSON.

    `sha256` is the digest of its manifest.json, which holds those of all the others.
    """

    archive: bytes
    says: str
    summary: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What a file is to be about: its days, the root that was pinned, the last event as kept elsewhere, as of when."""

    period: Period
    root: str = ""
    expected: tuple[int, str] | None = None
    at: str = ""


class Place(Protocol):
    """What takes files; the SHA-256 of each stands in `digests`."""

    digests: dict[str, str]

    def add(self, name: str, text: str) -> None:
        """Take one file."""
        ...


class Archive:
    """Files in a ZIP in memory."""

    def __init__(self) -> None:
        self.digests: dict[str, str] = {}
        self._bytes = io.BytesIO()
        self._zip = zipfile.ZipFile(self._bytes, "w", zipfile.ZIP_DEFLATED)

    def add(self, name: str, text: str) -> None:
        """Take one file."""
        raw = text.encode()
        entry = zipfile.ZipInfo(name, EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = 0o644 << 16
        self._zip.writestr(entry, raw)
        self.digests[name] = hashlib.sha256(raw).hexdigest()

    def done(self) -> bytes:
        """Return the whole."""
        self._zip.close()
        return self._bytes.getvalue()


def wish_of(first: str, last: str, *, root: str = "", expect: str = "", at: str = "") -> Wish:
    """Return what is wished for; BadInput where a day, digest, event or time is none."""
    from metricgov.app.report.whole import period_of
    from metricgov.desk.judging import anchor_of, digest_of
    from metricgov.domain import time

    period = period_of(first, last)
    if at:
        try:
            time.from_text(at)
        except ValueError:
            raise BadInput("bad_time", f"{at!r} is not a UTC time", hint="write it as 2026-07-01T09:00:00Z") from None
    return Wish(period, digest_of(root), anchor_of(expect), at)


def write_file(workspace: Workspace, place: Place, wish: Wish, progress: Progress = silent) -> Report:
    """Write the whole file, its manifest last."""
    from metricgov.render.report.tables import manifest

    found = _written(workspace, place, wish, progress)
    place.add(MARK, manifest(found, place.digests))
    return found


def _written(workspace: Workspace, place: Place, wish: Wish, progress: Progress) -> Report:
    """Write everything but the manifest."""
    from metricgov import __version__
    from metricgov.app.addressing import Labels
    from metricgov.app.exporting import export
    from metricgov.app.report.whole import Sources
    from metricgov.app.report.whole import report as collect
    from metricgov.assembly.outside import history_of
    from metricgov.ports.index import EventQuery
    from metricgov.render.export import export_csv
    from metricgov.render.report.html import Head, Pages
    from metricgov.render.report.tables import EVENTS, TABLES, Row, table_text

    access, record = workspace.audited, workspace.record
    program, period = f"metricgov {__version__}", wish.period
    pages = Pages(Head(access.registry, access.target, program, period), Labels(record.changes()))
    rows: dict[str, list[Row]] = {one.file: [] for one in TABLES if one.of_sheet}

    def write(sheet: Sheet) -> None:
        place.add(sheet.file, pages.sheet(sheet))
        for table in TABLES:
            if table.of_sheet is not None:
                rows[table.file].extend(table.of_sheet(sheet))

    with closing(history_of(workspace.repository)) as line:
        found = collect(
            Sources(access, record, workspace.integrity, line, workspace.repository),
            period,
            program=program,
            write=write,
            at=wish.at,
            root=wish.root,
            expected=wish.expected,
            progress=progress,
        )
    for table in TABLES:
        place.add(table.file, table_text(table, table.of_report(found) if table.of_report else rows[table.file]))
    place.add(EVENTS[0], "".join(export_csv(export(record, EventQuery(period.start, period.end)))))
    place.add("index.html", pages.index(found))
    return found
