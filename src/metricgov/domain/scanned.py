"""What a scan of a past reports, as plain values; how it is found lives in the use case."""

from __future__ import annotations

from dataclasses import dataclass, field

from metricgov.domain.changes.findings import GRAVITY, ChangeClass, Finding


@dataclass(frozen=True, slots=True)
class Scanned:
    """One definition that one commit changed: its class, its findings gravest first, and whether its words moved along.

    `line` counts in the file after the commit (before it, for a removal), None where none is known. `words_stayed` is
    True where what is computed changed and the description did not, None where there is no description to look at.
    `commit` is its id, `at` its UTC second.
    """

    commit: str
    at: str
    author: str
    id: str
    path: str
    change_class: ChangeClass
    findings: tuple[Finding, ...]
    line: int | None
    appeared: bool = False
    gone: bool = False
    words_stayed: bool | None = None


@dataclass(slots=True)
class Tally:
    """What a scan has seen so far; grows while it runs, so that an interrupted one can still report."""

    commits: int = 0
    changes: int = 0
    created: int = 0
    unreadable: int = 0
    classes: dict[ChangeClass, int] = field(default_factory=dict)
    described: int = 0
    words_stayed: int = 0

    def count(self, one: Scanned) -> None:
        """Take in one change."""
        if one.appeared:
            self.created += 1
            return
        self.changes += 1
        self.classes[one.change_class] = self.classes.get(one.change_class, 0) + 1
        if GRAVITY[one.change_class] >= GRAVITY[ChangeClass.BREAKING] and one.words_stayed is not None:
            self.described += 1
            self.words_stayed += one.words_stayed

    @property
    def grave(self) -> int:
        """How many changes move a published number, or may."""
        return sum(count for one, count in self.classes.items() if GRAVITY[one] >= GRAVITY[ChangeClass.BREAKING])
