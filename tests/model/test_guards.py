"""No guard can be taken away without a law failing somewhere in the small worlds, and none is left out of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from metricgov.domain.workflow import admit, breaking_glass, decide, evolve, judge, overriding, timing, verdicts, votes
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.context import Plan, record
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.vocabulary import REVIEWABLE, Stage
from model.agreeing import DATING, DISCUSSING, DUE, SAID
from model.apart import ANN, BEA, CEM, DUE_TICK, LAST_TICK
from model.beginnings import BEGINNINGS
from model.effects import ASIDE, CALM, EFFECTS, LOUD, WARNS
from model.emergencies import EMERGENCIES
from model.exploring import Bound, Node, World, begun, explore, remembering, step
from model.handing_on import HANDING_ON, STANDING_IN

Mutant = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(autouse=True)
def _remembering() -> Iterator[None]:
    with remembering():
        yield


def after(world: World, node: Node, *moves: tuple[str, c.Command]) -> Node:
    """Return the node after commands that are all taken."""
    for actor, command in moves:
        found = step(world, node, actor, command)
        assert found is not None, command
        node = found
    return node


def approved() -> Node:
    node = begun(DATING, SAID)
    return after(DATING, node, (BEA, c.Approve(seen=node.seen)), (CEM, c.Approve(seen=node.seen)))


def scheduled() -> Node:
    return after(DATING, approved(), (ANN, c.Schedule(due=DUE)))


def due() -> Node:
    return replace(scheduled(), tick=DUE_TICK)


def broken() -> Node:
    return replace(after(DATING, scheduled(), (BEA, c.WithdrawDecision())), tick=DUE_TICK)


def suspended() -> Node:
    return after(DATING, broken(), ("", c.Suspend()))


def applying() -> Node:
    return after(DATING, due(), ("", c.Apply()))


def conflicted() -> Node:
    return after(DATING, replace(approved(), base="moved"), ("", c.MarkConflicted()))


def objected() -> Node:
    node = approved()
    return replace(after(DATING, node, (ANN, c.RequestChanges(seen=node.seen, reason="my own"))), tick=DUE_TICK)


def ready() -> Node:
    return replace(approved(), tick=DUE_TICK)


def revised(node: Node, who: str) -> Node:
    found = step(DATING, node, who, c.Revise(claims=SAID), replace(node, contents="y"))
    assert found is not None
    return found


def old() -> Node:
    """Everybody agreed, and then came other contents."""
    return revised(approved(), ANN)


def late() -> Node:
    return replace(begun(DATING, SAID), tick=LAST_TICK)


def written_by_two() -> Node:
    return revised(begun(DATING, SAID), BEA)


DATES = (approved, scheduled, due, broken, suspended, applying, conflicted, objected, ready, old, late, written_by_two)


def overridden() -> tuple[Node, ...]:
    """Return a change that one called for, that two did, that landed so, and one that somebody objects to."""
    node = EMERGENCIES.first()
    called = after(EMERGENCIES, node, (ANN, c.Override(seen=node.seen, reason="now")))
    two = after(EMERGENCIES, called, (BEA, c.Override(seen=node.seen, reason="yes")))
    done = after(EMERGENCIES, two, (ANN, c.Apply()), ("", c.FinishApply(commit="b" * 40)))
    against = after(EMERGENCIES, two, (CEM, c.RequestChanges(seen=node.seen, reason="no")))
    return node, called, two, done, against


def warned() -> tuple[Node, ...]:
    """Return a change that everybody agreed to, without an effect, with one that warns, and with a stale one."""
    node = EFFECTS.first()
    node = after(EFFECTS, node, (BEA, c.Approve(seen=node.seen)), (CEM, c.Approve(seen=node.seen)))
    calm, loud = (
        c.RecordEffect(digest=node.seen.digest, evidence=one, blocks=WARNS.get(one, ())) for one in (CALM, LOUD)
    )
    return node, after(EFFECTS, node, (ANN, loud)), replace(after(EFFECTS, node, (ANN, calm)), base=ASIDE)


def lent() -> tuple[Node, ...]:
    node = STANDING_IN.first()
    half = after(STANDING_IN, node, (BEA, c.Approve(seen=node.seen)))
    return node, half, replace(half, tick=LAST_TICK)


def passed() -> tuple[Node, ...]:
    node = HANDING_ON.first()
    later = replace(node, tick=1)
    return node, later, after(HANDING_ON, later, ("", c.Escalate()))


def asked() -> tuple[Node, ...]:
    node = BEGINNINGS.first()
    request = c.Request(change=node.state.change, definition="metric:third", why="wrong")
    begun_here = after(BEGINNINGS, node, (ANN, c.Create(change=node.state.change, claims=SAID)))
    agreed = after(
        BEGINNINGS, begun_here, (BEA, c.Approve(seen=begun_here.seen)), (CEM, c.Approve(seen=begun_here.seen))
    )
    return node, after(BEGINNINGS, node, (ANN, request)), agreed, replace(agreed, tick=LAST_TICK)


GALLERY: dict[World, Callable[[], tuple[Node, ...]]] = {
    DATING: lambda: tuple(one() for one in DATES),
    DISCUSSING: lambda: (DISCUSSING.first(), objected(), ready(), old()),
    EMERGENCIES: overridden,
    EFFECTS: warned,
    STANDING_IN: lent,
    HANDING_ON: passed,
    BEGINNINGS: asked,
}
"""Places in each world from which its guards are a step or two away."""
WORLDS = tuple(GALLERY)


def _judged_without(code: str) -> Mutant:
    """Return a mutant that does not know one requirement, where states are judged and where commands are decided."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        true, actor, impossible = judge.merged, decide._actor, decide._impossible
        patch.setattr(judge, "merged", lambda unmet: true(one for one in unmet if one.code != code))
        for command, handler in decide._HANDLERS.items():
            patch.setitem(decide._HANDLERS, command, _less(handler, code))
        for name, guard in (("_actor", actor), ("_impossible", impossible)):
            patch.setattr(decide, name, lambda *rest, guard=guard: (one for one in guard(*rest) if one.code != code))

    return mutate


