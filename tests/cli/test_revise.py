"""`revise`: new contents or other claims, and what it costs to revise somebody else's change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cli.conftest import Desk

RATE = "metrics/crm_handoff/sales_accepted_lead_rate.yaml"
SPEED = "metrics/crm_handoff/routing_speed.yaml"
CHURN = "metrics/customer_support/churn_rate.yaml"


@pytest.fixture
def proposed(desk: Desk) -> Desk:
    """A desk with an open change of routing_speed by ops-lead; the work tree is as main."""
    done = desk.run(
        "ops-lead", "edit", "routing_speed", "-m", "clearer", editor=desk.editor("s/^title: .*/title: One/")
    )
    assert done.code == 0, done.err
    return desk


def titles(desk: Desk) -> list[object]:
    change = desk.shown("routing_speed")
    return [one["after"] for each in change["definitions"] for one in each["findings"] if one["field"] == "title"]


def test_claims_alone_keep_the_contents(proposed: Desk) -> None:
    done = proposed.run("ops-lead", "revise", "routing_speed", "-m", "much clearer", "--ref", "OPS-1")
    assert done.code == 0, done.err
    change = proposed.shown("routing_speed")
    assert (change["why"], change["revision"], change["cycle"]) == ("much clearer", 2, 1)
    assert change["refs"] == ["OPS-1"]
    assert titles(proposed) == ["One"]


def test_the_same_again_is_refused(proposed: Desk) -> None:
    done = proposed.run("ops-lead", "revise", "routing_speed")
    assert (done.code, "nothing_changes" in done.err) == (1, True)


def test_contents_come_from_the_work_tree_at_the_paths_of_the_change(proposed: Desk) -> None:
    proposed.sed(SPEED, "title: Routing speed", "title: Two")
    proposed.sed(CHURN, "title: ", "title: The ")
    done = proposed.run("ops-lead", "revise", "routing_speed")
    assert done.code == 0, done.err
    assert titles(proposed) == ["Two"]
    assert f"Left out, not part of this change: {CHURN}" in " ".join(done.err.split())


def test_named_paths_replace_the_contents(proposed: Desk) -> None:
    proposed.sed(CHURN, "title: ", "title: The ")
    proposed.sed(SPEED, "title: Routing speed", "title: Two")
    change = proposed.shown("routing_speed")["label"]
    done = proposed.run("ops-lead", "revise", change, CHURN, SPEED)
    assert done.code == 0, done.err
    assert {one["path"] for one in proposed.shown(change)["definitions"]} == {CHURN, SPEED}


def test_the_editor_opens_the_contents_of_the_change(proposed: Desk) -> None:
    done = proposed.run(
        "ops-lead", "revise", "routing_speed", "--edit", editor=proposed.editor("s/^title: One/title: Three/")
    )
    assert done.code == 0, done.err
    assert titles(proposed) == ["Three"]
    assert proposed.drafts() == []


def test_an_unchanged_text_makes_no_revision(proposed: Desk) -> None:
    done = proposed.run("ops-lead", "revise", "routing_speed", "--edit", editor="true")
    assert (done.code, "Nothing changed." in done.err) == (0, True)
    assert proposed.shown("routing_speed")["revision"] == 1


def test_somebody_elses_change_costs_the_right_to_approve(proposed: Desk) -> None:
    """INV-05: said before, and true after."""
    proposed.sed(SPEED, "title: Routing speed", "title: Two")
    refused = proposed.run("crm-lead", "revise", "routing_speed")
    assert (refused.code, "you cannot approve it" in " ".join(refused.err.split())) == (1, True)
    assert "metricgov comment" in refused.err
    asked = proposed.run("crm-lead", "revise", "routing_speed", answers=["n"])
    assert asked.code == 2
    done = proposed.run("crm-lead", "revise", "routing_speed", "--yes")
    assert done.code == 0, done.err
    change = proposed.shown("routing_speed")
    assert change["contributors"] == ["crm-lead", "ops-lead"]
    approve = proposed.run("crm-lead", "approve", "routing_speed")
    assert (approve.code, "contributor" in approve.err) == (1, True)


def test_a_draft_is_revised_as_a_draft(desk: Desk) -> None:
    desk.sed(RATE, "INTERVAL '30' DAY", "INTERVAL '14' DAY")
    assert desk.run("ops-lead", "propose", "-m", "an idea", "--draft").code == 0
    done = desk.run("ops-lead", "revise", "sales_accepted_lead_rate", "-m", "a better idea")
    assert done.code == 0, done.err
    change = desk.shown("sales_accepted_lead_rate")
    assert (change["state"], change["why"]) == ("draft", "a better idea")
    assert "crm-lead has to approve" in done.err, "who will be asked is foreseen for a draft too"
    edited = desk.run("ops-lead", "edit", "sales_accepted_lead_rate", editor=desk.editor("s/14/7/"), answers=["y", "y"])
    assert edited.code == 0, edited.err
    assert desk.shown("sales_accepted_lead_rate")["state"] == "draft"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("revise", "chg-zzzzzz"), id="no-such-change"),
        pytest.param(("revise", "routing_speed", "--edit", "--from", "main"), id="two-contents"),
        pytest.param(("revise", "routing_speed", "--from", "no-such-branch"), id="no-such-branch"),
    ],
)
def test_slips_are_usage_errors(proposed: Desk, words: tuple[str, ...]) -> None:
    done = proposed.run("ops-lead", *words)
    assert done.code in (2, 3)
    assert "hint: " in done.err
    assert proposed.shown("routing_speed")["revision"] == 1


def test_main_moved_on_under_the_change(proposed: Desk) -> None:
    """INV-20: new claims on old contents do not take back what landed since."""
    import subprocess

    proposed.sed(SPEED, "category: speed", "category: quality")
    who = ["-c", "user.name=x", "-c", "user.email=x@example.com"]
    subprocess.run(["git", *who, "commit", "-qam", "elsewhere"], cwd=proposed.root, check=True)
    done = proposed.run("ops-lead", "revise", "routing_speed", "-m", "still clearer")
    assert done.code == 0, done.err
    fields = {one["field"] for each in proposed.shown("routing_speed")["definitions"] for one in each["findings"]}
    assert fields == {"title", "version"}
