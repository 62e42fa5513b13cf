"""Links from proposal to history: a bridge that was measured, one that was not, treatments that the table refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import product
from typing import Any

import duckdb
import pytest

from conftest import Desk

RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
NAME = "sales_accepted_lead_rate"
LATENCY = "metrics/analytics/data_latency.yaml"


def bind(desk: Desk) -> None:
    """Bind sample data by an approved change of metricgov.yaml."""
    assert desk.run("crm-lead", "sample-data", "sample.duckdb", "--rows", "6000").code == 0
    config = desk.root / "metricgov.yaml"
    config.write_text(config.read_text() + "engines:\n  warehouse: {type: duckdb, path: sample.duckdb}\n")
    assert desk.run("crm-lead", "propose", "metricgov.yaml", "-m", "bind the sample").code == 0
    for who in ("finance-lead", "head-of-marketing"):
        assert desk.run(who, "approve", "governance:metricgov").code == 0
    config.write_text(config.read_text().partition("engines:")[0])
    assert desk.run("crm-lead", "apply", "governance:metricgov").code == 0


def propose(desk: Desk, path: str, *edits: tuple[str, str], treatment: str) -> tuple[int, str]:
    """Propose an edit from today on; return code and what was said."""
    file = desk.root / path
    before = file.read_text()
    after = before
    for old, new in edits:
        assert old in after
        after = after.replace(old, new)
    file.write_text(after)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    claims = ("--intent", "redefinition", "--treatment", treatment, "--effective", today, "--meaning-unchanged")
    done = desk.run("crm-lead", "propose", path, "-m", "three weeks", *claims)
    file.write_text(before)
    return done.code, done.err + done.out


def agree(desk: Desk) -> None:
    """Let everybody who is asked agree, and apply."""
    for who, word in (
        ("crm-deputy", "approve"),
        ("analytics-lead", "approve"),
        ("sales-ops-lead", "acknowledge"),
        ("head-of-marketing", "acknowledge"),
    ):
        done = desk.run(who, word, NAME)
        assert done.code == 0, done.err
    for metric, warning in product((NAME, "lead_quality_trend"), ("W06", "W09")):  # those that there are
        desk.run("finance-lead", "accept-warning", NAME, warning, "--metric", metric, "-m", "it is a test")
    done = desk.run("crm-deputy", "apply", NAME)
    assert done.code == 0, done.err


THREE_WEEKS = (("'30' DAY", "'21' DAY"), ("within 30", "within 21"), ("after 30", "after 21"))


def test_a_measured_bridge_stands_in_the_history(desk: Desk) -> None:
    """Factor, error, segments and overlap come from the evidence of the contents that were approved."""
    bind(desk)
    code, said = propose(desk, RATE, *THREE_WEEKS, treatment="bridge")
    assert code == 0
    assert "The decision table advises restate (row 21)" in " ".join(said.split())
    shown = desk.run("crm-lead", "effect", NAME, "--as-of", "2026-06-29")
    assert shown.code == 0, shown.err
    words = " ".join(shown.out.split())
    for said in ("history old values are bridged", "advised: restate", "row 21 of the decision table"):
        assert said in words
    agree(desk)
    rows = json.loads(desk.run("crm-lead", "history", NAME, "--json").out)["versions"]
    assert rows[0]["link"] in ("bridged", "bridged_by_segment")
    assert 0.7 < float(rows[0]["factor"]) < 1
    measured = rows[0]["measured"]
    assert (measured["direction"], measured["scale"], measured["start"], measured["end"]) == (
        "old_to_new",
        "ratio",
        "2025-06-30",
        "2026-06-29",
    )
    assert float(measured["low"]) < float(measured["factor"]) < float(measured["high"])
    assert (measured["below"], measured["share"], measured["top"]) == ("1.0", True, "100.0")
    assert rows[-1]["measured"] is None
    text = " ".join(desk.run("crm-lead", "history", NAME).out.split())
    assert "link to next: old values are bridged" in text
    assert desk.run("crm-lead", "audit", "verify").code == 0
    bridged_series(desk, measured)
    compared(desk)
    known(desk)


def compared(desk: Desk) -> None:
    """The matrix, the pair as recorded, and the pair measured now; what cannot be asked is named."""
    matrix = json.loads(desk.run("crm-lead", "compare", NAME, "--json").out)
    assert matrix["versions"] == ["1.2.0", "2.0.0"]
    statuses = {(one["old"], one["new"]): one["status"] for one in matrix["entries"]}
    assert statuses["1.2.0", "1.2.0"] == "same"
    assert statuses["1.2.0", "2.0.0"] == statuses["2.0.0", "1.2.0"] != "broken"
    assert "from \\ to" in desk.run("crm-lead", "compare", NAME).out
    words = ("compare", NAME, "1.2.0", "2.0.0")
    recorded = json.loads(desk.run("crm-lead", *words, "--recorded", "--json").out)
    assert recorded["measured"] is None
    assert {one["rule"] for one in recorded["findings"]} >= {"FILTER_WINDOW"}
    assert recorded["steps"][0]["link"]["status"] == recorded["status"]
    now = json.loads(desk.run("crm-lead", *words, "--as-of", "2026-06-29", "--json").out)
    assert now["measured"]["total"]["ratio"] == pytest.approx(float(recorded["steps"][0]["link"]["factor"]))
    text = desk.run("crm-lead", *words, "--as-of", "2026-06-29").out
    assert all(part in text for part in ("What differs", "Links on record", "verdict"))
    for more, code, says in (
        (("1.2.0",), 2, "compared with what"),
        (("1.2.0", "9.9.9"), 2, "there is no version 9.9.9"),
    ):
        done = desk.run("crm-lead", "compare", NAME, *more)
        assert (done.code, says in done.err) == (code, True), done.err


def known(desk: Desk) -> None:
    """Two dates: the day that is meant, and the day of knowing."""
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    before = json.loads(desk.run("crm-lead", "asof", NAME, "2026-01-15", "--json").out)
    assert (before["then"]["version"], before["then"]["data_to"]) == ("1.2.0", today)
    after = json.loads(desk.run("crm-lead", "asof", NAME, "2099-01-15", "--json").out)
    assert after["then"]["version"] == after["now"]["version"] == "2.0.0"
    never = json.loads(desk.run("crm-lead", "asof", NAME, "2099-01-15", "--known-at", "2020-01-01", "--json").out)
    assert never["then"] is None
    assert "no version was known" in desk.run("crm-lead", "asof", NAME, "2099-01-15", "--known-at", "2020-01-01").out


def bridged_series(desk: Desk, link: dict[str, Any]) -> None:
    """Read the days before the change on today's basis, and as they were."""
    words = ("series", NAME, "--from", "2026-01-01", "--to", "2026-05-01", "--by", "month", "--json")
    now = json.loads(desk.run("crm-lead", *words).out)
    then = json.loads(desk.run("crm-lead", *words, "--basis", "as-reported").out)
    (stretch,) = now["stretches"]
    assert stretch["bridges"] == [link]
    for one, was in zip(now["lines"][0]["observations"], then["lines"][0]["observations"], strict=True):
        assert one["status"] == "E"
        assert one["pre_break_value"] == pytest.approx(was["value"])
        assert one["low"] < one["value"] < one["high"] < was["value"] * 1.2
    table = desk.run("crm-lead", *words[:-1], "--csv").out
    assert table.startswith("PERIOD,OBS_VALUE,OBS_STATUS,PRE_BREAK_VALUE")
    text = desk.run("crm-lead", *words[:-1]).out
    assert ". as it was   ~ bridged" in text
    written(desk, words[:-1], table)


