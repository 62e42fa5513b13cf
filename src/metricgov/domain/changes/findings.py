"""What a diff says: classes, flags and findings. How they are found lives in the rules beside this file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from metricgov.domain.digest import JSON


class ChangeClass(StrEnum):
    """Whether values before and after a change can be compared (classification.md)."""

    IDENTICAL = "identical"
    EDITORIAL = "editorial"
    COMPATIBLE = "compatible"
    BREAKING = "breaking"
    UNKNOWN = "unknown"


GRAVITY: dict[ChangeClass, int] = {
    ChangeClass.IDENTICAL: 0,
    ChangeClass.EDITORIAL: 1,
    ChangeClass.COMPATIBLE: 2,
    ChangeClass.BREAKING: 3,
    ChangeClass.UNKNOWN: 4,
}


def gravest(classes: Iterable[ChangeClass]) -> ChangeClass:
    """Return the gravest class; of nothing, `identical`."""
    return max(classes, key=GRAVITY.__getitem__, default=ChangeClass.IDENTICAL)


class Flag(StrEnum):
    """What a finding asks for besides its class."""

    BREAKS_CONSUMERS = "R"
    GOVERNANCE = "G"
    NOTIFY = "N"
    STALE_TEXT = "S"
    BLOCKS = "B"
    """Never allowed, whoever agrees (a recycled name, a deleted definition)."""


WRITTEN_BY_THE_TOOL = frozenset({"VERSION_WRITTEN", "EFFECTIVE_WRITTEN"})
"""Rules of fields that follow from the rest of a change and are written when it is proposed."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One edit of one field and what it means.

    `definition` is `kind:name`; `field` a dotted path ("" for the whole definition); `line` counts from 1 in the file
    after the change (before it, for a removal), None where no line exists; `cause` names the definition that
    changed where this one is only affected.
    """

    rule: str
    definition: str
    path: str
    field: str
    before: JSON
    after: JSON
    change_class: ChangeClass
    flags: frozenset[Flag]
    says: str
    because: str
    line: int | None = None
    cause: str | None = None
