"""`calendar` of policy.yaml: in which country and zone a registry counts its working days; counting is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from metricgov.domain.definitions.problems import FieldProblem


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class WorkCalendar(BaseModel):
    """Which days count as working days; absent as a whole: Monday to Friday, no holidays, UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    country: str | None = Field(
        None,
        min_length=1,
        max_length=60,
        description="Country whose public holidays are closed, as its ISO code (`DE`).",
    )
    subdivision: str | None = Field(
        None, min_length=1, max_length=60, description="Its state or region, where that has holidays of its own (`BY`)."
    )
    zone: str = Field("UTC", min_length=1, max_length=60, description="Zone in which a day ends (`Europe/Berlin`).")
    week: tuple[Weekday, ...] = Field(
        (Weekday.MON, Weekday.TUE, Weekday.WED, Weekday.THU, Weekday.FRI),
        min_length=1,
        description="Days of the week on which people work.",
    )
    closed: tuple[Day, ...] = Field((), max_length=400, description="Further dates on which nobody works.")


def calendar_problems(calendar: WorkCalendar, path: str) -> Iterator[FieldProblem]:
    """Yield what is wrong with a calendar in itself; unknown countries and zones are for the port to find."""
    if calendar.subdivision is not None and calendar.country is None:
        hint = "name the country, or take the subdivision out"
        yield FieldProblem("CALENDAR_UNKNOWN", "a subdivision of no country", path, "calendar.subdivision", hint)
    for index, text in enumerate(calendar.closed):
        try:
            date.fromisoformat(text)
        except ValueError:
            yield FieldProblem("CALENDAR_UNKNOWN", f"`{text}` is not a date", path, f"calendar.closed[{index}]")
