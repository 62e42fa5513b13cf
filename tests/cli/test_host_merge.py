"""A change that lands by other hands: what everybody reads before and after somebody has recorded it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Desk

RunGit = Callable[..., str]
RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
NAME = "sales_accepted_lead_rate"


def _merged_on_the_host(desk: Desk, git: RunGit, *, approved: bool) -> None:
    git(desk.root, "switch", "-q", "-c", "topic")
    desk.sed(RATE, "Moves budget", "Moves the budget")
    done = desk.run("ops-lead", "propose", "-m", "plainer", "--write", "--json")
    assert done.code == 0, done.err
    if approved:
        assert desk.run("crm-lead", "approve", NAME).code == 0
    git(desk.root, "commit", "-q", "-a", "-m", "by hand")
    git(desk.root, "switch", "-q", "main")
    git(desk.root, "merge", "-q", "topic")


def test_readers_see_it_applied_before_anybody_recorded_it(desk: Desk, git: RunGit) -> None:
    """INV-53: what main holds is what happened; reading writes nothing."""
    _merged_on_the_host(desk, git, approved=True)
    before = desk.events()
    shown = desk.shown(NAME)
    assert (shown["state"], shown["applied_as"]) == ("applied", git(desk.root, "rev-parse", "main"))
    assert "Nothing waits" in desk.run("crm-lead", "inbox").out
    rows = json.loads(desk.run("crm-lead", "history", NAME, "--json").out)["versions"]
    assert [row["version"] for row in rows] == ["1.2.0", "1.2.1"]
    assert desk.events() == before


def test_apply_records_it_and_says_where_it_is(desk: Desk, git: RunGit) -> None:
    """INV-50: once, whoever landed it."""
    _merged_on_the_host(desk, git, approved=True)
    change = desk.shown(NAME)["change"]
    refused = desk.run("ops-lead", "apply", change)
    assert refused.code == 1
    assert "merged on the host already" in refused.err
    kinds = [row["type"] for row in json.loads(desk.run("crm-lead", "audit", "log", "--json").out)["events"]]
    assert {"main_moved", "landed"} <= set(kinds)
    assert kinds.count("landed") == 1


def test_talk_and_what_is_affected_stand_in_the_view(desk: Desk) -> None:
    desk.sed(RATE, "INTERVAL '30' DAY", "INTERVAL '14' DAY")
    words = ("--intent", "redefinition", "--treatment", "break", "--effective", "2031-07-01", "--meaning-unchanged")
    assert desk.run("ops-lead", "propose", "-m", "sooner", *words).code == 0
    assert desk.run("crm-lead", "comment", NAME, "-m", "calendar days?", "--field", "calculation.where").code == 0
    text = desk.run("crm-lead", "change", "show", NAME).out
    assert "Talk: 1 open thread" in text
    assert "calendar days?" in text
    assert "metric:lead_quality_trend" in text
    shown = desk.shown(NAME)
    assert [one["id"] for one in shown["threads"]] == ["t1"]
    assert [one["definition"] for one in shown["affected"]] == ["metric:lead_quality_trend"]


def test_the_last_change_answers_to_its_metric_after_it_ended(desk: Desk) -> None:
    desk.sed(RATE, "Moves budget", "Moves the budget")
    assert desk.run("ops-lead", "propose", "-m", "plainer").code == 0
    assert desk.run("ops-lead", "withdraw", NAME, "-m", "not now").code == 0
    assert desk.shown(NAME)["state"] == "withdrawn"
    assert desk.run("crm-lead", "approve", NAME).code == 2
