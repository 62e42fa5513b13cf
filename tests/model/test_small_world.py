"""Every order of commands in a world small enough to try them all, held to laws and to an independent oracle."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import pytest

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.context import Context
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.delegations import Delegation
from metricgov.domain.workflow.envelope import Actor, Identity
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.judge import Judgement, judge
from metricgov.domain.workflow.proposal import Proposal
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.state import ChangeState, absent
from metricgov.domain.workflow.typed import foresee
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Verdict
from unit.workflow.world import CHANGE, CLAIMS, REGISTRY, TARGET, TIP, TODAY, governance, proposal

NOW = f"{TODAY}T08:00:00Z"
AUTHOR, A, DEPUTY, CONSULTED, COUNCIL, STRANGER = (
    "ops-lead", "crm-lead", "crm-deputy", "sales-ann", "analytics-lead", "stranger",
)  # fmt: skip
GOVERNANCE = governance(
    teams=[
        {"id": "metrics-council", "title": "Council", "members": [COUNCIL]},
        {"id": "sales-operations", "title": "Sales", "members": [CONSULTED]},
    ]
)

FRIEND, HEIR = "finance-lead", "data-lead"
"""Whom the accountable lets stand in, and whom they may hand the change to."""
LENT = Delegation(
    id="01J9ZQ4N8T6V3W2X1Y0RK7M2D1",
    giver=A,
    to=FRIEND,
    match=None,
    starts=NOW,
    ends="2026-12-31T23:59:59Z",
    reason="away",
    principal=A,
    identity=Identity.HOST,
    seq=0,
    at=NOW,
)

ARCS: dict[Stage, frozenset[Stage]] = {
    Stage.ABSENT: frozenset({Stage.DRAFT, Stage.IN_REVIEW}),
    Stage.DRAFT: frozenset({Stage.IN_REVIEW, Stage.WITHDRAWN}),
    Stage.IN_REVIEW: frozenset(
        {Stage.CHANGES_REQUESTED, Stage.APPLYING, Stage.WITHDRAWN, Stage.REJECTED, Stage.CONFLICTED}
    ),
    Stage.CHANGES_REQUESTED: frozenset({Stage.IN_REVIEW, Stage.WITHDRAWN, Stage.REJECTED, Stage.CONFLICTED}),
    Stage.CONFLICTED: frozenset({Stage.IN_REVIEW, Stage.CHANGES_REQUESTED, Stage.WITHDRAWN}),
    Stage.APPLYING: frozenset({Stage.APPLIED, Stage.IN_REVIEW}),
}
"""model.md, States of a change; the stage itself may always stay."""


@dataclass(frozen=True, slots=True)
class Node:
    """A state of the change, and what the trees hold: which base, which contents."""

    state: ChangeState
    base: str = "old"
    contents: str = "x"

    @property
    def key(self) -> object:
        """What tells this node from others: everything but places in the journal."""
        one = self.state
        return (
            self.base,
            self.contents,
            one.folded,
            one.cycle,
            tuple(revision.digest for revision in one.revisions),
            one.contributors,
            frozenset((d.principal, d.verdict, d.revision, d.cycle, d.on_behalf_of) for d in one.decisions),
            tuple((r.principal, r.giver, r.to) for r in one.reassignments),
        )


@cache
def contents(base: str, after: str) -> Proposal:
    return proposal(before=base, after=after)


def context(node: Node, actor: str) -> Context:
    return Context(
        Actor(actor, Identity.HOST),
        NOW,
        REGISTRY,
        TARGET,
        TIP,
        GOVERNANCE,
        contents(node.base, node.contents),
        delegations=(LENT,),
    )


def verdict_on(node: Node) -> Judgement:
    proposed, place = contents(node.base, node.contents), {"registry": REGISTRY, "target": TARGET}
    return judge(node.state, proposed, GOVERNANCE, now=NOW, delegations=(LENT,), **place)


def moves(node: Node) -> Iterator[tuple[str, c.Command, Node]]:
    """Yield everything somebody could try: who, what, and the trees it is tried on."""
    state = node.state
    seen = c.Seen(revision=len(state.revisions) or 1, cycle=state.cycle or 1, digest=state.digest or "0" * 64)
    for person in (AUTHOR, A, DEPUTY, COUNCIL, STRANGER):
        yield person, c.Approve(seen=seen), node
    yield FRIEND, c.Approve(seen=seen, on_behalf_of=A), node
    yield HEIR, c.Approve(seen=seen), node
    for person, to in ((A, HEIR), (STRANGER, STRANGER), (AUTHOR, FRIEND), (COUNCIL, AUTHOR)):
        yield person, c.Reassign(to=to, reason="away"), node
    for command in (c.Escalate(), c.Remind()):
        yield "", command, node
    for person in (A, CONSULTED):
        yield person, c.RequestChanges(seen=seen, reason="no"), node
        yield person, c.WithdrawDecision(), node
    yield CONSULTED, c.Acknowledge(seen=seen), node
    for person in (A, DEPUTY, STRANGER):
        yield person, c.EndObjection(principal=CONSULTED, reason="settled"), node
    for person, after in ((AUTHOR, "y"), (A, "x")):
        yield person, c.Revise(claims=CLAIMS), replace(node, contents=after)
    yield AUTHOR, c.Submit(claims=CLAIMS), node
    yield DEPUTY, c.Rebase(claims=CLAIMS), node
    yield "", c.MarkConflicted(), replace(node, base="moved")
    yield STRANGER, c.Apply(), node
    yield "", c.FinishApply(commit="b" * 40), node
    yield "", c.AbandonApply(reason="lost the race"), node
    yield AUTHOR, c.Withdraw(), node
    yield A, c.Reject(seen=seen, reason="no"), node
    yield DEPUTY, c.Abstain(seen=seen), node


def step(node: Node, actor: str, command: c.Command, tried: Node) -> Node | None:
    """Return the node after a command, None where it is refused or changes nothing."""
    try:
        drafts = decide(node.state, command, context(tried, actor))
    except RefusedUnmet as refusal:
        assert refusal.unmet
        return None
    if not drafts:
        return None
    state = node.state
    for draft in drafts:
        state = evolve(state, foresee(draft, state.last_seq + 1))
    return replace(tried, state=state)


def begin() -> Node:
    node = Node(absent(CHANGE))
    started = step(node, AUTHOR, c.Create(change=CHANGE, claims=CLAIMS), node)
    assert started is not None
    return started


def explore(depth: int) -> Iterator[tuple[Node, str, c.Command, Node]]:
    """Yield every transition that is reachable in so many steps, each state once."""
    start = begin()
    known = {start.key}
    queue = deque([(start, 0)])
    while queue:
        node, length = queue.popleft()
        if length == depth:
            continue
        for actor, command, tried in moves(node):
            after = step(node, actor, command, tried)
            if after is None:
                continue
            yield node, actor, command, after
            if after.key not in known:
                known.add(after.key)
                queue.append((after, length + 1))


def expected(node: Node) -> bool:
    """Say whether a change may be applied, told a second time from model.md and in no way like the first."""
    state = node.state
    if state.stage is not Stage.IN_REVIEW or not state.revisions:
        return False
    last = state.revisions[-1]
    if last.digest != contents(node.base, node.contents).changes.digest:
        return False
    now = [d for d in state.decisions if d.revision == last.number and d.cycle == state.cycle]
    said = {d.principal for d in now}
    agreed = {d.principal for d in now if d.verdict is Verdict.APPROVE and not d.on_behalf_of} - state.contributors
    lent = {d.principal for d in now if d.verdict is Verdict.APPROVE and d.on_behalf_of == A}
    if lent == {FRIEND} and not {A, FRIEND} & state.contributors:
        agreed |= {A}
    objects = any(d.verdict is Verdict.REQUEST_CHANGES for d in state.decisions)
    decider = next((who for who in (A, DEPUTY, "head-of-marketing", COUNCIL) if who not in state.contributors), None)
    if decider == A and state.reassignments and HEIR not in state.contributors:
        decider = HEIR
    return not objects and decider in agreed and COUNCIL in agreed and CONSULTED in said


def test_every_order_of_commands_keeps_the_laws() -> None:
    """INV-01, INV-02, INV-04, INV-05, INV-06, INV-08, INV-11, INV-20: over all reachable states, not over examples."""
    count = 0
    stages: set[Stage] = set()
    for before, _actor, command, after in explore(5):
        count += 1
        one, two = before.state, after.state
        stages.add(two.stage)
        judgement = verdict_on(after)
        assert two.stage is one.stage or two.stage in ARCS[one.stage], (one.stage, two.stage, command)
        assert one.stage not in ENDED
        assert one.contributors <= two.contributors
        assert one.cycle <= two.cycle <= one.cycle + 1
        assert len({d.principal for d in two.decisions}) == len(two.decisions)
        assert not {name for vote in judgement.approvals for name in (vote.principal, vote.holder)} & two.contributors
        assert len({vote.holder for vote in judgement.approvals}) == len(judgement.approvals)
        assert {(r.principal, r.to) for r in two.reassignments} <= {(A, HEIR)}
        assert not two.escalations
        assert not two.reminded
        assert STRANGER not in {vote.principal for vote in judgement.approvals}
        if two.stage not in (Stage.APPLYING, Stage.CONFLICTED):
            assert judgement.allowed is expected(after), (command, judgement.unmet)
        if two.objections:
            assert not judgement.allowed
        if isinstance(command, c.Apply):
            assert expected(before)
        if two.cycle == one.cycle and isinstance(command, c.EndObjection):
            assert {d.principal for d in one.decisions} - {CONSULTED} == {d.principal for d in two.decisions}
    assert count > 3000
    assert stages >= {Stage.APPLYING, Stage.CONFLICTED, Stage.CHANGES_REQUESTED, Stage.REJECTED, Stage.WITHDRAWN}


def test_from_everywhere_somebody_can_go_on() -> None:
    """INV-07, INV-17: doing what the unmet requirements say, by whom they name, always ends in an applied change."""
    seen: set[object] = set()
    for _before, _actor, _command, after in explore(3):
        if after.key in seen or after.state.stage in ENDED:
            continue
        seen.add(after.key)
        drive(after)
    assert len(seen) > 150


def drive(node: Node) -> None:
    """Follow the requirements until the change is applied."""
    for _ in range(20):
        state = node.state
        if state.stage is Stage.APPLYING:
            done = step(node, "", c.FinishApply(commit="b" * 40), node)
            assert done is not None
            assert done.state.stage is Stage.APPLIED
            return
        judgement = verdict_on(node)
        actor, command = (STRANGER, c.Apply()) if judgement.allowed else follow(node, judgement)
        after = step(node, actor, command, node)
        assert after is not None, (actor, command, judgement.unmet)
        node = after
    raise AssertionError(f"no end from {node.key}")


def follow(node: Node, judgement: Judgement) -> tuple[str, c.Command]:
    state = node.state
    seen = c.Seen(revision=len(state.revisions), cycle=state.cycle, digest=state.digest)
    first = judgement.unmet[0]
    if state.stage is Stage.CONFLICTED:
        return AUTHOR, c.Rebase(claims=CLAIMS)
    assert first.who, first
    person = first.who[0]
    match first.code:
        case "objection":
            return person, c.WithdrawDecision()
        case "consulted":
            return person, c.Acknowledge(seen=seen)
        case "base_moved":
            return person, c.Rebase(claims=CLAIMS)
        case _:
            assert str(first.code).startswith("approval_"), first
            return person, c.Approve(seen=seen)


@pytest.mark.parametrize("ended", sorted(ENDED))
def test_nothing_leaves_an_end(ended: Stage) -> None:
    """INV-11: every command but talk is refused."""
    node = begin()
    node = replace(node, state=replace(node.state, folded=ended))
    for actor, command, tried in moves(node):
        assert step(node, actor, command, tried) is None, command
