"""A world in which places are lent, handed over and passed on, and people are asked; its laws, told again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metricgov.domain.changes.findings import ChangeClass
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.admit import inadmissible
from metricgov.domain.workflow.delegations import Delegation
from metricgov.domain.workflow.envelope import Actor, Identity
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.state import ChangeState, Decision
from metricgov.domain.workflow.typed import Event
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Verdict
from model.agreeing import COUNCIL, FIRST, OTHERS, SECOND, landing, objected, raci
from model.apart import ANN, BEA, CEM, CLOCK, PEOPLE
from model.exploring import Node, Try, World, begun
from unit.workflow.world import TIP, governance, touched

HOLDS = {FIRST: BEA, SECOND: CEM}
"""Who is accountable; the other of the two is deputy, and asked about it."""
LENT_UNTIL = CLOCK[2]
SLOWEST = {0: 1, 1: 3, 2: 3, 3: 4}
"""From which tick on the time to answer is over, by the tick since which somebody has it: both spans end between."""

RACI = raci()
RACI["entries"][0] |= {"consulted": [CEM]}
RACI["entries"][1] |= {"consulted": [BEA]}
GOVERNANCE = governance(
    people=PEOPLE,
    teams=COUNCIL,
    raci=RACI,
    policy={
        "classes": {"compatible": {"consulted": "heard"}},
        "consulted_days": 3,
        "respond_days": 5,
        "expire_days": 0,
    },
)
DEFINITIONS = (
    touched(ChangeClass.COMPATIBLE, subject=Subject("metric:first", domain="one"), path="metrics/one/first.yaml"),
    touched(ChangeClass.COMPATIBLE, subject=Subject("metric:second", domain="two"), path="metrics/two/second.yaml"),
)
SAID = c.Claims(why="it also counts returns")


def _lent(letter: str, giver: str, to: str) -> Delegation:
    return Delegation(
        id=f"01J9ZQ4N8T6V3W2X1Y0RK7M2D{letter}",
        giver=giver,
        to=to,
        match=None,
        starts=CLOCK[0],
        ends=LENT_UNTIL,
        reason="away",
        principal=giver,
        identity=Identity.HOST,
        seq=0,
        at=CLOCK[0],
    )


def standing_in(node: Node) -> Iterator[Try]:
    """What people say in their own name and in another's, while that is lent and afterwards; who is reminded."""
    seen = node.seen
    for person, other in OTHERS.items():
        mine, theirs = _whose(person)
        yield person, c.Approve(seen=seen), node
        yield person, c.Approve(seen=seen, definitions=mine), node
        yield person, c.Approve(seen=seen, definitions=theirs, on_behalf_of=other), node
        yield person, c.Acknowledge(seen=seen), node
        yield person, c.Acknowledge(seen=seen, on_behalf_of=other), node
        yield person, c.WithdrawDecision(), node
    yield ANN, c.Approve(seen=seen), node
    yield ANN, c.Approve(seen=seen, on_behalf_of=BEA), node
    yield ANN, c.Acknowledge(seen=seen), node
    yield "", c.Remind(), node
    yield from _contents(node)


def handing_on(node: Node) -> Iterator[Try]:
    """How places pass from one to the other, by their hand or because nobody answers."""
    seen = node.seen
    for person, other in OTHERS.items():
        yield person, c.Approve(seen=seen, definitions=_whose(person)[0]), node
        yield person, c.WithdrawDecision(), node
        for to in (person, other, ANN):
            yield person, c.Reassign(to=to, reason="away"), node
    yield ANN, c.Reassign(to=BEA, reason="away"), node
    yield "stranger", c.Reassign(to=BEA, reason="away"), node
    yield "", c.Escalate(), node
    yield from _contents(node)


