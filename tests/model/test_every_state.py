"""Every state of a small world keeps the laws, and no guard can be taken away without one of them failing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from metricgov.domain.workflow import admit, decide, evolve, judge, timing, verdicts
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Plan, record
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.requirements import Code
from metricgov.domain.workflow.vocabulary import REVIEWABLE, Stage
from model.every_state import (
    ANN,
    BEA,
    CEM,
    DUE,
    SAID,
    Bound,
    Node,
    Visited,
    begin,
    remembering,
    step,
    visit,
)

DEPTH = int(os.environ.get("METRICGOV_MODEL_DEPTH", "4"))
"""Steps from the beginning that every run looks at; 0 in the environment: all there are within the bound."""


@pytest.fixture(autouse=True)
def _remembering() -> Iterator[None]:
    with remembering():
        yield


def after(node: Node, *moves: tuple[str, c.Command]) -> Node:
    """Return the node after commands that are all taken."""
    for actor, command in moves:
        found = step(node, actor, command, node)
        assert found is not None, command
        node = found
    return node


def approved() -> Node:
    node = begin()
    seen = c.Seen(revision=1, cycle=1, digest=node.state.digest)
    return after(node, (BEA, c.Approve(seen=seen)), (CEM, c.Approve(seen=seen)))


def scheduled() -> Node:
    return after(approved(), (ANN, c.Schedule(due=DUE)))


def due() -> Node:
    return replace(scheduled(), tick=2)


def broken() -> Node:
    return replace(after(scheduled(), (BEA, c.WithdrawDecision())), tick=2)


def suspended() -> Node:
    return after(broken(), ("", c.Suspend()))


def applying() -> Node:
    return after(due(), ("", c.Apply()))


def conflicted() -> Node:
    return after(replace(approved(), base="moved"), ("", c.MarkConflicted()))


def objected() -> Node:
    node = approved()
    seen = c.Seen(revision=1, cycle=1, digest=node.state.digest)
    return replace(after(node, (ANN, c.RequestChanges(seen=seen, reason="my own mistake"))), tick=2)


def ready() -> Node:
    return replace(approved(), tick=2)


def old() -> Node:
    """Everybody agreed, and then came other contents."""
    node = approved()
    found = step(node, ANN, c.Revise(claims=SAID), replace(node, contents="y"))
    assert found is not None
    return found


def late() -> Node:
    return replace(begin(), tick=3)


def written_by_two() -> Node:
    node = begin()
    found = step(node, BEA, c.Revise(claims=SAID), replace(node, contents="y"))
    assert found is not None
    return found


STARTS = (approved, scheduled, due, broken, suspended, applying, conflicted, objected, ready, old, late, written_by_two)
"""Places from which every guard is few steps away."""


def test_every_state_keeps_the_laws(capsys: pytest.CaptureFixture[str]) -> None:
    """INV-01 to INV-08, INV-11, INV-12, INV-14, INV-20, INV-24: every order of every command, told twice."""
    found = visit([begin()], Bound(), DEPTH or None)
    with capsys.disabled():
        print(f"\n  {_counted(found)}; bound: {Bound()}, {f'{DEPTH} steps' if DEPTH else 'any number of steps'}")
    assert found.states > 1000
    assert found.tried > found.taken > found.states


def test_the_places_where_dates_matter_keep_the_laws(capsys: pytest.CaptureFixture[str]) -> None:
    """INV-14: two steps in every direction from approved, scheduled, due, suspended, applying, conflicted."""
    found = visit([start() for start in STARTS], Bound(), 2)
    with capsys.disabled():
        print(f"\n  {_counted(found)}; bound: {Bound()}, 2 steps from {len(STARTS)} places")
    assert found.states > 500


def _counted(found: Visited) -> str:
    return f"{found.states:,} states, {found.taken:,} steps taken of {found.tried:,} tried"


def _without_each(*codes: str) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a mutant of `judge` that does not know some requirements."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        true = judge.merged
        patch.setattr(judge, "merged", lambda unmet: true(one for one in unmet if one.code not in codes))

    return mutate


def _check_gone(payload: type[Payload]) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a mutant of `admit` that takes an event without looking at what it says."""
    return lambda patch: patch.delitem(admit._CHECKS, payload)


def _step_of(payload: type[Payload], mutant: Callable[..., Any]) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a mutant of `evolve` in one step, which gets the true one first."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        true = evolve._STEPS[payload]
        patch.setitem(evolve._STEPS, payload, lambda state, event, said: mutant(true, state, event, said))

    return mutate


def _handler(command: type[c.CommandModel], mutant: Callable[..., Plan]) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a mutant of `decide` in one handler, which gets the true plan."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        true = decide._HANDLERS[command]
        patch.setitem(
            decide._HANDLERS, command, lambda state, said, context: mutant(true(state, said, context), state, context)
        )

    return mutate


def _attribute(module: object, name: str, value: object) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(module, name, value)


def _nothing(*_args: object, **_words: object) -> Iterator[Any]:
    return iter(())


def _blind(plan: Plan, *_rest: object) -> Plan:
    return Plan(plan.drafts)


def _nobody_barred(patch: pytest.MonkeyPatch) -> None:
    roles, votes = judge.roles_of, judge._votes
    patch.setattr(judge, "roles_of", lambda one, _contributors, *rest: roles(one, frozenset(), *rest))
    patch.setattr(judge, "_votes", lambda state, *rest: votes(replace(state, contributors=frozenset()), *rest))