def written(desk: Desk, words: tuple[str, ...], table: str) -> None:
    """The same series as files: the ending decides."""
    for ending in ("csv", "json", "parquet", "svg", "png"):
        done = desk.run("crm-lead", *words, "--out", f"out/rate.{ending}")
        assert done.code == 0, done.err
    folder = desk.root / "out"
    assert (folder / "rate.csv").read_text() == table
    assert json.loads((folder / "rate.json").read_text())["metric"] == NAME
    rows = duckdb.sql(f"SELECT OBS_VALUE, LOW, VERSION FROM '{folder / 'rate.parquet'}' ORDER BY PERIOD").fetchall()
    assert [repr(value) for value, _, _ in rows] == [line.split(",")[1] for line in table.splitlines()[1:]]
    assert all(low < value for value, low, _ in rows)
    assert "bridged, until" in (folder / "rate.svg").read_text()
    assert (folder / "rate.png").read_bytes().startswith(b"\x89PNG")
    done = desk.run("crm-lead", *words, "--out", "rate.xls")
    assert (done.code, "none of the endings" in done.err) == (2, True)


def test_a_bridge_that_nobody_measured_is_a_break(desk: Desk) -> None:
    """A word is not a factor."""
    assert propose(desk, RATE, *THREE_WEEKS, treatment="bridge")[0] == 0
    agree(desk)
    rows = json.loads(desk.run("crm-lead", "history", NAME, "--json").out)["versions"]
    assert (rows[0]["link"], rows[0]["factor"], rows[0]["measured"]) == ("not_measured", None, None)
    assert "not measured" in desk.run("crm-lead", "history", NAME).out


