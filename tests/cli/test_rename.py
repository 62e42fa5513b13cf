"""`rename`: a new name for the same series; the old file stays and points to it, and nobody else's file is touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from cli.conftest import Desk


def renamed(desk: Desk, old: str, new: str, *more: str) -> tuple[dict[str, Any], str]:
    done = desk.run("ops-lead", "rename", old, new, "-m", "clearer", *more, "--json")
    assert done.code == 0, done.err
    change: dict[str, Any] = json.loads(done.out)["change"]
    return change, done.err


def fields(change: dict[str, Any], definition: str) -> dict[str, object]:
    found = next(one for one in change["definitions"] if one["id"] == definition)
    return {one["field"]: one["after"] for one in found["findings"]}


def test_a_name_that_others_use_stays_an_alias(desk: Desk) -> None:
    """INV-19, INV-27: readers keep reading; their files are their owners'."""
    change, _ = renamed(desk, "routing_speed", "lead_routing_share")
    assert [one["id"] for one in change["definitions"]] == ["metric:lead_routing_share", "metric:routing_speed"]
    assert {one["class"] for one in change["definitions"]} == {"compatible"}
    assert change["treatment"] == "alias"
    old = fields(change, "metric:routing_speed")
    assert old["status"] == "deprecated"
    assert old["replaced_by"] == {"metric": "lead_routing_share", "relation": "rename"}
    assert "retirement" not in old


def test_who_still_reads_the_old_name_is_told(desk: Desk) -> None:
    done = desk.run("ops-lead", "rename", "routing_speed", "lead_routing_share", "-m", "clearer")
    assert "scorecard:" in done.err
    assert "left to their owners" in done.err


def test_a_name_that_nothing_uses_is_retired(desk: Desk) -> None:
    """INV-18: its file stays, so that nobody can use the name again."""
    new = ("new", "workflow", "lead_care", "--team", "crm-handoff", "--description", "Care.")
    assert desk.run("ops-lead", *new).code == 0
    path = "workflows/lead_care.yaml"
    desk.sed(path, "'<fill in: what happens first>'", "First.")
    commit(desk)
    change, _ = renamed(desk, "lead_care", "lead_nurture", "--title", "Nurture")
    old = fields(change, "workflow:lead_care")
    assert old["replaced_by"] == {"workflow": "lead_nurture", "relation": "rename"}
    assert "retirement" in old


def test_a_renamed_source_says_what_it_was(desk: Desk) -> None:
    done = desk.run("data-lead", "rename", "crm_leads", "leads_of_the_crm", "-m", "clearer", "--json")
    assert done.code == 0, done.err
    assert {one["class"] for one in json.loads(done.out)["change"]["definitions"]} == {"compatible"}


def commit(desk: Desk) -> None:
    import subprocess

    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", "add", "-A"], cwd=desk.root, check=True)
    subprocess.run(["git", *who, "commit", "-qm", "found"], cwd=desk.root, check=True)


@pytest.mark.parametrize(
    ("words", "exit_code", "says"),
    [
        pytest.param(("routing_speed", "churn_rate", "-m", "x"), 1, "name_taken", id="taken"),
        pytest.param(("routing_speed", "routingspeed", "-m", "x"), 1, "name_lookalike", id="looks-like-itself"),
        pytest.param(("routing_speed", "Routing!", "-m", "x"), 2, "for example routing", id="no-name"),
        pytest.param(("routing_speed", "fresh_name"), 2, "words_missing", id="no-reason"),
        pytest.param(("raci", "fresh_name", "-m", "x"), 2, "not_a_definition", id="governance"),
    ],
)
def test_slips(desk: Desk, words: tuple[str, ...], exit_code: int, says: str) -> None:
    before = desk.events()
    done = desk.run("ops-lead", "rename", *words)
    assert (done.code, says in " ".join(done.err.split())) == (exit_code, True), done.err
    assert desk.events() == before
