"""`propose`: the edits of the work tree or of a branch become a change, and neither is touched."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Desk

RunGit = Callable[..., str]
RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
SPEED = "metrics/crm_handoff/routing_speed.yaml"
CHURN = "metrics/customer_support/churn_rate.yaml"
SAYS_ALL = ("-m", "why", "--intent", "redefinition", "--treatment", "break", "--effective", "2031-07-01",
            "--meaning-unchanged")  # fmt: skip


@pytest.fixture
def branch(desk: Desk, git: RunGit, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Commit what the work tree holds on a branch `topic`, as somebody, and go back to main."""

    def make(email: str) -> None:
        git(desk.root, "checkout", "-q", "-b", "topic")
        names = ["-c", "user.name=x", "-c", f"user.email={email}"]
        subprocess.run(["git", *names, "commit", "-qam", "by them"], cwd=desk.root, check=True)
        git(desk.root, "checkout", "-q", "main")

    return make


def test_the_work_tree_is_proposed_and_not_touched(desk: Desk, git: RunGit) -> None:
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    (desk.root / "README.md").write_text("not governed")
    before = (
        git(desk.root, "status", "--porcelain"),
        (desk.root / SPEED).read_bytes(),
        git(desk.root, "rev-parse", "main"),
    )
    done = desk.run("ops-lead", "propose", "-m", "shorter", "--json")
    assert done.code == 0, done.err
    change = json.loads(done.out)["change"]
    assert [one["id"] for one in change["definitions"]] == ["metric:routing_speed"]
    assert change["definitions"][0]["version"]["after"] == "1.0.2"
    after = (
        git(desk.root, "status", "--porcelain"),
        (desk.root / SPEED).read_bytes(),
        git(desk.root, "rev-parse", "main"),
    )
    assert after == before


def test_write_puts_version_and_date_into_the_files(desk: Desk) -> None:
    desk.sed(RATE, "INTERVAL '30' DAY", "INTERVAL '14' DAY")
    done = desk.run("ops-lead", "propose", *SAYS_ALL, "--write")
    assert done.code == 0, done.err
    text = (desk.root / RATE).read_text()
    assert "version: 2.0.0" in text
    assert "effective_from: 2031-07-01" in text


def test_only_the_named_files_from_any_folder(desk: Desk) -> None:
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    desk.sed(CHURN, "title: ", "title: The ")
    one = desk.run("ops-lead", "propose", "-m", "x", "churn_rate.yaml", "--json", folder="metrics/customer_support")
    assert [each["id"] for each in json.loads(one.out)["change"]["definitions"]] == ["metric:churn_rate"]
    two = desk.run("ops-lead", "propose", "-m", "x", "routing_speed", "--json")
    assert [each["id"] for each in json.loads(two.out)["change"]["definitions"]] == ["metric:routing_speed"]
    same = desk.run("ops-lead", "propose", "-m", "x", "metrics/leadership")
    assert (same.code, "metrics/leadership is as it was" in same.err) == (2, True)
    outside = desk.run("ops-lead", "propose", "-m", "x", "/etc/passwd")
    assert (outside.code, "path_outside" in outside.err) == (2, True)


def test_everything_missing_is_named_at_once_with_advice(desk: Desk) -> None:
    """INV-17, INV-13: who wrote it supplies all of it in one more call; nothing is recorded before."""
    desk.sed(RATE, "INTERVAL '30' DAY", "INTERVAL '14' DAY")
    before = desk.events()
    done = desk.run("ops-lead", "propose")
    said = " ".join(done.err.split())
    assert done.code == 1
    for words in ("-m WHY", "--intent redefinition|", "--treatment restate (advised: raw data", "--effective 20"):
        assert words in said, words
    assert "say --meaning-unchanged" in said
    assert desk.events() == before


