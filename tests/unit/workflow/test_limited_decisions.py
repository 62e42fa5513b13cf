"""Many definitions in one request: all or nothing, with a verdict on each."""

from __future__ import annotations

import pytest

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.proposal import Proposal, Subject
from metricgov.domain.workflow.vocabulary import Stage, Verdict
from unit.workflow.world import CHANGE, World, proposal, touched

NAMES = ("metric:a", "metric:b", "metric:paid")
PATHS = {"metric:paid": "metrics/paid/paid.yaml"}


def several(*names: str, after: str = "new", change_class: ChangeClass = ChangeClass.COMPATIBLE) -> Proposal:
    """Return contents of some definitions; `metric:paid` belongs to others."""
    return proposal(
        *(
            touched(
                change_class,
                subject=Subject(one, domain="paid" if one == "metric:paid" else "crm_handoff"),
                path=PATHS.get(one, f"metrics/crm_handoff/{one[7:]}.yaml"),
            )
            for one in names or NAMES
        ),
        after=after,
    )


def begun(*names: str) -> World:
    world = World()
    world.propose(contents=several(*names), claims=c.Claims(why="all windows at once"))
    return world


def approve(world: World, person: str, *names: str) -> None:
    world.do(person, c.Approve(seen=world.seen(), definitions=names))


def object_to(world: World, person: str, *names: str) -> None:
    world.do(person, c.RequestChanges(seen=world.seen(), reason="not this one", definitions=names))


def test_one_review_for_all_of_them() -> None:
    """INV-12: everybody approves what is theirs once, and all of it lands together or none does."""
    world = begun()
    world.approve("crm-lead")
    (one,) = world.judge().unmet
    assert (one.who, one.definitions) == (("paid-lead",), ("metric:paid",))
    world.approve("paid-lead")
    assert world.judge().allowed


def test_a_limited_approval_counts_for_its_definitions_alone() -> None:
    """INV-01, INV-06: the place of another definition stays empty, until the same person says so there too."""
    world = begun()
    world.approve("paid-lead")
    approve(world, "crm-lead", "metric:a")
    assert [one.definitions for one in world.judge().unmet] == [("metric:b",)]
    approve(world, "crm-lead", "metric:b")
    assert world.judge().allowed
    assert [one.definitions for one in world.state().decisions_of("crm-lead")] == [("metric:a",), ("metric:b",)]


def test_one_definition_blocks_the_whole() -> None:
    """INV-04, INV-17: all or nothing; the requirement names the definition and how to go on without it."""
    world = begun()
    world.approve("crm-lead", "paid-lead")
    object_to(world, "crm-lead", "metric:b")
    assert not world.judge().allowed
    found = {str(one.code): one for one in world.judge().unmet}
    assert set(found) == {"objection", "approval_accountable"}
    assert found["approval_accountable"].definitions == ("metric:b",)
    assert "--without b" in found["objection"].how
    assert world.state().stage is Stage.CHANGES_REQUESTED


def test_without_it_the_objection_is_about_nothing() -> None:
    """INV-04: taken out of the change, what it was about no longer stands in the way; the rest is agreed to anew."""
    world = begun()
    object_to(world, "paid-lead", "metric:paid")
    world.revise("ops-lead", several("metric:a", "metric:b"), c.Claims(why="the paid one later"))
    assert world.unmet() == {"approval_accountable"}
    world.approve("crm-lead")
    assert world.judge().allowed


def test_an_objection_to_all_stands_whatever_is_taken_out() -> None:
    """INV-04: only a limited objection can be about nothing."""
    world = begun()
    world.object("paid-lead")
    world.revise("ops-lead", several("metric:paid"), c.Claims(why="only that"))
    assert "objection" in world.unmet()


