"""UTC instants in whole seconds as they stand in the journal (`2026-06-18T09:52:30Z`), and days as people say them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

SECOND = timedelta(seconds=1)
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def to_text(moment: datetime) -> str:
    """Return an aware moment in the one form that the journal knows; fractions of a second are cut."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(UTC).strftime(FORMAT)


@lru_cache(maxsize=4096)  # a change is judged by the same few moments over and over
def from_text(text: str) -> datetime:
    """Read the form that `to_text` writes; ValueError for anything else."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)


def day(text: str) -> date:
    """Read an ISO date (`2026-07-01`); ValueError for anything else."""
    if len(text) != 10 or text[7] != "-":  # fromisoformat also reads weeks: 2026-W25-4
        raise ValueError(f"not a date: {text}")
    return date.fromisoformat(text)


def instant(text: str) -> str:
    """Return the UTC second that a person names: an ISO day is its first second, a time without a zone is UTC.

    ValueError for anything else, and for a fraction of a second.
    """
    if len(text) == len("2026-07-01"):
        return f"{day(text).isoformat()}T00:00:00Z"
    moment = datetime.fromisoformat(text.strip())
    if text[:4] + text[5:7] + text[8:10] != f"{moment:%Y%m%d}" or moment.microsecond:  # weeks, ordinals, short forms
        raise ValueError(f"not a time: {text}")
    return to_text(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def spoken(text: str) -> str:
    """Return an ISO day or UTC second as `1 Jul 2026` or `18 Jun 2026 09:52 UTC`; other text as it is."""
    try:
        on = date.fromisoformat(text[:10])
        clock = f" {from_text(text):%H:%M} UTC" if len(text) > len("2026-07-01") else ""
    except ValueError:
        return text
    return f"{on.day} {MONTHS[on.month - 1]} {on.year}{clock}"
