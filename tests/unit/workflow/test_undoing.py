"""Reverting and superseding: what a revert is found to be, and from where a change can give way to another."""

from __future__ import annotations

from dataclasses import replace

import pytest

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.proposal import Purity
from metricgov.domain.workflow.vocabulary import Stage
from unit.workflow.world import CHANGE, CLAIMS, OTHER, World, proposal

PURE, MORE = Purity(OTHER), Purity(OTHER, ("metric:routing_speed differs in title",))


def landed(world: World) -> None:
    """Apply a change under OTHER."""
    world.propose(change=OTHER)
    world.acknowledge("sales-ann", change=OTHER)
    world.approve("crm-lead", "head-of-marketing", change=OTHER)
    world.do("stranger", c.Apply(), OTHER)
    world.do("", c.FinishApply(commit="c" * 40), OTHER)


@pytest.mark.parametrize("purity", [PURE, MORE], ids=["pure", "not pure"])
def test_what_a_revert_is_stands_beside_it(purity: Purity) -> None:
    """Recorded at submission, said to approvers, and no approval less."""
    world = World()
    landed(world)
    contents = replace(proposal(before="new", after="old"), purity=purity)
    world.contents[CHANGE] = contents
    state = world.do("ops-lead", c.Revert(change=CHANGE, claims=CLAIMS), other=world.state(OTHER))
    assert state.revisions[-1].pure_revert is purity.pure
    judgement = world.judge()
    assert judgement.purity == purity
    assert {str(one.code) for one in judgement.unmet} == {"approval_accountable", "approval_council", "consulted"}
    assert any(("pure revert of" in note) is purity.pure and "revert" in note for note in judgement.notes)


def test_a_record_that_calls_it_pure_is_not_believed() -> None:
    """INV-08: what was written at submission is compared with what the bytes say."""
    world = World()
    landed(world)
    world.contents[CHANGE] = replace(proposal(before="new", after="old"), purity=PURE)
    world.do("ops-lead", c.Revert(change=CHANGE, claims=CLAIMS), other=world.state(OTHER))
    found = world.judge(contents=replace(world.contents[CHANGE], purity=MORE))
    assert found.purity == MORE
    assert "it was recorded as a pure revert, and is none" in found.notes


@pytest.mark.parametrize("stage", [Stage.DRAFT, Stage.CONFLICTED, Stage.IN_REVIEW])
def test_it_gives_way_from_every_open_stage(stage: Stage) -> None:
    """INV-11: superseded is an end of its own, and names what took its place."""
    world = World()
    world.propose(submit=stage is not Stage.DRAFT)
    if stage is Stage.CONFLICTED:
        world.do("", c.MarkConflicted(), proposal=proposal(before="moved"))
    world.propose(change=OTHER)
    assert world.state().stage is stage
    state = world.do("ops-lead", c.Supersede(reason="both at once"), other=world.state(OTHER))
    assert (state.stage, state.superseded_by) == (Stage.SUPERSEDED, OTHER)


def test_only_its_people_and_the_accountable_end_it_so() -> None:
    """INV-17: the refusal names who can."""
    world = World()
    world.propose()
    world.propose(change=OTHER)
    assert "right" in world.refused("stranger", c.Supersede(), other=world.state(OTHER))
    assert world.do("crm-deputy", c.Supersede(), other=world.state(OTHER)).stage is Stage.SUPERSEDED
