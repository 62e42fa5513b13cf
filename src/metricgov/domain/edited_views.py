"""What a change does to the texts of definitions, for those who read it line by line."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from metricgov.domain.changes.file_rows import FormEdit, Row
    from metricgov.domain.changes.findings import Finding
    from metricgov.domain.changes.marks import Mark


class How(StrEnum):
    """What happened to the text of a field."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"
    RESPELLED = "respelled"
    """It says the same in other words of SQL, or in another order."""
    AFFECTED = "affected"
    """Its own text stayed; what it means did not."""
    WHOLE = "whole"
    """The definition as a whole: it is new, gone, moved, or judged as one."""


@dataclass(frozen=True, slots=True)
class FieldEdit:
    """A finding with the texts of its field on both sides ("" where there is none) and where they differ.

    `marks` count characters of these texts; `sql` says that they were compared by their structure.
    """

    finding: Finding
    how: How
    before: str = ""
    after: str = ""
    marks: tuple[Mark, ...] = ()
    sql: bool = False


@dataclass(frozen=True, slots=True)
class EditedDefinition:
    """What a change does to one definition: to its fields, gravest first, to its form, and to its file.

    `follows` are fields that the tool wrote itself (version, date). `before` and `after` are the lines of the file, ()
    where it does not exist, and `rows` pairs their numbers.
    """

    definition: str
    path: str
    path_before: str = ""
    fields: tuple[FieldEdit, ...] = ()
    follows: tuple[Finding, ...] = ()
    form: tuple[FormEdit, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def unchanged(self) -> int:
        """How many lines of the file are the same on both sides."""
        return sum(1 for old, new in self.rows if old and new and self.before[old - 1] == self.after[new - 1])
