"""Periods: their names, starts and neighbours, and lengths of time as definitions write them (`28 days`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from metricgov.domain.errors import BadInput

Grain = Literal["hour", "day", "week", "month", "quarter", "year"]

GRAINS: tuple[Grain, ...] = ("hour", "day", "week", "month", "quarter", "year")

ORDER: dict[str, int] = {"hour": 0, "day": 1, "week": 2, "month": 3, "quarter": 4, "year": 5}
"""Finer grains first."""

MONTHS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}
LENGTHS: dict[str, timedelta] = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(days=1),
    "week": timedelta(weeks=1),
}
SPAN = re.compile(r"(\d+) (minute|hour|day|week|month|quarter|year)s?")


def start_of(moment: datetime, grain: Grain) -> datetime:
    """Return the start of the period that holds a moment; weeks begin on Monday."""
    day = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    match grain:
        case "hour":
            return moment.replace(minute=0, second=0, microsecond=0)
        case "day":
            return day
        case "week":
            return day - timedelta(days=day.weekday())
        case _:
            step = MONTHS[grain]
            return day.replace(month=(day.month - 1) // step * step + 1, day=1)


def after(moment: datetime, number: int, unit: str) -> datetime:
    """Return a moment so many units later (or, negative, earlier); a day that a month lacks becomes its last."""
    if unit in LENGTHS:
        return moment + number * LENGTHS[unit]
    months = moment.year * 12 + moment.month - 1 + number * MONTHS[unit]
    first = moment.replace(year=months // 12, month=months % 12 + 1, day=1)
    return first.replace(day=min(moment.day, (after_month(first) - timedelta(days=1)).day))


def after_month(first: datetime) -> datetime:
    """Return the first day of the month after."""
    return (first + timedelta(days=32)).replace(day=1)


def parts(span: str) -> tuple[int, str]:
    """Return number and unit of a length of time: `28 days` -> (28, "day"); ValueError for anything else."""
    found = SPAN.fullmatch(span.strip())
    if found is None:
        raise ValueError(f"not a length of time: {span!r}")
    return int(found[1]), found[2]


def grain_and_dimensions(words: Sequence[str], finest: Grain) -> tuple[Grain, tuple[str, ...]]:
    """Return the grain and the dimensions that somebody named in one list; without a grain, the finest one.

    BadInput where two grains are named.
    """
    grains: list[Grain] = [one for one in GRAINS if one in words]
    if len(grains) > 1:
        raise BadInput("grain_twice", f"a series has one period, not {' and '.join(grains)}", hint="name one of them")
    return grains[0] if grains else finest, tuple(one for one in words if one not in ORDER)


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open interval [start, end) of periods of one grain; both ends are starts of periods, as local time."""

    start: datetime
    end: datetime
    grain: Grain

    @classmethod
    def around(cls, start: datetime, end: datetime, grain: Grain) -> Window:
        """Return the window of whole periods that holds [start, end)."""
        first = start_of(start, grain)
        last = start_of(end, grain)
        return cls(first, last if last == end else after(last, 1, grain), grain)

    def periods(self) -> Iterator[tuple[datetime, datetime]]:
        """Yield start and end of each period."""
        start = self.start
        while start < self.end:
            end = after(start, 1, self.grain)
            yield start, end
            start = end

    def after(self, start: datetime) -> datetime:
        """Return the end of the period that begins then."""
        return after(start, 1, self.grain)

    def moved(self, number: int, unit: str) -> Window:
        """Return the window of whole periods around this one moved by a length of time."""
        return Window.around(after(self.start, number, unit), after(self.end, number, unit), self.grain)
