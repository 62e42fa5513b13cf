"""`series` from values on record: without an engine, with one that is gone, and as it was known on a day."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cli.test_snapshot_command import NAME, bound

if TYPE_CHECKING:
    from cli.conftest import Desk

__all__ = ["bound"]
SPAN = ("--from", "2026-01-01", "--to", "2026-05-01", "--by", "month")


def test_a_series_without_an_engine(bound: Desk) -> None:
    """Every point says that it was stored, in each form; an engine that is gone names the way out."""
    measured = json.loads(bound.run("crm-lead", "series", NAME, *SPAN, "--as-of", "2026-05-01", "--json").out)
    assert bound.run("crm-lead", "snapshot", NAME, *SPAN, "--as-of", "2026-05-01").code == 0
    (bound.root / "sample.duckdb").unlink()
    gone = bound.run("crm-lead", "series", NAME, *SPAN)
    assert gone.code != 0
    assert "or read what was stored: --recorded" in gone.err
    done = bound.run("crm-lead", "series", NAME, *SPAN, "--recorded")
    assert done.code == 0, done.err
    assert "No engine was asked" in done.out
    assert "stored" in done.out
    found = json.loads(bound.run("crm-lead", "series", NAME, *SPAN, "--recorded", "--json").out)
    values = [[one["value"] for one in each["lines"][0]["observations"]] for each in (measured, found)]
    assert values[1] == pytest.approx([*values[0], None])
    assert {one["source"] for one in found["lines"][0]["observations"]} == {"stored", None}
    assert "Missing, because no values were stored: 2026-04." in found["notes"]
    assert [one["source"] for one in found["stretches"]] == ["stored"]
    head, first, *_ = bound.run("crm-lead", "series", NAME, *SPAN, "--recorded", "--csv").out.splitlines()
    assert dict(zip(head.split(","), first.split(","), strict=True))["SOURCE"] == "stored"


def test_rows_that_wait_are_said_alike_by_series_snapshot_and_why(bound: Desk) -> None:
    """A lead counts after 30 days: --to chooses periods, not the day of reading; a young April is provisional."""
    flags = []
    for words in (("--to", "2026-04-01"), ("--to", "2026-05-01"), ("--to", "2026-05-01", "--as-of", "2026-05-15")):
        done = bound.run("crm-lead", "series", NAME, "--by", "month", "--from", "2026-03-01", *words, "--json")
        flags.append([(one["value"], one["status"]) for one in json.loads(done.out)["lines"][0]["observations"]])
    assert flags[0] == flags[1][:1] == flags[2][:1]
    assert [[status for _, status in one] for one in flags] == [["A"], ["A", "A"], ["A", "P"]]
    done = bound.run("crm-lead", "snapshot", NAME, "--from", "2026-03-01", "--as-of", "2026-05-15")
    assert "provisional from 2026-04 on: not all rows count yet" in " ".join(done.out.split())
    done = bound.run("crm-lead", "series", NAME, "--by", "month", "--from", "2026-03-01", "--recorded", "--json")
    assert [one["status"] for one in json.loads(done.out)["lines"][0]["observations"][:2]] == ["A", "P"]
    done = bound.run("crm-lead", "why", NAME, "2026-04", "--as-of", "2026-06-29")
    assert "they wait 30 days), so its value was provisional" in " ".join(done.out.split())


def test_before_anything_was_known(bound: Desk) -> None:
    """Said, with the next step, whatever is missing: the version, the value, the period."""
    assert bound.run("crm-lead", "snapshot", NAME, *SPAN, "--as-of", "2026-05-01").code == 0
    early = bound.run("crm-lead", "series", NAME, *SPAN, "--known-at", "2001-01-01")
    assert (early.code, "metricgov history" in early.err) == (2, True), early.err
    weeks = bound.run("crm-lead", "series", NAME, "--by", "week", "--recorded", "--from", "2026-01-01")
    assert (weeks.code, "there are: month (2026-01-01 to 2026-03-01)" in " ".join(weeks.err.split())) == (2, True)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("--recorded",), 2, "no values of"),
        (("--recorded", "--engine", "warehouse"), 2, "read what was stored"),
        (("--recorded", "--as-of", "2026-05-01"), 2, "leave --as-of away"),
        (("--known-at", "2026-13-01"), 2, "2026-13-01"),
    ],
)
def test_mistakes_about_the_record(bound: Desk, words: tuple[str, ...], code: int, says: str) -> None:
    """Each with its next step."""
    done = bound.run("crm-lead", "series", NAME, *SPAN, *words)
    assert (done.code, says in done.err) == (code, True), done.err
