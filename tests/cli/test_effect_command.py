"""`sample-data` and `effect`: from a registry without data to what a change does to its numbers, and its record."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import Desk

RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"


def proposed(desk: Desk, treatment: str = "restate") -> None:
    """Propose that sales answer within three weeks."""
    file = desk.root / RATE
    before = file.read_text()
    file.write_text(
        before.replace("'30' DAY", "'21' DAY").replace("within 30", "within 21").replace("after 30", "after 21")
    )
    claims = ("--intent", "redefinition", "--treatment", treatment, "--effective", "2027-01-01")
    done = desk.run("crm-lead", "propose", RATE, "-m", "three weeks", *claims)
    assert done.code == 0, done.err
    file.write_text(before)


def evidence(desk: Desk, *words: str) -> dict[str, Any]:
    """Return the effect as JSON."""
    done = desk.run("crm-lead", "effect", "sales_accepted_lead_rate", "--as-of", "2026-06-29", "--json", *words)
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    assert found.pop("change")["state"]  # says what waits by now, and so differs from minute to minute
    return found


def missing(desk: Desk) -> set[str]:
    """Return the codes of what the change still needs."""
    found = desk.shown("sales_accepted_lead_rate")["requirements"]
    return {one["code"] for one in found if not one["met"]}


def test_an_effect_is_computed_shown_and_kept(bound: Desk) -> None:
    """The metric and what is computed from it, with ratio, interval and segments; the record names the evidence."""
    proposed(bound)
    assert "effect" in missing(bound)
    done = bound.run("crm-lead", "effect", "sales_accepted_lead_rate", "--as-of", "2026-06-29")
    assert done.code == 0, done.err
    for words in (
        "── sales_accepted_lead_rate",
        "ratio 0.",
        "95% ",
        "(E8)",
        "verdict",
        "channel",
        "── lead_quality_trend",
    ):
        assert words in done.out
    assert "computed from metric:sales_accepted_lead_rate" in done.out
    assert "Recorded with chg-" in done.err
    assert "effect" not in missing(bound)
    told = bound.run("crm-lead", "change", "explain", "sales_accepted_lead_rate").out
    assert "computed the effect" in told


def test_the_same_data_give_the_same_evidence(bound: Desk) -> None:
    """Byte for byte, whoever asks; and a dry run records nothing."""
    proposed(bound)
    events = bound.events()
    assert evidence(bound, "--dry-run") == evidence(bound, "--dry-run")
    assert bound.events() == events
    found = evidence(bound)
    assert bound.events() == events + 1
    (first, second) = found["metrics"]
    assert (first["metric"], first["class"], first["cause"]) == ("sales_accepted_lead_rate", "breaking", None)
    assert 0.7 < first["total"]["ratio"] < 1
    assert first["total"]["low"] < first["total"]["ratio"] < first["total"]["high"]
    assert first["window"] == {"start": "2025-06-30", "end": "2026-06-29", "grain": "day"}
    assert second["cause"] == "metric:sales_accepted_lead_rate"


@pytest.mark.parametrize(
    ("treatment", "versions", "flags"),
    [("restate", {"proposed"}, {"A"}), ("break", {"1.2.0", "proposed"}, {"D", "B"})],
    ids=["computed again", "left as it was"],
)
def test_history_is_shown_as_it_will_read(bound: Desk, treatment: str, versions: set[str], flags: set[str]) -> None:
    """What the treatment makes of it, by month, up to the last whole one; before anybody has agreed."""
    proposed(bound, treatment)
    future = evidence(bound, "--dry-run")["futures"]["sales_accepted_lead_rate"]
    points = future["lines"][0]["observations"]
    assert points[-1]["period"] == "2026-05-01"
    assert {one["status"] for one in points} == flags
    assert {one["version"] for one in points} == versions
    as_now = bound.run(
        "crm-lead", "series", "sales_accepted_lead_rate", "--from", "2026-04", "--to", "2026-06-29", "--by", "month",
        "--json",
    )  # fmt: skip
    now, *_ = json.loads(as_now.out)["lines"][0]["observations"]
    (april,) = (one for one in points if one["period"] == now["period"] == "2026-04-01")
    same = april["value"] == pytest.approx(now["value"])
    assert same == (treatment == "break")


def test_an_approver_reads_what_is_on_record_without_data(bound: Desk) -> None:
    """The figures that git keeps, in every form, after the data are gone; before there are any it says so."""
    proposed(bound)
    done = bound.run("finance-lead", "effect", "sales_accepted_lead_rate", "--recorded")
    assert done.code == 1
    assert "no effect of these contents is on record" in done.err
    computed = evidence(bound)
    (bound.root / "sample.duckdb").unlink()
    events = bound.events()
    shown = bound.run("finance-lead", "effect", "sales_accepted_lead_rate", "--recorded", "--json")
    assert shown.code == 0, shown.err
    found = json.loads(shown.out)
    assert found["metrics"][0]["total"] == computed["metrics"][0]["total"]
    assert found["metrics"][0]["dimensions"] == computed["metrics"][0]["dimensions"]
    page = bound.root.parent / "page.html"
    done = bound.run(
        "finance-lead", "effect", "sales_accepted_lead_rate", "--recorded", "--format", "html", "--out", str(page)
    )
    assert done.code == 0, done.err
    assert "<svg" in page.read_text()
    assert bound.events() == events


def test_an_ended_change_is_not_computed_against_itself(bound: Desk) -> None:
    """What it does to main is nothing any more; what it did is on record."""
    proposed(bound)
    evidence(bound)
    label = bound.shown("sales_accepted_lead_rate")["label"]
    assert bound.run("crm-lead", "withdraw", "sales_accepted_lead_rate", "-m", "not now").code == 0
    done = bound.run("crm-lead", "effect", label, "--dry-run")
    assert done.code == 1
    assert "is withdrawn" in done.err
    assert "--recorded" in done.err
    assert "No number can move" not in done.out


def test_a_report_that_cannot_be_written_is_named(bound: Desk) -> None:
    proposed(bound)
    done = bound.run(
        "crm-lead", "effect", "sales_accepted_lead_rate", "--dry-run", "--format", "html", "--out", "metricgov.yaml/x"
    )
    assert done.code == 2
    assert "cannot be written" in done.err


def test_without_an_engine_nothing_is_guessed(desk: Desk) -> None:
    """The refusal says what is missing and how to mend it."""
    proposed(desk)
    done = desk.run("crm-lead", "effect", "sales_accepted_lead_rate")
    assert done.code == 3
    assert "names no engine" in done.err
    assert "add one under `engines`" in done.err


def test_a_metric_that_cannot_be_computed_says_why(bound: Desk) -> None:
    """A table that is gone ends one metric's evaluation, not the command, and the change stays as it was."""
    proposed(bound)
    with duckdb.connect(str(bound.root / "sample.duckdb")) as connection:
        connection.execute("DROP TABLE crm.crm_leads")
    found = evidence(bound, "--dry-run")
    assert {one["metric"] for one in found["metrics"]} == {"sales_accepted_lead_rate", "lead_quality_trend"}
    assert all("crm_leads" in one["reason"] for one in found["metrics"])


