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


def test_it_waits_for_responsible_accountable_and_deputy(desk: Desk) -> None:
    """INV-17: whoever can answer finds it in the inbox, with how; nobody else does."""
    label = asked(desk)
    for person in ("ops-lead", "crm-lead", "crm-deputy"):
        assert f"--request {label}" in " ".join(desk.run(person, "inbox").out.split()), person
    assert "Nothing waits" in desk.run("support-lead", "inbox").out
    (waiting,) = desk.shown(label)["requirements"]
    assert (waiting["code"], waiting["who"]) == ("request", ["crm-deputy", "crm-lead", "ops-lead"])


def test_a_proposal_that_answers_it_names_who_asked_and_who_brings_it(desk: Desk) -> None:
    done = desk.run("finance-lead", "request", "routing_speed", "-m", "Saturdays are missing", "--ref", "FIN-7")
    assert done.code == 0, done.err
    label = desk.shown("routing_speed")["label"]
    path = "metrics/crm_handoff/routing_speed.yaml"
    title = next(line for line in (desk.root / path).read_text().splitlines() if line.startswith("title:"))
    desk.sed(path, title, f"{title} on all days")
    done = desk.run("ops-lead", "propose", "-m", "they count now", "--request", label, "--ref", "OPS-9")
    assert done.code == 0, done.err
    change = desk.shown("routing_speed")
    assert (change["label"], change["requested_by"], change["implemented_by"]) == (label, "finance-lead", "ops-lead")
    assert change["refs"] == ["FIN-7", "OPS-9"]
    assert "took up what finance-lead asked for" in desk.run("finance-lead", "change", "explain", label).out
    again = desk.run("ops-lead", "propose", "-m", "again", "--request", label)
    assert (again.code, "not a request that waits" in " ".join(again.err.split())) == (1, True), again.err


def test_an_answer_is_about_what_was_asked(desk: Desk) -> None:
    label = asked(desk)
    done = desk.run("ops-lead", "edit", "lead_contact_rate", "-m", "x", "--request", label, editor=desk.editor(TITLE))
    assert done.code != 0
    assert desk.shown(label)["state"] == "requested"


def test_the_one_who_asked_reads_why_not(desk: Desk) -> None:
    label = asked(desk)
    assert desk.run("crm-deputy", "decline", label, "-m", "they are there").code == 0
    told = " ".join(desk.run("finance-lead", "change", "explain", label).out.split())
    assert "crm-deputy declined the request" in told
    assert "they are there" in told


def test_there_is_no_objection_to_end(desk: Desk) -> None:
    label = asked(desk)
    done = desk.run("crm-lead", "end-objection", label, "finance-lead", "-m", "settled")
    assert done.code == 1
    assert "has no standing objection" in " ".join(done.err.split())
