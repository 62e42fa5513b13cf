"""One draft as the Edit screen holds it: texts, answers, what they read as, what can be taken back; no widgets."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from metricgov_tui.panels.edit import Sheet, open_questions, order_of, parent_of, unanswered
from metricgov_tui.undo import Undo

if TYPE_CHECKING:
    from metricgov.domain.draft_views import Answers, DraftFile, FormRow, Mark, Opened, TextRead, Weighed


@dataclass(slots=True)
class Drafted:
    """A draft that is being written. `texts` holds what stands in each file that is not removed; `path` is shown."""

    opened: Opened
    answers: Answers
    undo: Undo
    texts: dict[str, str]
    path: str
    reads: dict[str, TextRead] = field(default_factory=dict)
    marks: dict[str, tuple[Mark, ...]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)
    unfolded: frozenset[str] = frozenset()
    weighed: Weighed | None = None
    last: Weighed | None = None
    saved_at: float | None = None

    @classmethod
    def of(cls, opened: Opened, folder: Path | None) -> Drafted:
        """Begin with a draft as it was opened."""
        texts = {one.path: one.text.decode("utf-8", "replace") for one in opened.files if one.text is not None}
        undo = Undo(folder, opened.writing.key)
        undo.begin(texts)
        return cls(opened, opened.answers, undo, texts, next(iter(texts), ""))

    @property
    def text(self) -> str:
        """The text that is shown."""
        return self.texts.get(self.path, "")

    @property
    def data(self) -> bytes:
        """The text that is shown, as it is kept."""
        return self.text.encode()

    def files(self) -> tuple[DraftFile, ...]:
        """Return all files as they stand."""
        return tuple(
            replace(one, text=self.texts[one.path].encode()) if one.path in self.texts else one
            for one in self.opened.files
        )

    @property
    def differs(self) -> bool:
        """Whether anything differs from what the draft began with."""
        return any(one.text != one.base for one in self.files()) or self.opened.writing.revises

    def took(self, path: str, read: TextRead) -> None:
        """Take what a text reads as: while it cannot be read, the form keeps what could be."""
        self.marks[path] = read.marks
        if read.readable:
            self.reads[path] = read
            self.unreadable.discard(path)
        else:
            self.unreadable.add(path)

    @property
    def rows(self) -> tuple[FormRow, ...]:
        """The rows of the form."""
        read = self.reads.get(self.path)
        return read.rows if read is not None else ()

    def weighs(self, weighed: Weighed) -> None:
        """Take what the draft means."""
        self.weighed = weighed
        if weighed.change_class or not weighed.marks:
            self.last = weighed

    @property
    def known(self) -> Weighed | None:
        """What the draft means; while something is wrong, what it meant before that."""
        if self.weighed is not None and (self.weighed.change_class or not self.weighed.marks):
            return self.weighed
        return self.last or self.weighed

    @property
    def grave(self) -> bool:
        """Whether something is wrong with the text by itself."""
        return any(one.grave for one in self.marks.get(self.path, ()))

    def problems(self) -> list[Mark]:
        """Return everything that is wrong or doubtful in the file that is shown, by line."""
        own = self.marks.get(self.path, ())
        between = [] if self.grave or self.weighed is None else [one for one in self.weighed.marks if self._here(one)]
        return order_of([*own, *between])

    def _here(self, mark: Mark) -> bool:
        return mark.path in ("", self.path)

    def sheet(self, typed: str = "") -> Sheet:
        """Return what the form shows; the field that somebody types in is there, whatever it holds."""
        marks = self.problems()
        settled = self.weighed is not None and bool(self.weighed.change_class or not self.weighed.marks)
        stale, unread = self.path in self.unreadable, self.path not in self.reads
        return Sheet(self.rows, tuple(marks), self.unfolded, stale, settled and not self.grave, typed, unread)

    def owed(self) -> list[str]:
        """Return the questions without an answer, in the order in which they stand."""
        left = set(unanswered(self.known))
        return [one for one in open_questions(self.known, self.answers) if one in left]

    def row(self, path: str) -> FormRow | None:
        """Return a row of the form."""
        return next((one for one in self.rows if one.path == path), None)

    def line_of(self, path: str) -> int:
        """Return the line of a field, or of the nearest around it; 0 where there is none."""
        while path:
            row = self.row(path)
            if row is not None and row.line:
                return row.line
            path = parent_of(path)
        return 0

    def field_at(self, line: int, column: int) -> str:
        """Return the innermost field that begins at or before a place in the text, "" before the first."""
        best: FormRow | None = None
        for row in self.rows:
            if not row.line or (row.line, row.column) > (line, column):
                continue
            if best is None or (row.line, row.column) >= (best.line, best.column):
                best = row
        return best.path if best is not None else ""
