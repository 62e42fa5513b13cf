"""`impact`: what a definition reaches, how far away, through what, and whose it is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.conftest import Metricgov


def rows(metricgov: Metricgov, past: Path, name: str) -> dict[str, dict[str, object]]:
    said = metricgov("impact", name, "--json", cwd=past)
    assert said.code == 0, said.err
    body = json.loads(said.out)
    assert body["format"] == 1
    return {row["id"]: row for row in body["impact"]}


def test_what_is_computed_is_followed_to_its_end(metricgov: Metricgov, past: Path) -> None:
    found = rows(metricgov, past, "crm_leads")
    near, far = found["metric:sales_accepted_lead_rate"], found["metric:lead_quality_trend"]
    assert (near["relation"], near["steps"], near["via"], near["owner"]) == ("computed", 1, None, "crm-lead")
    assert (far["relation"], far["steps"]) == ("computed", 2)
    assert far["via"] == "metric:sales_accepted_lead_rate"


def test_scorecards_and_consumers_end_the_way(metricgov: Metricgov, past: Path) -> None:
    found = rows(metricgov, past, "sales_accepted_lead_rate")
    assert found["scorecard:crm_handoff_scorecard"]["relation"] == "uses"
    board = found["Lead quality by channel"]
    assert (board["relation"], board["owner"], board["steps"]) == ("dashboard", "analytics-lead", 1)
    assert found["Board report"]["via"] == "metric:lead_quality_trend", "a consumer of what is computed from it"
    assert not any(one.startswith("source:") for one in found)


def test_rows_stand_nearest_first_and_never_twice(metricgov: Metricgov, past: Path) -> None:
    body = json.loads(metricgov("impact", "source:crm_leads", "--json", cwd=past).out)["impact"]
    steps = [row["steps"] for row in body]
    assert steps == sorted(steps)
    definitions = [row["id"] for row in body if ":" in row["id"]]
    assert len(definitions) == len(set(definitions))


def test_text_fits_80_columns_and_counts_owners(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("impact", "crm_leads", cwd=past / "metrics")
    assert max(map(len, said.out.splitlines())) <= 80
    assert "── Computed from it: " in said.out
    assert said.out.splitlines()[-1].endswith("owners.")
    assert said.err == ""


def test_nothing_depends_on_it(metricgov: Metricgov, past: Path) -> None:
    said = metricgov("impact", "crm_handoff_scorecard", cwd=past)
    assert (said.code, said.out.startswith("Nothing is computed from")) == (0, True)


@pytest.mark.parametrize("words", [("crm_leds",), ("x:y",), ("crm_leads", "--at", "nowhere")])
def test_a_mistake_is_one_clear_error(metricgov: Metricgov, past: Path, words: tuple[str, ...]) -> None:
    said = metricgov("impact", *words, cwd=past)
    assert (said.code, said.out) == (2, "")
    assert "hint:" in said.err
