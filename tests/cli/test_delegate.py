"""Somebody answers for somebody else, as people type it."""

from __future__ import annotations

import json

import pytest

from conftest import Desk

EDIT = (r"s/\x274\x27 HOUR/\x278\x27 HOUR/g", "s/within 4 hours/within 8 hours/")
ENDS = "2099-12-31"


def proposed(desk: Desk) -> None:
    """Let ops-lead propose a breaking change of crm-lead's metric."""
    words = ("-m", "sales promised", "--intent", "redefinition", "--treatment", "break", "--effective", "2098-01-01")
    done = desk.run("ops-lead", "edit", "routing_speed", *words, "--yes", editor=desk.editor(*EDIT))
    assert done.code == 0, done.err


def test_a_stand_in_finds_it_approves_it_and_is_named_as_one(desk: Desk) -> None:
    proposed(desk)
    given = desk.run("crm-lead", "delegate", "--to", "ops-deputy", "--ends", ENDS, "-m", "on leave", "--json")
    assert given.code == 0, given.err
    (one,) = json.loads(given.out)["delegations"]
    assert (one["from"], one["to"], one["scope"], one["state"]) == ("crm-lead", "ops-deputy", None, "holds")
    assert "ops-deputy stands in for crm-lead" in desk.run("crm-lead", "who", "routing_speed").out
    assert "You stand in for crm-lead" in desk.run("ops-deputy", "inbox").out
    done = desk.run("ops-deputy", "approve", "routing_speed", "-m", "fine")
    assert "ops-deputy approved it for crm-lead" in done.out
    shown = desk.shown("routing_speed")
    assert [(each["principal"], each["on_behalf_of"]) for each in shown["decisions"]] == [("ops-deputy", "crm-lead")]
    assert "approved revision 1 for crm-lead" in desk.run("crm-lead", "change", "explain", "routing_speed").out
    ended = desk.run("crm-lead", "delegate", "--end", one["label"], "-m", "back early")
    assert (ended.code, "ended by crm-lead" in ended.out) == (0, True)
    assert "No delegation." in desk.run("crm-lead", "delegate", "--list").out
    assert one["label"] in desk.run("crm-lead", "delegate", "--list", "--all").out
    again = desk.run("crm-lead", "delegate", "--end", one["label"])
    assert "ended already" in again.err
    assert desk.run("ops-deputy", "audit", "verify").code == 0


def test_a_change_is_handed_over(desk: Desk) -> None:
    proposed(desk)
    done = desk.run("crm-lead", "reassign", "routing_speed", "--to", "data-lead", "-m", "knows the source")
    assert (done.code, "crm-lead handed it over" in done.out) == (0, True), done.err
    assert "crm-lead handed it to data-lead: knows the source" in desk.run("data-lead", "inbox").out.replace(
        "\n  ", " "
    )
    refused = desk.run("ops-lead", "reassign", "routing_speed", "--to", "crm-lead", "-m", "back")
    assert (refused.code, "contributed" in refused.err) == (1, True)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--to", "ops-deputy", "-m", "x"], 2, "--ends"),
        (["--ends", ENDS, "-m", "x"], 2, "--to"),
        (["--to", "ops-deputy", "--ends", ENDS], 2, "words"),
        (["--to", "ops-deputi", "--ends", ENDS, "-m", "x"], 2, "did you mean ops-deputy?"),
        (["--to", "sales-operations", "--ends", ENDS, "-m", "x"], 2, "one of its members"),
        (["--to", "ops-deputy", "--ends", "tomorrow", "-m", "x"], 2, "2026-12-24"),
        (["--to", "ops-deputy", "--ends", "2020-01-01", "-m", "x"], 2, "in the past"),
        (["--to", "ops-deputy", "--starts", ENDS, "--ends", "2098-01-01", "-m", "x"], 2, "before it starts"),
        (["--to", "ops-deputy", "--ends", ENDS, "--scope", "crm", "-m", "x"], 2, "domain:crm_handoff"),
        (["--to", "crm-lead", "--ends", ENDS, "-m", "x"], 1, "nobody stands in for themself"),
        (["--to", "ops-deputy", "--from", "paid-lead", "--ends", ENDS, "-m", "x"], 1, "may not give away"),
        (["--end", "dlg-nothing"], 2, "delegate --list"),
        (["--list", "--end", "x"], 2, "do not go together"),
    ],
    ids=[
        "without an end", "to nobody", "without words", "misspelt", "to a team", "no date", "over", "backwards",
        "no scope", "to oneself", "somebody else's", "no such delegation", "both at once",
    ],
)  # fmt: skip
def test_what_cannot_be_says_what_can(desk: Desk, words: list[str], code: int, says: str) -> None:
    """INV-17: nothing is written, and the next step is named."""
    before = desk.events()
    done = desk.run("crm-lead", "delegate", *words)
    assert done.code == code, done.err
    assert says in " ".join(done.err.split())
    assert desk.events() == before
