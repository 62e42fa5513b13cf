"""What the difference between two published values consists of, as parts that sum to it exactly."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import TypeVar

from metricgov.domain.comparability.causes import Cause
from metricgov.domain.comparability.vintages import Amount, Cell, fraction

ZERO = Fraction(0)
NEARLY = Fraction(1, 10**9)
"""Share of the larger value up to which a remainder is rounding."""

MOST_ORDERED = 4
"""Changes that are evaluated in every order; each one more doubles the questions."""

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Behind:
    """A change as the record tells it: its label, the version it made, link, who approved, when it became known, why.

    `cause` names the input that changed where the metric's own definition stood still.
    """

    change: str
    label: str
    version: str
    link: str = ""
    factor: str = ""
    approved_by: tuple[str, ...] = ()
    at: str = ""
    why: str = ""
    cause: str = ""
    defect: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """A value: where it stands in the table, by which version, computed when ("": now), in which vintage (0: none)."""

    cell: Cell
    amount: Amount
    version: str
    computed_at: str = ""
    vintage: int = 0

    @property
    def number(self) -> Fraction:
        """The value; ValueError where there is none."""
        if self.amount.value is None:
            raise ValueError("there is no value")
        return fraction(self.amount.value)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a difference: its cause, how much, the changes behind it, and since when it is known.

    `segment` is (dimension, value) where it is about one alone; `low` and `high` are what it comes to in other orders
    of the same changes, None where the order was not varied. `interval` is that of a part which a bridge estimates.
    """

    cause: Cause
    amount: Fraction
    behind: tuple[Behind, ...] = ()
    at: str = ""
    segment: tuple[str, str | None] | None = None
    low: Fraction | None = None
    high: Fraction | None = None
    says: str = ""
    interval: tuple[Fraction, Fraction] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """Two values and the parts between them, in the order of evaluation; `notes` say what could not be told."""

    metric: str
    start: Published
    end: Published
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if sum((one.amount for one in self.parts), ZERO) != self.total:
            raise ValueError("the parts do not sum to the difference")

    @property
    def total(self) -> Fraction:
        """The difference."""
        return self.end.number - self.start.number


def mix_and_rate(
    before: Mapping[str | None, Amount], after: Mapping[str | None, Amount], scale: Fraction
) -> tuple[Fraction, Fraction]:
    """Return what the mix of segments and what their rates contribute to a change of a quotient; both are exact.

    Source: Kitagawa (1955). A segment that is on one side alone has the rate of that side, so all of it is mix.
    """
    segments = list(dict.fromkeys((*before, *after)))
    totals = [sum((_side(one.below) for one in side.values()), ZERO) for side in (before, after)]
    if not all(totals):
        return ZERO, ZERO
    mix = rate = ZERO
    for segment in segments:
        sides = [side.get(segment, Amount(None)) for side in (before, after)]
        weights = [_side(one.below) / total for one, total in zip(sides, totals, strict=True)]
        rates = [_side(one.above) / _side(one.below) * scale if _side(one.below) else None for one in sides]
        first = rates[0] if rates[0] is not None else rates[1]
        last = rates[1] if rates[1] is not None else rates[0]
        if first is None or last is None:
            continue
        mix += (weights[1] - weights[0]) * (first + last) / 2
        rate += (last - first) * (weights[0] + weights[1]) / 2
    return mix, rate


def remainder(left: Fraction, values: Iterable[Fraction], says: str) -> tuple[Part, ...]:
    """Return the part for what parts leave over: rounding, or what they do not explain; () for nothing."""
    if not left:
        return ()
    size = max(map(abs, values), default=ZERO)
    if abs(left) <= NEARLY * size:
        return (Part(Cause.ROUNDING, left),)
    return (Part(Cause.UNCLEAR, left, says=says),)


def over_all_orders(
    names: Sequence[Name], value: Callable[[frozenset[Name]], Fraction]
) -> dict[Name, tuple[Fraction, Fraction]]:
    """Return the least and the most that each of several changes contributes, over all orders in which they can come.

    `value` gives the result with a set of them made. ValueError beyond MOST_ORDERED.
    """
    if len(names) > MOST_ORDERED:
        raise ValueError(f"at most {MOST_ORDERED}")
    known = {
        frozenset(some): value(frozenset(some)) for size in range(len(names) + 1) for some in combinations(names, size)
    }
    found = {}
    for one in names:
        steps = [known[made | {one}] - known[made] for made in known if one not in made]
        found[one] = (min(steps), max(steps))
    return found


def _side(text: str | None) -> Fraction:
    return ZERO if text is None else fraction(text)