class TestSampleData:
    """Made-up rows."""

    def test_equal_seeds_give_equal_rows(self, desk: Desk) -> None:
        """Every table, every value."""
        for name, seed in (("a", "1"), ("b", "1"), ("c", "2")):
            assert desk.run("crm-lead", "sample-data", f"{name}.duckdb", "--rows", "500", "--seed", seed).code == 0
        first, second, third = (_digest(desk.root / f"{name}.duckdb") for name in "abc")
        assert first == second
        assert first != third

    def test_a_file_is_never_overwritten(self, desk: Desk) -> None:
        """What is there stays there."""
        (desk.root / "mine.duckdb").write_text("mine")
        done = desk.run("crm-lead", "sample-data", "mine.duckdb")
        assert done.code == 1
        assert "exists already" in done.err
        assert (desk.root / "mine.duckdb").read_text() == "mine"

    def test_it_says_how_to_go_on(self, desk: Desk) -> None:
        """The line for metricgov.yaml; JSON has the tables."""
        done = desk.run("crm-lead", "sample-data", "a.duckdb", "--rows", "10")
        assert "engines: {warehouse: {type: duckdb, path: a.duckdb}}" in done.err
        made = json.loads(desk.run("crm-lead", "sample-data", "b.duckdb", "--rows", "10", "--json").out)
        assert made["rows"]["crm.crm_leads"] == 10

    def test_its_effects_are_there_to_be_found(self, desk: Desk) -> None:
        """Fewer rows at weekends, tests in the app alone, a day without rows, steps that come late."""
        assert desk.run("crm-lead", "sample-data", "a.duckdb", "--rows", "20000").code == 0
        with duckdb.connect(str(desk.root / "a.duckdb"), read_only=True) as connection:

            def ask(sql: str) -> list[Any]:
                return connection.execute(sql).fetchall()

            leads = "FROM crm.crm_leads"
            share = ask(f"SELECT AVG((isodow(created_at) > 5)::INT) {leads}")[0][0]
            assert share < 0.2
            tests = dict(ask(f"SELECT channel, AVG(is_test::INT) {leads} WHERE channel IS NOT NULL GROUP BY 1"))
            assert tests.pop("app") > 20 * max(tests.values())
            assert ask(f"SELECT COUNT(*) {leads} WHERE CAST(created_at AS DATE) = DATE '2026-03-18'") == [(0,)]
            assert 0 < ask(f"SELECT AVG((sales_accepted_at > created_at + INTERVAL 21 DAY)::INT) {leads}")[0][0] < 0.4


