"""`people import` and `people replace`, from the list to the rights that people have afterwards."""

from __future__ import annotations

import json
import re

from cli.conftest import Desk, Outcome


def label_in(done: Outcome) -> str:
    assert done.code == 0, done.err
    found = re.search(r"chg-[0-9a-z]{6}", done.out)
    assert found
    return found[0]


def landed(desk: Desk, change: str, *approvers: str) -> None:
    for who in approvers:
        assert desk.run(who, "approve", change).code == 0
    done = desk.run(approvers[0], "apply", change)
    assert done.code == 0, done.err


def test_a_newcomer_has_rights_once_the_council_agreed(desk: Desk) -> None:
    """INV-09, INV-10: a list is a proposal; it changes nothing before two of the council took it."""
    hr = desk.root.parent / "hr.csv"
    hr.write_text("id,name,email,team\nnora,Nora Lind,nora@example.com,metrics-council\n")
    done = desk.run("crm-lead", "people", "import", str(hr), "-m", "people of July")
    assert "metrics-council is the council" in done.err
    change = label_in(done)
    assert "actor_unknown" in desk.run("nora", "approve", change).err
    assert desk.run("crm-lead", "apply", change).code == 1
    landed(desk, change, "finance-lead", "analytics-lead")
    assert "council" in desk.run("nora", "whoami").out


def test_a_preview_proposes_nothing(desk: Desk) -> None:
    hr = desk.root.parent / "hr.csv"
    hr.write_text("id,name\ncrm-lead,Carla\n")
    before = desk.events()
    assert "Carla" in desk.run("crm-lead", "people", "import", str(hr), "--preview").err
    told = json.loads(desk.run("crm-lead", "people", "import", str(hr), "--preview", "--json").out)
    assert [one["person"] for one in told["people"]] == ["crm-lead"]
    assert desk.events() == before


def test_what_changes_nothing_is_no_change(desk: Desk) -> None:
    hr = desk.root.parent / "hr.csv"
    hr.write_text("id\ncrm-lead\n")
    done = desk.run("crm-lead", "people", "import", str(hr), "-m", "again")
    assert (done.code, "nothing_new" in done.err) == (1, True)


def test_a_list_without_the_council_would_lock_governance_and_is_refused(desk: Desk) -> None:
    """INV-09: with the names of who would be missing."""
    hr = desk.root.parent / "hr.csv"
    hr.write_text("id\ncrm-lead\n")
    before = desk.events()
    done = desk.run("crm-lead", "people", "import", str(hr), "--complete", "-m", "all others left")
    assert done.code == 1
    assert (
        "the council metrics-council has no member with rights (head-of-marketing, analytics-lead, finance-lead left)"
        in " ".join(done.err.split())
    )
    assert desk.events() == before


def test_one_takes_over_from_another(desk: Desk) -> None:
    """INV-05, INV-09: places are handed over by the council; who wrote a change cannot approve it in any place."""
    desk.sed("metrics/crm_handoff/routing_speed.yaml", "title: ", "title: The ")
    written = label_in(desk.run("crm-deputy", "propose", "-m", "clearer"))
    done = desk.run("planning-lead", "people", "replace", "crm-lead", "crm-deputy", "-m", "Carla moves to sales")
    said = " ".join(done.err.split())
    assert "accountable for domain crm_handoff" in said
    assert "domain crm_handoff has no deputy any more" in said
    assert f"{written} waits for crm-lead; crm-deputy wrote it and so cannot approve it" in said
    assert "metric:routing_speed" in said
    change = label_in(done)
    landed(desk, change, "finance-lead", "analytics-lead")
    assert "actor_left" in desk.run("crm-lead", "whoami").err
    assert "domain crm_handoff" in desk.run("crm-deputy", "whoami").out
    assert desk.run("crm-deputy", "approve", written).code == 1


def test_who_leaves_sees_what_becomes_of_their_changes(desk: Desk) -> None:
    desk.sed("metrics/crm_handoff/routing_speed.yaml", "title: ", "title: The ")
    written = label_in(desk.run("crm-lead", "propose", "-m", "clearer"))
    done = desk.run("planning-lead", "people", "replace", "crm-lead", "crm-deputy", "--preview", "--json")
    told = json.loads(done.out)
    assert any(line.startswith(f"{written} (in review) is crm-lead's: it stays open") for line in told["open"])
    assert told["takes"]


def test_nobody_takes_the_place_of_nobody(desk: Desk) -> None:
    for old, new, code in (
        ("crm-leed", "crm-deputy", "principal_unknown"),
        ("crm-lead", "crm-handoff", "principal_unknown"),
        ("crm-lead", "crm-lead", "same_person"),
    ):
        assert code in desk.run("crm-lead", "people", "replace", old, new, "-m", "x").err
