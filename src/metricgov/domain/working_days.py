"""Deadlines in working days: a pure walk over a calendar; which days are holidays, the port calendar.py says."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as clock_time

from metricgov.domain import time

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""The days of a week as policy.yaml writes them, in the order of `date.weekday()`."""

END_OF_DAY = clock_time(23, 59, 59)


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """Which days people work, in which zone: days of the week less those that are closed."""

    week: frozenset[int] = frozenset(range(5))
    closed: Container[date] = frozenset()
    zone: tzinfo = UTC

    def is_open(self, day: date) -> bool:
        """Say whether people work on a day."""
        return day.weekday() in self.week and day not in self.closed

    def begins(self, day: date) -> str:
        """Return the first second of a day, in UTC."""
        return time.to_text(datetime.combine(day, clock_time(), self.zone))

    def ends(self, day: date) -> str:
        """Return the last second of a day, in UTC."""
        return time.to_text(datetime.combine(day, END_OF_DAY, self.zone))

    def left(self, now: str, due: str) -> int:
        """Return on how many further days people work until a moment; 0 where it is today or over."""
        day, last = (time.from_text(one).astimezone(self.zone).date() for one in (now, due))
        number = 0
        while day < last:
            day += timedelta(days=1)
            number += self.is_open(day)
        return number

    def after(self, at: str, days: int) -> str:
        """Return until when somebody who is asked at `at` has time: the last second of their `days`-th working day.

        The day of the question does not count, and the result is never earlier than so many times 24 hours later,
        whatever the clocks do in between. Both are UTC in seconds. With 0 days there is no time at all: `at` itself.
        """
        asked = time.from_text(at)
        if days == 0:
            return at
        day, left = asked.astimezone(self.zone).date(), days
        while True:
            day += timedelta(days=1)
            if not self.is_open(day):
                continue
            left -= 1
            ends = self.ends(day)
            if left <= 0 and time.from_text(ends) >= asked + timedelta(days=days):
                return ends


MONDAY_TO_FRIDAY = WorkingDays()
"""What counts where policy.yaml names no calendar."""


def least(at: str, days: int) -> str:
    """Return the earliest moment that any calendar could give: so many plain days later (INV-08, INV-24)."""
    return time.to_text(time.from_text(at) + timedelta(days=days))
