"""The one tree of errors that people may see; a bug is not among them and stays a bug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file something stands; lines and columns count from 1, 0 means unknown."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.path, *(str(number) for number in (self.line, self.column) if number)]
        return ":".join(parts)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file: a stable code, what is wrong, and the next step."""

    code: str
    message: str
    place: Place
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.place}: {self.message} [{self.code}]"


class MetricgovError(Exception):
    """Base of every error that is meant for people.

    `code` is stable and machine readable, `message` says what is wrong with which thing, `hint` names the
    next step, `exit_code` is that of INV-25. `undone` is set where it is certain that nothing was written before it.
    """

    exit_code = 2
    undone = False

    def __init__(self, code: str, message: str, *, hint: str = "", place: Place | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.place = place

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Let an error pass to another process whole: classes take other arguments than what is printed."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[MetricgovError], args: tuple[object, ...], held: dict[str, object]) -> MetricgovError:
    made = kind.__new__(kind, *args)
    made.__dict__.update(held)
    return made


class Refused(MetricgovError):
    """The request was understood and the rules do not allow it (exit code 1)."""

    exit_code = 1


class BadInput(MetricgovError):
    """The request itself cannot be used: a wrong word, a malformed file (exit code 2)."""

    exit_code = 2


class InvalidFiles(BadInput):
    """Files that do not load; carries every problem of every file at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(first.code, first.message + more, hint=first.hint, place=first.place)
        self.problems = tuple(problems)


class Undecidable(MetricgovError):
    """No verdict is possible: unreadable input or missing history (exit code 3)."""

    exit_code = 3
