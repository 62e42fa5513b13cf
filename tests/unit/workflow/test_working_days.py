"""Deadlines in working days: the laws of counting, real holidays, and what a calendar may name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from metricgov.adapters.calendar import HolidayCalendars
from metricgov.domain import time
from metricgov.domain.definitions.work_calendar import WorkCalendar
from metricgov.domain.errors import BadInput
from metricgov.domain.workflow import commands as c
from metricgov.domain.working_days import MONDAY_TO_FRIDAY, WorkingDays, least
from unit.workflow.world import CHANGE, CLAIMS, World, governance, proposal

ZONES = ("UTC", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland", "Asia/Kathmandu", "Africa/Casablanca")
moments = st.datetimes(datetime(2020, 1, 1), datetime(2031, 1, 1), timezones=st.just(UTC)).map(time.to_text)
calendars = st.builds(
    WorkingDays,
    week=st.frozensets(st.integers(0, 6), min_size=1),
    closed=st.frozensets(st.dates(date(2020, 1, 1), date(2031, 12, 31)), max_size=30),
    zone=st.sampled_from(ZONES).map(ZoneInfo),
)
lengths = st.integers(1, 30)


@given(moments, lengths, calendars)
def test_a_deadline_ends_a_day_on_which_people_work(at: str, days: int, calendar: WorkingDays) -> None:
    """INV-24: never on a closed day, and at its very end, whatever the zone."""
    ends = time.from_text(calendar.after(at, days)).astimezone(calendar.zone)
    assert calendar.is_open(ends.date())
    assert (ends.hour, ends.minute, ends.second) == (23, 59, 59)


@given(moments, lengths, calendars)
def test_working_days_are_never_fewer_than_plain_days(at: str, days: int, calendar: WorkingDays) -> None:
    """INV-08: what a journal says of a deadline is never shorter than what the base can ask for without a calendar."""
    assert calendar.after(at, days) >= least(at, days)


@given(moments, st.integers(0, 10**7), lengths, st.integers(0, 5), calendars)
def test_who_asks_later_or_for_longer_waits_longer(
    at: str, seconds: int, days: int, more: int, calendar: WorkingDays
) -> None:
    later = time.to_text(time.from_text(at) + timedelta(seconds=seconds))
    assert calendar.after(later, days) >= calendar.after(at, days)
    assert calendar.after(at, days + more) >= calendar.after(at, days)


@given(moments, lengths, calendars)
def test_as_many_days_are_open_in_between_as_were_asked_for(at: str, days: int, calendar: WorkingDays) -> None:
    first = time.from_text(at).astimezone(calendar.zone).date()
    last = time.from_text(calendar.after(at, days)).astimezone(calendar.zone).date()
    between = [first + timedelta(days=one) for one in range(1, (last - first).days + 1)]
    assert sum(map(calendar.is_open, between)) in {days, days + 1}  # one more where the clocks went forward


@pytest.mark.parametrize(
    ("calendar", "at", "days", "due"),
    [
        (None, "2026-07-01T08:00:00Z", 5, "2026-07-08T23:59:59Z"),
        (None, "2026-07-03T08:00:00Z", 1, "2026-07-06T23:59:59Z"),
        (None, "2026-07-04T08:00:00Z", 1, "2026-07-06T23:59:59Z"),
        (None, "2026-07-04T08:00:00Z", 0, "2026-07-04T08:00:00Z"),
        ({"zone": "Europe/Berlin"}, "2026-07-01T22:30:00Z", 1, "2026-07-03T21:59:59Z"),
        ({"country": "DE"}, "2026-12-23T10:00:00Z", 2, "2026-12-28T23:59:59Z"),
        ({"country": "DE", "subdivision": "BY"}, "2026-01-05T10:00:00Z", 1, "2026-01-07T23:59:59Z"),
        ({"country": "DE", "subdivision": "BE"}, "2026-01-05T10:00:00Z", 1, "2026-01-06T23:59:59Z"),
        ({"closed": ("2026-07-02", "2026-07-03")}, "2026-07-01T08:00:00Z", 1, "2026-07-06T23:59:59Z"),
        ({"week": ("sun", "mon")}, "2026-07-01T08:00:00Z", 2, "2026-07-06T23:59:59Z"),
        ({"zone": "Europe/Berlin", "week": ("sat", "sun")}, "2026-03-28T22:30:00Z", 1, "2026-04-04T21:59:59Z"),
    ],
    ids=[
        "over a weekend", "from friday", "from saturday", "no time", "zone", "christmas", "epiphany in bavaria",
        "none in berlin", "own dates", "own week", "the night the clocks go forward",
    ],
)  # fmt: skip
def test_days_are_counted(calendar: dict[str, object] | None, at: str, days: int, due: str) -> None:
    rules = None if calendar is None else WorkCalendar.model_validate(calendar)
    assert HolidayCalendars().working_days(rules).after(at, days) == due


@pytest.mark.parametrize(
    ("calendar", "field", "says", "hint"),
    [
        ({"country": "GER"}, "calendar.country", "GER", "did you mean"),
        ({"country": "de"}, "calendar.country", "de", "did you mean DE?"),
        ({"country": "Germany"}, "calendar.country", "Germany", "did you mean DE?"),
        ({"country": "Atlantis!"}, "calendar.country", "Atlantis!", "`closed`"),
        ({"country": "DE", "subdivision": "BX"}, "calendar.subdivision", "BX", "BY"),
        ({"country": "US", "subdivision": "Texas"}, "calendar.subdivision", "Texas", ""),
        ({"zone": "Europe/Berln"}, "calendar.zone", "Europe/Berln", "did you mean Europe/Berlin"),
        ({"zone": "../etc/passwd"}, "calendar.zone", "../etc/passwd", "UTC"),
        ({"zone": "Mars"}, "calendar.zone", "Mars", ""),
    ],
    ids=["three letters", "small letters", "name", "nowhere", "subdivision", "far subdivision", "zone", "path", "mars"],
)
def test_what_nobody_knows_is_named_with_what_is_near(
    calendar: dict[str, object], field: str, says: str, hint: str
) -> None:
    rules = WorkCalendar.model_validate(calendar)
    (found,) = HolidayCalendars().problems(rules)
    assert (found.code, found.field) == ("CALENDAR_UNKNOWN", field)
    assert says in found.message
    assert hint in found.hint
    with pytest.raises(BadInput) as error:
        HolidayCalendars().working_days(rules)
    assert error.value.code == "calendar_unknown"
    assert error.value.hint


class TestSubmitting:
    """The dates of a revision are fixed when it is submitted (INV-24)."""

    def test_the_dates_stand_in_the_event(self) -> None:
        world = World()
        world.propose()
        revision = world.state().revision
        assert revision is not None
        assert revision.asked[0].due == revision.respond_by == "2026-07-08T23:59:59Z"
        assert revision.expires == "2026-08-26T23:59:59Z"

    def test_they_follow_the_calendar(self) -> None:
        world = World()
        closed = WorkingDays(closed={date(2026, 7, 2), date(2026, 7, 3)})
        world.contents[CHANGE] = proposal()
        world.do("ops-lead", c.Create(change=CHANGE, claims=CLAIMS), calendar=lambda: closed)
        assert world.log[-1].payload["respond_by"] == "2026-07-10T23:59:59Z"

    @pytest.mark.parametrize("field", ["respond_by", "expires"])
    def test_none_is_set_where_policy_sets_none(self, field: str) -> None:
        world = World(governance=governance(policy={"respond_days": 0, "expire_days": 0}))
        world.propose()
        assert world.log[-1].payload[field] is None

    @pytest.mark.parametrize("field", ["respond_by", "expires"])
    def test_a_date_before_the_submission_is_inadmissible(self, field: str) -> None:
        """INV-24: an event that is due before it happened is reported and has no effect."""
        world = World()
        world.propose()
        payload = world.log.pop().payload
        world.forge("revision_submitted", "ops-lead", {**payload, field: "2026-06-30T00:00:00Z"})
        assert [one.code for one in world.folded().problems] == ["due_order"]

    def test_new_dates_alone_are_no_new_revision(self) -> None:
        world = World()
        world.propose()
        world.later("2026-07-02T08:00:00Z")
        assert "nothing_changes" in world.refused("ops-lead", c.Revise(claims=CLAIMS.model_copy()))


def test_monday_to_friday_without_a_calendar() -> None:
    assert HolidayCalendars().working_days(None) is MONDAY_TO_FRIDAY
