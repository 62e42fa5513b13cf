"""Effects that no longer hold, warnings that stop a change, and who may let it pass in spite of one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from metricgov.domain.digest import sha256_hex
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.blocking import WARNINGS
from metricgov.domain.workflow.envelope import Identity
from metricgov.domain.workflow.events import Blocked
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.requirements import Code
from unit.workflow.world import CHANGE, World, governance, proposal, team_of

TINY = Blocked(metric="routing_speed", id="W04", code="TINY_OVERLAP", says="the overlap is too short: 5 periods")
DRIFT = Blocked(metric="routing_speed", id="W06", code="RATIO_NOT_STABLE", says="the ratio moves")
ELSEWHERE = Blocked(metric="paid_share", id="W04", code="TINY_OVERLAP", says="the overlap is too short: 3 periods")
PAID = Subject("metric:paid_share", domain="paid")
WHY = "five weeks is all there is"


def evaluated(world: World, *blocks: Blocked, evidence: bytes = b"{}", **values: Any) -> None:
    """Put an effect on record that these warnings stop."""
    command = c.RecordEffect(digest=world.state().digest, evidence=evidence, basis="b" * 64, blocks=blocks, **values)
    world.do("ops-lead", command)


def bound(*blocks: Blocked, preset: str = "standard", **values: Any) -> World:
    """A breaking change where an engine is bound, agreed on by everybody, with an effect on record."""
    world = World(governance(preset=preset))
    world.propose(contents=proposal(engine_bound=True, **values))
    evaluated(world, *blocks)
    return world


def accept(warning: str = "W04", metric: str = "", reason: str = WHY) -> c.AcceptWarning:
    return c.AcceptWarning(warning=warning, metric=metric, reason=reason)


def blocked(world: World, **values: Any) -> set[str]:
    """Return the warnings that still stop the change."""
    return {one.says.split()[0] for one in world.judge(**values).unmet if one.code == Code.EFFECT_BLOCKED}


def test_a_blocking_warning_is_a_requirement_that_names_who_may_rule() -> None:
    """INV-17: every warning by itself, with its words, the people and the command."""
    world = bound(TINY, DRIFT)
    found = [one for one in world.judge().unmet if one.code == Code.EFFECT_BLOCKED]
    assert [one.says.split(":")[0] for one in found] == ["W04 routing_speed", "W06 routing_speed"]
    assert found[0].who == ("analytics-lead", "crm-deputy", "crm-lead", "head-of-marketing")
    assert "metricgov accept-warning" in found[0].how
    assert found[0].definitions == ("metric:routing_speed",)


@pytest.mark.parametrize("person", ["crm-lead", "crm-deputy", "head-of-marketing", "analytics-lead"])
def test_who_answers_for_the_metric_lets_it_pass(person: str) -> None:
    """Accountable, deputy and council; the other warning still stands, and the ruling is told to whoever approves."""
    world = bound(TINY, DRIFT)
    world.do(person, accept())
    assert blocked(world) == {"W06"}
    assert [block.id for block, _ in world.judge().ruled] == ["W04"]
    assert any(f"W04 routing_speed ({TINY.says}) accepted by {person}: {WHY}" in one for one in world.judge().notes)


@pytest.mark.parametrize("person", ["ops-lead", "sales-ann", "stranger", "paid-lead"])
def test_nobody_else_does(person: str) -> None:
    """INV-05: neither its author nor somebody without that role; nothing is written."""
    world = bound(TINY)
    assert "right" in world.refused(person, accept())
    assert blocked(world) == {"W04"}


def test_who_contributed_does_not_rule_on_it() -> None:
    """INV-05: whoever's revision it is, although they are accountable."""
    world = World()
    world.propose("crm-lead", proposal(engine_bound=True))
    evaluated(world, TINY)
    assert "who contributed" in world.refused("crm-lead", accept())["right"]
    world.do("crm-deputy", accept())
    assert blocked(world) == set()


def test_a_ruling_holds_for_exactly_one_evidence() -> None:
    """Another evaluation asks again, though the warning reads the same; the first one's return brings it back."""
    world = bound(TINY)
    world.do("crm-lead", accept())
    evaluated(world, TINY, evidence=b'{"again": 1}')
    assert blocked(world) == {"W04"}
    evaluated(world, TINY)
    assert blocked(world) == set()
    world.revise("ops-lead", proposal(engine_bound=True, after="other"))
    assert Code.EFFECT in world.unmet()


def test_a_warning_that_stops_several_metrics_is_ruled_on_one_by_one() -> None:
    """Each metric has its own people; those of a dependant rule on it."""
    world = bound(TINY, ELSEWHERE, dependants=(PAID,))
    assert "name one" in str(world.refused("crm-lead", accept())) or "W04 stops 2" in str(
        world.refused("crm-lead", accept())
    )
    world.do("crm-lead", accept(metric="routing_speed"))
    assert blocked(world) == {"W04"}
    assert "right" in world.refused("crm-lead", accept(metric="paid_share"))
    world.do("paid-lead", accept(metric="paid_share"))
    assert blocked(world) == set()


