"""Overrides and verdicts on single definitions, in every order of commands within a few steps, against an oracle."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import pytest

from metricgov.domain.workflow import breaking_glass, overriding
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.context import Context
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.state import Override
from metricgov.domain.workflow.typed import foresee
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Verdict
from model.every_state import ANN, BEA, CEM, DEFINITIONS, SAID, Node, begin, contents, context, remembering, verdict_on

FIRST, SECOND = (one.id for one in DEFINITIONS)
SUBJECTS = tuple(one.before for one in DEFINITIONS if isinstance(one.before, Subject))
DEPTH = 4


@pytest.fixture(autouse=True)
def _remembering() -> Iterator[None]:
    with remembering():
        yield


def around(node: Node, actor: str) -> Context:
    found = context(node.base, node.contents, node.tick, actor)
    return replace(found, actor=Actor(actor), subjects=SUBJECTS)


def tries(node: Node) -> Iterator[tuple[str, c.Command, Node]]:
    """Yield what is tried everywhere: who, what, and the trees it is tried on."""
    state = node.state
    seen = c.Seen(revision=len(state.revisions) or 1, cycle=state.cycle or 1, digest=state.digest or "0" * 64)
    for person in (ANN, BEA, CEM, "stranger"):
        yield person, c.Override(seen=seen, reason="at noon"), node
        yield person, c.ReviewOverride(reason="it was right"), node
    for person in (BEA, CEM):
        yield person, c.Approve(seen=seen), node
        yield person, c.Approve(seen=seen, definitions=(FIRST,)), node
        yield person, c.RequestChanges(seen=seen, reason="no", definitions=(SECOND,)), node
        yield person, c.WithdrawDecision(), node
    yield ANN, c.WithdrawDecision(), node
    yield ANN, c.Revise(claims=SAID), replace(node, contents="y")
    yield BEA, c.Revise(claims=SAID), replace(node, contents="y")
    yield ANN, c.Apply(), node
    yield "", c.FinishApply(commit="b" * 40), node
    yield "", c.AbandonApply(reason="lost the race"), node


def taken(node: Node, actor: str, command: c.Command, tried: Node) -> Node | None:
    """Return the node after a command, None where it is refused or changes nothing."""
    try:
        drafts = decide(node.state, command, around(tried, actor))
    except RefusedUnmet:
        return None
    state = node.state
    for draft in drafts:
        state = evolve(state, foresee(draft, state.last_seq + 1))
    return replace(tried, state=state) if drafts else None


def key(node: Node) -> object:
    """Return what tells states apart here, places in the journal aside."""
    one, over = node.state, node.state.override
    said = frozenset((d.principal, d.verdict, d.revision, d.cycle, d.definitions) for d in one.decisions)
    called = over and (over.revision, over.cycle, over.called.principal, over.confirmed and over.confirmed.principal)
    return (
        node.contents,
        one.folded,
        one.cycle,
        len(one.revisions),
        one.contributors,
        said,
        called,
        over and over.outcome,
    )


def two_people(node: Node) -> Override | None:
    """Return the override that counts, told a second time: two people, one of weight among those who did not write."""
    state, one = node.state, node.state.override
    if one is None or one.confirmed is None or (one.revision, one.cycle) != (len(state.revisions), state.cycle):
        return None
    first, second = one.called.principal, one.confirmed.principal
    free = {first, second} - state.contributors
    return one if first != second and second in free and free & {BEA, CEM} else None


def agreed(node: Node, definition: str) -> set[str]:
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
    fits = state.revisions[-1].digest == contents(node.base, node.contents).changes.digest
    everybody = all(agreed(node, one) == {BEA, CEM} for one in (FIRST, SECOND))
    return state.folded is Stage.IN_REVIEW and fits and not objects and (everybody or two_people(node) is not None)


def laws(before: Node, actor: str, command: c.Command, after: Node) -> None:
    one, two = before.state, after.state
    per_definition = [(d.principal, name) for d in two.decisions for name in d.definitions or (FIRST, SECOND)]
    assert len(set(per_definition)) == len(per_definition), "two decisions of one person on one definition"
    assert one.contributors <= two.contributors
    match command:
        case c.Apply():
            assert may_land(before)
        case c.Override() if two.override and two.override.confirmed:
            assert two_people(after), "a second person who may not"
            assert {ANN, BEA, CEM} - two.override.people - two.contributors, "nobody is left to look at it"
        case c.ReviewOverride():
            assert one.folded is Stage.APPLIED
            assert one.override
            assert actor not in one.override.people | one.contributors
            assert one.override.reviewed is None
        case _:
            assert one.folded not in ENDED, "an end was left"
    if two.folded is Stage.IN_REVIEW:
        judgement = verdict_on(after)
        assert judgement.allowed is may_land(after), (command, judgement.unmet)
        assert (judgement.override is not None) is (two_people(after) is not None)


def explore() -> tuple[int, int]:
    """Visit every state within so many steps of the day on which nothing but people is missing; count states, steps."""
    start = replace(begin(), tick=2)
    known, queue, steps = {key(start)}, deque([(start, 0)]), 0
    while queue:
        node, length = queue.popleft()
        if length == DEPTH:
            continue
        for actor, command, tried in tries(node):
            after = taken(node, actor, command, tried)
            if after is None:
                continue
            steps += 1
            laws(node, actor, command, after)
            if len(after.state.revisions) <= 2 and key(after) not in known:
                known.add(key(after))
                queue.append((after, length + 1))
    return len(known), steps


def test_every_order_keeps_the_laws(capsys: pytest.CaptureFixture[str]) -> None:
    """INV-01, INV-02, INV-04, INV-05, INV-06, INV-15: told twice, and in no way alike."""
    states, steps = explore()
    with capsys.disabled():
        print(f"\n  {states:,} states, {steps:,} steps taken; {DEPTH} steps, 2 revisions")
    assert states > 500


GUARDS = ["second", "review", "objection"]


@pytest.mark.parametrize("guard", GUARDS)
def test_no_guard_can_go(guard: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-15: with one of them taken away, a law fails."""
    match guard:
        case "second":
            monkeypatch.setattr(breaking_glass, "_people", lambda *_: [])
            monkeypatch.setattr(overriding, "_why_not", lambda *_: "")
        case "review":
            monkeypatch.setattr(breaking_glass, "_left", lambda *_: ("somebody",))
        case "objection":
            monkeypatch.setattr("metricgov.domain.workflow.judge.WAIVED", overriding.WAIVED | {"objection"})
    with pytest.raises(AssertionError):
        explore()
