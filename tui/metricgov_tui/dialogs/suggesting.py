"""What a typed line could mean: a person by a few letters, a day by a word; what is taken stands there before Enter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from metricgov.render.kit import clean

MOST: Final = 4
"""Names that are shown below a line."""

ALIKE: Final = 60.0
"""How alike letters and name must be (of 100) where no part of the name is what was typed."""


def people_like(typed: str, people: Sequence[str]) -> tuple[str, ...]:
    """Return the people that letters could mean, the likeliest first; all of them for no letters."""
    wanted = typed.strip().casefold()
    if not wanted:
        return tuple(people)
    begin = [one for one in people if one.casefold().startswith(wanted)]
    inside = [one for one in people if wanted in one.casefold() and one not in begin]
    from rapidfuzz import fuzz, process

    rest = [one for one in people if one not in begin and one not in inside]
    alike = process.extract(wanted, rest, scorer=fuzz.WRatio, score_cutoff=ALIKE, limit=MOST)
    return (*sorted(begin, key=lambda one: one.casefold() != wanted), *inside, *(name for name, _, _ in alike))


def _ahead(today: date) -> tuple[tuple[str, date], ...]:
    """Return days on which something may happen."""
    return (
        ("today", today),
        ("tomorrow", today + timedelta(days=1)),
        ("in a week", today + timedelta(weeks=1)),
        ("first of next month", (today.replace(day=1) + timedelta(days=32)).replace(day=1)),
    )


def _gone(today: date) -> tuple[tuple[str, date], ...]:
    """Return days that data may begin or end with, or be known on."""
    first = today.replace(day=1)
    return (
        ("today", today),
        ("first of this month", first),
        ("last of last month", first - timedelta(days=1)),
        ("first of this year", today.replace(month=1, day=1)),
        ("a year ago", today - timedelta(days=365)),
    )


def days_like(typed: str, today: date, *, gone: bool = False) -> tuple[tuple[str, str], ...]:
    """Return days that a word could mean, each with its name; all there are for no word. With `gone`, past ones."""
    known = _gone(today) if gone else _ahead(today)
    wanted = typed.strip().casefold()
    return tuple(
        (name, day.isoformat()) for name, day in known if not wanted or any(
            part.startswith(wanted) for part in (name, *name.split())
        )
    )  # fmt: skip


def is_day(text: str) -> bool:
    """Return whether something is a day, or a moment, as ISO writes them."""
    try:
        datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return False
    return True


def day_meant(typed: str, today: date, *, gone: bool = False) -> str:
    """Return the day that a line means; the line itself where it is a day, or means none."""
    said = typed.strip()
    days = days_like(said, today, gone=gone) if said and not is_day(said) else ()
    return days[0][1] if days else said


def days_said(typed: str, today: date, *, gone: bool = False) -> str:
    """Return what stands below a line for a day: what Enter takes it for, or what could be typed."""
    days = () if is_day(typed) else days_like(typed, today, gone=gone)
    said = " · ".join(f"{word} {day}" for word, day in days)
    return f"Enter takes {said}" if typed.strip() and said else said


def no_day(text: str) -> str:
    """Return what is wrong with a line that is no day."""
    return f'"{clean(text)}" is no day; write it as 2026-08-01, or today, week, month.'
