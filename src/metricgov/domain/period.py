"""Days and moments as people type them, as the journal writes them; all of them UTC."""

from __future__ import annotations

from datetime import datetime, timedelta

from metricgov.domain import time
from metricgov.domain.errors import BadInput


def start_of(text: str) -> str:
    """Return the first second of a day, or the second itself; "" for ""."""
    return time.to_text(_read(text)[0]) if text else ""


def end_of(text: str) -> str:
    """Return the first second after a day or a second; "" for ""."""
    if not text:
        return ""
    start, length = _read(text)
    return time.to_text(start + length)


def last_of(text: str) -> str:
    """Return the last second of a day, or the second itself."""
    start, length = _read(text)
    return time.to_text(start + length - timedelta(seconds=1))


def whole_day(text: str) -> datetime:
    """Return the start of the one day that is asked for; a month or a year is refused, because any of its days fits."""
    try:
        return datetime.combine(time.day(text), datetime.min.time())
    except ValueError:
        says, hint = f"{text!r} is no day", "write a whole day: 2026-06-01"
    try:
        month = datetime.strptime(text, "%Y-%m" if "-" in text else "%Y")
    except ValueError:
        raise BadInput("bad_date", says, hint=hint) from None
    says = f"{text} is a {'month' if '-' in text else 'year'}, and one day is asked for"
    raise BadInput("bad_date", says, hint=f"write a whole day: {month:%Y-%m-%d}")


def instant(text: str) -> str:
    """Return a day (its first second) or a time as UTC in seconds; BadInput where it is neither."""
    try:
        return time.instant(text)
    except ValueError:
        hint = "write 2026-08-01, 2026-08-01T08:00 (UTC) or 2026-08-01T10:00+02:00"
        raise BadInput("bad_time", f"{text!r} is not a day or a time", hint=hint) from None


def _read(text: str) -> tuple[datetime, timedelta]:
    try:
        return time.from_text(f"{time.day(text).isoformat()}T00:00:00Z"), timedelta(days=1)
    except ValueError:
        pass
    try:
        return time.from_text(text), timedelta(seconds=1)
    except ValueError as error:
        raise BadInput("bad_date", f"{text!r} is no date", hint="write 2026-06-01, or 2026-06-01T08:30:00Z") from error
