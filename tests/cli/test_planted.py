"""What is planted in the sample data is found: Simpson's reversal, one segment, a season, an outage, delays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conftest import Desk

RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
BREAKING = ("--intent", "redefinition", "--treatment", "restate", "--effective", "2027-01-01", "--meaning-unchanged")


@pytest.fixture
def planted(bound: Desk) -> Desk:
    """A registry over sample data that are large enough for what is planted in them."""
    more(bound)
    return bound


def more(desk: Desk, *words: str) -> None:
    """Make the sample anew."""
    (desk.root / "sample.duckdb").unlink()
    done = desk.run("crm-lead", "sample-data", "sample.duckdb", "--rows", "40000", *words)
    assert done.code == 0, done.err


def effect_of(desk: Desk, old: str, new: str) -> dict[str, Any]:
    """Return what the effect of an edit of the acceptance rate is."""
    file = desk.root / RATE
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new))
    done = desk.run("crm-lead", "propose", RATE, "-m", "to see what happens", *BREAKING)
    assert done.code == 0, done.err
    file.write_text(before)
    done = desk.run("crm-lead", "effect", "sales_accepted_lead_rate", "--as-of", "2026-06-29", "--json", "--dry-run")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)["metrics"][0]
    return found


def channels(found: dict[str, Any]) -> dict[str, float]:
    """Return the ratio of each channel."""
    (parts,) = [one["segments"] for one in found["dimensions"] if one["name"] == "channel"]
    return {str(one["segment"]): one["ratio"] for one in parts}


def daily(desk: Desk, name: str, start: str, end: str, by: str = "day") -> dict[str, float]:
    """Return the values of a metric by period."""
    done = desk.run("crm-lead", "series", name, "--from", start, "--to", end, "--by", by, "--json")
    assert done.code == 0, done.err
    (line,) = json.loads(done.out)["lines"]
    return {one["period"]: one["value"] for one in line["observations"]}


def test_partners_raise_every_channel_and_lower_the_total(planted: Desk) -> None:
    """Simpson's reversal: counting partners too moves the mix towards events, where few leads are accepted."""
    found = effect_of(planted, "NOT is_partner AND ", "")
    assert found["total"]["ratio"] < 0.98
    ratios = channels(found)
    assert ratios["events"] > 1.2
    assert min(ratios.values()) > 0.999
    warned = {one["id"]: one["says"] for one in found["warnings"]}
    assert "every channel goes up, and the total goes down" in warned["W02"]


def test_a_filter_moves_one_channel_alone(planted: Desk) -> None:
    """Nearly all tests come in through the app, and hardly any is accepted."""
    found = effect_of(planted, "NOT is_test AND NOT is_partner AND qualified_at", "NOT is_partner AND qualified_at")
    ratios = channels(found)
    assert ratios.pop("app") < 0.9
    ratios.pop("None")  # some of them are of the app
    assert min(ratios.values()) > 0.98
    assert "W03" in {one["id"] for one in found["warnings"]}


def test_the_season_and_the_outage_are_in_the_series(planted: Desk) -> None:
    """Weekends have fewer rows, and on 18 March nothing arrived."""
    values = daily(planted, "revenue", "2026-03-02", "2026-03-30")
    assert values.get("2026-03-18", 0) < 0.2 * values["2026-03-17"]  # an hour of it is of the day before, in UTC
    weekend = [values[f"2026-03-{day:02}"] for day in (7, 8, 14, 15, 21, 22)]
    week = [values[f"2026-03-{day:02}"] for day in (3, 4, 5, 10, 11, 12)]
    assert sum(weekend) < 0.7 * sum(week)


def test_late_rows_are_missing_from_what_was_known(planted: Desk) -> None:
    """Invoices arrive up to twelve days late: the newest weeks were lower when they were read then."""
    now = daily(planted, "revenue", "2026-04-06", "2026-06-01", "week")
    more(planted, "--known-at", "2026-06-01")
    then = daily(planted, "revenue", "2026-04-06", "2026-06-01", "week")
    assert then["2026-04-06"] == pytest.approx(now["2026-04-06"])
    assert then["2026-05-11"] == pytest.approx(now["2026-05-11"])
    assert then["2026-05-25"] < 0.7 * now["2026-05-25"]