def _less(handler: Callable[..., Plan], code: str) -> Callable[..., Plan]:
    def decided(state: Any, command: Any, context: Any) -> Plan:
        plan = handler(state, command, context)
        return replace(plan, unmet=tuple(one for one in plan.unmet if one.code != code))

    decided.__name__ = handler.__name__
    return decided


def _check_gone(payload: type[Payload]) -> Mutant:
    """Return a mutant of `admit` that takes an event without looking at what it says."""
    return lambda patch: patch.delitem(admit._CHECKS, payload)


def _step_of(payload: type[Payload], mutant: Callable[..., Any]) -> Mutant:
    """Return a mutant of `evolve` in one step, which gets the true one first."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        true = evolve._STEPS[payload]
        patch.setitem(evolve._STEPS, payload, lambda state, event, said: mutant(true, state, event, said))

    return mutate


def _handler(command: type[c.CommandModel], mutant: Callable[..., Plan]) -> Mutant:
    """Return a mutant of `decide` in one handler, which gets the true plan."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        true = decide._HANDLERS[command]
        patch.setitem(
            decide._HANDLERS, command, lambda state, said, context: mutant(true(state, said, context), state, context)
        )

    return mutate


def _attribute(module: object, name: str, value: object) -> Mutant:
    return lambda patch: patch.setattr(module, name, value)


def _nothing(*_args: object, **_words: object) -> Iterator[Any]:
    return iter(())


def _blind(plan: Plan, *_rest: object) -> Plan:
    return Plan(plan.drafts)


def _nobody_barred(patch: pytest.MonkeyPatch) -> None:
    roles, counted = judge.roles_of, judge.counted
    patch.setattr(judge, "roles_of", lambda one, _contributors, *rest: roles(one, frozenset(), *rest))
    patch.setattr(judge, "counted", lambda state, *rest: counted(replace(state, contributors=frozenset()), *rest))


def _keeps_the_cycle(patch: pytest.MonkeyPatch) -> None:
    for module in (admit, evolve):
        patch.setattr(module, "RAISES_CYCLE", frozenset())


