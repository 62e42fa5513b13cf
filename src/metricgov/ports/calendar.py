"""Which days are working days under a calendar of policy.yaml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from metricgov.domain.definitions.problems import FieldProblem
    from metricgov.domain.definitions.work_calendar import WorkCalendar
    from metricgov.domain.working_days import WorkingDays


class Calendars(Protocol):
    """Knows the public holidays of countries, and time zones."""

    def working_days(self, calendar: WorkCalendar | None) -> WorkingDays:
        """Return the working days of a calendar (None: Monday to Friday); BadInput where it names what is unknown."""

    def problems(self, calendar: WorkCalendar) -> tuple[FieldProblem, ...]:
        """Return what a calendar names that is not known here, by field of policy.yaml, with the nearest known name."""
