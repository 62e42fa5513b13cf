"""A world before the first review: requests, drafts, reverts, and a review of something else that is overdue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.overriding import ReviewDue
from metricgov.domain.workflow.state import absent
from metricgov.domain.workflow.vocabulary import ENDED, Stage
from model.agreeing import DATING, DEFINITIONS, FIRST, GOVERNANCE, SAID, SECOND, landing, whole
from model.apart import ANN, BEA, CEM, CLOCK, DUE_TICK, LAST_TICK, PEOPLE
from model.exploring import Node, Try, World, begun
from unit.workflow.world import CHANGE, OTHER

APPLIED = replace(begun(DATING, SAID).state, change=OTHER, folded=Stage.APPLIED)
"""Another change of the same definitions, which is on main."""
OVERDUE = ReviewDue("01J9ZQ4N8T6V3W2X1Y0RK7M2P9", (FIRST, SECOND), CLOCK[LAST_TICK], (ANN, BEA), (CEM,))
ELSEWHERE = "metric:third"
EARLY = {Stage.ABSENT, Stage.REQUESTED, Stage.DRAFT}

ARCS: dict[Stage, set[Stage]] = {
    Stage.ABSENT: {Stage.REQUESTED, Stage.DRAFT, Stage.IN_REVIEW},
    Stage.REQUESTED: {Stage.DRAFT, Stage.IN_REVIEW, Stage.DECLINED, Stage.WITHDRAWN, Stage.SUPERSEDED},
    Stage.DRAFT: {Stage.DRAFT, Stage.IN_REVIEW, Stage.WITHDRAWN, Stage.SUPERSEDED},
    Stage.IN_REVIEW: {Stage.IN_REVIEW, Stage.APPLYING, Stage.WITHDRAWN, Stage.SUPERSEDED, Stage.EXPIRED},
    Stage.APPLYING: {Stage.APPLIED, Stage.IN_REVIEW},
}
"""Where each folded stage may lead, by model.md."""


def tries(node: Node) -> Iterator[Try]:
    """What begins a change, and the shortest ways on from there."""
    seen = node.seen
    other = replace(node, contents="y" if node.contents == "x" else "x")
    for definition in (FIRST, ELSEWHERE):
        yield ANN, c.Request(change=CHANGE, definition=definition, why="it is wrong", refs=("T-1",)), node
    yield "stranger", c.Request(change=CHANGE, definition=FIRST, why="it is wrong"), node
    for person in (*PEOPLE, "stranger"):
        yield person, c.Decline(reason="it is right"), node
        yield person, c.Withdraw(), node
    for person in PEOPLE:
        for submit in (True, False):
            yield person, c.Create(change=CHANGE, claims=SAID, submit=submit), node
        yield person, c.Revise(claims=SAID), other
        yield person, c.Submit(claims=SAID), node
    for submit in (True, False):
        yield ANN, c.Revert(change=CHANGE, claims=SAID, submit=submit), node
    for person in (BEA, CEM):
        yield person, c.Approve(seen=seen), node
    yield ANN, c.Supersede(), node
    yield "", c.Expire(), node
    yield from landing(node)


def may_land(node: Node) -> bool:
    """Say whether a change may be applied: agreed to, on a day on which nothing else is overdue."""
    return node.state.folded is Stage.IN_REVIEW and node.tick == DUE_TICK and whole(node)


def law(before: Node, actor: str, command: c.Command, after: Node) -> None:
    """Hold a step to INV-01, INV-05, INV-08, INV-11, INV-12 and INV-15."""
    one, two = before.state, after.state
    assert one.folded not in ENDED, "an end was left (INV-11)"
    assert two.folded in ARCS[one.folded], (one.folded, two.folded)
    assert one.contributors <= two.contributors
    said = two.draft or two.revision
    match command:
        case c.Request():
            assert one.folded is Stage.ABSENT
            assert actor in PEOPLE
        case c.Decline():
            assert one.folded is Stage.REQUESTED
            assert actor in (PEOPLE if one.definition == FIRST else {BEA, CEM, ANN})
        case c.Create() | c.Revert():
            assert one.folded in {Stage.ABSENT, Stage.REQUESTED}
            assert one.definition != ELSEWHERE or isinstance(command, c.Revert), "it changes what nobody asked about"
            assert said is not None
            assert actor in said.contributors
            assert (two.reverts == OTHER) is isinstance(command, c.Revert)
            if one.folded is Stage.REQUESTED and isinstance(command, c.Create):
                assert (said.requested_by, said.implemented_by, said.refs) == (one.created_by, actor, one.refs)
        case c.Submit():
            assert one.folded is Stage.DRAFT, "only a draft is submitted"
        case c.Revise():
            assert one.folded in {Stage.DRAFT, Stage.IN_REVIEW}
        case c.Approve():
            assert actor in {BEA, CEM} - one.contributors
        case c.Withdraw():
            assert actor in one.contributors | {one.created_by}
        case c.Apply():
            assert may_land(before), "applied without everything"
        case c.Expire():
            assert one.folded is Stage.IN_REVIEW, "a draft does not expire"
            assert before.tick == LAST_TICK
        case _:
            pass


def holds(node: Node) -> None:
    """Hold a state to what must be so."""
    state = node.state
    assert (state.cycle == 0) == (not state.revisions)
    assert state.folded not in EARLY or not state.decisions
    if state.folded in EARLY:
        assert not BEGINNINGS.judged(node).allowed, "nothing was ever looked at (INV-07)"
    elif state.folded is Stage.IN_REVIEW:
        judgement = BEGINNINGS.judged(node)
        assert judgement.allowed is may_land(node), judgement.unmet


BEGINNINGS = World(
    name="beginnings",
    governance=GOVERNANCE,
    definitions=DEFINITIONS,
    tries=tries,
    law=law,
    holds=holds,
    first=lambda: Node(absent(CHANGE)),
    drifts=(),
    reviews=(OVERDUE,),
    other=APPLIED,
)
