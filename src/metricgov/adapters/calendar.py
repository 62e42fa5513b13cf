"""Public holidays from the library `holidays`, zones from the machine's tz database; counting is the core's."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import UTC, date, tzinfo
from difflib import get_close_matches

from metricgov.domain.definitions.governance import PATHS
from metricgov.domain.definitions.problems import FieldProblem
from metricgov.domain.definitions.work_calendar import WorkCalendar
from metricgov.domain.errors import BadInput
from metricgov.domain.working_days import MONDAY_TO_FRIDAY, WEEKDAYS, WorkingDays

CODE = "CALENDAR_UNKNOWN"


class HolidayCalendars:
    """Implements the port Calendars; the library is imported only where a country is named."""

    def working_days(self, calendar: WorkCalendar | None) -> WorkingDays:
        """Return the working days of a calendar (None: Monday to Friday); BadInput where it names what is unknown."""
        if calendar is None:
            return MONDAY_TO_FRIDAY
        if found := self.problems(calendar):
            first = found[0]
            raise BadInput(
                "calendar_unknown",
                f"{first.path}: {first.field}: {first.message}",
                hint=first.hint or "mend it with a change of governance/policy.yaml",
            )
        return WorkingDays(
            week=frozenset(WEEKDAYS.index(one) for one in calendar.week),
            closed=_Closed(calendar),
            zone=_zone(calendar.zone),
        )

    def problems(self, calendar: WorkCalendar) -> tuple[FieldProblem, ...]:
        """Return what a calendar names that is not known here."""
        return tuple(_problems(calendar))


class _Closed(Container[date]):
    """The dates of the file and the public holidays; a year is worked out when it is first asked about."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self._own = frozenset(map(date.fromisoformat, calendar.closed))
        self._public: Container[object] = ()
        if calendar.country is not None:
            from holidays import country_holidays

            self._public = country_holidays(calendar.country, subdiv=calendar.subdivision)

    def __contains__(self, day: object) -> bool:
        return day in self._own or day in self._public


def _problems(calendar: WorkCalendar) -> Iterator[FieldProblem]:
    if calendar.country is not None:
        yield from _country_problems(calendar.country, calendar.subdivision)
    try:
        _zone(calendar.zone)
    except (OSError, ValueError):
        from zoneinfo import available_timezones

        known = sorted(available_timezones())
        yield _unknown("zone", f"`{calendar.zone}` is not a time zone", _near(calendar.zone, known), "for example UTC")


def _country_problems(country: str, subdivision: str | None) -> Iterator[FieldProblem]:
    from holidays import list_supported_countries

    known = list_supported_countries(include_aliases=True)
    if country not in known:
        says = f"no public holidays are known of the country `{country}`"
        yield _unknown("country", says, _codes(country, sorted(known)), "take it out, and list its days under `closed`")
    elif subdivision is not None and subdivision not in known[country]:
        parts = sorted(known[country])
        says = f"`{subdivision}` is not a part of {country} with holidays of its own"
        near = _near(subdivision, parts) or ([] if len(parts) > 20 else parts)
        yield _unknown("subdivision", says, near, "take it out")


def _codes(country: str, known: Sequence[str]) -> list[str]:
    """Return codes that a wrong one may mean: in other letters, as the country's name, or nearly spelt so."""
    if country.upper() in known:
        return [country.upper()]
    from holidays.registry import COUNTRIES

    names = {name: str(row[1]) for name, row in COUNTRIES.items()}
    word = country.strip().lower().replace(" ", "_")
    near = [names[one] for one in get_close_matches(word, list(names), n=3, cutoff=0.7)]
    return near or _near(country.upper(), [one for one in known if len(one) == len(country)])


def _near(word: str, known: Sequence[str]) -> list[str]:
    plain = {one.lower(): one for one in known}
    return [plain[one] for one in get_close_matches(word.lower(), list(plain), n=3, cutoff=0.6)]


def _unknown(field: str, says: str, near: Sequence[str], instead: str) -> FieldProblem:
    hint = f"did you mean {', '.join(near)}?" if near else instead
    return FieldProblem(CODE, says, PATHS["policy"], f"calendar.{field}", hint)


def _zone(name: str) -> tzinfo:
    """Return a zone; ValueError or OSError where the machine has none of that name."""
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except ZoneInfoNotFoundError as error:
        raise ValueError(str(error)) from error
