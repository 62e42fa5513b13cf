"""`override` and `review-override`: what two people, a third one and everybody else read (INV-15)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Desk

SPEED = "routing_speed"
TITLE = "s/^title: .*/title: Another title/"
WHY = "the board reads it at noon"


def overridden(desk: Desk) -> str:
    """Propose an edit of words, override it, apply it; return its label."""
    assert desk.run("ops-lead", "edit", SPEED, "-m", "clearer", editor=desk.editor(TITLE)).code == 0
    label: str = desk.shown(SPEED)["label"]
    for who in ("ops-lead", "crm-deputy"):
        done = desk.run(who, "override", label, "-m", WHY)
        assert done.code == 0, done.err
    assert desk.run("ops-lead", "apply", label).code == 0
    return label


def test_one_calls_another_confirms_a_third_reviews(desk: Desk) -> None:
    assert desk.run("ops-lead", "edit", SPEED, "-m", "clearer", editor=desk.editor(TITLE)).code == 0
    label = desk.shown(SPEED)["label"]
    silent = desk.run("ops-lead", "override", label)
    assert (silent.code, "words" in silent.err) == (2, True)
    called = desk.run("ops-lead", "override", label, "-m", WHY)
    assert (called.code, "a second, different person has to confirm" in " ".join(called.out.split())) == (0, True)
    twice = desk.run("ops-lead", "override", label, "-m", WHY)
    assert (twice.code, "second, different person" in " ".join(twice.err.split())) == (1, True)
    confirmed = desk.run("crm-deputy", "override", label, "-m", "I have seen the report")
    assert "overridden" in confirmed.out
    assert f"metricgov apply {label}" in confirmed.out
    assert desk.shown(label)["state"] == "overridden"
    assert desk.run("ops-lead", "apply", label).code == 0
    waiting = desk.run("crm-lead", "inbox")
    assert f"review-override {label}" in " ".join(waiting.out.split())
    assert "Nothing waits" in desk.run("crm-deputy", "inbox").out
    own = desk.run("crm-deputy", "review-override", label, "-m", "fine")
    assert (own.code, "one of the two" in " ".join(own.err.split())) == (1, True)
    assert desk.shown(label)["override"]["reviewers"]
    reviewed = desk.run("crm-lead", "review-override", label, "-m", "it reads better")
    assert (reviewed.code, "reviewed the override" in " ".join(reviewed.out.split())) == (0, True), reviewed.err
    assert desk.shown(label)["override"]["outcome"] == "kept"
    told = " ".join(desk.run("crm-lead", "change", "explain", label).out.split())
    for sentence in ("called for an override", "confirmed the override", "waived", "by override", "kept it"):
        assert sentence in told, sentence


def test_a_review_that_takes_it_back_proposes_that_at_once(desk: Desk) -> None:
    label = overridden(desk)
    done = desk.run("crm-lead", "review-override", label, "-m", "it was wrong", "--revert")
    assert done.code == 0, done.err
    reverting = desk.shown(SPEED)
    assert (reverting["state"], reverting["why"]) == ("in_review", "it was wrong")
    told = desk.shown(label)["override"]
    assert (told["outcome"], told["revert"]) == ("reverted", reverting["label"])


def test_audits_name_it(desk: Desk) -> None:
    """INV-15: covered by an override is covered, and never as a plain approval."""
    label = overridden(desk)
    told = desk.run("crm-lead", "audit", "verify", "--full")
    assert told.code == 0, told.out + told.err
    assert f"OVERRIDE of {label} by ops-lead and crm-deputy" in " ".join(told.out.split())
    found = json.loads(desk.run("crm-lead", "audit", "scan", "--json").out)
    assert (found["bypasses"], [one["definition"] for one in found["overrides"]]) == ([], ["metric:routing_speed"])


def test_a_tick_tells_what_is_to_be_reviewed(desk: Desk) -> None:
    """A date blocks by itself: nothing is written, however often it is told."""
    label = overridden(desk)
    before = desk.events()
    told = " ".join(desk.run("crm-lead", "tick").out.split())
    assert f"{label} routing_speed its override is to be reviewed by" in told
    assert desk.events() == before


def test_governance_and_strangers_are_told_who_can(desk: Desk) -> None:
    """INV-17: the refusal names who could be the second."""
    assert desk.run("ops-lead", "edit", SPEED, "-m", "clearer", editor=desk.editor(TITLE)).code == 0
    assert desk.run("ops-lead", "override", SPEED, "-m", WHY).code == 0
    refused = desk.run("support-lead", "override", SPEED, "-m", WHY)
    assert (refused.code, "crm-deputy" in refused.err) == (1, True), refused.err
