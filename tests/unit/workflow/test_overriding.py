"""Break-glass: who may let what through, what that never covers, and the review that follows (INV-15)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.overriding import ReviewDue, review_due, reviewed
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.state import ChangeState
from metricgov.domain.workflow.vocabulary import Stage
from unit.workflow.world import CHANGE, OTHER, SPEED, TODAY, World, governance, proposal, touched

WORDS = proposal(touched(ChangeClass.EDITORIAL), before="new", after="next")
WHY = "the board sees a wrong number at noon"


def override(world: World, *people: str, reason: str = WHY, change: str = CHANGE) -> ChangeState:
    """Call and confirm as these people."""
    for person in people:
        world.do(person, c.Override(seen=world.seen(change), reason=reason), change)
    return world.state(change)


def refused(world: World, person: str) -> dict[str, str]:
    return world.refused(person, c.Override(seen=world.seen(), reason=WHY))


def landed(world: World, *people: str, change: str = CHANGE) -> ChangeState:
    """Override, apply, and put it on main."""
    override(world, *people, change=change)
    world.do("stranger", c.Apply(), change)
    return world.do("", c.FinishApply(commit="c" * 40), change)


def due(world: World, change: str = CHANGE) -> ReviewDue:
    found = review_due(world.state(change), [SPEED], world.governance)
    assert found is not None
    return found


def test_two_people_let_it_through() -> None:
    """INV-15: one is not enough, the second one is; what it stands in for is named, and so is the day of its review."""
    world = World()
    world.propose()
    waiting = world.unmet()
    override(world, "ops-lead")
    assert world.unmet() == waiting
    state = override(world, "crm-lead")
    verdict = world.judge()
    assert verdict.allowed
    assert verdict.stage is Stage.OVERRIDDEN
    assert {str(one.code) for one in verdict.waived} == waiting
    assert state.overridden is not None
    assert state.overridden.review_due == "2026-07-06T08:00:00Z"
    world.do("stranger", c.Apply())
    assert world.log[-1].payload["override"] is True


def test_one_person_is_not_two() -> None:
    """INV-15, INV-17: the same person again is told who can confirm, and nothing is written."""
    world = World()
    world.propose()
    override(world, "crm-lead")
    said = refused(world, "crm-lead")
    assert list(said) == ["two_people"]
    assert "second, different person" in said["two_people"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("crm-lead", "ops-lead"), ("ops-lead", "stranger"), ("stranger", "finance-lead"), ("crm-lead", "robot")],
    ids=["a contributor confirms", "nobody of weight", "two strangers", "no person"],
)
def test_who_cannot_be_the_second(first: str, second: str) -> None:
    """INV-05, INV-15: a contributor never confirms; one who did not write it is council, accountable or deputy."""
    world = World()
    world.propose()
    override(world, first)
    assert refused(world, second)
    assert not world.judge().allowed


NEVER: dict[str, dict[str, Any]] = {
    "governance": {"contents": proposal(touched(subject=Subject("governance:policy"), path="governance/policy.yaml"))},
    "a policy that forbids it": {"governance": governance(policy={"override": {"allowed": False}})},
    "a solo team": {"governance": governance(preset="solo")},
}


@pytest.mark.parametrize("values", NEVER.values(), ids=list(NEVER))
def test_what_nobody_can_override(values: dict[str, Any]) -> None:
    """INV-09, INV-15: governance is decided by the council alone; the preset solo has self-approval instead."""
    world = World(governance=values.get("governance", governance()))
    contents = values.get("contents", proposal())
    world.propose(contents=replace(contents, governance_after=world.governance))
    assert "not_allowed" in refused(world, "head-of-marketing")


def test_it_stands_in_for_a_freeze() -> None:
    """INV-15: what cannot wait does not wait for the end of a freeze either."""
    freeze = {"name": "close of the year", "starts": TODAY, "ends": TODAY}
    world = World(governance=governance(policy={"freezes": [freeze]}))
    world.propose()
    assert "frozen" in world.unmet()
    override(world, "ops-lead", "crm-lead")
    assert world.judge().allowed
    assert "frozen" in {str(one.code) for one in world.judge().waived}


def test_an_objection_outlives_an_override() -> None:
    """INV-04: a standing objection outranks two people in a hurry as well."""
    world = World()
    world.propose()
    world.object("sales-ann")
    override(world, "ops-lead", "crm-lead")
    assert world.unmet() == {"objection"}


def test_an_override_is_for_its_contents_alone() -> None:
    """INV-01, INV-02: a new revision leaves none, and a late word on the old one is refused."""
    world = World()
    world.propose()
    seen = world.seen()
    override(world, "ops-lead", "crm-lead")
    world.revise("ops-lead", proposal(after="newer"))
    assert not world.judge().allowed
    assert world.judge().override is None
    assert "stale" in world.refused("crm-deputy", c.Override(seen=seen, reason=WHY))


def test_nothing_to_override() -> None:
    """What lacks nothing needs none."""
    assert "not_allowed" in refused(World().agreed(), "crm-deputy")


def test_it_can_be_taken_back_until_it_is_applied() -> None:
    """The one who called takes all of it back, the one who confirmed their own word."""
    world = World()
    world.propose()
    override(world, "ops-lead", "crm-lead")
    state = world.do("crm-lead", c.WithdrawDecision())
    assert state.override is not None
    assert state.override.confirmed is None
    override(world, "crm-lead")
    assert world.do("ops-lead", c.WithdrawDecision()).override is None
    assert not world.judge().allowed


def test_both_are_as_sure_as_the_class_asks() -> None:
    """A hurry lowers no bar of identity: regulated wants both attested by the host."""
    world = World(governance=governance(preset="regulated"))
    world.propose()
    command = c.Override(seen=world.seen(), reason=WHY)
    assert "identity" in world.refused("crm-lead", command, identity=Identity.CLAIMED)
    override(world, "crm-lead")
    world.identity = Identity.CLAIMED
    assert "identity" in refused(world, "crm-deputy")


FORGED = {
    "two without weight": ("stranger", "finance-lead", "2026-07-06T08:00:00Z"),
    "somebody unknown": ("crm-lead", "nobody", "2026-07-06T08:00:00Z"),
    "a review in a year": ("crm-lead", "crm-deputy", "2027-07-06T08:00:00Z"),
}


@pytest.mark.parametrize(("first", "second", "until"), FORGED.values(), ids=list(FORGED))
def test_what_is_written_past_the_program_does_not_count(first: str, second: str, until: str) -> None:
    """INV-08, INV-15: what stands in the journal is judged all the same; a later review date never counts."""
    world = World()
    world.propose()
    override(world, "ops-lead", "crm-lead")
    said = [one for one in world.log if one.type.startswith("override")]
    del world.log[-2:]
    for one, person in zip(said, (first, second), strict=True):
        payload = {**one.payload} | ({"review_due": until} if "review_due" in one.payload else {})
        statement = {**(one.statement or {}), "principal": person}
        world.forge(one.type, person, payload, statement=statement)
    assert world.folded().problems == ()
    assert world.state().overridden is not None
    verdict = world.judge()
    assert verdict.override is None
    assert not verdict.allowed
    assert any("does not count" in note for note in verdict.notes)


@pytest.mark.parametrize(
    "who", ["crm-lead", "ops-lead", "stranger"], ids=["the same person", "a contributor", "nobody"]
)
def test_a_forged_second_word(who: str) -> None:
    """INV-15: one person in two events, or a contributor, is inadmissible; anybody else may second weight."""
    world = World()
    world.propose()
    override(world, "crm-lead", "crm-deputy")
    last = world.log.pop()
    statement = {**(last.statement or {}), "principal": who}
    world.forge(last.type, who, last.payload, statement=statement)
    if who == "stranger":
        assert world.folded().problems == ()
        assert world.judge().allowed  # crm-lead has the weight; any second person confirms
        return
    assert world.folded().problems
    assert not world.folded().state.overridden


def test_somebody_else_reviews_it() -> None:
    """INV-15: neither of the two and no contributor; who did not look is due until somebody has."""
    world = World()
    world.propose()
    landed(world, "ops-lead", "crm-lead")
    waiting = due(world)
    assert waiting.reviewers == ("analytics-lead", "crm-deputy", "head-of-marketing")
    review = c.ReviewOverride(reason="it was right")
    for person in ("crm-lead", "ops-lead", "finance-lead"):
        assert world.refused(person, review, subjects=(SPEED,))
    state = world.do("crm-deputy", review, subjects=(SPEED,))
    assert state.override is not None
    assert (state.override.outcome, state.stage) == ("kept", Stage.APPLIED)
    assert reviewed(state, [SPEED], world.governance)
    assert "override" in world.refused("head-of-marketing", review, subjects=(SPEED,))


def test_an_overdue_review_blocks_its_definitions() -> None:
    """INV-15, INV-17: from the day on nothing else changes there; the requirement names who ends that and how."""
    world = World()
    world.propose()
    landed(world, "ops-lead", "crm-lead")
    waiting = due(world)
    world.propose("ops-lead", WORDS, c.Claims(why="clearer"), change=OTHER)
    world.approve("crm-lead", change=OTHER)
    assert world.judge(OTHER, reviews=(waiting,), now="2026-07-06T07:59:59Z").allowed
    (one,) = world.judge(OTHER, reviews=(waiting,), now=waiting.due).unmet
    assert (one.code, one.who) == ("override_review_overdue", waiting.reviewers)
    assert "review-override" in one.how
    elsewhere = proposal(
        touched(subject=Subject("metric:other", domain="crm_handoff"), path="metrics/crm_handoff/o.yaml")
    )
    world.contents[OTHER] = elsewhere
    assert "override_review_overdue" not in world.unmet(OTHER, reviews=(waiting,), now=waiting.due)


def test_an_override_does_not_override_an_overdue_review() -> None:
    """INV-15: a second hurry has to wait for somebody to look at the first one."""
    world = World()
    world.propose()
    landed(world, "ops-lead", "crm-lead")
    waiting = due(world)
    world.propose("ops-lead", WORDS, c.Claims(why="clearer"), change=OTHER)
    override(world, "ops-lead", "crm-lead", change=OTHER)
    assert world.unmet(OTHER, reviews=(waiting,), now=waiting.due) == {"override_review_overdue"}


def test_a_landing_that_hides_the_override_is_due_all_the_same() -> None:
    """INV-15: an apply_started that does not say so frees nobody, while the two are people with rights."""
    world = World()
    world.propose()
    override(world, "ops-lead", "crm-lead")
    world.do("stranger", c.Apply())
    last = world.log.pop()
    world.forge(last.type, "stranger", {**last.payload, "override": False}, main=last.main)
    world.do("", c.FinishApply(commit="c" * 40))
    assert due(world).people == ("crm-lead", "ops-lead")


def test_an_apply_that_claims_an_override() -> None:
    """INV-15: where no two people said so, the event is inadmissible."""
    world = World().agreed()
    world.do("stranger", c.Apply())
    last = world.log.pop()
    world.forge(last.type, "stranger", {**last.payload, "override": True}, main=last.main)
    (problem,) = world.folded().problems
    assert problem.code == "override"


def test_nobody_would_be_left_to_review() -> None:
    """INV-07: two people who are all the approvers there are cannot override: nobody could look at it."""
    world = World(governance=governance(people=("crm-lead", "analytics-lead", "ops-lead"), **SMALL))
    world.propose()
    assert "nobody would be left" in refused(world, "crm-lead")["override"]


SMALL: dict[str, Any] = {
    "preset": "standard",
    "teams": [{"id": "metrics-council", "title": "Council", "members": ["crm-lead"]}],
    "raci": {
        "kind": "raci",
        "council": "metrics-council",
        "registry": {"accountable": "crm-lead"},
        "entries": [{"match": {"domain": "crm_handoff"}, "accountable": "crm-lead"}],
    },
}