@pytest.mark.parametrize(
    ("command", "says"),
    [
        pytest.param(accept("W06"), "stops nothing here", id="another warning"),
        pytest.param(accept("W99"), "there is no warning W99, only W01 to W21", id="no such warning"),
        pytest.param(accept(metric="paid_share"), "it stops routing_speed", id="another metric"),
        pytest.param(accept(reason=" "), "a reason is needed", id="no reason"),
    ],
)
def test_what_cannot_be_accepted_says_why(command: c.AcceptWarning, says: str) -> None:
    """The refusal names what there is to rule on."""
    assert says in str(bound(TINY).refused("crm-lead", command))


def test_the_warnings_that_exist_are_those_of_the_table() -> None:
    """Who names another one is told which there are."""
    page = Path(__file__).parents[3] / "docs" / "concepts" / "effects.md"
    assert tuple(re.findall(r"^\| (W\d\d) \|", page.read_text(), re.MULTILINE)) == WARNINGS


def test_the_same_ruling_twice_is_one() -> None:
    """A command that only repeats what stands writes nothing."""
    world = bound(TINY)
    world.do("crm-lead", accept())
    events = len(world.log)
    world.do("crm-lead", accept())
    assert len(world.log) == events


def test_a_forged_ruling_does_not_count() -> None:
    """INV-08: rights are judged, whatever the journal holds; the requirement says whose word it was."""
    world = bound(TINY)
    world.do("crm-lead", accept())
    genuine = world.log.pop()
    forged = {**genuine.payload}
    said = {**(genuine.statement or {}), "principal": "stranger"}
    world.forge("warning_accepted", "stranger", forged, statement=said)
    (one,) = [one for one in world.judge().unmet if one.code == Code.EFFECT_BLOCKED]
    assert "stranger accepted it, who may not" in one.says


def test_a_ruling_of_somebody_who_left_counts_no_more() -> None:
    """INV-08: by the people of the base that it is judged on."""
    world = bound(TINY)
    world.do("crm-lead", accept())
    assert blocked(world) == set()
    assert blocked(world, governance=governance(left=["crm-lead"])) == {"W04"}


def test_where_signatures_are_asked_for_rulings_are_signed() -> None:
    """`regulated`: as sure as an approval of that class."""
    world = World(team_of(4, "regulated"))
    world.propose("p4", proposal(engine_bound=True))
    digest = world.state().digest
    world.do("p4", c.RecordEffect(digest=digest, evidence=b"{}", basis="b" * 64, blocks=(TINY,)))
    assert "identity" in world.refused("p1", accept(), identity=Identity.CLAIMED)
    world.do("p1", accept())
    assert blocked(world) == set()


def test_alone_everybody_rules_on_their_own() -> None:
    """INV-07: `solo` has nobody else."""
    world = World(team_of(1, "solo"))
    world.propose("p1", proposal(engine_bound=True))
    world.do("p1", c.RecordEffect(digest=world.state().digest, evidence=b"{}", basis="b" * 64, blocks=(TINY,)))
    world.do("p1", accept())
    assert blocked(world) == set()


STALE = ("metrics/x.yaml changed on main", "metricgov.yaml says something else about effects")


def test_an_effect_that_no_longer_holds_is_asked_for_again() -> None:
    """It says everything that differs, and who can compute it anew."""
    world = bound()
    assert Code.EFFECT_STALE not in world.unmet()
    world.contents[CHANGE] = replace(world.contents[CHANGE], effect_differs=STALE)
    (one,) = [one for one in world.judge().unmet if one.code == Code.EFFECT_STALE]
    assert all(says in one.says for says in STALE)
    assert one.who == ("ops-lead",)
    assert one.how == f"metricgov effect chg-{CHANGE[-6:].lower()}"


def test_an_effect_that_nobody_asks_for_may_be_old() -> None:
    """Without an engine, or where the policy asks for none, staleness stops nothing; what it warns of does."""
    world = World()
    world.propose(contents=proposal(effect_differs=STALE))
    evaluated(world, TINY)
    assert Code.EFFECT_STALE not in world.unmet()
    assert blocked(world) == {"W04"}


def test_an_override_stands_in_for_both() -> None:
    """INV-15: what two people waive is named."""
    world = bound(TINY, effect_differs=STALE)
    for person in ("crm-lead", "head-of-marketing"):
        world.do(person, c.Override(seen=world.seen(), reason="the board"))
    verdict = world.judge()
    assert verdict.allowed
    assert {Code.EFFECT_STALE, Code.EFFECT_BLOCKED} <= {one.code for one in verdict.waived}


def test_the_same_evidence_is_recorded_once() -> None:
    """A repetition writes nothing; the digest names the bytes that were kept."""
    world = bound(TINY)
    events = len(world.log)
    evaluated(world, TINY)
    assert len(world.log) == events
    effect = world.state().effect
    assert effect is not None
    assert effect.evidence == sha256_hex(b"{}")
