"""`change explain` and `who --at`: what was missing when, under which rule, and who decided at a time."""

from __future__ import annotations

import json
from typing import Any

from cli.conftest import Desk
from metricgov.bootstrap import Workspace

METRIC = "routing_speed"
FILE = "metrics/crm_handoff/routing_speed.yaml"


def proposed(desk: Desk, who: str = "ops-lead") -> None:
    """Reword a metric, as somebody who is not accountable for it."""
    desk.sed(FILE, "description: ", "description: In short, ")
    done = desk.run(who, "propose", "-m", "Plainer words.", "--yes", FILE)
    assert done.code == 0, done.err


def told(desk: Desk, change: str = METRIC) -> list[dict[str, Any]]:
    done = desk.run("crm-lead", "change", "explain", change, "--json")
    assert done.code == 0, done.err
    found: list[dict[str, Any]] = json.loads(done.out)["story"]
    return found


class TestExplain:
    """The story says at each event what it asked for and what it met."""

    def test_what_a_revision_asks_and_who_met_it(self, desk: Desk) -> None:
        proposed(desk)
        assert desk.run("crm-lead", "approve", METRIC, "-m", "Fine.").code == 0
        desk.sed(FILE, "In short, ", "")
        assert desk.run("ops-lead", "apply", METRIC).code == 0
        lines = {line["says"].split()[0]: line for line in told(desk)}
        asked, agreed = lines["submitted"], lines["approved"]
        assert [one["code"] for one in asked["needs"]] == ["approval_responsible"]
        assert asked["needs"][0]["who"] == ["crm-lead"]
        assert asked["left"] == 1
        (rule,) = asked["rules"]
        assert rule.startswith("metric:routing_speed (editorial, by domain crm_handoff): approval of")
        assert [(one["code"], one["end"]) for one in agreed["needs"]] == [("approval_responsible", "met")]
        assert (agreed["left"], lines["applied"]["needs"], lines["applied"]["meanwhile"]) == (0, [], [])

    def test_a_second_revision_asks_anew(self, desk: Desk) -> None:
        """INV-01"""
        proposed(desk)
        assert desk.run("crm-lead", "approve", METRIC, "-m", "Fine.").code == 0
        desk.sed(FILE, "In short, ", "Shortly, ")
        done = desk.run("ops-lead", "revise", METRIC, "--yes", FILE)
        assert done.code == 0, done.err
        second = told(desk)[-1]
        assert second["says"].startswith("submitted revision 2")
        assert [(one["code"], one["end"]) for one in second["needs"]] == [("approval_responsible", None)]

    def test_the_text_says_needs_and_met(self, desk: Desk) -> None:
        proposed(desk)
        assert desk.run("crm-lead", "approve", METRIC, "-m", "Fine.").code == 0
        said = desk.run("crm-lead", "change", "explain", METRIC).out
        assert "         rule   metric:routing_speed (editorial" in said
        assert "         needs  a responsible person or the accountable" in said
        assert "         met    a responsible person or the accountable" in said


class TestWhoAt:
    """Who had to agree at a time, by the governance on main as the journal saw it then."""

    def test_before_and_after_a_change_of_people(self, desk: Desk) -> None:
        """INV-09: asked about the time before, today's raci.yaml says nothing."""
        before = Workspace(desk.root).journal.events_of(None)[-1].at
        desk.sed("governance/raci.yaml", "accountable: crm-lead", "accountable: crm-deputy")
        done = desk.run("ops-lead", "propose", "-m", "The deputy takes over.", "--yes", "governance/raci.yaml")
        assert done.code == 0, done.err
        for person in ("head-of-marketing", "analytics-lead"):
            assert desk.run(person, "approve", "raci", "-m", "Agreed.").code == 0
        assert desk.run("ops-lead", "apply", "raci").code == 0
        now = json.loads(desk.run("crm-lead", "who", METRIC, "--json").out)["who"]
        done = desk.run("crm-lead", "who", METRIC, "--json", "--at", before)
        assert done.code == 0, done.err
        then = json.loads(done.out)["who"]
        assert (now["accountable"], now["then"]) == ("crm-deputy", None)
        repository = Workspace(desk.root).repository
        genesis = repository.first_parents(repository.resolve("refs/heads/main"))
        if then["then"]["at"] != then["then"]["next_at"]:  # in one second, both are true; the journal's order decides
            assert then["accountable"] == "crm-lead"
            assert then["then"]["commit"] == genesis[0]
            assert then["then"]["next_seq"]

    def test_before_the_journal(self, desk: Desk) -> None:
        done = desk.run("crm-lead", "who", METRIC, "--at", "2020-01-01")
        assert (done.code, "before_the_journal" in done.err) == (2, True)

    def test_a_day_that_lies_ahead(self, desk: Desk) -> None:
        done = desk.run("crm-lead", "who", METRIC, "--at", "2099-01-01")
        assert (done.code, "date_ahead" in done.err) == (2, True)