def _keeps_the_cycle(patch: pytest.MonkeyPatch) -> None:
    for module in (admit, evolve):
        patch.setattr(module, "RAISES_CYCLE", frozenset())


def _anybody_ends(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(verdicts, "_right", lambda *_: [])
    patch.delitem(admit._CHECKS, e.ObjectionEnded)


def _inexact(**same: object) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a mutant that does not compare one part of what a decision names."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        true = judge._exact

        def exact(state: Any, decision: Any) -> bool:
            revision = state.revision
            known = {"revision": revision.number, "cycle": state.cycle, "digest": revision.digest}
            return true(state, replace(decision, **{name: known[name] for name in same}))

        patch.setattr(judge, "_exact", exact)

    return mutate


def _always_suspends(patch: pytest.MonkeyPatch) -> None:
    def suspend(state: Any, _command: Any, context: Any) -> Plan:
        if state.stage is not Stage.SCHEDULED or context.now < state.due:
            return Plan()
        return Plan((record(state, context, e.Suspended(due=state.due, unmet=("objection",))),))

    patch.setitem(decide._HANDLERS, c.Suspend, suspend)


def _expires_anybody(patch: pytest.MonkeyPatch) -> None:
    def expire(state: Any, _command: Any, context: Any) -> Plan:
        at = timing.expires_at(state, context.governance)
        due = state.revision.expires
        return Plan((record(state, context, e.Expired(due=due)),)) if at and context.now >= at else Plan()

    patch.setitem(decide._HANDLERS, c.Expire, expire)


MUTANTS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "contributors are not barred": _nobody_barred,
    "an approval of another revision counts": _inexact(revision=1, digest=1, cycle=1),
    "an approval of another cycle counts": _inexact(cycle=1),
    "objections do not stand": _without_each(Code.OBJECTION),
    "nobody has to approve": _without_each(Code.APPROVAL_ACCOUNTABLE, Code.APPROVAL_COUNCIL),
    "a moved base is not seen": _without_each(Code.BASE_MOVED, Code.DIGEST),
    "the first day is not waited for": _without_each(Code.NOT_YET_EFFECTIVE),
    "a freeze does not hold": _without_each(Code.FROZEN),
    "a date does not hold in the judgement": _without_each(Code.NOT_YET_DUE),
    "a suspension does not hold in the judgement": _without_each(Code.SUSPENDED),
    "scheduling asks nothing": _handler(c.Schedule, _blind),
    "scheduling does not look at its date": _attribute(timing, "_by_then", _nothing),
    "any date may be set": _check_gone(e.Scheduled),
    "nothing is ever suspended": _handler(c.Suspend, lambda *_: Plan()),
    "everything due is suspended": _always_suspends,
    "what is agreed expires": _expires_anybody,
    "applying asks nothing": _handler(c.Apply, _blind),
    "applying may start while suspended": lambda patch: patch.setitem(admit.STAGES, e.ApplyStarted, REVIEWABLE),
    "an apply, a suspension, an expiry may come early": _attribute(admit, "_not_early", _nothing),
    "an apply names anything": _check_gone(e.ApplyStarted),
    "an expiry names any date": _check_gone(e.Expired),
    "a decision names anything": _attribute(admit, "_decided", _nothing),
    "the journal takes a contributor's approval": lambda patch: patch.setitem(
        admit._CHECKS, e.Approved, admit._decided
    ),
    "a break keeps the cycle": _keeps_the_cycle,
    "a revision names any cycle": _check_gone(e.RevisionSubmitted),
    "an abandoned apply loses its date": _step_of(
        e.ApplyAbandoned, lambda true, *rest: replace(true(*rest), folded=Stage.IN_REVIEW)
    ),
    "a revision keeps the date": _step_of(
        e.RevisionSubmitted, lambda true, state, *rest: replace(true(state, *rest), due=state.due)
    ),
    "a conflict keeps the date": _step_of(
        e.Conflicted, lambda true, state, *rest: replace(true(state, *rest), due=state.due)
    ),
    "a suspension is not seen": _step_of(
        e.Suspended, lambda true, *rest: replace(true(*rest), folded=Stage.IN_REVIEW, due="")
    ),
    "a withdrawn decision stays": _step_of(e.DecisionWithdrawn, lambda _true, state, *_: state),
    "contributors are forgotten": _step_of(
        e.RevisionSubmitted,
        lambda true, state, event, said: replace(
            true(state, event, said), contributors=frozenset(said.contributors)
        ),
    ),
    "an ended change goes on": _step_of(
        e.Withdrawn, lambda true, state, *rest: replace(true(state, *rest), folded=Stage.DRAFT)
    ),
    "anybody may end an objection": _anybody_ends,
    "the program applies without a date": _attribute(
        decide, "_actor", lambda state, command, context: iter(())
    ),
}  # fmt: skip
"""Each takes one guard away."""


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_without_any_one_guard_a_law_fails(name: str) -> None:
    """INV-01 to INV-24: what keeps them is needed, and the exploration sees that it is gone."""
    starts = [start() for start in STARTS]
    with pytest.MonkeyPatch.context() as patch, pytest.raises(AssertionError):  # undone before what it was laid upon
        MUTANTS[name](patch)
        visit(starts, Bound(), 2)
