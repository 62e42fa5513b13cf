"""`request`: asking for a change in words, and the edit that answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Desk

TITLE = "s/^title: .*/title: Another title/"


def asked(desk: Desk) -> str:
    done = desk.run("finance-lead", "request", "routing_speed", "-m", "Saturdays are missing")
    assert done.code == 0, done.err
    assert "Asked: ops-lead, crm-lead" in " ".join(done.err.split())
    label: str = desk.shown("routing_speed")["label"]
    return label


def test_a_request_has_no_contents_and_asks_the_responsible(desk: Desk) -> None:
    asked(desk)
    change = desk.shown("routing_speed")
    assert (change["state"], change["revision"], change["why"]) == ("requested", 0, "Saturdays are missing")


def test_an_edit_answers_it_and_names_who_asked(desk: Desk) -> None:
    label = asked(desk)
    done = desk.run("ops-lead", "edit", "routing_speed", "-m", "they count now", editor=desk.editor(TITLE))
    assert done.code == 0, done.err
    change = desk.shown("routing_speed")
    assert (change["label"], change["state"]) == (label, "in_review")
    assert "Saturdays are missing" in done.err


def test_an_edit_can_be_about_something_else(desk: Desk) -> None:
    label = asked(desk)
    done = desk.run("ops-lead", "edit", "routing_speed", editor=desk.editor(TITLE), answers=["n", "clearer", "y"])
    assert done.code == 0, done.err
    assert label not in done.out
    assert desk.shown(label)["state"] == "requested"


def test_the_responsible_can_decline(desk: Desk) -> None:
    label = asked(desk)
    assert desk.run("ops-lead", "decline", label, "-m", "they are there").code == 0


def test_slips(desk: Desk) -> None:
    silent = desk.run("finance-lead", "request", "routing_speed")
    unknown = desk.run("finance-lead", "request", "routing_sped", "-m", "x")
    assert (silent.code, unknown.code) == (2, 2)
    assert "did you mean routing_speed?" in unknown.err