@pytest.mark.parametrize("command", ["propose", "edit"])
def test_with_yes_and_a_reason_the_advised_treatment_is_taken_and_said(desk: Desk, command: str) -> None:
    swap = ("INTERVAL '30' DAY", "INTERVAL '14' DAY")
    if command == "propose":
        desk.sed(RATE, *swap)
    words = (command, *(("sales_accepted_lead_rate",) if command == "edit" else ()), "-m", "why", *SAYS_ALL[-3:])
    editor = desk.editor("s/.30. DAY/'\\''14'\\'' DAY/")
    no_reason = desk.run("crm-lead", *words, "--yes", editor=editor)
    assert (no_reason.code, "as advised" in no_reason.err) == (1, False), no_reason.err
    no_yes = desk.run("crm-lead", *words, "--intent", "redefinition", editor=editor)
    assert (no_yes.code, "--treatment" in no_yes.err) == (1, True), no_yes.err
    done = desk.run("crm-lead", *words, "--intent", "redefinition", "--yes", editor=editor)
    assert done.code == 0, done.err
    treatment = desk.shown("sales_accepted_lead_rate")["treatment"]
    assert treatment
    assert f"Treatment {treatment}, as advised:" in done.err


def test_a_terminal_is_asked_only_what_was_not_given(desk: Desk) -> None:
    desk.sed(RATE, "INTERVAL '30' DAY", "INTERVAL '14' DAY")
    done = desk.run(
        "ops-lead",
        "propose",
        "-m",
        "why",
        "--intent",
        "redefinition",
        answers=["Within 14 days.", "break", "2031-01-01", ""],
    )
    assert done.code == 0, done.err
    change = desk.shown("sales_accepted_lead_rate")
    assert (change["treatment"], change["effective_from"]) == ("break", "2031-01-01")
    assert "Within 14 days." in [one["after"] for one in change["definitions"][0]["findings"]]
    assert "differ in the work tree" in done.err


def test_what_was_answered_is_said_again_when_it_stops(desk: Desk) -> None:
    desk.sed(RATE, "INTERVAL '30' DAY", "INTERVAL '14' DAY")
    done = desk.run("ops-lead", "propose", answers=["it's why", "redefinition", "Within 14.", "^C"])
    assert done.code == 130
    assert """metricgov propose -m 'it'"'"'s why' --intent redefinition""" in done.err
    assert f"The description you wrote for {RATE}: Within 14." in done.err


def test_a_date_in_the_file_counts_as_said(desk: Desk) -> None:
    desk.sed(RATE, "INTERVAL '30' DAY", "INTERVAL '14' DAY")
    desk.sed(RATE, "effective_from: 2025-01-01", "effective_from: 2031-03-01")
    words = [word for word in SAYS_ALL if word not in ("--effective", "2031-07-01")]
    done = desk.run("ops-lead", "propose", *words)
    assert done.code == 0, done.err
    assert desk.shown("sales_accepted_lead_rate")["effective_from"] == "2031-03-01"


def test_a_branch_brings_its_authors(desk: Desk, git: RunGit, branch: Callable[[str], None]) -> None:
    """INV-05: whoever wrote the commits contributed, and cannot approve."""
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    branch("crm-lead@example.com")
    before = git(desk.root, "rev-parse", "main", "topic"), git(desk.root, "status", "--porcelain")
    done = desk.run("ops-lead", "propose", "--from", "topic", "-m", "theirs", "--json")
    assert done.code == 0, done.err
    change = json.loads(done.out)["change"]
    assert change["contributors"] == ["crm-lead", "ops-lead"]
    assert "crm-lead" not in [name for one in change["requirements"] for name in one["who"]]
    assert (git(desk.root, "rev-parse", "main", "topic"), git(desk.root, "status", "--porcelain")) == before


