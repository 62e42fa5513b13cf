"""Comments on the fields of a change, and where their threads are seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Desk

SPEED = "routing_speed"


def edited(desk: Desk) -> str:
    words = ("s/^title: .*/title: Another title/", "s/^decision: .*/decision: Moves the rota of the week./")
    done = desk.run("ops-lead", "edit", SPEED, "-m", "clearer", editor=desk.editor(*words))
    assert done.code == 0, done.err
    label: str = desk.shown(SPEED)["label"]
    return label


def test_a_thread_stands_beside_its_field(desk: Desk) -> None:
    label = edited(desk)
    done = desk.run("crm-lead", "comment", label, "-m", "why not the old one?", "--field", "title")
    assert done.code == 0, done.err
    (thread,) = desk.shown(label)["threads"]
    assert (thread["path"], thread["field"]) == ("metrics/crm_handoff/routing_speed.yaml", "title")
    for command in ("show", "diff"):
        said = " ".join(desk.run("crm-lead", "change", command, label).out.split())
        assert 't1 title crm-lead: "why not the old one?"' in said, command
    assert desk.run("crm-lead", "resolve", label, "t1").code == 0
    assert "t1 title" not in " ".join(desk.run("crm-lead", "change", "diff", label).out.split())
    assert desk.run("ops-lead", "reopen", label, "t1").code == 0
    assert "t1 title" in " ".join(desk.run("crm-lead", "change", "diff", label).out.split())


def test_a_field_that_does_not_change(desk: Desk) -> None:
    label = edited(desk)
    near = desk.run("crm-lead", "comment", label, "-m", "x", "--field", "titel")
    far = desk.run("crm-lead", "comment", label, "-m", "x", "--field", "unit")
    assert (near.code, "did you mean title?" in near.err) == (2, True), near.err
    assert (far.code, "it changes decision, title" in " ".join(far.err.split())) == (2, True), far.err
    assert desk.shown(label)["threads"] == []


def test_a_file_that_is_not_in_it(desk: Desk) -> None:
    label = edited(desk)
    done = desk.run("crm-lead", "comment", label, "-m", "x", "--path", "routing_sped", "--field", "title")
    assert (done.code, "did you mean routing_speed?" in done.err) == (2, True), done.err
