"""Why a stored value became another one: late data, a mended defect, a new definition, or what cannot be told apart.

Order of evaluation: first the data, then the definition. What the old version gives on the new data lies between the
two values: up to there the data moved, from there the definition. Every step is a difference of exact numbers, so that
the steps sum to the revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

from metricgov.domain.comparability.vintages import Cell, Row, Under, Vintage, fraction, in_order

ZERO = Fraction(0)


class Cause(StrEnum):
    """What moved a number."""

    DATA = "data"
    DEFECT = "defect"
    DEFINITION = "definition"
    REAL = "real"
    MIX = "mix"
    RATE = "rate"
    ROUNDING = "rounding"
    UNCLEAR = "not_told_apart"


@dataclass(frozen=True, slots=True)
class Move:
    """One step from a value to the next; `changes` are the ids of the changes behind it, `to` the version after it."""

    cause: Cause
    amount: Fraction
    at: str = ""
    changes: tuple[str, ...] = ()
    to: str = ""


def moves(before: Under, after: Row, at: str, defects: Iterable[str]) -> tuple[Move, ...]:
    """Return the steps from a published value to the one that took its place; () where one of them is no number.

    `defects` are the ids of the changes that mended a defect.
    """
    start, end = _number(before), _number(after.under)
    if start is None or end is None:
        return ()
    if _same(before, after.under):
        return (Move(Cause.DATA, end - start, at),)
    chain = [*after.via, after.under]
    if len(chain) < 2 or not _same(chain[0], before) or _number(chain[0]) is None:
        changes = tuple(dict.fromkeys(one.change for one in chain if one.change and not _same(one, before)))
        return (Move(Cause.UNCLEAR, end - start, at, changes, after.under.version),)
    first = _number(chain[0])
    assert first is not None
    return (Move(Cause.DATA, first - start, at), *along(chain, at, frozenset(defects)))


def along(chain: Sequence[Under], at: str, defects: frozenset[str]) -> Iterator[Move]:
    """Yield the steps from version to version on the same data; one without a number joins the step after it."""
    last, passed = _number(chain[0]), list[str]()
    for one in chain[1:]:
        passed += [one.change] if one.change else []
        value = _number(one)
        if value is None or last is None:
            continue
        cause = cause_of(passed, defects)
        yield Move(cause, value - last, at, tuple(passed), one.version)
        last, passed = value, []


def cause_of(changes: Sequence[str], defects: frozenset[str]) -> Cause:
    """Return what a step made by these changes is."""
    kinds = {one in defects for one in changes}
    if len(kinds) > 1:
        return Cause.UNCLEAR
    return Cause.DEFECT if kinds == {True} else Cause.DEFINITION


@dataclass(frozen=True, slots=True)
class Revised:
    """A period and every value it had: UTC second, number of the vintage, exact text; and the steps between them."""

    cell: Cell
    values: tuple[tuple[str, int, str | None], ...]
    moves: tuple[Move, ...]

    @property
    def first(self) -> Fraction | None:
        """The first value."""
        return None if self.values[0][2] is None else fraction(self.values[0][2])

    @property
    def last(self) -> Fraction | None:
        """The newest value."""
        return None if self.values[-1][2] is None else fraction(self.values[-1][2])

    def part(self, *causes: Cause) -> Fraction:
        """Return what these causes moved."""
        return sum((one.amount for one in self.moves if one.cause in causes), ZERO)


def history_of(vintages: Iterable[Vintage], cells: Iterable[Cell], defects: Iterable[str]) -> tuple[Revised, ...]:
    """Return all values of cells, oldest period first, and what moved them."""
    rows: dict[Cell, list[tuple[Row, Vintage]]] = {cell: [] for cell in cells}
    for one in in_order(vintages):
        for row in one.rows:
            if row.cell in rows:
                rows[row.cell].append((row, one))
    wrong = frozenset(defects)
    return tuple(_revised(cell, rows[cell], wrong) for cell in sorted(rows, key=lambda one: one.period) if rows[cell])


def _revised(cell: Cell, known: Sequence[tuple[Row, Vintage]], defects: frozenset[str]) -> Revised:
    values = tuple((one.taking.computed_at, one.number, row.under.amount.value) for row, one in known)
    steps: list[Move] = []
    for (before, _), (after, vintage) in pairwise(known):
        steps += moves(before.under, after, vintage.taking.computed_at, defects)
    return Revised(cell, values, tuple(steps))


@dataclass(frozen=True, slots=True)
class Measures:
    """Mean revision, mean absolute revision, and that relative to the size of the newest values."""

    mean: float
    mean_absolute: float
    relative: float | None


REVISIONS: Mapping[str, tuple[Cause, ...]] = {
    "data": (Cause.DATA,),
    "defect": (Cause.DEFECT,),
    "definition": (Cause.DEFINITION,),
    "not told apart": (Cause.UNCLEAR,),
}
"""The kinds that revisions are separated into."""


def measures(found: Sequence[Revised], causes: Sequence[Cause] = ()) -> Measures | None:
    """Return the measures of what some causes (none: all) moved from the first to the newest value; None without any.

    Source: OECD/Eurostat guidelines on revisions policy and analysis. Periods whose values include none are left out.
    """
    known = [one for one in found if one.first is not None and one.last is not None and _whole(one)]
    if not known:
        return None
    parts = [one.part(*(causes or Cause)) for one in known]
    size = sum((abs(one.last) for one in known if one.last is not None), ZERO)
    absolute = sum(map(abs, parts), ZERO)
    return Measures(
        float(sum(parts, ZERO) / len(parts)),
        float(absolute / len(parts)),
        float(absolute / size) if size else None,
    )


def _whole(one: Revised) -> bool:
    return all(value is not None for _, _, value in one.values)


def _number(under: Under) -> Fraction | None:
    return None if under.amount.value is None else fraction(under.amount.value)


def _same(one: Under, other: Under) -> bool:
    return (one.version, one.change) == (other.version, other.change)
