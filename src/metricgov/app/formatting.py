"""The canonical form of files of the work tree, one file after the other; writing them is the door's business."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from metricgov.domain.errors import InvalidFiles, MetricgovError, Place, Problem
from metricgov.ports.checkout import Checkout
from metricgov.ports.files import DefinitionFiles


@dataclass(frozen=True, slots=True)
class Formatted:
    """One file: its bytes, those of its canonical form, and why it has none (then both are equal)."""

    path: str
    before: bytes
    after: bytes
    problems: tuple[Problem, ...] = ()

    @property
    def changes(self) -> bool:
        """Whether the canonical form differs."""
        return self.before != self.after


def formatted(paths: Iterable[str], *, checkout: Checkout, files: DefinitionFiles) -> Iterator[Formatted]:
    """Yield each file that is there with its canonical form; one that cannot be read stops no other."""
    for path in paths:
        try:
            data = checkout.read_worktree([path])[path]
        except MetricgovError as error:
            yield Formatted(path, b"", b"", _problems(error, path))
            continue
        if data is None:
            continue
        try:
            yield Formatted(path, data, files.fmt(data, path))
        except MetricgovError as error:
            yield Formatted(path, data, data, _problems(error, path))


def _problems(error: MetricgovError, path: str) -> tuple[Problem, ...]:
    if isinstance(error, InvalidFiles):
        return error.problems
    return (Problem(error.code, error.message, error.place or Place(path), error.hint),)
