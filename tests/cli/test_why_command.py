"""`why` and `revisions`, from a registry without data to a number that an approved change and late rows moved."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from metricgov.adapters.clock import SystemClock
from metricgov.domain.time import spoken

if TYPE_CHECKING:
    from cli.conftest import Desk

NAME = "sales_accepted_lead_rate"
RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
STORED = ("--by", "channel", "--from", "2026-01-01", "--to", "2026-05-01")
LATE = (
    "INSERT INTO crm.crm_leads SELECT * REPLACE (lead_id || '-late' AS lead_id) FROM crm.crm_leads "
    "WHERE created_at >= TIMESTAMP '2026-02-03' AND created_at < TIMESTAMP '2026-02-05'"
)


class Calendar:
    """Today, which a test moves on."""

    def __init__(self) -> None:
        self.now = max(datetime.now(UTC), datetime(2026, 7, 1, tzinfo=UTC)) + timedelta(days=1)
        self.first = self.day()

    def day(self, later: int = 0) -> str:
        """Return the day that is today, or later."""
        return f"{self.now + timedelta(days=later):%Y-%m-%d}"

    def pass_by(self, days: int = 1) -> None:
        """Let days go by."""
        self.now += timedelta(days=days)


@pytest.fixture
def calendar(monkeypatch: pytest.MonkeyPatch) -> Calendar:
    """The clock of every command."""
    found = Calendar()
    monkeypatch.setattr(SystemClock, "now", lambda _self: found.now)
    return found


@pytest.fixture
def moved(desk: Desk, calendar: Calendar) -> Desk:
    """Values stored, late rows after that, then three weeks instead of 30 days, agreed on and applied."""
    assert desk.run("crm-lead", "sample-data", "sample.duckdb", "--rows", "3000").code == 0
    config = desk.root / "metricgov.yaml"
    plain = config.read_text()
    config.write_text(plain + "engines:\n  warehouse: {type: duckdb, path: sample.duckdb}\n")
    assert desk.run("crm-lead", "propose", "metricgov.yaml", "-m", "bind the sample").code == 0
    for who in ("finance-lead", "head-of-marketing"):
        assert desk.run(who, "approve", "governance:metricgov").code == 0
    config.write_text(plain)
    assert desk.run("crm-lead", "apply", "governance:metricgov").code == 0
    assert desk.run("crm-lead", "snapshot", NAME, *STORED).code == 0
    calendar.pass_by()
    with duckdb.connect(str(desk.root / "sample.duckdb")) as connection:
        connection.execute(LATE)
    assert desk.run("crm-lead", "snapshot", NAME, *STORED).code == 0
    calendar.pass_by()
    narrow(desk, calendar)
    calendar.pass_by(2)
    return desk


def narrow(desk: Desk, calendar: Calendar) -> None:
    """Change the definition, as people do."""
    file = desk.root / RATE
    before = file.read_text()
    after = before.replace("'30' DAY", "'21' DAY").replace("within 30", "within 21").replace("after 30", "after 21")
    file.write_text(after)
    claims = ("--intent", "redefinition", "--treatment", "restate", "--effective", calendar.day(1))
    done = desk.run("ops-lead", "propose", RATE, "-m", "three weeks", *claims)
    assert done.code == 0, done.err
    file.write_text(before)
    assert desk.run("crm-lead", "effect", NAME, "--as-of", "2026-06-29").code == 0
    for metric in (NAME, "lead_quality_trend"):
        accepted = ("accept-warning", NAME, "W09", "--metric", metric, "-m", "the target stays")
        assert desk.run("finance-lead", *accepted).code == 0
    for unmet in desk.shown(NAME)["requirements"]:
        for who in unmet["who"] if not unmet["met"] else ():
            desk.run(who, "approve", NAME)
            desk.run(who, "acknowledge", NAME, "-m", "seen")
    calendar.pass_by()
    done = desk.run("crm-lead", "apply", NAME)
    assert done.code == 0, done.err + str([one for one in desk.shown(NAME)["requirements"] if not one["met"]])


def why(desk: Desk, *words: str) -> dict[str, Any]:
    """Return why as JSON."""
    done = desk.run("crm-lead", "why", NAME, *words, "--json")
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def test_what_was_reported_and_what_is_now(moved: Desk, calendar: Calendar) -> None:
    """Late rows and the definition are told apart, with the change, its link and who approved it; as stored, too."""
    calendar.pass_by()
    found = why(moved, "2026-02", "--reported", calendar.first)
    assert [one["cause"] for one in found["parts"]] == ["data", "definition"]
    (change,) = found["parts"][1]["changes"]
    assert (change["why"], change["link"], change["version"]) == ("three weeks", "restated", "2.0.0")
    assert change["approved_by"]
    assert moved.run("crm-lead", "snapshot", NAME, *STORED).code == 0
    stored = why(moved, "2026-02", "--reported", calendar.first, "--known-at", calendar.day())
    assert [one["amount"] for one in stored["parts"]] == [one["amount"] for one in found["parts"]]
    text = moved.run("crm-lead", "why", NAME, "2026-02").out
    for words in (
        f"2026-02, known {spoken(calendar.first)}",
        "late data",
        "definition 2.0.0",
        '"three weeks"',
        "sum to the difference",
    ):
        assert words in text
    rows = moved.run("crm-lead", "why", NAME, "2026-02", "--csv").out.splitlines()
    assert [row.partition(",")[0] for row in rows] == ["part", "start", "data", "definition", "end"]
    for name in ("why.svg", "why.png"):
        assert moved.run("crm-lead", "why", NAME, "2026-02", "--out", name).code == 0
    assert "late data" in (moved.root / "why.svg").read_text()
    assert (moved.root / "why.png").read_bytes().startswith(b"\x89PNG")
    triangle = moved.run("crm-lead", "revisions", NAME)
    assert triangle.code == 0, triangle.err
    for words in ("2026-02", "late data", "mean revision", "3 vintages"):
        assert words in triangle.out
    measured = json.loads(moved.run("crm-lead", "revisions", NAME, "--json").out)["measures"]
    assert measured["data"]["mean_absolute"] > 0
    assert measured["definition"]["mean_absolute"] > 0
    assert measured["defect"]["mean_absolute"] == 0
    segment = moved.run("crm-lead", "revisions", NAME, "--by", "channel=email", "--csv").out.splitlines()
    assert segment[1].split(",")[1:3] == ["channel", "email"]


def test_one_snapshot_has_no_revisions(desk: Desk) -> None:
    """Nothing is measured where nothing could have been revised."""
    from metricgov.domain.comparability.causes import Revised
    from metricgov.domain.comparability.vintages import Cell
    from metricgov.render.revisions import revisions_text

    one = Revised(Cell("month", "2026-02-01"), (("2026-03-01T00:00:00Z", 1, "5"),), ())
    assert "nothing could revise them yet" in revisions_text("m", [one])
    done = desk.run("crm-lead", "revisions", NAME)
    assert (done.code, "no values of" in done.err) == (2, True)


def test_two_periods(moved: Desk) -> None:
    """By one definition, movement is mix and rates of the segments."""
    found = why(moved, "2026-02", "2026-03", "--by", "channel")
    assert {one["cause"] for one in found["parts"]} <= {"mix", "rate", "rounding"}
    assert sum(one["about"] for one in found["parts"]) == pytest.approx(
        float(found["end"]["value"]) - float(found["start"]["value"])
    )

    wrong = moved.run("crm-lead", "why", NAME, "2026-02", "2026-03", "--by", "colour")
    assert (wrong.code, "has no dimension colour" in wrong.err) == (2, True)
    early = moved.run("crm-lead", "why", NAME, "2026-02", "--reported", "2026-01-01")
    assert (early.code, "was on record" in early.err) == (2, True)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("march",), "is no period"),
        (("2026-02", "2026-Q1"), "is a month and 2026-Q1 a quarter"),
        (("2026-02", "2026-02"), "are one period"),
        (("2026-02", "--reported", "2026-01-01"), "was ever stored"),
        (("2026-02", "--reported", "2026-06-30", "--known-at", "2026-06-28"), "lies before"),
        (("2026-02", "--out", "why.txt"), "neither .svg nor .png"),
        (("2026-W08",), "was ever stored"),
    ],
)
def test_mistakes_are_named(desk: Desk, words: tuple[str, ...], says: str) -> None:
    """Each with its next step."""
    done = desk.run("crm-lead", "why", NAME, *words)
    assert done.code == 2, done.err
    assert says in done.err
