"""Every state of every small world keeps its laws, and every command is in one of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.vocabulary import ENDED, Stage
from model.agreeing import DATING, DISCUSSING, SAID
from model.apart import ANN, PEOPLE
from model.exploring import Bound, Explored, Node, World, explore, forget, key, remembering, step
from model.worlds import EVERY, TAKEN


@pytest.fixture(autouse=True)
def _remembering() -> Iterator[None]:
    with remembering():
        yield


Tell = Callable[[str, object], None]


def told(found: Explored, bound: Bound, record_property: Tell) -> None:
    """Have the end of the test run say how far this went (tests/conftest.py)."""
    record_property("explored", f"{found}: {bound}; {found.beyond:,} steps led out of it")


@pytest.mark.slow
@pytest.mark.parametrize("world", TAKEN, ids=lambda world: world.name.replace(" ", "-"))
def test_every_state_keeps_the_laws(world: World, record_property: Tell) -> None:
    """INV-01 to INV-08, INV-11, INV-12, INV-14 to INV-17, INV-20, INV-24: every order of commands, told twice."""
    found = explore(world, Bound())
    told(found, Bound(), record_property)
    assert found.whole
    assert found.given == TAKEN[world]
    assert found.states > 1000
    for node in found.stuck:
        goes_nowhere(world, node)


def goes_nowhere(world: World, node: Node) -> None:
    """INV-07: only what ended, or what nobody is left to approve, never reaches main."""
    state = node.state
    if state.folded in ENDED:
        return
    unmet = {one.code for one in world.judged(node).unmet}
    assert Code.NOBODY_CAN_APPROVE in unmet or state.contributors == set(PEOPLE), (state.folded, unmet)


def test_every_command_is_in_a_world() -> None:
    """INV-12: whoever adds a command says in which small world it is tried, or this turns red."""
    assert set().union(*TAKEN.values()) == EVERY


@pytest.mark.parametrize("world", TAKEN, ids=lambda world: world.name.replace(" ", "-"))
def test_states_that_look_alike_behave_alike(world: World) -> None:
    """What the exploration leaves out of account makes no difference: the same judgement, the same ways on."""
    alike: dict[Any, list[Node]] = defaultdict(list)

    def collect(node: Node, name: Any) -> None:
        if len(alike[name]) < 3 and (node.state.folded not in ENDED or world.goes_on):
            alike[name].append(node)

    explore(world, Bound(), depth=3, met=collect)
    pairs = [(name, nodes) for name, nodes in alike.items() if len(nodes) > 1]
    assert len(pairs) > 20
    for name, nodes in pairs[:: max(1, len(pairs) // 60)]:
        first, *others = [ways_on(world, node) for node in nodes]
        assert all(other == first for other in others), name


def ways_on(world: World, node: Node) -> tuple[bool, frozenset[Any]]:
    """Return whether a state may be applied, and what it may become."""
    forget()
    nexts = (step(world, node, actor, command, tried) for actor, command, tried in world.tries(node))
    return world.judged(node).allowed, frozenset(key(world, one) for one in nexts if one is not None)


@pytest.mark.parametrize("world", [DISCUSSING, DATING], ids=lambda world: world.name.replace(" ", "-"))
def test_from_everywhere_somebody_can_go_on(world: World) -> None:
    """INV-07, INV-17: doing what the unmet requirements say, by whom they name, always ends in an applied change."""
    found: list[Node] = []
    explore(world, Bound(), depth=3, on=found.append)
    driven = 0
    for node in found:
        state = node.state
        if state.folded in ENDED or len(state.contributors) > 1 or len(state.revisions) == 2:
            continue
        drive(world, node)
        driven += 1
    assert driven >= 20


def drive(world: World, node: Node) -> None:
    """Follow the requirements until the change is applied."""
    for _ in range(20):
        forget()
        state = node.state
        if state.stage is Stage.APPLYING:
            done = step(world, node, "", c.FinishApply(commit="b" * 40))
            assert done is not None
            assert done.state.stage is Stage.APPLIED
            return
        judgement = world.judged(node)
        if judgement.unmet and all(
            one.code in {"not_yet_effective", "not_yet_due", "frozen"} for one in judgement.unmet
        ):
            node = Node(state, node.base, node.contents, node.tick + 1)
            continue
        actor, command = (ANN, c.Apply()) if judgement.allowed else follow(node, judgement)
        after = step(world, node, actor, command)
        assert after is not None, (actor, command, judgement.unmet)
        node = after
    raise AssertionError(f"no end from {key(world, node)}")


def follow(node: Node, judgement: Judgement) -> tuple[str, c.Command]:
    """Return what the first requirement that a person can meet says, and by whom."""
    if node.state.stage is Stage.CONFLICTED:
        return ANN, c.Rebase(claims=SAID)
    first = next(one for one in judgement.unmet if one.who)
    person = first.who[0]
    match first.code:
        case Code.OBJECTION:
            return person, c.WithdrawDecision()
        case Code.CONSULTED:
            return person, c.Acknowledge(seen=node.seen)
        case Code.BASE_MOVED:
            return person, c.Rebase(claims=SAID)
        case Code.SUSPENDED:
            return person, c.Unschedule(reason="again")
        case _:
            assert str(first.code).startswith("approval_"), first
            return person, c.Approve(seen=node.seen)


@pytest.mark.parametrize("ended", sorted(ENDED))
def test_nothing_leaves_an_end(ended: Stage) -> None:
    """INV-11: every command of every world is refused, but for what looks back at what was applied."""
    for world in TAKEN:
        if world.goes_on:
            continue
        node = world.first()
        node = replace(node, state=replace(node.state, folded=ended))
        for actor, command, tried in world.tries(node):
            assert step(world, node, actor, command, tried) is None, (world.name, command)
