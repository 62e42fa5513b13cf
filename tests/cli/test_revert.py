"""`revert`: undoing an applied change is a change like any other, with the step that its own meaning asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Desk

SPEED = "routing_speed"
TITLE = "s/^title: .*/title: Another title/"


def test_undoing_words_is_a_small_step(desk: Desk) -> None:
    """The version that the old contents bring along is no meaning of the edit: it is written anew."""
    done = desk.run("ops-lead", "edit", SPEED, "-m", "clearer", editor=desk.editor(TITLE))
    assert done.code == 0, done.err
    desk.run("crm-lead", "approve", SPEED)
    change = desk.shown(SPEED)["label"]
    assert desk.run("ops-lead", "apply", SPEED).code == 0
    done = desk.run("ops-lead", "revert", change, "-m", "it was not clearer")
    assert done.code == 0, done.err
    (one,) = desk.shown(SPEED)["definitions"]
    assert one["class"] == "editorial"
    assert one["version"]["after"] == one["version"]["required"]
    assert int(one["version"]["after"].split(".")[2]) == int(one["version"]["before"].split(".")[2]) + 1


def test_what_is_not_applied_is_not_undone(desk: Desk) -> None:
    assert desk.run("ops-lead", "edit", SPEED, "-m", "clearer", editor=desk.editor(TITLE)).code == 0
    change = desk.shown(SPEED)["label"]
    early = desk.run("ops-lead", "revert", change, "-m", "x")
    assert (early.code, "is not applied yet, it is in review" in early.err) == (1, True), early.err
    assert f"metricgov withdraw {change}" in early.err
    assert desk.run("ops-lead", "withdraw", change, "-m", "not now").code == 0
    late = desk.run("ops-lead", "revert", change, "-m", "x")
    assert (late.code, "was never applied, it is withdrawn" in late.err) == (1, True), late.err


def test_what_did_not_move_is_not_rebased(desk: Desk) -> None:
    assert desk.run("ops-lead", "edit", SPEED, "-m", "clearer", editor=desk.editor(TITLE)).code == 0
    done = desk.run("ops-lead", "rebase", SPEED)
    said = " ".join(done.err.split())
    assert (done.code, "nothing to rebase" in said, "nobody can" in said) == (1, True, False), done.err
    assert "metricgov change show chg-" in said


def applied(desk: Desk, *substitutions: str) -> str:
    """Apply an edit of words; return its label."""
    assert desk.run("ops-lead", "edit", SPEED, "-m", "clearer", editor=desk.editor(*substitutions)).code == 0
    label: str = desk.shown(SPEED)["label"]
    assert desk.run("crm-lead", "approve", label).code == 0
    assert desk.run("ops-lead", "apply", label).code == 0
    return label


def test_a_pure_revert_is_proven(desk: Desk) -> None:
    """INV-12: computed from the bytes of both, shown to approvers, and no reason to ask fewer of them."""
    label = applied(desk, TITLE)
    done = desk.run("ops-lead", "revert", label, "-m", "it was not clearer")
    assert done.code == 0, done.err
    reverting = desk.shown(SPEED)
    assert reverting["reverts"] == f"pure revert of {label}: every definition reads as before"
    assert [one["met"] for one in reverting["requirements"]] == [False]
    assert "pure revert" in desk.run("crm-lead", "change", "show", SPEED).out
    assert "reads as before" in " ".join(desk.run("crm-lead", "change", "explain", SPEED).out.split())


def test_a_revert_that_does_more_says_so(desk: Desk) -> None:
    """A revision of a revert is compared again, field by field."""
    label = applied(desk, TITLE)
    assert desk.run("ops-lead", "revert", label, "-m", "it was not clearer").code == 0
    more = desk.editor("s/^title: .*/title: A third title/")
    done = desk.run("ops-lead", "revise", SPEED, "--edit", "-m", "better still", "--yes", editor=more)
    assert done.code == 0, done.err
    assert desk.shown(SPEED)["reverts"] == (
        f"reverts {label}, and not that alone: metric:routing_speed differs in title"
    )
