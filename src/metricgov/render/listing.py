"""The list of definitions as text and CSV; its JSON stands with that of the other views."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from itertools import groupby

from metricgov.domain.views import DefinitionRow
from metricgov.render.kit import Ink, Screen, cells, clean, ink, plural

COLUMNS = ("id", "kind", "name", "path", "title", "version", "status", "domain", "owner", "kpi", "open_change")

TITLED = 110
"""Columns from which a screen has room for titles."""

NOT_SAID = "active"
"""The status that goes without saying."""


def listing_text(rows: Sequence[DefinitionRow], *, screen: Screen | None = None) -> str:
    """Return definitions by kind and domain, one a line, and how many there are of each kind."""
    screen = screen or Screen()
    if not rows:
        return ""
    titled = screen.columns >= TITLED
    head = ("name", "version", "owner", *(("title",) if titled else ()), "")
    body = [_cells(row, titled=titled) for row in rows]
    table = screen.table(head, body, fixed=(1,))
    if len(table) != len(rows) + 1:
        longest = screen.columns - sum(
            max(map(cells, column)) + 2 for column in list(zip(head, *body, strict=True))[1:]
        )
        body = [(screen.cut(name, max(longest, 20)), *rest) for name, *rest in body]
        table = screen.table(head, body, fixed=tuple(range(len(head))))
    lines, rest = [table[0]], iter(table[1:])
    for title, group in groupby(rows, key=_heading):
        lines += ([""] if len(lines) > 1 else []) + [ink(title, Ink.BOLD)]
        lines += [next(rest) for _ in group]
    return screen.text([*lines, "", *screen.wrap(_summary(rows))])


def _heading(row: DefinitionRow) -> str:
    kind = row.id.partition(":")[0]
    return f"{kind} · {clean(row.domain)}" if row.domain else kind


def _cells(row: DefinitionRow, *, titled: bool) -> tuple[str, ...]:
    name = clean(row.id.partition(":")[2])
    title = (clean(row.title),) if titled else ()
    return (name, clean(row.version) or "–", clean(row.owner) or "–", *title, _notes(row))


def _notes(row: DefinitionRow) -> str:
    notes = [ink("KPI", Ink.WORDS) if row.kpi else ""]
    if row.status and row.status != NOT_SAID:
        notes.append(ink(clean(row.status), Ink.GRAVE if row.status == "unreadable" else Ink.WARN))
    notes.append(ink(clean(row.open_change), Ink.CHANGED) if row.open_change else "")
    return " ".join(note for note in notes if note)


def _summary(rows: Sequence[DefinitionRow]) -> str:
    kinds: dict[str, int] = {}
    for row in rows:
        kind = row.id.partition(":")[0]
        kinds[kind] = kinds.get(kind, 0) + 1
    parts = []
    for kind, count in kinds.items():
        kpis = sum(row.kpi for row in rows) if kind == "metric" else 0
        said = plural(count, kind) if kind not in ("opaque", "governance") else f"{count} {kind}"
        parts.append(said + (f" ({plural(kpis, 'KPI')})" if kpis else ""))
    return f"{plural(len(rows), 'definition')}: {', '.join(parts)}." if len(kinds) > 1 else f"{', '.join(parts)}."


def listing_csv(rows: Sequence[DefinitionRow]) -> str:
    """Return definitions as CSV (RFC 4180, with a head); values as they stand in the files."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        kind, _, name = row.id.partition(":")
        kpi = "true" if row.kpi else "false"
        writer.writerow(
            (
                row.id,
                kind,
                name,
                row.path,
                row.title,
                row.version,
                row.status,
                row.domain,
                row.owner,
                kpi,
                row.open_change,
            )
        )
    return out.getvalue()