def _digest(path: Path) -> str:
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "SELECT table_schema, table_name FROM information_schema.tables ORDER BY ALL"
        ).fetchall()
        rows = [connection.execute(f"SELECT * FROM {schema}.{name}").fetchall() for schema, name in tables]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


class TestSeries:
    """A metric over time."""

    WORDS = ("series", "sales_accepted_lead_rate", "--from", "2026-01-01", "--to", "2026-05-01")

    def test_as_text_csv_and_json(self, bound: Desk) -> None:
        """The same values in each; the picture beside the figures."""
        text = bound.run("crm-lead", *self.WORDS, "--by", "month")
        assert text.code == 0, text.err
        assert "sales_accepted_lead_rate by month, 1 Jan 2026 until 1 May 2026" in text.out
        rows = bound.run("crm-lead", *self.WORDS, "--by", "month", "--csv").out.splitlines()
        assert rows[0] == "PERIOD,OBS_VALUE,OBS_STATUS,PRE_BREAK_VALUE,VERSION,FLAGS,LOW,HIGH,SOURCE,COMPUTED_AT"
        found = json.loads(bound.run("crm-lead", *self.WORDS, "--by", "month", "--json").out)
        (line,) = found["lines"]
        assert [one["period"] for one in line["observations"]] == [row.split(",")[0] for row in rows[1:]]
        assert [repr(one["value"]) for one in line["observations"]] == [row.split(",")[1] for row in rows[1:]]
        assert {one["status"] for one in line["observations"]} == {"A"}

    def test_by_a_dimension(self, bound: Desk) -> None:
        """Each value has a line, also none."""
        found = json.loads(bound.run("crm-lead", *self.WORDS, "--by", "month", "--by", "channel", "--json").out)
        keys = [line["key"] for line in found["lines"]]
        assert ["app"] in keys
        assert keys[-1] == [None]

    @pytest.mark.parametrize(
        ("words", "code", "says"),
        [
            (("--by", "month", "--by", "week"), 2, "a series has one period"),
            (("--by", "colour"), 2, "has no dimension colour"),
            (("--by", "hour"), 2, "published by day, not by hour"),
            (("--basis", "9.9.9"), 2, "there is no version 9.9.9"),
            (("--to", "2025-01-01"), 2, "does not lie before"),
            (("--engine", "moon"), 2, "no engine is called moon"),
        ],
    )
    def test_what_cannot_be_asked(self, bound: Desk, words: tuple[str, ...], code: int, says: str) -> None:
        """Each mistake is named."""
        done = bound.run("crm-lead", *self.WORDS, *words)
        assert (done.code, says in done.err) == (code, True), done.err
