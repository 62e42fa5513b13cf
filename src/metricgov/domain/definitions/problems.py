"""What can be wrong with a definition, by field; which line that is, the YAML adapter says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from metricgov.domain.errors import BadInput, Place


class Severity(StrEnum):
    """Whether a problem makes a definition unusable."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One thing that is wrong with one field; `code` is a lint rule id, `field` a dotted path ("" for the file)."""

    code: str
    message: str
    path: str
    field: str = ""
    hint: str = ""
    severity: Severity = Severity.ERROR

    def __str__(self) -> str:
        where = f"{self.path}: {self.field}" if self.field else self.path
        return f"{where}: {self.message} [{self.code}]"


class DefinitionErrors(BadInput):
    """A mapping that is no definition of its kind; carries every problem at once, by field."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        where = f"{first.field}: " if first.field else ""
        super().__init__(first.code, f"{where}{first.message}{more}", hint=first.hint, place=Place(first.path))
        self.problems = tuple(problems)


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return `did you mean x?` for the closest known word, "" where none is close."""
    close = get_close_matches(word, known, n=1, cutoff=0.7)
    return f"did you mean {close[0]}?" if close else ""
