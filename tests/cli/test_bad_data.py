"""`effect` and `doctor` on data that are not as declared: each fault is named, with what to do, and nothing changes."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from cli.test_effect_command import proposed
from conftest import Desk

LEADS = "crm.crm_leads"


def without(column: str) -> str:
    """Return the statement that takes a column away."""
    return f"ALTER TABLE {LEADS} DROP COLUMN {column}"


def remade(columns: str, table: str = LEADS) -> str:
    """Return the statements that make a table anew, with some columns replaced."""
    schema, _, name = table.partition(".")
    made = f"CREATE TABLE {schema}.made AS SELECT * REPLACE ({columns}) FROM {table}"
    return f"{made}; DROP TABLE {table}; ALTER TABLE {schema}.made RENAME TO {name}"


WITH_ZONE = ("source crm_leads is declared timestamp, and is TIMESTAMP WITH TIME ZONE", "make them agree")
AHEAD = ("the newest of source crm_leads lie on 205", "a clock or a zone disagrees", "metricgov doctor")
RETURN = "return_on_ad_spend"
SLOW = f"""ALTER TABLE {LEADS} RENAME TO leads_kept; CREATE VIEW {LEADS} AS SELECT k.* FROM crm.leads_kept AS k,
  range(1000000000) AS a(x), range(1000000000) AS b(y) WHERE a.x * b.y % 7 = 9"""


@dataclass(frozen=True)
class Fault:
    """What is done to the data, how `effect` is asked about which metric, and what it and `series` must say."""

    statement: str = ""
    words: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    metric: str = "sales_accepted_lead_rate"
    series: tuple[str, ...] = ()


FAULTS: dict[str, Fault] = {
    "a column is missing": Fault(
        without("sales_accepted_at"), says=("has no column sales_accepted_at", "compare the source's relation")
    ),
    "the table is missing": Fault(f"DROP TABLE {LEADS}", says=("crm_leads", "compare the source's relation")),
    "a time is text": Fault(
        remade("CAST(created_at AS VARCHAR) AS created_at"),
        says=("column created_at of source crm_leads is declared", "and is VARCHAR", "compare the source's relation"),
    ),
    "no rows in the window": Fault(
        words=("--as-of", "2019-01-01"), says=("no period has a value under both definitions", "how far the data reach")
    ),
    "an overlap that is too short": Fault(words=("--as-of", "2025-01-06"), says=("W04",)),
    "a segment that is NULL": Fault(
        f"UPDATE {LEADS} SET channel = NULL WHERE channel = 'app'", says=("verdict", "(none)")
    ),
    "a moment with a zone, declared without": Fault(
        remade("created_at::TIMESTAMPTZ AS created_at"),
        says=WITH_ZONE,
        series=WITH_ZONE,
    ),
    "rows that lie after today": Fault(
        f"UPDATE {LEADS} SET created_at = created_at + INTERVAL 30 YEAR",
        says=AHEAD,
        series=AHEAD,
    ),
    "a denominator that is negative": Fault(
        "UPDATE media.ad_spend SET cost_eur = -cost_eur",
        says=("no ratio: a denominator is below 0 in some period",),
        metric=RETURN,
        series=("W10 warns a denominator is below 0", " U 2.0.0", "look at the sign of its column"),
    ),
    "a sum that is infinite": Fault(
        remade("'inf'::DOUBLE AS cost_eur", "media.ad_spend"),
        says=("infinite or no number", "leave such rows out with a filter"),
        metric=RETURN,
        series=("infinite or no number", "leave such rows out with a filter"),
    ),
}


def proposed_return(desk: Desk) -> None:
    """Propose that what advertising returns is counted for 60 days."""
    file = next(desk.root.glob(f"metrics/*/{RETURN}.yaml"))
    before = file.read_text()
    file.write_text(before.replace("'90' DAY", "'60' DAY").replace(" 90 days", " 60 days"))
    claims = ("--intent", "redefinition", "--treatment", "restate", "--effective", "2027-01-01")
    done = desk.run("crm-lead", "propose", str(file.relative_to(desk.root)), "-m", "sixty days", *claims)
    assert done.code == 0, done.err
    file.write_text(before)


def copied(desk: Desk, statement: str) -> None:
    """Put the sample data back, and do something to them."""
    kept = desk.root / "kept.duckdb"
    if not kept.exists():
        shutil.copy(desk.root / "sample.duckdb", kept)
    shutil.copy(kept, desk.root / "sample.duckdb")
    if statement:
        with duckdb.connect(str(desk.root / "sample.duckdb")) as connection:
            connection.execute(statement)


def test_each_fault_is_named_and_the_change_stays_as_it_was(bound: Desk) -> None:
    """Nothing is guessed, nothing is recorded by a dry run, no traceback, and the next step is said."""
    proposed(bound)
    proposed_return(bound)
    events = bound.events()
    missed = []
    for name, fault in FAULTS.items():
        copied(bound, fault.statement)
        as_of = () if "--as-of" in fault.words else ("--as-of", "2026-06-29")
        asked: list[tuple[tuple[str, ...], tuple[str, ...]]] = [
            (("effect", fault.metric, "--dry-run", *as_of, *fault.words), fault.says)
        ]
        if fault.series:
            span = ("--by", "month", "--from", "2026-01-01", "--as-of", "2026-06-29")
            asked.append((("series", fault.metric, *span), fault.series))
        for words, says in asked:
            done = bound.run("crm-lead", *words)
            heard = " ".join((done.out + done.err).split())
            missed += [f"{name}, {words[0]}: {one!r} in {heard[-900:]}" for one in says if one not in heard]
            missed += [f"{name}: {done.err}"] if "Traceback" in done.err or done.code not in (0, 2, 3) else []
    assert not missed, "\n".join(missed)
    assert bound.events() == events


def test_an_engine_that_is_slow_is_stopped(bound: Desk) -> None:
    """At its limit of seconds, which metricgov.yaml sets."""
    proposed(bound)
    copied(bound, SLOW)
    change_settings(bound, "engines:\n  warehouse: {type: duckdb, path: sample.duckdb, seconds: 1}\n")
    done = bound.run("crm-lead", "effect", "sales_accepted_lead_rate", "--dry-run", "--as-of", "2026-06-29")
    heard = " ".join(done.out.split())
    assert "took longer than 1 s and was cancelled" in heard, heard + done.err
    assert "raise `seconds`" in heard


def test_an_engine_that_is_down_or_has_no_address_is_named(bound: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what has to be done; the address is not shown, for it may hold a password."""
    proposed(bound)
    change_settings(bound, "engines:\n  far: {type: sqlalchemy, url_from: FAR_URL}\n")
    done = bound.run("crm-lead", "effect", "sales_accepted_lead_rate", "--dry-run")
    assert (done.code, "FAR_URL is not set" in done.err) == (3, True), done.err
    assert "it stands in no file" in done.err
    monkeypatch.setenv("FAR_URL", "postgresql://someone:hidden@127.0.0.1:1/none")
    done = bound.run("crm-lead", "doctor", "--json")
    rows = [one for one in json.loads(done.out)["checks"] if one["name"] == "engines"]
    assert any(one["state"] == "fail" and "does not answer" in one["says"] for one in rows), rows
    assert "hidden" not in done.out + done.err


