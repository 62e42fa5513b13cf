"""A world of overrides, verdicts on single definitions, and what follows an applied change; its laws, told again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.state import Override
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Verdict
from model.agreeing import DEFINITIONS, FIRST, GOVERNANCE, NO, SAID, SECOND, exact, landing
from model.apart import ANN, BEA, CEM, DUE_TICK, PEOPLE
from model.exploring import Node, Try, World, begun

BYTES = "c" * 64
"""Bytes that nothing needs."""


def tries(node: Node) -> Iterator[Try]:
    """What two people do in an emergency, what others say meanwhile, and what comes after."""
    seen = node.seen
    for person in (*PEOPLE, "stranger"):
        yield person, c.Override(seen=seen, reason="at noon"), node
        yield person, c.ReviewOverride(reason="it was right"), node
        yield person, c.Redact(blobs=(BYTES,), reason="a name"), node
    yield ANN, c.Redact(blobs=tuple(one.sha256 for one in _before(node)), reason="gone"), node
    yield BEA, c.Redact(blobs=tuple(one.sha256 for one in _before(node)), reason="gone"), node
    for person in (BEA, CEM):
        yield person, c.ReviewOverride(reason="it was wrong", revert="01J9ZQ4N8T6V3W2X1Y0RK7M2P7"), node
        yield person, c.Approve(seen=seen), node
        own, other = (FIRST, SECOND) if person == BEA else (SECOND, FIRST)
        yield person, c.Approve(seen=seen, definitions=(own,)), node
        yield person, c.RequestChanges(seen=seen, reason=NO, definitions=(other,)), node
        yield person, c.WithdrawDecision(), node
        yield person, c.Revise(claims=SAID), replace(node, contents="y")
    yield ANN, c.WithdrawDecision(), node
    yield ANN, c.Revise(claims=SAID), replace(node, contents="y")
    yield ANN, c.Withdraw(), node
    yield from landing(node)


def _before(node: Node) -> tuple[object, ...]:
    """Return the bytes that stood on main before the change."""
    return tuple(edit.before for one in node.state.revisions[:1] for edit in one.edits if edit.before)


def two_people(node: Node) -> Override | None:
    """Return the override that counts, told a second time: two people, one of weight among those who did not write."""
    state, one = node.state, node.state.override
    if one is None or one.confirmed is None or (one.revision, one.cycle) != (len(state.revisions), state.cycle):
        return None
    first, second = one.called.principal, one.confirmed.principal
    free = {first, second} - state.contributors
    return one if first != second and second in free and free & {BEA, CEM} else None


def agreed_on(node: Node, definition: str) -> set[str]:
    """Return who approved one definition of what is under review, and wrote none of it."""
    state = node.state
    return {
        one.principal
        for one in state.decisions
        if one.verdict is Verdict.APPROVE
        and (one.revision, one.cycle) == (len(state.revisions), state.cycle)
        and (not one.definitions or definition in one.definitions)
    } - state.contributors


def may_land(node: Node) -> bool:
    """Say whether it may be applied: by everybody on every definition, or by two people; objections outrank both."""
    state = node.state
    objects = any(one.verdict is Verdict.REQUEST_CHANGES for one in state.decisions)
    everybody = all(agreed_on(node, one) == {BEA, CEM} for one in (FIRST, SECOND))
    ready = state.folded is Stage.IN_REVIEW and exact(node) and not objects
    return ready and (everybody or two_people(node) is not None)


def law(before: Node, actor: str, command: c.Command, after: Node) -> None:
    """Hold a step to INV-01, INV-02, INV-04, INV-05, INV-06 and INV-15."""
    one, two = before.state, after.state
    per_definition = [(d.principal, name) for d in two.decisions for name in d.definitions or (FIRST, SECOND)]
    assert len(set(per_definition)) == len(per_definition), "two decisions of one person on one definition"
    assert one.contributors <= two.contributors
    match command:
        case c.Apply():
            assert may_land(before), "applied without everything"
        case c.Override() if two.override and two.override.confirmed:
            assert two_people(after), "a second person who may not"
            assert set(PEOPLE) - two.override.people - two.contributors, "nobody is left to look at it"
        case c.ReviewOverride():
            assert one.folded is Stage.APPLIED
            assert one.override is not None
            assert actor in {BEA, CEM} - one.override.people - one.contributors
            assert one.override.reviewed is None, "reviewed twice"
        case c.Redact():
            assert one.folded in ENDED, "bytes of an open change"
            assert actor in {BEA, CEM} - one.contributors
            assert command.blobs == (BYTES,), "bytes that stood on main"
        case _:
            assert one.folded not in ENDED, "an end was left"
    assert two.folded is one.folded or one.folded not in ENDED, "an end was left"


def holds(node: Node) -> None:
    """Hold the judgement on a state to what is told here."""
    if node.state.folded is Stage.IN_REVIEW:
        judgement = EMERGENCIES.judged(node)
        assert judgement.allowed is may_land(node), judgement.unmet
        assert (judgement.override is not None) is (two_people(node) is not None)


EMERGENCIES = World(
    name="emergencies",
    governance=GOVERNANCE,
    definitions=DEFINITIONS,
    tries=tries,
    law=law,
    holds=holds,
    first=lambda: begun(EMERGENCIES, SAID, tick=DUE_TICK),
    ticks=(DUE_TICK,),
    drifts=(),
    goes_on=True,
)
