"""Until when people are asked, and how many working days that leaves; the dates themselves stand in the events."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from metricgov.app.moment import Moment
from metricgov.app.working_calendar import working_days
from metricgov.domain.errors import MetricgovError
from metricgov.domain.verdict import Consulted
from metricgov.domain.workflow.delegations import Names
from metricgov.domain.workflow.handing import ASKED_TO_DECIDE
from metricgov.domain.workflow.hearing import Answer
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.places import Place
from metricgov.domain.workflow.requirements import Code, Requirement
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.working_days import least

ASKED_TO_ANSWER = frozenset({Code.CONSULTED, Code.DEPENDANT})

Left = Callable[[str], int | None]


def days_left(moment: Moment) -> Left:
    """Return how many working days remain until a date: a function, which reads the calendar once it is asked.

    None stands for a date that is over, or a calendar that nobody here knows.
    """
    now = max(moment.now, moment.not_before)

    def left(due: str) -> int | None:
        if not due or due < now:
            return None
        try:
            days = working_days(moment.governance, None, calendars=moment.access.calendars)
        except MetricgovError:
            return None
        return days.left(now, due)

    return left


def due_of(requirement: Requirement, judgement: Judgement, state: ChangeState, moment: Moment) -> str:
    """Return until when a requirement is to be met, "" where no date was set."""
    if requirement.code in ASKED_TO_ANSWER:
        found = [one.due or "" for one in judgement.answers if one.definitions == requirement.definitions]
        return min(filter(None, found), default="")
    if requirement.code not in ASKED_TO_DECIDE:
        return ""
    places = [one.place.due for one in judgement.roles if one.definition in requirement.definitions]
    if requirement.code in {Code.APPROVAL_ACCOUNTABLE, Code.APPROVAL_RESPONSIBLE}:
        return min(filter(None, places), default="")
    place, days = Place.of(state), moment.governance.respond_days
    return max(place.respond_by, least(place.submitted_at, days)) if place.respond_by and days else ""


def consulted(answers: Iterable[Answer]) -> tuple[Consulted, ...]:
    """Return how everybody who is asked about a change was heard so far (INV-16)."""
    return tuple(Consulted(one.principal, one.outcome, one.by, one.at, one.due or "") for one in answers)


def names_at(moment: Moment, contributors: frozenset[str]) -> Names:
    """Return in whose name people may speak at a moment about something that these people wrote."""
    return Names(moment.delegations, contributors, moment.governance, max(moment.now, moment.not_before))