def change_settings(desk: Desk, engines: str) -> None:
    """Bind other engines, by a change like any other."""
    config = desk.root / "metricgov.yaml"
    before = config.read_text()
    config.write_text(before.partition("engines:")[0] + engines)
    assert desk.run("crm-lead", "propose", "metricgov.yaml", "-m", "other engines").code == 0
    for who in ("finance-lead", "head-of-marketing"):
        assert desk.run(who, "approve", "governance:metricgov").code == 0
    config.write_text(before)
    done = desk.run("crm-lead", "apply", "governance:metricgov")
    assert done.code == 0, done.err


class TestDoctor:
    """What `doctor` says of engines."""

    def checks(self, desk: Desk) -> list[dict[str, Any]]:
        """Return the lines about engines."""
        done = desk.run("crm-lead", "doctor", "--json")
        return [one for one in json.loads(done.out)["checks"] if one["name"] == "engines"]

    def test_without_engines_nothing_is_wrong(self, desk: Desk) -> None:
        """Changes are agreed on without numbers."""
        (line,) = self.checks(desk)
        assert (line["state"], "without numbers" in line["says"]) == ("ok", True)

    def test_it_names_what_does_not_fit(self, bound: Desk) -> None:
        """Whole engine, missing column, wrong type, missing table: one line each, with a hint."""
        lines = self.checks(bound)
        assert {one["state"] for one in lines} <= {"ok", "warn"}, lines
        assert any("with all columns" in one["says"] for one in lines)
        retyped = remade("CAST(created_at AS TIMESTAMPTZ) AS created_at, CAST(is_test AS VARCHAR) AS is_test")
        copied(bound, f"{without('channel')}; {retyped}; DROP TABLE finance.finance_ledger")
        lines = self.checks(bound)
        said = "\n".join(one["says"] for one in lines)
        assert "source crm_leads has no column channel in engine warehouse" in said
        assert "column is_test of source crm_leads is declared boolean, and is VARCHAR" in said
        assert "finance_ledger" in said
        assert all(one["hint"] for one in lines if one["state"] == "fail")
        assert sum(one["state"] == "fail" for one in lines) >= 4
        assert "is TIMESTAMP WITH TIME ZONE in engine warehouse: days would begin at another hour" in said
