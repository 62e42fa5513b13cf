"""Two worlds of agreeing, one on a single day and one with dates, and the laws of both, told a second time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.admit import inadmissible
from metricgov.domain.workflow.envelope import Actor, Identity
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.proposal import Subject
from metricgov.domain.workflow.state import ChangeState, Decision, absent
from metricgov.domain.workflow.statement import statement
from metricgov.domain.workflow.typed import Event
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Treatment, Verdict
from model.apart import ANN, BEA, CEM, CLOCK, DUE_TICK, LAST_TICK, PEOPLE
from model.exploring import Node, Try, World, begun, step
from unit.workflow.world import CLAIMS, OTHER, TIP, governance, touched

FIRST_DAY, DUE, LATER, FROZEN_DATE = "2026-07-10", CLOCK[2], CLOCK[3], "2026-07-10T12:00:00Z"
FREE = (DUE_TICK, LAST_TICK)
"""Ticks at which nothing stands against applying but people."""
FREEZES = [{"name": "stocktaking", "starts": FIRST_DAY, "ends": FIRST_DAY}]


def raci(**entry: list[str]) -> dict[str, Any]:
    """Return who has which part: what one of the two is accountable for, the other is deputy of."""
    first, second = {"accountable": BEA, "deputy": CEM}, {"accountable": CEM, "deputy": BEA}
    return {
        "kind": "raci",
        "council": "council",
        "registry": second,
        "entries": [
            {"match": {"domain": "one"}, "responsible": [ANN], **first, **entry},
            {"match": {"domain": "two"}, "responsible": [ANN], **second, **entry},
        ],
    }


COUNCIL = [{"id": "council", "title": "Council", "members": [BEA, CEM]}]
GOVERNANCE = governance(
    people=PEOPLE, teams=COUNCIL, raci=raci(), policy={"expire_days": 20, "freezes": FREEZES}
)  # fmt: skip
DEFINITIONS = (
    touched(subject=Subject("metric:first", domain="one"), path="metrics/one/first.yaml"),
    touched(subject=Subject("metric:second", domain="two"), path="metrics/two/second.yaml"),
)
FIRST, SECOND = (one.id for one in DEFINITIONS)
SAID = CLAIMS.model_copy(update={"effective_from": FIRST_DAY, "treatment": Treatment.RESTATE})
OTHER_CHANGE = replace(absent(OTHER), folded=Stage.IN_REVIEW)

_PAST = {Stage.ABSENT, Stage.REQUESTED, Stage.DRAFT, Stage.DECLINED, Stage.APPLIED}
ARCS: dict[Stage, frozenset[Stage]] = {
    Stage.IN_REVIEW: frozenset(Stage) - _PAST - {Stage.SUSPENDED},
    Stage.SCHEDULED: frozenset(Stage) - _PAST - {Stage.EXPIRED},
    Stage.SUSPENDED: frozenset(Stage) - _PAST - {Stage.APPLYING},
    Stage.CONFLICTED: frozenset({Stage.CONFLICTED, Stage.IN_REVIEW, Stage.WITHDRAWN, Stage.SUPERSEDED, Stage.EXPIRED}),
    Stage.APPLYING: frozenset({Stage.APPLYING, Stage.APPLIED, Stage.IN_REVIEW, Stage.SCHEDULED}),
}
"""Where each folded stage may lead, by model.md."""

OTHERS = {BEA: CEM, CEM: BEA}
YES, NO = "yes", "no"


def talk(node: Node) -> Iterator[Try]:
    """Yield what people may say of the contents, each of them everything."""
    seen = node.seen
    for person in PEOPLE:
        yield person, c.Approve(seen=seen), node
        yield person, c.RequestChanges(seen=seen, reason=NO), node
        yield person, c.WithdrawDecision(), node
        for other in PEOPLE:
            if other != person:
                yield person, c.EndObjection(principal=other, reason="settled"), node
    yield "stranger", c.Approve(seen=seen), node


def authors(node: Node) -> Iterator[Try]:
    """Yield what new contents, a new base and the end of a change come from."""
    other = replace(node, contents="y" if node.contents == "x" else "x")
    for person in PEOPLE:
        yield person, c.Revise(claims=SAID), other
    yield BEA, c.Rebase(claims=SAID), node
    yield CEM, c.Rebase(claims=SAID), node
    yield ANN, c.Withdraw(), node
    yield "", c.MarkConflicted(), node


def landing(node: Node) -> Iterator[Try]:
    """Yield what people and the program do to bring a change to main."""
    yield ANN, c.Apply(), node
    yield "", c.Apply(), node
    yield "", c.FinishApply(commit="b" * 40), node
    yield "", c.AbandonApply(reason="lost the race"), node


def discussing(node: Node) -> Iterator[Try]:
    """Everything that people say, on a day on which nothing but people is missing."""
    seen = node.seen
    yield from talk(node)
    for person in (BEA, CEM):
        yield person, c.Abstain(seen=seen), node
        yield person, c.Acknowledge(seen=seen), node
    for person in PEOPLE:
        yield person, c.Reject(seen=seen, reason=NO), node
        yield person, c.Supersede(), node
        yield person, c.Submit(claims=SAID), node
    yield from authors(node)
    yield from landing(node)


def dating(node: Node) -> Iterator[Try]:
    """What dates do to a change that people agree on, take back and object to, while three ticks go by."""
    seen = node.seen
    for person in (BEA, CEM):
        yield person, c.Approve(seen=seen), node
        yield person, c.WithdrawDecision(), node
    yield ANN, c.RequestChanges(seen=seen, reason=NO), node
    yield ANN, c.WithdrawDecision(), node
    yield ANN, c.Revise(claims=SAID), replace(node, contents="y")
    yield ANN, c.Rebase(claims=SAID), node
    yield "", c.MarkConflicted(), node
    for due in (DUE, LATER, FROZEN_DATE):
        yield ANN, c.Schedule(due=due), node
    yield "stranger", c.Schedule(due=DUE), node
    yield ANN, c.Unschedule(reason="not yet"), node
    yield "", c.Suspend(), node
    yield "", c.Expire(), node
    yield ANN, c.Withdraw(), node
    yield from landing(node)


def agreed(state: ChangeState) -> frozenset[str]:
    """Return who approved exactly what is under review, and did not write any of it."""
    return frozenset(
        one.principal
        for one in state.decisions
        if (one.verdict, one.revision, one.cycle) == (Verdict.APPROVE, len(state.revisions), state.cycle)
        and one.principal not in state.contributors
    )


def exact(node: Node) -> bool:
    """Say whether the trees show what is under review."""
    return node.state.revisions[-1].digest == DISCUSSING.contents(node.base, node.contents).changes.digest


def objected(node: Node) -> bool:
    """Say whether somebody objects: nobody took it back, nor ended it who could."""
    state = node.state
    ended = any(one.principal in state.contributors for one in state.endings)
    return ended or any(one.verdict is Verdict.REQUEST_CHANGES for one in state.decisions)


def whole(node: Node) -> bool:
    """Say whether nothing but time is missing: contents as agreed, by both of the council, and nobody objects."""
    return exact(node) and agreed(node.state) == {BEA, CEM} and not objected(node)


def expected(node: Node) -> bool:
    """Say whether a change may be applied now."""
    if node.state.folded is Stage.SCHEDULED and node.now < node.state.due:
        return False
    return node.state.folded in {Stage.IN_REVIEW, Stage.SCHEDULED} and node.tick in FREE and whole(node)


def moved_well(before: Node, command: c.Command, after: Node) -> int:
    """Hold a step to the arcs and to what only grows; return by how much the review cycle was raised."""
    one, two = before.state, after.state
    assert one.folded not in ENDED, "an end was left (INV-11)"
    assert two.folded in ARCS[one.folded], (one.folded, two.folded)
    assert one.contributors <= two.contributors, "a contributor was forgotten (INV-05)"
    raised = two.cycle - one.cycle
    assert raised in (0, 1)
    if isinstance(command, c.Revise | c.Rebase):
        new = two.digest != one.digest or one.folded in {Stage.CONFLICTED, Stage.SUSPENDED}
        assert raised == new, "new contents, a conflict, a suspension: a new cycle (INV-02)"
    elif not isinstance(command, c.Unschedule):
        assert raised == 0
    return raised


def law(before: Node, actor: str, command: c.Command, after: Node) -> None:
    """Hold a step that was taken to everything that must be so (INV-01 to INV-20, INV-24)."""
    one, two = before.state, after.state
    raised = moved_well(before, command, after)
    dated = {Stage.SCHEDULED, Stage.SUSPENDED}
    assert len({d.principal for d in two.decisions}) == len(two.decisions), "two decisions of one person (INV-04)"
    assert (two.due != "") == (two.folded in dated) or two.folded in {Stage.APPLYING, *ENDED}, "a date without one"
    match command:
        case c.Apply():
            assert expected(before), "applied without everything (INV-08)"
            assert actor or one.folded is Stage.SCHEDULED, "the program applied what nobody gave a date"
        case c.Schedule():
            assert whole(before), "scheduled without everything"
            assert command.due > before.now, "scheduled for the past"
            assert command.due in (DUE, LATER), "scheduled into a freeze"
        case c.Unschedule():
            assert raised == (one.folded is Stage.SUSPENDED), "a suspension begins a new cycle, nothing else does"
        case c.Suspend():
            assert one.due <= before.now
            assert not expected(before), "suspended what holds (INV-14)"
            assert two.folded is Stage.SUSPENDED, "a suspension that does not show"
            assert two.suspended_for
        case c.Expire():
            assert before.tick == LAST_TICK, "expired early"
            assert not (one.folded is Stage.IN_REVIEW and whole(before)), "expired what everybody agreed to"
        case c.WithdrawDecision():
            assert two.decision_of(actor) is None, "a decision that was taken back (INV-04)"
        case c.AbandonApply():
            assert (two.folded is Stage.SCHEDULED) == (one.due != ""), "the date was lost"
        case c.EndObjection():
            assert actor in {BEA, CEM} - one.contributors
            assert {d.principal for d in one.decisions} - {command.principal} == {d.principal for d in two.decisions}
        case c.Approve():
            assert actor in {BEA, CEM} - one.contributors
        case c.Reject():
            assert actor in {BEA, CEM} - one.contributors
        case c.Submit() | c.Acknowledge():
            raise AssertionError("only a draft is submitted, and nobody was asked")
        case c.Withdraw():
            assert actor in one.contributors
        case c.Supersede():
            assert actor in one.contributors | {BEA, CEM}
        case _:
            pass


def holds(world: World, node: Node) -> None:
    """Hold a state to what must be so: the judgement, forged approvals, forged events, and what time makes of it."""
    judged_right(world, node)
    judged_right(world, tampered(node))
    must_move(world, node)
    check_forgeries(node)


def judged_right(world: World, node: Node) -> None:
    """Hold the judgement on a state to what is told here."""
    state = node.state
    if state.folded in ENDED or state.folded in (Stage.APPLYING, Stage.CONFLICTED):
        return
    judgement = world.judged(node)
    assert judgement.allowed is expected(node), judgement.unmet
    assert {vote.principal for vote in judgement.approvals} <= agreed(state)
    assert judgement.stage is not Stage.APPROVED or (state.folded is Stage.IN_REVIEW and whole(node))


def tampered(node: Node) -> Node:
    """Return the state as it would be if the journal had taken an approval of everybody, authors included (INV-05)."""
    state = node.state
    if not state.revisions:
        return node
    last = state.revisions[-1]
    forged = tuple(
        Decision(
            principal=person,
            verdict=Verdict.APPROVE,
            revision=last.number,
            cycle=state.cycle,
            digest=last.digest,
            canonical=last.canonical,
            identity=Identity.CLAIMED,
            seq=1,
            at=node.now,
        )
        for person in PEOPLE
    )
    return replace(node, state=replace(state, decisions=forged, endings=()))


def must_move(world: World, node: Node) -> None:
    """Hold a state to what time has to make of it (INV-14): due and whole is applied, due and broken is suspended."""
    state = node.state
    if state.folded is not Stage.SCHEDULED or node.now < state.due:
        return
    applied = step(world, node, "", c.Apply())
    suspended = step(world, node, "", c.Suspend())
    assert (applied is not None) is expected(node)
    assert (suspended is not None) is not expected(node)


@cache
def _forged(number: int, cycle: int, digest: str, due: str, now: str) -> dict[str, Payload]:
    bound = {"revision": number, "cycle": cycle, "digest": digest}
    started = {**bound, "onto": TIP, "governance": GOVERNANCE.digest}
    return {
        "approval": e.Approved.model_validate(bound),
        "late": e.Approved.model_validate({**bound, "cycle": cycle + 1}),
        "other": e.Approved.model_validate({**bound, "digest": "f" * 64}),
        "started": e.ApplyStarted.model_validate(started),
        "suspended": e.Suspended(due=due or DUE, unmet=("objection",)),
        "elsewhen": e.Suspended(due="2026-07-01T09:00:00Z", unmet=("objection",)),
        "past": e.Scheduled.model_validate({**bound, "due": now}),
    }


@cache
def _again(digest: str, number: int, cycle: int, last: e.RevisionSubmitted) -> e.RevisionSubmitted:
    same = {"number": number + 1, "cycle": cycle, "expires": None, "respond_by": None, "asked": ()}
    return e.RevisionSubmitted.model_validate({**last.model_dump(by_alias=True), **same})


def forgeries(node: Node) -> Iterator[tuple[str, Event, bool]]:
    """Yield events written past every command, and whether the journal may take them."""
    state, now = node.state, node.now
    last = state.revisions[-1]
    deciding = state.folded in {Stage.IN_REVIEW, Stage.SCHEDULED, Stage.SUSPENDED}
    forged = _forged(last.number, state.cycle, last.digest, state.due, now)

    def event(name: str, payload: Payload, actor: str = "") -> Event:
        said = statement(state, payload, actor) if isinstance(payload, e.Decided) else None
        return Event(name, payload, state.last_seq + 1, state.change, Actor(actor), now, TIP, said)

    for person in (ANN, BEA):
        may = deciding and person not in state.contributors
        yield "approval of a contributor", event("approved", forged["approval"], person), may
    yield "approval of another cycle", event("approved", forged["late"], CEM), False
    yield "approval of other contents", event("approved", forged["other"], CEM), False
    ready = state.folded is Stage.IN_REVIEW or (state.folded is Stage.SCHEDULED and state.due <= now)
    yield "an apply before its date", event("apply_started", forged["started"]), ready
    came = state.folded is Stage.SCHEDULED and state.due <= now
    yield "a suspension before its date", event("suspended", forged["suspended"]), came
    yield "a suspension for another date", event("suspended", forged["elsewhen"]), False
    assert last.expires is not None
    stuck = state.folded in {Stage.IN_REVIEW, Stage.CONFLICTED, Stage.SUSPENDED}
    yield "an expiry before its date", event("expired", e.Expired(due=last.expires)), stuck and last.expires <= now
    yield "a date in the past", event("scheduled", forged["past"]), False
    keeps = deciding and state.folded is not Stage.SUSPENDED
    again = _again(last.digest, last.number, state.cycle, last)
    yield "the old cycle after a break", event("revision_submitted", again, ANN), keeps


def check_forgeries(node: Node) -> None:
    """Hold the journal's own door to what it may take (INV-01, INV-02, INV-05, INV-24)."""
    if node.state.folded in ENDED:
        return
    for what, forged, may in forgeries(node):
        problems = inadmissible(node.state, forged)
        assert (not problems) is may, (what, node.state.folded, problems)


DISCUSSING = World(
    name="discussing",
    governance=GOVERNANCE,
    definitions=DEFINITIONS,
    tries=discussing,
    law=law,
    holds=lambda node: holds(DISCUSSING, node),
    first=lambda: begun(DISCUSSING, SAID, tick=DUE_TICK),
    ticks=(DUE_TICK,),
    other=OTHER_CHANGE,
)
DATING = World(
    name="dating",
    governance=GOVERNANCE,
    definitions=DEFINITIONS,
    tries=dating,
    law=law,
    holds=lambda node: holds(DATING, node),
    first=lambda: begun(DATING, SAID),
)
