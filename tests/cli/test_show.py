"""`show`: one definition for readers, as bytes, as JSON, at a commit, and as it held on a day."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from reading_world import RATE

from cli.conftest import Metricgov

NAME = "sales_accepted_lead_rate"


def git(folder: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True).stdout


def test_the_card_says_what_readers_ask(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("show", NAME, cwd=past / "metrics" / "crm_handoff")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].startswith("Sales-accepted lead rate") and lines[0].endswith("KPI · active")
    assert lines[1] == f"metric:{NAME}  2.0.0  data from 18 Jun 2026"
    words = " ".join(said.out.split())
    for part in (
        "owner crm-lead (deputy crm-deputy)",
        "within 14 days",
        "ratio: numerator / denominator, times 100, per day of created_at",
        "numerator COUNT(*) where sales_accepted_at <= created_at + INTERVAL '14' DAY",
        "target 40 percent by 31 Dec 2026 (absolute)",
        "dashboard Lead quality by channel (analytics-lead): gets a new base when values move",
        "── Open changes",
        'in review, by ops-lead "A week is what sales promises."',
    ):
        assert part in words, part


@pytest.mark.parametrize("kind", ["metric", "source", "event", "workflow", "objective", "scorecard", "governance"])
def test_every_definition_of_the_registry_has_a_card(metricgov: Metricgov, past: Path, kind: str) -> None:
    rows = json.loads(metricgov("list", "--kind", kind, "--json", cwd=past).out)["definitions"]
    for row in rows[:: max(1, len(rows) // 6)]:
        said = metricgov("show", row["id"], cwd=past)
        assert said.code == 0, said.err
        assert max(map(len, said.out.splitlines())) <= 80
        assert row["id"] in said.out


@pytest.mark.parametrize("kind", ["simple", "ratio", "derived", "cumulative", "conversion", "sql"])
def test_the_card_leaves_no_value_of_a_calculation_out(metricgov: Metricgov, past: Path, kind: str) -> None:
    path = next(file for file in sorted(past.glob("metrics/*/*.yaml")) if f"  type: {kind}\n" in file.read_text())
    document = json.loads(metricgov("show", path.stem, "--json", cwd=past).out)["definition"]
    card = metricgov("show", path.stem, cwd=past).out.split("── Calculation")[1].lower().split()
    shown = "".join(card)

    def leaves(value: object) -> list[str]:
        if isinstance(value, dict):
            return [one for inner in value.values() for one in leaves(inner)]
        if isinstance(value, list):
            return [one for inner in value for one in leaves(inner)]
        return ["".join(str(value).lower().split())]

    calculation = {key: value for key, value in document["data"]["calculation"].items() if key != "aggregate"}
    aggregates = {"count", "count_distinct", "sum", "average", "sum_boolean", "min", "max", "median", "percentile"}
    missing = [one for one in leaves(calculation) if one not in shown and one not in aggregates]
    assert not missing


def test_yaml_is_the_bytes_of_the_file(past: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "metricgov.cli.main", "show", NAME, "--format", "yaml"], cwd=past, capture_output=True
    )
    assert done.stdout == git(past, "show", f"main:{RATE}")
    assert done.stderr == b""


def test_json_has_the_facts_and_the_mapping(metricgov: Metricgov, past: Path) -> None:
    body = json.loads(metricgov("show", NAME, "--json", cwd=past).out)
    found = body["definition"]
    assert body["format"] == 1
    assert found["id"] == f"metric:{NAME}"
    assert (found["version"], found["owner"], found["path"]) == ("2.0.0", "crm-lead", RATE)
    assert found["commit"] == git(past, "rev-parse", "main").decode().strip()
    assert found["data"]["calculation"]["type"] == "ratio"
    assert found["held"] is None
    assert [one["state"] for one in found["open_changes"]] == ["in_review"]
    assert body == json.loads(metricgov("show", NAME, "--format", "json", cwd=past).out)


def test_at_a_commit_it_is_what_it_was(metricgov: Metricgov, past: Path) -> None:
    first = git(past, "rev-list", "--max-parents=0", "main").decode().strip()
    found = json.loads(metricgov("show", NAME, "--at", first, "--json", cwd=past).out)["definition"]
    assert (found["version"], found["open_changes"]) == ("1.2.0", [])


@pytest.mark.parametrize(
    ("day", "version", "by"),
    [
        ("2025-01-01", "1.2.0", "the journal's baseline"),
        ("2026-06-17", "1.2.0", "the journal's baseline"),
        ("2026-06-18", "2.0.0", "the journal: applied with chg-"),
        ("2031-01-01", "2.0.0", "the journal: applied with chg-"),
    ],
    ids=["first day", "last day of the old", "first day of the new", "far ahead"],
)
def test_on_a_day_the_version_that_holds_it_is_shown(
    metricgov: Metricgov, past: Path, day: str, version: str, by: str
) -> None:
    found = json.loads(metricgov("show", NAME, "--on", day, "--json", cwd=past).out)["definition"]
    assert found["version"] == version
    assert found["held"]["day"] == day
    assert found["held"]["by"].startswith(by)
    window = "14" if version == "2.0.0" else "30"
    assert f"INTERVAL '{window}' DAY" in found["data"]["calculation"]["where"]
    text = metricgov("show", NAME, "--on", day, cwd=past).out
    assert "held on" in text
    raw = metricgov("show", NAME, "--on", day, "--format", "yaml", cwd=past).out
    assert f"version: {version}\n" in raw


def test_before_the_first_version_nothing_held(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("show", NAME, "--on", "2020-02-29", cwd=past)
    assert (said.code, said.out) == (2, "")
    assert "begins on 2025-01-01" in " ".join(said.err.split())
    assert f"metricgov history {NAME}" in said.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("routing_sped",), "did you mean routing_speed?"),
        (("",), "definition_missing"),
        (("--", "-x"), "definition_unknown"),
        (("../../etc/passwd",), "definition_unknown"),
        (("source:routing_speed",), "definition_unknown"),
        ((NAME, "--at", "nowhere"), "unknown_ref"),
        ((NAME, "--at", "main", "--on", "2026-01-01"), "two_moments"),
        ((NAME, "--on", "2026-02-30"), "bad_date"),
        ((NAME, "--on", "yesterday"), "bad_date"),
    ],
)
def test_a_mistake_is_one_clear_error(metricgov: Metricgov, past: Path, words: tuple[str, ...], code: str) -> None:
    said = metricgov("show", *words, cwd=past)
    assert (said.code, said.out) == (2, "")
    assert code in said.err
    assert "hint:" in said.err


def test_what_is_only_in_the_work_tree_says_so(metricgov: Metricgov, registry: Path) -> None:
    new = (registry / RATE).read_text().replace(NAME, "brand_new_rate")
    (registry / "metrics/crm_handoff/brand_new_rate.yaml").write_text(new)
    for command in ("show", "impact"):
        said = metricgov(command, "brand_new_rate", cwd=registry)
        assert said.code == 2
        assert "not on main yet" in " ".join(said.err.split())
        assert "metricgov diff brand_new_rate" in said.err


def test_a_file_that_does_not_load_names_its_problems_and_still_has_bytes(metricgov: Metricgov, registry: Path) -> None:
    (registry / RATE).write_text("kind: metric\nname: x\nname: y\n")
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git(registry, *who, "commit", "-qam", "break it")
    said = metricgov("show", NAME, cwd=registry)
    assert said.code == 2
    assert f"{RATE}:3:1" in said.err
    assert metricgov("show", NAME, "--format", "yaml", cwd=registry).out == "kind: metric\nname: x\nname: y\n"


def test_fields_of_odd_shapes_are_shown_and_nothing_breaks(metricgov: Metricgov, registry: Path) -> None:
    odd = "kind: metric\nname: [a]\ntitle: {b: c}\nversion: 1\nstatus: 2\ncalculation: {type: [x], numerator: 7}\n"
    odd += "kpi: {target: 5, baseline: {value: {a: 1}}}\nused_in: [1, {kind: [z]}]\nnew_field: [{x: {y: 1}}]\n"
    (registry / RATE).write_text(odd)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git(registry, *who, "commit", "-qam", "odd")
    for words in ((), ("--json",)):
        said = metricgov("show", NAME, *words, cwd=registry)
        assert said.code == 0, said.err
    assert "new_field" in metricgov("show", NAME, "--json", cwd=registry).out


def test_a_definition_that_the_journal_does_not_know_is_read_from_main(metricgov: Metricgov, registry: Path) -> None:
    text = (registry / RATE).read_text().replace(NAME, "slipped_in").replace("2026-06-18", "2026-05-01")
    (registry / "metrics/crm_handoff/slipped_in.yaml").write_text(text)
    who = ("-c", "user.name=Ada", "-c", "user.email=ada@example.com")
    git(registry, "add", "-A")
    git(registry, *who, "commit", "-qm", "past the gate")
    found = json.loads(metricgov("show", "slipped_in", "--on", "2026-05-02", "--json", cwd=registry).out)
    assert "journal knows no version" in found["definition"]["held"]["by"]
    said = metricgov("show", "slipped_in", "--on", "2026-04-30", cwd=registry)
    assert (said.code, "nothing_held" in said.err) == (2, True)
