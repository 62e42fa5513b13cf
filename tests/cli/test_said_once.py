"""What a person reads who errs, waits or has just decided: each thing is said once, in words, with a next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cli.conftest import Desk

SHORTER = "s/INTERVAL .30. DAY/INTERVAL 14 DAY/"
RATE = "sales_accepted_lead_rate"
LATER = ("--intent", "redefinition", "--treatment", "restate", "--effective", "2031-07-01", "--meaning-unchanged")


def test_a_wrong_choice_is_named_with_the_right_ones(desk: Desk) -> None:
    for words in (("list", "--kind", "metrik"), ("change", "list", "--state", "done"), ("schema", "metrik")):
        done = desk.run("ops-lead", *words)
        assert done.code == 2
        assert "is not one of '" in done.err
        assert "Value error" not in done.err


def test_an_outcome_says_where_it_stands_and_who_did_what(desk: Desk) -> None:
    done = desk.run("ops-lead", "edit", RATE, "-m", "sooner", *LATER, editor=desk.editor(SHORTER))
    assert " · in review · ops-lead submitted it\n" in done.out
    done = desk.run("crm-lead", "approve", RATE)
    assert " · in review · crm-lead approved it\n" in done.out
    done = desk.run("crm-lead", "approve", RATE)
    assert done.out.splitlines()[0].endswith(" · in review"), "nothing new was recorded"


def test_silence_and_the_first_day_are_dates_that_people_read(desk: Desk) -> None:
    """Each once: no second clock in another form, and nobody is looked for who could turn a day into another."""
    desk.run("ops-lead", "edit", RATE, "-m", "sooner", *LATER, editor=desk.editor(SHORTER))
    shown = " ".join(desk.run("crm-lead", "change", "show", RATE).out.split())
    assert "has not answered; silence counts from " in shown
    assert " UTC who " in shown
    assert "waits for its first day, 1 Jul 2031 how metricgov apply " in shown
    assert "nobody can" not in shown


def test_nobody_is_looked_for_where_no_person_could_help(desk: Desk) -> None:
    desk.run("ops-lead", "edit", RATE, "-m", "sooner", *LATER, editor=desk.editor(SHORTER))
    change = desk.shown(RATE)["label"]
    assert desk.run("ops-lead", "withdraw", change).code == 0
    done = desk.run("ops-lead", "withdraw", change)
    assert done.code == 1
    assert "the change is withdrawn; no `withdrawn` event can follow\n    how  metricgov change show" in done.err
    assert "nobody can" not in done.err


def test_a_draft_into_which_nothing_was_typed_is_no_draft(desk: Desk) -> None:
    assert desk.run("ops-lead", "edit", RATE).code == 2, "no editor"
    done = desk.run("ops-lead", "edit", RATE, "-m", "sooner", *LATER, editor=desk.editor(SHORTER))
    assert done.code == 0
    assert "draft" not in done.err
    assert desk.drafts() == []


def test_an_empty_list_says_what_was_looked_for(desk: Desk) -> None:
    assert desk.run("ops-lead", "change", "list").out == "No open change; ended ones: metricgov change list --all.\n"
    done = desk.run("ops-lead", "change", "list", "--state", "in_review", "--definition", RATE)
    assert done.out == f"No change of {RATE} that is in review.\n"


def test_a_mark_of_a_template_is_one_mistake(desk: Desk) -> None:
    desk.run("ops-lead", "new", "metric", "fresh_count", "--domain", "crm_handoff", "--yes")
    done = desk.run("ops-lead", "lint", "metrics/crm_handoff/fresh_count.yaml")
    assert "[NOT_FILLED_IN]" in done.out
    assert "REFERENCE_DANGLING" not in done.out + done.err


def test_a_mistyped_change_is_guessed(desk: Desk) -> None:
    desk.run("ops-lead", "edit", RATE, "-m", "sooner", *LATER, editor=desk.editor(SHORTER))
    label = desk.shown(RATE)["label"]
    for word, meant in ((label[:-1] + ("0" if label[-1] != "0" else "1"), label), ("sales_acepted_lead_rate", RATE)):
        done = desk.run("crm-lead", "approve", word)
        assert done.code == 2
        assert f"did you mean {meant}?" in done.err
