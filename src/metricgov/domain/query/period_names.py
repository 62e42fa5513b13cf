"""Periods by the names that people use: 2026, 2026-Q1, 2026-03, 2026-W12 (ISO 8601), 2026-03-18, 2026-03-18T09."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from metricgov.domain.errors import BadInput
from metricgov.domain.query.span import Grain

NAME = re.compile(
    r"(?P<year>\d{4})(-(Q(?P<quarter>[1-4])|W(?P<week>\d{2})|(?P<month>\d{2})(-(?P<day>\d{2})(T(?P<hour>\d{2})(:00)?)?)?))?"
)


def period_named(text: str) -> tuple[Grain, datetime]:
    """Return grain and start of the period that a name means; BadInput for anything else."""
    found = NAME.fullmatch(text.strip().upper())
    try:
        if found is not None:
            return _read({key: value for key, value in found.groupdict().items() if value is not None})
    except ValueError:
        pass
    raise BadInput(
        "bad_period", f"{text!r} is no period", hint="write 2026-03 (a month), 2026-W12, 2026-Q1, 2026 or 2026-03-18"
    )


def name_of(grain: str, start: str) -> str:
    """Return the name of the period of a grain that starts on an ISO day (or hour)."""
    moment = datetime.fromisoformat(start)
    match grain:
        case "year":
            return f"{moment:%Y}"
        case "quarter":
            return f"{moment:%Y}-Q{(moment.month + 2) // 3}"
        case "month":
            return f"{moment:%Y-%m}"
        case "week":
            year, week, _ = moment.isocalendar()
            return f"{year}-W{week:02d}"
        case "hour":
            return f"{moment:%Y-%m-%dT%H}"
        case _:
            return f"{moment:%Y-%m-%d}"


def _read(parts: dict[str, str]) -> tuple[Grain, datetime]:
    year = int(parts["year"])
    if "quarter" in parts:
        return "quarter", datetime(year, int(parts["quarter"]) * 3 - 2, 1)
    if "week" in parts:
        return "week", datetime.fromisocalendar(year, int(parts["week"]), 1)
    if "month" not in parts:
        return "year", datetime(year, 1, 1)
    if "day" not in parts:
        return "month", datetime(year, int(parts["month"]), 1)
    day = datetime(year, int(parts["month"]), int(parts["day"]))
    return ("hour", day + timedelta(hours=int(parts["hour"]))) if "hour" in parts else ("day", day)
