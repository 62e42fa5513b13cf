"""How long rows wait, as their conditions say it, and up to when periods are whole."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from integration.query.query_world import SOURCES, metric
from metricgov.domain.query.catalogue import Catalogue
from metricgov.domain.query.maturity import longest, provisional_words, settled_until, waits_of

AS_OF = datetime(2026, 5, 1)
LEADS: dict[str, Any] = {"type": "simple", "source": "leads", "time": "created_at", "aggregate": "count"}
PART = {"source": "leads", "time": "created_at", "aggregate": "count"}


@pytest.mark.parametrize(
    ("where", "says", "until"),
    [
        ("NOT is_test", "", "2026-05-01"),
        ("created_at < as_of - INTERVAL '30' DAY", "30 days", "2026-04-01"),
        ("created_at <= as_of - INTERVAL '1 month' AND NOT is_test", "1 month", "2026-04-01"),
        ("as_of - INTERVAL 7 DAYS > created_at", "7 days", "2026-04-24"),
        ("created_at + INTERVAL '2' WEEK <= as_of", "2 weeks", "2026-04-17"),
        ("CAST(created_at AS DATE) < (CAST(as_of AS DATE) - 3)", "3 days", "2026-04-28"),
        ("created_at BETWEEN as_of - INTERVAL '90' DAY AND as_of - INTERVAL '10' DAY", "10 days", "2026-04-21"),
        ("created_at < as_of - INTERVAL '5' DAY AND paid_at < as_of - INTERVAL '9' DAY", "9 days", "2026-04-22"),
        ("created_at > as_of - INTERVAL '30' DAY", "", "2026-05-01"),
        ("created_at < as_of", "", "2026-05-01"),
        ("date_part('year', as_of) > 3", "", "2026-05-01"),
    ],
)
def test_what_a_condition_says(where: str, says: str, until: str) -> None:
    """Lower limits of time, a plain `as_of` and what compares it otherwise let nothing wait."""
    waits = waits_of(metric("m", LEADS | {"where": where}), Catalogue({}, SOURCES), "duckdb")
    assert (longest(waits, AS_OF), f"{settled_until(waits, AS_OF):%Y-%m-%d}") == (says, until)


def test_through_parts_inputs_and_windows() -> None:
    """A ratio waits for its slower side, a derived metric for its slowest input, a conversion for its window."""
    slow = metric("slow", LEADS | {"where": "created_at < as_of - INTERVAL '20' DAY"})
    known = Catalogue({"slow": slow}, SOURCES)
    ratio = {"type": "ratio", "numerator": {"metric": "slow"}, "denominator": PART}
    derived = {"type": "derived", "expression": "slow * 2", "inputs": [{"metric": "slow"}]}
    conversion = {"type": "conversion", "entity": "lead_id", "base": PART, "conversion": PART, "window": "14 days"}
    found = [longest(waits_of(metric("m", one), known, "duckdb"), AS_OF) for one in (ratio, derived, conversion)]
    assert found == ["20 days", "20 days", "14 days"]
    unreadable = metric("m", LEADS | {"where": "created_at < < as_of"})
    assert waits_of(unreadable, known, "duckdb") == waits_of(None, known, "duckdb") == ()


def test_the_words() -> None:
    """Of a period that runs, of one with young rows, of one that is settled; now, and at a reading in the past."""
    waits = (((30, "day"),),)
    assert "is not over" in next(provisional_words("2026-05", datetime(2026, 6, 1), waits, AS_OF))
    (young,) = provisional_words("2026-04", datetime(2026, 5, 1), waits, AS_OF, "1 May 2026")
    assert young == (
        "Not all rows of 2026-04 counted yet on 1 May 2026 (they wait 30 days), so its value was provisional."
    )
    assert not [*provisional_words("2026-03", datetime(2026, 4, 1), waits, AS_OF)]
