"""Freeze windows: what is in one, until when, and that nobody locks themselves in."""

from __future__ import annotations

from typing import Any

import pytest

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.definitions.problems import DefinitionErrors
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.freezing import frozen
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.vocabulary import Stage, Treatment
from unit.workflow.world import CLAIMS, World, governance, proposal, touched

YEAR_END = {"name": "year end", "starts": "2026-12-20", "ends": "2027-01-03"}
CLOSING = {"name": "closing", "starts": "2027-01-03T12:00:00Z", "ends": "2027-01-05T06:00:00Z"}
RESTATED = CLAIMS.model_copy(update={"treatment": Treatment.RESTATE})


def agreed(*freezes: dict[str, Any], contents: Any = None) -> World:
    world = World(governance=governance(policy={"freezes": list(freezes)}))
    world.propose(contents=contents, claims=RESTATED)
    world.acknowledge("sales-ann")
    world.approve("crm-lead", "head-of-marketing")
    return world


BOUNDS: dict[str, tuple[dict[str, Any], str, bool]] = {
    "the second before": (YEAR_END, "2026-12-19T23:59:59Z", False),
    "its first second": (YEAR_END, "2026-12-20T00:00:00Z", True),
    "its last second": (YEAR_END, "2027-01-03T23:59:59Z", True),
    "the second after": (YEAR_END, "2027-01-04T00:00:00Z", False),
    "in seconds, the last": (CLOSING, "2027-01-05T05:59:59Z", True),
    "in seconds, the one after": (CLOSING, "2027-01-05T06:00:00Z", False),
}


@pytest.mark.parametrize(("freeze", "now", "inside"), BOUNDS.values(), ids=list(BOUNDS))
def test_a_freeze_holds_from_its_first_second_to_its_last(freeze: dict[str, Any], now: str, inside: bool) -> None:
    """INV-24: the time that is passed in decides; the change stays approved and only waits."""
    world = agreed(freeze).later(now)
    assert ("frozen" in world.unmet()) is inside
    assert world.judge().stage is Stage.APPROVED
    if inside:
        assert freeze["name"] in world.refused("ops-lead", c.Apply())["frozen"]
    else:
        assert world.do("ops-lead", c.Apply()).stage is Stage.APPLYING


COVERS: dict[str, tuple[dict[str, Any], Any, bool]] = {
    "everything": ({}, touched(), True),
    "this name": ({"match": {"name": "routing_*"}}, touched(), True),
    "another name": ({"match": {"name": "spend"}}, touched(), False),
    "this domain": ({"match": {"domain": "crm_handoff"}}, touched(), True),
    "the domain it leaves": (
        {"match": {"domain": "crm_handoff"}},
        touched(after=Subject("metric:routing_speed", domain="paid")),
        True,
    ),
    "this class": ({"classes": ["breaking"]}, touched(), True),
    "another class": ({"classes": ["editorial"]}, touched(), False),
    "only new bytes": ({}, touched(ChangeClass.IDENTICAL), False),
    "governance": ({}, touched(subject=Subject("governance:policy"), path="governance/policy.yaml"), False),
}


@pytest.mark.parametrize(("limits", "one", "inside"), COVERS.values(), ids=list(COVERS))
def test_a_freeze_covers_what_it_names_and_never_governance(limits: dict[str, Any], one: Any, inside: bool) -> None:
    """INV-09: whoever set a freeze can lift it."""
    rules = governance(policy={"freezes": [YEAR_END | limits]})
    assert bool(list(frozen(proposal(one), rules, now="2026-12-24T00:00:00Z", ref="it"))) is inside


def test_a_date_in_a_freeze_is_refused_with_the_first_free_one() -> None:
    """INV-17: freezes that touch are walked through."""
    world = agreed(CLOSING, YEAR_END)
    with pytest.raises(Exception, match="frozen until 4 Jan 2027: year end") as refusal:
        world.do("ops-lead", c.Schedule(due="2026-12-24T08:00:00Z"))
    assert "--at 2027-01-05T06:00:00Z" in str(refusal.value)
    assert world.do("ops-lead", c.Schedule(due="2027-01-05T06:00:00Z")).stage is Stage.SCHEDULED


def test_a_freeze_that_begins_later_suspends_what_was_scheduled_into_it() -> None:
    """INV-14: new rules are drift too."""
    world = agreed()
    world.do("ops-lead", c.Schedule(due="2026-12-24T08:00:00Z"))
    world.governance = governance(policy={"freezes": [YEAR_END]})
    state = world.later("2026-12-24T08:00:00Z").do("", c.Suspend())
    assert state.suspended_for == ("frozen",)
    world.do("ops-lead", c.Schedule(due="2027-01-04T00:00:00Z"))
    assert world.later("2027-01-04T00:00:00Z").do("", c.Apply()).stage is Stage.APPLYING


def test_a_change_in_review_during_a_freeze_may_be_scheduled_for_after_it() -> None:
    world = agreed(YEAR_END).later("2026-12-24T08:00:00Z")
    assert world.do("ops-lead", c.Schedule(due="2027-01-04T00:00:00Z")).stage is Stage.SCHEDULED


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "ends before it starts": (YEAR_END | {"ends": "2026-12-19"}, "FREEZE_EMPTY"),
    "no such day": (YEAR_END | {"starts": "2026-02-30"}, "DATE_INVALID"),
    "no such second": (YEAR_END | {"ends": "2027-01-03T25:00:00Z"}, "DATE_INVALID"),
    "words": (YEAR_END | {"starts": "soon"}, "FIELD_INVALID"),
    "no name": ({"starts": "2026-12-20", "ends": "2027-01-03"}, "FIELD_MISSING"),
    "governance": (YEAR_END | {"classes": ["governance"]}, "CLASS_UNKNOWN"),
    "two matches": (YEAR_END | {"match": {"name": "x", "tag": "y"}}, "MATCH_NOT_ONE"),
}


@pytest.mark.parametrize(("freeze", "code"), WRONG.values(), ids=list(WRONG))
def test_a_freeze_that_says_nothing_sure_does_not_load(freeze: dict[str, Any], code: str) -> None:
    with pytest.raises(DefinitionErrors) as refusal:
        governance(policy={"freezes": [freeze]})
    assert [one.code for one in refusal.value.problems] == [code]
