"""`list`: what is there, for people at 80 columns and for programs."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from reading_world import RATE

from cli.conftest import Metricgov

NAME = "sales_accepted_lead_rate"


def ids(metricgov: Metricgov, past: Path, *words: str) -> list[str]:
    said = metricgov("list", *words, "--json", cwd=past)
    assert said.code == 0
    body = json.loads(said.out)
    assert body["format"] == 1
    return [row["id"] for row in body["definitions"]]


def test_text_fits_80_columns_and_says_what_people_look_for(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("list", "--domain", "crm_handoff", cwd=past / "metrics" / "crm_handoff")
    lines = said.out.splitlines()
    assert said.code == 0
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["name", "version", "owner"]
    assert lines[1] == "metric · crm_handoff"
    row = next(line for line in lines if NAME in line).split()
    assert row[:4] == [NAME, "2.0.0", "crm-lead", "KPI"]
    assert row[4].startswith("chg-"), "the open change stands beside it"
    assert lines[-1].endswith("KPIs).")


def test_every_kind_but_governance_stands_in_the_list(metricgov: Metricgov, past: Path) -> None:
    kinds = {one.partition(":")[0] for one in ids(metricgov, past)}
    assert kinds == {"metric", "source", "event", "workflow", "objective", "scorecard"}


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        (("--kind", "source"), lambda row: row["id"].startswith("source:")),
        (("--kind", "governance"), lambda row: row["id"].startswith("governance:")),
        (("--domain", "crm_handoff"), lambda row: row["domain"] == "crm_handoff"),
        (("--kpi",), lambda row: row["kpi"] is True),
        (("--status", "active"), lambda row: row["status"] == "active"),
        (("--owner", "crm-lead"), lambda row: row["owner"] == "crm-lead"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_filter_keeps_what_it_says(metricgov: Metricgov, past: Path, words: tuple[str, ...], holds: object) -> None:
    rows = json.loads(metricgov("list", *words, "--json", cwd=past).out)["definitions"]
    assert rows
    assert callable(holds)
    assert all(holds(row) for row in rows)


def test_filters_narrow_each_other(metricgov: Metricgov, past: Path) -> None:
    by_tag = ids(metricgov, past, "--tag", "lead")
    both = ids(metricgov, past, "--tag", "lead", "--domain", "crm_handoff")
    assert f"metric:{NAME}" in both
    assert set(both) < set(by_tag)


def test_an_owner_is_found_through_the_team(metricgov: Metricgov, registry: Path) -> None:
    raci = registry / "governance" / "raci.yaml"
    raci.write_text(raci.read_text().replace("accountable: crm-lead", "accountable: sales-operations", 1))
    commit(registry, "a team is accountable")
    assert f"metric:{NAME}" in ids(metricgov, registry, "--owner", "sales-ops-lead")


def test_csv_parses_and_holds_every_column(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("list", "--format", "csv", cwd=past)
    rows = list(csv.DictReader(io.StringIO(said.out)))
    row = next(row for row in rows if row["name"] == NAME)
    assert row["path"] == RATE
    assert (row["version"], row["owner"], row["kpi"]) == ("2.0.0", "crm-lead", "true")
    assert said.err == ""


def test_at_a_commit_the_list_is_that_of_the_commit(metricgov: Metricgov, past: Path) -> None:
    first = git(past, "rev-list", "--max-parents=0", "main")
    rows = json.loads(metricgov("list", "--at", first, "--json", cwd=past).out)["definitions"]
    row = next(row for row in rows if row["id"] == f"metric:{NAME}")
    assert row["version"] == "1.2.0"
    assert row["open_change"] is None


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--domain", "crm_handof"), "did you mean crm_handoff?"),
        (("--owner", "crm-led"), "did you mean crm-lead?"),
        (("--tag", "leed"), "did you mean lead?"),
        (("--status", "retired", "--domain", "crm_handoff"), "Nothing matches all of that."),
    ],
)
def test_nothing_found_says_what_was_perhaps_meant(
    metricgov: Metricgov, past: Path, words: tuple[str, ...], says: str
) -> None:
    said = metricgov("list", *words, cwd=past)
    assert (said.code, said.out) == (0, "")
    assert says in said.err


def test_a_registry_that_begins_says_what_comes_next(metricgov: Metricgov, tmp_path: Path) -> None:
    assert metricgov("init", tmp_path / "young", "--preset", "solo").code == 0
    for words in ((), ("--domain", "crm")):
        said = metricgov("list", *words, cwd=tmp_path / "young")
        assert (said.code, said.out) == (0, "")
        assert "There are no definitions yet." in said.err
        assert "metricgov new" in said.err


def test_a_file_that_does_not_load_is_listed_as_unreadable(metricgov: Metricgov, registry: Path) -> None:
    (registry / RATE).write_text("kind: metric\nkind: metric\n")
    commit(registry, "break it")
    said = metricgov("list", "--status", "unreadable", cwd=registry)
    assert NAME in said.out
    assert "metricgov lint" in said.err


def test_broken_governance_leaves_a_list_without_owners(metricgov: Metricgov, registry: Path) -> None:
    (registry / "governance" / "raci.yaml").write_text("kind: raci\n")
    commit(registry, "break it")
    said = metricgov("list", "--domain", "crm_handoff", cwd=registry)
    assert said.code == 0
    assert NAME in said.out
    assert "not known" in said.err


@pytest.mark.parametrize("words", [("--kind", "metrik"), ("--format", "xml"), ("--at", "no-such-branch")])
def test_a_wrong_word_is_exit_code_2(metricgov: Metricgov, past: Path, words: tuple[str, ...]) -> None:
    said = metricgov("list", *words, cwd=past)
    assert (said.code, said.out) == (2, "")
    assert said.err


def test_outside_of_a_registry_the_next_step_is_named(metricgov: Metricgov, tmp_path: Path) -> None:
    assert metricgov("list", cwd=tmp_path).code == 2
    subprocess.run(["git", "init", "-q", tmp_path / "empty"], check=True)
    said = metricgov("list", cwd=tmp_path / "empty")
    assert said.code in (2, 3)
    assert "metricgov init" in said.err or "commit" in said.err


def test_help_has_an_example(metricgov: Metricgov, past: Path) -> None:
    for command in ("list", "show", "diff", "impact", "fmt", "lint", "schema"):
        said = metricgov(command, "--help", cwd=past)
        assert said.code == 0
        assert f"Example: metricgov {command}" in said.out


def test_as_a_process_nothing_but_data_stands_on_stdout(past: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "metricgov.cli.main", "list", "--json"], cwd=past, capture_output=True, check=True
    )
    assert json.loads(done.stdout)["format"] == 1
    assert done.stderr == b""


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, message: str) -> None:
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git(folder, "add", "-A")
    git(folder, *who, "commit", "-q", "-m", message)
