"""Letters for people, words for days: what Enter takes."""

from __future__ import annotations

from datetime import date

import pytest

from metricgov_tui.dialogs.suggesting import days_like, is_day, people_like

PEOPLE = ("analytics-lead", "crm-deputy", "crm-lead", "head-of-marketing", "lead")


@pytest.mark.parametrize(
    ("typed", "first"),
    [("crm-l", "crm-lead"), ("CRM-D", "crm-deputy"), ("lead", "lead"), ("marketing", "head-of-marketing"),
     ("anlytics", "analytics-lead"), ("hed of marketing", "head-of-marketing"), ("qqq", None)],
)  # fmt: skip
def test_the_likeliest_person_comes_first(typed: str, first: str | None) -> None:
    """What begins so, then what holds it, then what is misspelt; nobody for letters that say nothing."""
    assert (people_like(typed, PEOPLE) or (None,))[0] == first


def test_no_letters_mean_everybody() -> None:
    assert people_like(" ", PEOPLE) == PEOPLE


@pytest.mark.parametrize(
    ("typed", "day"),
    [("today", "2026-12-15"), ("tom", "2026-12-16"), ("week", "2026-12-22"), ("month", "2027-01-01"),
     ("first", "2027-01-01"), ("soon", None)],
)  # fmt: skip
def test_words_for_days(typed: str, day: str | None) -> None:
    found = days_like(typed, date(2026, 12, 15))
    assert (found[0][1] if found else None) == day


@pytest.mark.parametrize(
    ("typed", "day"),
    [("today", "2026-12-15"), ("month", "2026-12-01"), ("last", "2026-11-30"), ("year", "2026-01-01"),
     ("ago", "2025-12-15"), ("tomorrow", None)],
)  # fmt: skip
def test_words_for_days_of_data(typed: str, day: str | None) -> None:
    """Data lies behind: what is still to come is no answer."""
    found = days_like(typed, date(2026, 12, 15), gone=True)
    assert (found[0][1] if found else None) == day


@pytest.mark.parametrize(
    ("text", "right"),
    [("2026-08-01", True), ("2026-08-01T08:00", True), ("2026-08-01T08:00:00Z", True), ("2026-13-01", False),
     ("1 Aug", False),
     ("", False)],
)  # fmt: skip
def test_days_are_checked(text: str, right: bool) -> None:
    assert is_day(text) is right