def _anybody_ends(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(verdicts, "_right", lambda *_: [])
    patch.delitem(admit._CHECKS, e.ObjectionEnded)


def _inexact(**same: object) -> Mutant:
    """Return a mutant that does not compare one part of what a decision names."""

    def mutate(patch: pytest.MonkeyPatch) -> None:
        true = votes._exact

        def exact(state: Any, decision: Any) -> bool:
            revision = state.revision
            known = {"revision": revision.number, "cycle": state.cycle, "digest": revision.digest}
            return true(state, replace(decision, **{name: known[name] for name in same}))

        patch.setattr(votes, "_exact", exact)

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
        due = state.revision.expires if state.revision else None
        return Plan((record(state, context, e.Expired(due=due)),)) if at and context.now >= at else Plan()

    patch.setitem(decide._HANDLERS, c.Expire, expire)


def _second_person(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(breaking_glass, "_people", lambda *_: [])
    patch.setattr(overriding, "_why_not", lambda *_: "")


MUTANTS: dict[str, tuple[World, Mutant]] = {
    "contributors are not barred": (DATING, _nobody_barred),
    "an approval of another revision counts": (DATING, _inexact(revision=1, digest=1, cycle=1)),
    "an approval of another cycle counts": (DATING, _inexact(cycle=1)),
    "scheduling asks nothing": (DATING, _handler(c.Schedule, _blind)),
    "scheduling does not look at its date": (DATING, _attribute(timing, "_by_then", _nothing)),
    "any date may be set": (DATING, _check_gone(e.Scheduled)),
    "nothing is ever suspended": (DATING, _handler(c.Suspend, lambda *_: Plan())),
    "everything due is suspended": (DATING, _always_suspends),
    "what is agreed expires": (DATING, _expires_anybody),
    "applying asks nothing": (DATING, _handler(c.Apply, _blind)),
    "applying may start while suspended": (
        DATING,
        lambda patch: patch.setitem(admit.STAGES, e.ApplyStarted, REVIEWABLE),
    ),
    "an apply, a suspension, an expiry may come early": (DATING, _attribute(admit, "_not_early", _nothing)),
    "an apply names anything": (DATING, _check_gone(e.ApplyStarted)),
    "an expiry names any date": (DATING, _check_gone(e.Expired)),
    "a decision names anything": (
        DATING,
        lambda patch: patch.setitem(admit._CHECKS, e.Approved, _nothing),
    ),
    "the journal takes a contributor's approval": (
        DATING,
        lambda patch: patch.setitem(admit._CHECKS, e.Approved, admit._CHECKS[e.Acknowledged]),
    ),
    "a break keeps the cycle": (DATING, _keeps_the_cycle),
    "a revision names any cycle": (DATING, _check_gone(e.RevisionSubmitted)),
    "an abandoned apply loses its date": (
        DATING,
        _step_of(e.ApplyAbandoned, lambda true, *rest: replace(true(*rest), folded=Stage.IN_REVIEW)),
    ),
    "a revision keeps the date": (
        DATING,
        _step_of(e.RevisionSubmitted, lambda true, state, *rest: replace(true(state, *rest), due=state.due)),
    ),
    "a conflict keeps the date": (
        DATING,
        _step_of(e.Conflicted, lambda true, state, *rest: replace(true(state, *rest), due=state.due)),
    ),
    "a suspension is not seen": (
        DATING,
        _step_of(e.Suspended, lambda true, *rest: replace(true(*rest), folded=Stage.IN_REVIEW, due="")),
    ),
    "a withdrawn decision stays": (DATING, _step_of(e.DecisionWithdrawn, lambda _true, state, *_: state)),
    "contributors are forgotten": (
        DATING,
        _step_of(
            e.RevisionSubmitted,
            lambda true, state, event, said: replace(
                true(state, event, said), contributors=frozenset(said.contributors)
            ),
        ),
    ),
    "an ended change goes on": (
        DATING,
        _step_of(e.Withdrawn, lambda true, state, *rest: replace(true(state, *rest), folded=Stage.DRAFT)),
    ),
    "anybody may end an objection": (DISCUSSING, _anybody_ends),
    "the program applies without a date": (DATING, _attribute(decide, "_actor", lambda *_: iter(()))),
    "anybody is the second person": (EMERGENCIES, _second_person),
    "nobody is left to look at an override": (
        EMERGENCIES,
        _attribute(breaking_glass, "_left", lambda *_: ("somebody",)),
    ),
    "an override ends an objection": (
        EMERGENCIES,
        _attribute(judge, "WAIVED", overriding.WAIVED | {"objection"}),
    ),
    "an override is reviewed by anybody": (EMERGENCIES, _check_gone(e.OverrideReviewed)),
    "bytes of main are redacted": (EMERGENCIES, _check_gone(e.Redacted)),
    "an effect of anything": (EFFECTS, _check_gone(e.EffectEvaluated)),
    "a contributor hands a place over": (HANDING_ON, _check_gone(e.Reassigned)),
    "a place is passed on before its time": (HANDING_ON, _check_gone(e.Escalated)),
}
"""Each takes one guard away."""


def caught(world: World, mutant: Mutant) -> bool:
    """Say whether a law of a world fails without a guard."""
    starts = GALLERY[world]()
    with pytest.MonkeyPatch.context() as patch:
        mutant(patch)
        try:
            explore(world, Bound(), starts=starts, depth=2)
        except AssertionError:
            return True
    return False


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_without_any_one_guard_a_law_fails(name: str) -> None:
    """INV-01 to INV-24: what keeps them is needed, and the exploration sees that it is gone."""
    assert caught(*MUTANTS[name])
