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
