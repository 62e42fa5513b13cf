"""A world in which the effect of a change is recorded, goes stale, warns, and is let pass; its laws, told again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from metricgov.domain.digest import sha256_hex
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.events import Blocked
from metricgov.domain.workflow.vocabulary import ENDED, Stage
from model.agreeing import DEFINITIONS, GOVERNANCE, SAID, landing, whole
from model.apart import ANN, BEA, CEM, DUE_TICK, PEOPLE
from model.exploring import ASIDE, Node, Try, World, begun

CALM, LOUD = b"calm", b"loud"
WARNS = {
    LOUD: tuple(Blocked(metric=one, id="W01", code="few_rows", says="few rows") for one in ("first", "second")),
}
"""What each evidence holds against the change."""


def facts(base: str) -> dict[str, Any]:
    """Return what the trees show besides contents: an engine, and whether what the effect was computed from moved."""
    return {"engine_bound": True, "effect_differs": ("something it reads moved",) if base == ASIDE else ()}


def tries(node: Node) -> Iterator[Try]:
    """What people say about contents and about their effect."""
    seen = node.seen
    for evidence in (CALM, LOUD):
        yield ANN, c.RecordEffect(digest=seen.digest, evidence=evidence, blocks=WARNS.get(evidence, ())), node
    yield ANN, c.RecordEffect(digest="f" * 64, evidence=CALM), node
    yield "stranger", c.RecordEffect(digest=seen.digest, evidence=CALM), node
    for person in (*PEOPLE, "stranger"):
        for metric in ("", "first", "second"):
            yield person, c.AcceptWarning(warning="W01", metric=metric, reason="known"), node
    yield BEA, c.AcceptWarning(warning="W02", reason="known"), node
    for person in (BEA, CEM):
        yield person, c.Approve(seen=seen), node
    for person in PEOPLE:
        yield person, c.Revise(claims=SAID), replace(node, contents="y" if node.contents == "x" else "x")
    yield from landing(node)


def settled(node: Node) -> bool:
    """Say whether the newest effect of these contents is of today, and everything it warns of was let pass."""
    state = node.state
    effects = [one for one in state.effects if one.digest == state.digest]
    if not effects or node.base == ASIDE:
        return False
    evidence = effects[-1].evidence
    warned = next((some for name, some in WARNS.items() if sha256_hex(name) == evidence), ())
    passed = {
        one.metric
        for one in state.accepted
        if one.evidence == evidence and one.principal in {BEA, CEM} - state.contributors and one.warning == "W01"
    }
    return {one.metric for one in warned} <= passed


def may_land(node: Node) -> bool:
    """Say whether a change may be applied."""
    return node.state.folded is Stage.IN_REVIEW and whole(node) and settled(node)


def law(before: Node, actor: str, command: c.Command, after: Node) -> None:
    """Hold a step to INV-01, INV-05, INV-08 and INV-17."""
    one, two = before.state, after.state
    assert one.folded not in ENDED, "an end was left"
    assert one.contributors <= two.contributors
    match command:
        case c.RecordEffect():
            assert command.digest == one.digest, "an effect of other contents"
            assert one.folded is Stage.IN_REVIEW
            assert actor in PEOPLE
            assert two.decisions == one.decisions
        case c.AcceptWarning():
            assert actor in {BEA, CEM} - one.contributors, "a warning let pass by who may not"
            assert one.folded is Stage.IN_REVIEW
            assert one.effect is not None
            named = [each.metric for each in one.effect.blocks if command.metric in ("", each.metric)]
            assert len(named) == 1, "nobody can tell which warning"
        case c.Approve():
            assert actor in {BEA, CEM} - one.contributors
        case c.Apply():
            assert may_land(before), "applied without everything"
        case _:
            pass


def holds(node: Node) -> None:
    """Hold the judgement on a state to what is told here."""
    if node.state.folded is Stage.IN_REVIEW:
        judgement = EFFECTS.judged(node)
        assert judgement.allowed is may_land(node), judgement.unmet


EFFECTS = World(
    name="effects",
    governance=GOVERNANCE,
    definitions=DEFINITIONS,
    tries=tries,
    law=law,
    holds=holds,
    first=lambda: begun(EFFECTS, SAID, tick=DUE_TICK),
    ticks=(DUE_TICK,),
    drifts=(ASIDE,),
    facts=facts,
)
