"""From both sides of a definition and its findings to texts that can be laid side by side; nothing is read here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from metricgov.domain.changes.file_rows import form_edits, rows
from metricgov.domain.changes.marks import Mark, word_marks
from metricgov.domain.definitions.kinds import NATIVE, split_id
from metricgov.domain.digest import JSON
from metricgov.domain.edited_views import EditedDefinition, FieldEdit, How
from metricgov.render.findings import ordered
from metricgov.render.inline import words_of
from metricgov.render.kit import clean
from metricgov.render.wording import apart

if TYPE_CHECKING:
    from metricgov.app.contents import EditedPath
    from metricgov.domain.changes.findings import Finding
    from metricgov.domain.definitions.fields import Field

KeyLines = Callable[[bytes], Mapping[str, int]]

_STATEMENT = re.compile(r"statement \d+")


def edited_definition(
    definition: str, edited: EditedPath, findings: Sequence[Finding], *, before_path: str, dialect: str, lines: KeyLines
) -> EditedDefinition:
    """Return what one definition was and becomes; `lines` finds the lines of fields in the bytes of a file."""
    told, follows = apart(ordered(findings))
    sides = tuple(content.data if content else b"" for content in (edited.before, edited.after))
    before, after = (_lines(side) for side in sides)
    native = split_id(definition)[0] in NATIVE
    form = form_edits(before, after, (lines(sides[0]), lines(sides[1])), [one.field for one in findings])
    return EditedDefinition(
        definition=definition,
        path=edited.path,
        path_before=before_path if before_path != edited.path else "",
        fields=tuple(field_edit(one, dialect) for one in told),
        follows=tuple(follows),
        form=form if native and before and after else (),
        before=before,
        after=after,
        rows=rows(before, after),
    )


def field_edit(finding: Finding, dialect: str) -> FieldEdit:
    """Return a finding with the texts of its field and where they differ."""
    old, new = finding.before, finding.after
    if not finding.field or (old is None and new is None):
        return FieldEdit(finding, How.WHOLE)
    before, after = text_of(old), text_of(new)
    if finding.cause or old == new:
        return FieldEdit(finding, How.AFFECTED, before, after)
    if old is None or new is None:
        return FieldEdit(finding, How.ADDED if old is None else How.REMOVED, before, after)
    if not _is_sql(finding):
        return FieldEdit(finding, How.CHANGED, before, after, _marks(before, after))
    from metricgov.domain.changes.sql_marks import sql_marks

    marks = sql_marks(before, after, dialect, statement=bool(_STATEMENT.fullmatch(finding.field)))
    return FieldEdit(finding, How.CHANGED if marks else How.RESPELLED, before, after, marks, sql=True)


def text_of(value: JSON) -> str:
    """Return a value as people read it: a text with its own lines, everything else as one line."""
    if value is None:
        return ""
    if isinstance(value, str) and "\n" in value.strip():
        return "\n".join(clean(line.expandtabs(4)) for line in value.rstrip().split("\n"))
    return words_of(value)


def _marks(before: str, after: str) -> tuple[Mark, ...]:
    if before == after:
        return ()
    return word_marks(before, after)


def _is_sql(finding: Finding) -> bool:
    kind, _ = split_id(finding.definition)
    if kind not in NATIVE:
        return bool(_STATEMENT.fullmatch(finding.field)) or finding.path.endswith(".sql")
    found = _field(finding)
    return found is not None and found.is_sql


def _field(finding: Finding) -> Field | None:
    from metricgov.domain.definitions.fields import fields

    known = fields(split_id(finding.definition)[0])
    pattern = re.sub(r"\[[^\]]*\]", "[]", finding.field)
    return known.get(pattern) or known.get(f"{pattern.rpartition('.')[0]}.*")


def _lines(data: bytes) -> tuple[str, ...]:
    """Return the lines of a file as they can be shown."""
    text = data.decode("utf-8", "replace")
    return tuple(clean(line.expandtabs(4)) or line.strip() for line in text.rstrip("\n").split("\n")) if text else ()