def test_a_conversion_needs_no_effect_on_record(desk: Desk) -> None:
    """Row 2: the factor follows from the two definitions, so history is bridged although nobody asked an engine."""
    code, said = propose(desk, RATE, ("unit: percent", "unit: share"), ("scale: 100", "scale: 1"), treatment="bridge")
    assert code == 0, said
    agree(desk)
    first, *_ = json.loads(desk.run("crm-lead", "history", NAME, "--json").out)["versions"]
    assert (first["link"], first["factor"]) == ("bridged", "0.01")
    assert (first["measured"]["scale"], first["measured"]["se"], first["measured"]["periods"]) == ("exact", "0.0", 0)
    text = " ".join(desk.run("crm-lead", "history", NAME).out.split())
    assert "old values are bridged: ×0.01, exactly" in text
    entries = json.loads(desk.run("crm-lead", "compare", NAME, "--json").out)["entries"]
    (pair,) = (one for one in entries if (one["old"], one["new"]) == ("1.2.0", "2.0.0"))
    assert (pair["status"], pair["ratio"], pair["rse"]) == ("bridged", 0.01, 0)
    bind(desk)
    words = ("series", NAME, "--from", "2026-01-01", "--to", "2026-05-01", "--by", "month", "--json")
    now, then = (json.loads(desk.run("crm-lead", *words, *more).out) for more in ((), ("--basis", "as-reported")))
    for one, was in zip(now["lines"][0]["observations"], then["lines"][0]["observations"], strict=True):
        assert one["value"] == one["low"] == one["high"] == pytest.approx(was["value"] / 100)
    assert now["warnings"] == []


def test_a_conversion_of_what_moves_as_well_proves_nothing(desk: Desk) -> None:
    """A filter changes in the same step: the factor would have to be measured."""
    edits = (("scale: 100", "scale: 1"), ("unit: percent", "unit: share"), *THREE_WEEKS)
    assert propose(desk, RATE, *edits, treatment="bridge")[0] == 0
    agree(desk)
    rows = json.loads(desk.run("crm-lead", "history", NAME, "--json").out)["versions"]
    assert (rows[0]["link"], rows[0]["measured"]) == ("not_measured", None)


@pytest.mark.parametrize("treatment", ["bridge", "restate"])
def test_no_factor_moves_a_percentile(desk: Desk, treatment: str) -> None:
    """Row 19 of the decision table refuses it; what it allows stays possible."""
    code, said = propose(desk, LATENCY, ("percentile: 0.95", "percentile: 0.9"), treatment=treatment)
    refused = "row 19 of the decision table" in " ".join(said.split())
    assert (code, refused) == ((1, True) if treatment == "bridge" else (0, False)), said