def _whose(person: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return what a person is accountable for, and what the other one is."""
    return ((FIRST,), (SECOND,)) if person == BEA else ((SECOND,), (FIRST,))


def _contents(node: Node) -> Iterator[Try]:
    for person in PEOPLE:
        yield person, c.Revise(claims=SAID), replace(node, contents="y" if node.contents == "x" else "x")
    yield from landing(node)


def _tick(at: str) -> int:
    return CLOCK.index(at)


def _now(state: ChangeState) -> list[Decision]:
    """Return the decisions on what is under review, in order."""
    found = (one for one in state.decisions if (one.revision, one.cycle) == (len(state.revisions), state.cycle))
    return sorted(found, key=lambda one: one.seq)


def deciders(state: ChangeState, definition: str) -> set[str]:
    """Return whose approval fills the accountable's place of a definition."""
    free = set(OTHERS) - state.contributors
    holder = HOLDS[definition] if HOLDS[definition] in free else OTHERS[HOLDS[definition]]
    if holder not in free:
        return set()
    since, asked = 0, _tick(state.submitted_at)
    for one in state.reassignments:
        if one.giver == holder and one.principal in free and one.to in free:
            holder, since, asked = one.to, one.seq, max(asked, _tick(one.at))
    heir = OTHERS[holder]
    answered = [
        one.seq
        for one in _now(state)
        if one.verdict in {Verdict.APPROVE, Verdict.REQUEST_CHANGES}
        and one.principal == holder
        and one.about(definition)
    ]
    went = [
        one
        for one in state.escalations
        if one.seq > since and (one.giver, one.to) == (holder, heir) and _tick(one.at) >= SLOWEST[asked]
    ]
    passed = heir in free and any(all(seq > one.seq for seq in answered) for one in went[:1])
    return {holder, heir} if passed else {holder}


def decided(state: ChangeState, definition: str) -> bool:
    """Say whether somebody approved a definition who holds its place, themself or by who stands in for them."""
    return any(
        one.verdict is Verdict.APPROVE
        and one.about(definition)
        and one.principal not in state.contributors
        and (one.on_behalf_of or one.principal) in deciders(state, definition)
        and (not one.on_behalf_of or one.on_behalf_of not in state.contributors)
        and (not one.on_behalf_of or one.at <= LENT_UNTIL)
        for one in _now(state)
    )


def heard(node: Node, definition: str) -> bool:
    """Say whether who is asked about a definition answered, wrote it, or let their time pass."""
    state, asked = node.state, OTHERS[HOLDS[definition]]
    if asked in state.contributors or node.tick >= SLOWEST[_tick(state.submitted_at)]:
        return True
    return any(
        one.about(definition)
        and (
            one.principal == asked
            or (
                one.on_behalf_of == asked
                and one.at <= LENT_UNTIL
                and not {one.principal, asked} & state.contributors
            )
        )
        for one in _now(state)
    )  # fmt: skip


def may_land(node: Node) -> bool:
    """Say whether a change may be applied."""
    state = node.state
    fits = state.digest == HANDING_ON.contents(node.base, node.contents).changes.digest
    ready = state.folded is Stage.IN_REVIEW and fits and not objected(node)
    return ready and all(decided(state, one) and heard(node, one) for one in HOLDS)


def law(before: Node, actor: str, command: c.Command, after: Node) -> None:
    """Hold a step to INV-05, INV-06, INV-08, INV-16 and INV-24."""
    one, two = before.state, after.state
    assert one.folded not in ENDED, "an end was left"
    assert one.contributors <= two.contributors
    assert one.reassignments == two.reassignments[: len(one.reassignments)]
    assert one.reminded <= two.reminded or isinstance(command, c.Revise)
    match command:
        case c.Approve():
            assert actor in OTHERS
            assert not {actor, command.on_behalf_of} & one.contributors
            assert command.on_behalf_of is None or before.now <= LENT_UNTIL, "a delegation that is over"
        case c.Acknowledge():
            assert actor in OTHERS
            assert command.on_behalf_of is None or before.now <= LENT_UNTIL, "a delegation that is over"
        case c.Reassign():
            assert actor in set(OTHERS) - one.contributors
            assert command.to in set(OTHERS) - one.contributors, "handed to who wrote it"
            assert all(command.to in deciders(two, name) for name in HOLDS), "handed over, and not theirs"
        case c.Escalate():
            late = [name for name in HOLDS if deciders(two, name) > deciders(one, name)]
            assert late, "passed on to nobody"
            assert not all(decided(one, name) for name in late), "passed on although it was answered"
        case c.Remind():
            assert two.reminded > one.reminded, "reminded of nothing new"
        case c.Apply():
            assert may_land(before), "applied without everything"
        case _:
            pass


def holds(world: World, node: Node) -> None:
    """Hold the judgement on a state to what is told here."""
    state = node.state
    if state.folded is not Stage.IN_REVIEW:
        return
    judgement = world.judged(node)
    assert judgement.allowed is may_land(node), judgement.unmet
    names = {name for vote in judgement.approvals for name in (vote.principal, vote.holder)}
    assert not names & state.contributors
    went = e.Escalated(giver=BEA, to=CEM, due=CLOCK[3])
    forged = Event("escalated", went, state.last_seq + 1, state.change, Actor(""), node.now, TIP)
    early = node.tick < SLOWEST[_tick(state.submitted_at)]
    assert bool(inadmissible(state, forged)) is early, "passed on before its time (INV-24)"


STANDING_IN = World(
    name="standing in",
    governance=GOVERNANCE,
    definitions=DEFINITIONS,
    tries=standing_in,
    law=law,
    holds=lambda node: holds(STANDING_IN, node),
    first=lambda: begun(STANDING_IN, SAID),
    drifts=(),
    delegations=(_lent("1", BEA, CEM), _lent("2", CEM, BEA)),
)
HANDING_ON = World(
    name="handing on",
    governance=GOVERNANCE,
    definitions=DEFINITIONS,
    tries=handing_on,
    law=law,
    holds=lambda node: holds(HANDING_ON, node),
    first=lambda: begun(HANDING_ON, SAID),
    ticks=(0, 1, 3),
    drifts=(),
)
