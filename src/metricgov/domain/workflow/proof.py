"""What a check of the rules found, as plain values; how is in coverage.py, the words in weaknesses.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from metricgov.domain.workflow.coverage import Standing


class Cause(StrEnum):
    """Why nobody can approve."""

    NOBODY = "nobody"
    """Nobody with rights is behind the names."""
    QUORUM = "quorum"
    """Fewer different people than the policy asks for."""
    IDENTITY = "identity"
    """There are people, and they lack the key or login that is asked for."""
    TIE = "tie"
    """Entries of raci.yaml contradict each other."""
    ANSWER = "answer"
    """Somebody must answer, and nobody can for them."""


@dataclass(frozen=True, slots=True)
class Weakness:
    """One way in which changes of some definitions get stuck.

    `authors` are those who may not write it, () for whoever does; `gone` those none of whom may be away. `new`
    is about definitions that are yet to come. `until` says what still can pass.
    """

    standing: Standing
    cause: Cause
    areas: tuple[str, ...]
    classes: tuple[str, ...]
    definitions: tuple[str, ...]
    authors: tuple[str, ...]
    gone: tuple[str, ...]
    says: str
    mend: str
    who: str
    until: str
    new: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """While one of `gone` is away, nobody can approve what one of `authors` writes; both at once, so no weakness."""

    gone: tuple[str, ...]
    authors: tuple[str, ...]
    areas: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """How surely changes of one class can be approved in one area; `waits` as in Outcome."""

    standing: Standing
    waits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One area: how many definitions, its cells by class, whether the gate only observes some of it."""

    area: str
    definitions: int
    cells: Mapping[str, Cell]
    observed: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """Whether every change can be approved: rows by area, weaknesses gravest first.

    `keyless` are people with a role for which the policy asks for a surer identity than theirs can be, by identity.
    `governance` says who can change the rules themselves; `unproved` are people with a key of which nobody has shown
    that they hold it. `unattested` are identities that the policy asks for and nothing attests yet, with the classes.
    """

    preset: str
    definitions: int
    authors: int
    rows: tuple[Row, ...]
    weaknesses: tuple[Weakness, ...]
    keyless: Mapping[str, tuple[str, ...]]
    governance: str
    pairs: tuple[Pair, ...] = ()
    unproved: tuple[str, ...] = ()
    unattested: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether there is neither a gap nor a deadlock."""
        return not any(one.standing in (Standing.GAP, Standing.DEADLOCK) for one in self.weaknesses)

    def count(self, standing: Standing) -> int:
        """Return the number of cells that stand like this."""
        return sum(cell.standing is standing for row in self.rows for cell in row.cells.values())