def test_each_person_has_one_decision_on_each_definition() -> None:
    """INV-04: the later word on a definition replaces the earlier one there, and no older one revives."""
    world = begun()
    world.object("crm-lead")
    approve(world, "crm-lead", "metric:a")
    state = world.state()
    said = {one.definitions: one.verdict for one in state.decisions_of("crm-lead")}
    assert said == {
        ("metric:b", "metric:paid"): Verdict.REQUEST_CHANGES,
        ("metric:a",): Verdict.APPROVE,
    }
    assert world.do("crm-lead", c.WithdrawDecision()).decisions == ()


def test_all_of_them_named_is_no_limit() -> None:
    world = begun()
    approve(world, "crm-lead", *reversed(NAMES))
    assert world.state().decisions[0].definitions == ()


def test_the_statement_says_what_it_is_limited_to() -> None:
    """INV-02: what is signed names the definitions; a plain decision has the keys it always had."""
    world = begun()
    approve(world, "crm-lead", "metric:b", "metric:a")
    limited = world.log[-1].statement or {}
    world.approve("paid-lead")
    plain = world.log[-1].statement or {}
    assert limited["definitions"] == ["metric:a", "metric:b"]
    assert set(limited) - set(plain) == {"definitions"}


def test_a_limited_approval_needs_a_place_there() -> None:
    """INV-17: whoever is accountable for one definition cannot approve another."""
    world = begun()
    said = world.refused("paid-lead", c.Approve(seen=world.seen(), definitions=("metric:a",)))
    assert set(said) == {"right"}


@pytest.mark.parametrize(
    "named",
    [["metric:z"], ["metric:b", "metric:a"], ["metric:a", "metric:a"]],
    ids=["not of the change", "unsorted", "twice"],
)
def test_forged_limits(named: list[str]) -> None:
    """INV-02: a limit that no program writes makes the event inadmissible."""
    world = begun()
    approve(world, "crm-lead", "metric:a")
    last = world.log.pop()
    statement = {**(last.statement or {}), "definitions": list(named)}
    world.forge(last.type, "crm-lead", {**last.payload, "definitions": list(named)}, statement=statement)
    assert [one.code for one in world.folded().problems] == ["definitions"]


def test_a_limit_that_the_statement_does_not_say() -> None:
    """INV-02, INV-60: nobody widens what somebody signed."""
    world = begun()
    approve(world, "crm-lead", "metric:a")
    last = world.log.pop()
    world.forge(last.type, "crm-lead", {**last.payload, "definitions": []}, statement=last.statement)
    assert [one.code for one in world.folded().problems] == ["statement"]


def test_a_signed_objection_is_not_narrowed_by_a_claim() -> None:
    """INV-04: who takes part of a signed objection back unsigned leaves it to stand there too."""
    world = begun()
    world.identity = Identity.SIGNED
    world.object("crm-lead")
    world.identity = Identity.CLAIMED
    approve(world, "crm-lead", "metric:a")
    assert [one.objection.definitions for one in world.state().retractions] == [("metric:a",)]


def test_consulted_people_answer_about_all_they_are_asked() -> None:
    """INV-16: a limited word answers its definitions alone."""
    world = World()
    contents = several("metric:a", "metric:b", change_class=ChangeClass.BREAKING)
    world.propose(contents=contents)
    world.do("sales-ann", c.RequestChanges(seen=world.seen(), reason="hm", definitions=("metric:a",)))
    assert "consulted" in world.unmet()


def test_fifty_is_the_most() -> None:
    """INV-17: what nobody can review in one sitting is asked for in parts."""
    names = [f"metric:m{number}" for number in range(51)]
    world = World()
    world.contents[CHANGE] = several(*names)
    claims = c.Claims(why="everything")
    said = world.refused("ops-lead", c.Create(change=CHANGE, claims=claims))
    assert said == {"too_many": "one request changes at most 50 definitions, and this one 51"}
    world.contents[CHANGE] = several(*names[:50])
    world.do("ops-lead", c.Create(change=CHANGE, claims=claims))
