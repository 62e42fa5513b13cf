"""`policy check`: the starter registry holds, and one with everything wrong in it shows each thing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.conftest import Desk, Metricgov, Outcome

RunGit = Callable[..., str]
CHECK = ("policy", "check")


def shape(done: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(done.out)
    assert found["format"] == 1
    assert found["holds"] is (done.code == 0)
    return found


def test_the_starter_registry_has_neither_gap_nor_deadlock(desk: Desk) -> None:
    """INV-07: what people begin with can be changed by all of them."""
    done = desk.run("crm-lead", *CHECK)
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split()[-1] == "standard"
    assert lines[1].endswith("each of 22 authors: yes.")
    assert any(line.split() == ["crm_handoff", "ok", "ok", "ok"] for line in lines)
    assert any(line.startswith("governance files") and line.endswith(": ok") for line in lines)
    found = shape(desk.run("crm-lead", *CHECK, "--json"))
    assert (found["weaknesses"], found["keyless"], found["authors"]) == ([], {}, 22)
    assert found["definitions"] == sum(area["definitions"] for area in found["areas"] if " files" not in area["area"])


def plant(desk: Desk) -> None:
    """Put into the work tree a gap, a deadlock, somebody without a deputy, a quorum out of reach, and a tie."""
    desk.sed(
        "governance/raci.yaml",
        "    accountable: support-lead\n    deputy: support-deputy\n",
        "    accountable: support-lead\n",
    )
    desk.sed("governance/policy.yaml", "enforce: block\n", POLICY)
    tie = (
        "entries:\n  - {match: {name: routing_*}, accountable: crm-lead}\n"
        "  - {match: {name: '*_speed'}, accountable: ops-lead}\n"
    )
    desk.sed("governance/raci.yaml", "entries:\n", tie)
    public = f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{'A' * 42}B"
    key = f"email: engineering-lead@example.com, keys: [{{key: {public}}}]}}"
    desk.sed("governance/people.yaml", "email: engineering-lead@example.com}", key)


POLICY = """enforce: block
scopes:
  - {match: {domain: content_seo}, enforce: observe, classes: {compatible: {council: 4}}}
  - {match: {domain: product_engineering}, classes: {compatible: {identity: signed}}}
"""


def test_what_is_planted_is_found_before_anybody_proposes_it(desk: Desk) -> None:
    plant(desk)
    assert desk.run("crm-lead", *CHECK).code == 0, "main has not changed"
    done = desk.run("crm-lead", *CHECK, "--worktree", "--json")
    assert done.code == 1
    found = shape(done)
    told = {
        (one["standing"], one["cause"], tuple(one["areas"]), tuple(one["classes"])): one for one in found["weaknesses"]
    }
    quorum = told["gap", "quorum", ("content_seo",), ("compatible",)]
    assert "4 of the council" in quorum["says"]
    deadlock = told["deadlock", "identity", ("product_engineering",), ("compatible",)]
    assert deadlock["authors"] == ["engineering-lead"]
    everything = ("editorial", "compatible", "breaking", "unknown")
    tie = told["gap", "tie", ("crm_handoff",), ("identical", *everything)]
    assert tie["definitions"] == ["metric:routing_speed"]
    alone = [
        one for one in found["weaknesses"] if one["standing"] == "one_person" and "customer_support" in one["areas"]
    ]
    assert {tuple(one["gone"]) for one in alone} == {("support-lead",)}
    assert all(one["mend"] and one["who"] and one["until"] for one in found["weaknesses"])
    assert "engineering-deputy" in found["keyless"]["signed"]
    observed = {area["area"] for area in found["areas"] if area["observed"]}
    assert observed == {"content_seo"}
    assert found["commit"] is None


def test_the_text_says_the_same_at_80_columns(desk: Desk) -> None:
    plant(desk)
    done = desk.run("crm-lead", *CHECK, "--worktree", folder="metrics")
    assert done.code == 1
    lines = done.out.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].endswith("standard, 1 area observes")
    assert any(line.split() == ["content_seo", "–", "ok", "GAP", "ok"] for line in lines)
    assert any(line.startswith("product_engineering") and "DEADLOCK" in line for line in lines)
    assert "── content_seo, compatible: GAP, 6 definitions " in done.out
    assert "Mend it   " in done.out
    assert "Who       anybody can propose it; 2 people of the council must agree" in done.out
    assert lines[-1] == "Checked against the work tree."


def test_a_commit_is_checked_under_its_own_rules(desk: Desk, git: RunGit) -> None:
    before = git(desk.root, "rev-parse", "main")
    plant(desk)
    git(desk.root, "commit", "-qam", "by hand")
    assert desk.run("crm-lead", *CHECK).code == 1
    done = desk.run("crm-lead", *CHECK, "--at", before)
    assert done.code == 0
    assert done.out.endswith(f"Checked against commit {before[:7]}.\n")
    assert shape(desk.run("crm-lead", *CHECK, "--at", before, "--json"))["commit"] == before


@pytest.mark.parametrize("words", [(), ("--worktree",)])
def test_rules_that_do_not_load_prove_nothing(desk: Desk, git: RunGit, words: tuple[str, ...]) -> None:
    """INV-25: neither a pass nor a finding."""
    (desk.root / "governance/policy.yaml").write_text("kind: policy\npreset: nonsense\n")
    git(desk.root, "commit", "-qam", "by hand")
    done = desk.run("crm-lead", *CHECK, *words)
    assert (done.code, done.out) == ((2 if words else 3), "")
    assert "preset" in done.err


def test_two_moments_are_two_questions(desk: Desk) -> None:
    done = desk.run("crm-lead", *CHECK, "--worktree", "--at", "main")
    assert (done.code, "two_moments" in done.err) == (2, True)


def test_a_definition_that_does_not_load_is_routed_by_its_place(
    metricgov: Metricgov, tmp_path: Path, git: RunGit
) -> None:
    assert metricgov("init", "reg", "--preset", "solo", "--person", "ada").code == 0
    root = tmp_path / "reg"
    (root / "metrics/crm").mkdir(parents=True)
    (root / "metrics/crm/broken.yaml").write_text("kind: [")
    done = metricgov("policy", "check", "--worktree", "--json", cwd=root)
    assert (done.code, shape(done)["definitions"]) == (0, 1)