@pytest.mark.parametrize(
    "line",
    [
        "Co-authored-by: CRM lead <crm-lead@example.com>",
        "co-authored-by: crm-lead@example.com",
        "CO-AUTHORED-BY: <CRM-Lead@Example.com>\nSigned-off-by: x",
    ],
)
def test_who_is_named_as_co_author_contributed_too(desk: Desk, git: RunGit, line: str) -> None:
    """INV-05: hosts and editors write further authors into the message."""
    git(desk.root, "checkout", "-q", "-b", "topic")
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    who = ("-c", "user.name=Ops", "-c", "user.email=ops-lead@example.com")
    subprocess.run(["git", *who, "commit", "-qam", f"Shorter\n\n{line}\n"], cwd=desk.root, check=True)
    git(desk.root, "checkout", "-q", "main")
    done = desk.run("ops-lead", "propose", "--from", "topic", "-m", "ours", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["change"]["contributors"] == ["crm-lead", "ops-lead"]


def test_a_commit_without_an_address_is_nobody_s(desk: Desk, git: RunGit) -> None:
    """INV-05, INV-07"""
    git(desk.root, "checkout", "-q", "-b", "topic")
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    git(desk.root, "commit", "-qam", "x", "--author", "Nobody <>")
    git(desk.root, "checkout", "-q", "main")
    done = desk.run("ops-lead", "propose", "--from", "topic", "-m", "theirs")
    assert (done.code, "contributor_unknown" in done.err) == (1, True)


def test_a_misspelt_value_of_governance_is_one_problem(desk: Desk) -> None:
    desk.sed("governance/policy.yaml", "preset: standard", "preset: standrd")
    done = desk.run("ops-lead", "propose", "-m", "looser")
    assert (done.code, done.err.count("governance/policy.yaml:")) == (2, 1)
    assert "did you mean standard?" in done.err


def test_it_says_who_else_is_at_work_on_it(desk: Desk) -> None:
    """INV-20: as `edit` does."""
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    assert desk.run("ops-lead", "propose", "-m", "shorter").code == 0
    done = desk.run("crm-lead", "propose", "-m", "mine too")
    assert done.code == 0, done.err
    assert "ops-lead has chg-" in " ".join(done.err.split())


def test_a_work_tree_on_a_branch_brings_its_authors_too(desk: Desk, git: RunGit, branch: Callable[[str], None]) -> None:
    """INV-05: it does not matter by which door commits come."""
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    branch("crm-lead@example.com")
    git(desk.root, "checkout", "-q", "topic")
    desk.sed(SPEED, "title: Speed", "title: The speed")
    done = desk.run("ops-lead", "propose", "-m", "ours", "--json")
    assert done.code == 0, done.err
    change = json.loads(done.out)["change"]
    assert change["contributors"] == ["crm-lead", "ops-lead"]
    assert "Written by crm-lead" in done.err


@pytest.mark.parametrize("draft", [(), ("--draft",)], ids=["submitted", "draft"])
def test_an_author_whom_nobody_knows_is_refused_by_address(
    desk: Desk, branch: Callable[[str], None], draft: tuple[str, ...]
) -> None:
    """INV-05: who cannot be named cannot be kept from approving."""
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    branch("stranger@elsewhere.example")
    before = desk.events()
    done = desk.run("ops-lead", "propose", "--from", "topic", "-m", "theirs", *draft)
    assert (done.code, "contributor_unknown" in done.err, "stranger@elsewhere.example" in done.err) == (1, True, True)
    assert "people.yaml" in done.err
    assert desk.events() == before


def test_a_work_tree_behind_main_does_not_take_mains_edits_back(desk: Desk, git: RunGit) -> None:
    """INV-20: what others landed since is not part of my edit, in the same file or in others."""
    git(desk.root, "checkout", "-q", "-b", "mine")
    git(desk.root, "checkout", "-q", "main")
    desk.sed(SPEED, "category: speed", "category: quality")
    desk.sed(CHURN, "title: ", "title: The ")
    git(desk.root, "commit", "-qam", "landed meanwhile")
    git(desk.root, "checkout", "-q", "mine")
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    done = desk.run("ops-lead", "propose", "-m", "x", "--json")
    assert done.code == 0, done.err
    (definition,) = json.loads(done.out)["change"]["definitions"]
    assert {one["field"] for one in definition["findings"]} == {"title", "version"}


def test_a_field_that_both_sides_changed_is_refused(desk: Desk, git: RunGit, branch: Callable[[str], None]) -> None:
    """INV-20: nothing is merged as text, and nothing is overwritten."""
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    branch("ops-lead@example.com")
    desk.sed(SPEED, "title: Routing speed", "title: How fast leads are routed")
    git(desk.root, "commit", "-qam", "landed meanwhile")
    done = desk.run("ops-lead", "propose", "--from", "topic", "-m", "x")
    assert (done.code, f"{SPEED}: title" in " ".join(done.err.split())) == (1, True)


def test_a_draft_waits_and_is_submitted_later(desk: Desk) -> None:
    desk.sed(RATE, "INTERVAL '30' DAY", "INTERVAL '14' DAY")
    done = desk.run("ops-lead", "propose", "-m", "an idea", "--draft")
    assert done.code == 0, done.err
    assert "metricgov submit chg-" in done.err
    assert desk.shown("sales_accepted_lead_rate")["state"] == "draft"
    assert desk.run("ops-lead", "submit", "sales_accepted_lead_rate").code == 1
    words = [word for word in SAYS_ALL if word not in ("-m", "why")]
    said = desk.run("ops-lead", "revise", "sales_accepted_lead_rate", *words)
    assert said.code == 0, said.err
    assert desk.run("ops-lead", "submit", "sales_accepted_lead_rate").code == 0
    assert desk.shown("sales_accepted_lead_rate")["state"] == "in_review"


def delete(desk: Desk) -> None:
    (desk.root / SPEED).unlink()


def mix(desk: Desk) -> None:
    desk.sed(SPEED, "title: Routing speed", "title: Speed")
    desk.sed("governance/people.yaml", "name: CRM deputy", "name: Deputy")


def break_file(desk: Desk) -> None:
    desk.sed(SPEED, "direction: up_is_better", "direction: upwards")


def leave_alone(_desk: Desk) -> None:
    """Edit nothing."""


def dangle(desk: Desk) -> None:
    desk.sed(SPEED, "source: crm_leads", "source: crm_lead")


@pytest.mark.parametrize(
    ("mistake", "exit_code", "says"),
    [
        pytest.param(delete, 1, "its file is gone", id="INV-27-deleted"),
        pytest.param(mix, 1, "propose two changes", id="INV-09-governance-mixed-in"),
        pytest.param(break_file, 2, f"{SPEED}:16: direction", id="does-not-load"),
        pytest.param(dangle, 2, "did you mean crm_leads", id="refers-to-nothing"),
        pytest.param(leave_alone, 2, "nothing governed differs from main", id="nothing"),
    ],
)
def test_mistakes_are_told_in_words_and_nothing_is_recorded(
    desk: Desk, mistake: Callable[[Desk], None], exit_code: int, says: str
) -> None:
    mistake(desk)
    before = desk.events()
    done = desk.run("ops-lead", "propose", *SAYS_ALL)
    assert (done.code, says in " ".join(done.err.split())) == (exit_code, True), done.err
    assert desk.events() == before


def test_write_and_from_do_not_go_together(desk: Desk) -> None:
    assert desk.run("ops-lead", "propose", "--write", "--from", "main", "-m", "x").code == 2


def test_a_link_in_the_work_tree_is_refused(desk: Desk) -> None:
    """INV-31: a governed path is a regular file, in the work tree too."""
    (desk.root / SPEED).unlink()
    (desk.root / SPEED).symlink_to("/etc/passwd")
    done = desk.run("ops-lead", "propose", "-m", "x")
    assert (done.code, "not a regular file" in done.err) == (2, True)
