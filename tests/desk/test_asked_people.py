"""People and what they answer for, and search: here and over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.measured_world import RATE, Standing
from metricgov.client import connect
from metricgov.desk.asked import Desk
from metricgov.desk.searching import Finder
from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.errors import BadInput
from metricgov.domain.people.answering import Kind, Role
from metricgov.domain.searched import Facets
from metricgov.domain.workflow.requirements import RefusedUnmet
from serving_http import served


def test_everybody_is_there_without_their_addresses(desk: Desk) -> None:
    found = {one.id: one for one in desk.people()}
    assert found["crm-lead"].kind is Kind.PERSON
    assert "crm-handoff" in found["crm-lead"].teams
    assert found["metrics-council"].kind is Kind.TEAM
    assert all(one.active for one in found.values())
    assert all(found[name].council for name in found["metrics-council"].members)
    assert "@" not in repr(desk.people(left=True))


def test_one_person_with_what_they_answer_for(desk: Desk) -> None:
    found = desk.person("crm-lead")
    assert any((one.by, one.role) == ("domain crm_handoff", Role.ACCOUNTABLE) for one in found.places)
    assert RATE in {one.definition for one in found.parts if one.role is Role.ACCOUNTABLE}
    assert desk.person("crm-handoff").row.kind is Kind.TEAM
    with pytest.raises(BadInput) as refused:
        desk.person("crm-leed")
    assert (refused.value.code, "crm-lead" in refused.value.hint) == ("no_such_person", True)


def test_roles_of_a_definition_are_those_that_would_be_asked(desk: Desk) -> None:
    """The list says what `who` says, for every definition of a domain."""
    for definition in (RATE, "metric:routing_speed", "source:crm_leads", "governance:raci"):
        who = desk.who(definition, ChangeClass.BREAKING)
        rows = desk.roles(definition=definition)
        by_role = {role: [one.principal for one in rows if one.role is role] for role in Role}
        assert by_role[Role.ACCOUNTABLE] == [who.accountable]
        assert by_role[Role.DEPUTY] == ([who.deputy] if who.deputy else [])
        assert by_role[Role.RESPONSIBLE] == list(who.responsible)
        assert set(by_role[Role.CONSULTED]) == set(who.consulted)
        assert set(by_role[Role.INFORMED]) == set(who.informed)


def test_roles_are_narrowed_and_teams_count(desk: Desk) -> None:
    every = desk.roles()
    assert {one.definition for one in every} == set(desk.names())
    deputy = desk.roles(person="crm-deputy", role="deputy")
    assert deputy
    assert {(one.role, one.principal) for one in deputy} == {(Role.DEPUTY, "crm-deputy")}
    finance = desk.person("finance-lead").row
    through = {one.principal for one in desk.roles(person="finance-lead")}
    assert through <= {"finance-lead", *finance.teams}
    with pytest.raises(BadInput) as refused:
        desk.roles(role="owner")
    assert "accountable" in refused.value.hint


def test_nobody_has_keys_or_stands_in_here(desk: Desk) -> None:
    assert desk.keys() == ()
    assert desk.delegations(ended=True) == ()
    with pytest.raises(BadInput):
        desk.keys(person="nobody-here")


@pytest.mark.parametrize("text", ["lead rate", "sales acepted", "crm_leads", "crm-lead", "zzz", ""])
def test_search_ranks_as_the_terminal_does(desk: Desk, text: str) -> None:
    """One ranking: what the desk answers is what the finder of the terminal UI puts first."""
    finder = Finder(desk.definitions())
    here = finder.find(text, Facets())
    found = desk.search(text, most=5)
    assert found.rows == here.rows[:5]
    assert (found.total, found.exact, found.closest) == (len(here.rows), here.exact, here.closest)
    assert found.counts == finder.counts(text, Facets())


def test_search_is_narrowed_and_ordered(desk: Desk) -> None:
    found = desk.search("", Facets(kind="metric", kpi="yes", tag="lead"), most=0)
    assert found.rows
    assert all(one.kpi and "lead" in one.tags for one in found.rows)
    owners = [one.owner for one in desk.search("", Facets(kind="metric"), sort="owner", most=0).rows]
    assert owners == sorted(owners)
    with pytest.raises(BadInput) as refused:
        desk.search("", sort="price")
    assert refused.value.code == "bad_sort"


def test_what_is_reached_and_what_is_wrong(desk: Desk) -> None:
    reached = {one.id: one for one in desk.reached("crm_leads")}
    assert reached[RATE].relation == "computed"
    assert [one.steps for one in desk.reached("crm_leads")] == sorted(one.steps for one in reached.values())
    found = desk.lint()
    assert (found.rows, found.files > 100) == ((), True)
    with pytest.raises(BadInput):
        desk.reached("crm_leeds")


def test_who_would_have_decided_then(desk: Desk) -> None:
    then = desk.who(RATE, at="2026-06-30")
    assert then.then is not None
    assert then.accountable == "crm-lead"
    for at, code in (("2030-01-01", "date_ahead"), ("2001-01-01", "before_the_journal"), ("soon", "bad_date")):
        with pytest.raises(BadInput) as refused:
            desk.who(RATE, at=at)
        assert refused.value.code == code


def test_somebody_answers_in_anothers_name_for_a_while(measured_copy: Path) -> None:
    """Given and ended over HTTP; what the rules refuse is refused, and what is said goes on record."""
    with served(measured_copy, clock=Standing()) as url:
        desk = connect(url, "crm-lead")
        given = desk.give_delegation("ops-lead", "2026-12-24", "Holidays.", scope="domain:crm_handoff")
        assert (given.giver, given.to, given.scope, given.state) == (
            "crm-lead",
            "ops-lead",
            "domain:crm_handoff",
            "holds",
        )
        assert desk.delegations() == (given,)
        assert desk.person("ops-lead").delegations == (given,)
        ended = desk.end_delegation(given.label, reason="Back early.")
        assert (ended.id, ended.state, ended.ended_by) == (given.id, "ended", "crm-lead")
        assert desk.end_delegation(given.id) == ended, "ending it twice changes nothing"
        assert (desk.delegations(), desk.delegations(ended=True)) == ((), (ended,))
        with pytest.raises(RefusedUnmet):
            desk.give_delegation("nobody-here", "2026-12-24", "Holidays.")
        with pytest.raises(RefusedUnmet):
            connect(url, "ops-lead").give_delegation("paid-lead", "2026-12-24", "For her.", giver="crm-lead")
        for words, code in (((" ", "2026-12-24"), "words_missing"), (("Holidays.", "soon"), "bad_day")):
            with pytest.raises(BadInput) as refused:
                desk.give_delegation("ops-lead", words[1], words[0])
            assert refused.value.code == code
        with pytest.raises(BadInput) as refused:
            desk.end_delegation("dlg-none")
        assert refused.value.code == "delegation_unknown"
