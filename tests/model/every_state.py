"""A world so small that every state of a change in it can be visited: three people, two definitions, three ticks.

`steps` is everything somebody could try anywhere; `laws` hold after each step, told a second time from model.md and
invariants.md and in no way like the code; `forgeries` are events that somebody writes past every command.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache

from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import events as e
from metricgov.domain.workflow.admit import inadmissible
from metricgov.domain.workflow.context import Context
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor, Identity
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.judge import Judgement, judge
from metricgov.domain.workflow.payload import Payload
from metricgov.domain.workflow.proposal import Proposal, Subject, Touched
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState, Decision, absent
from metricgov.domain.workflow.statement import statement
from metricgov.domain.workflow.typed import Event, foresee
from metricgov.domain.workflow.vocabulary import ENDED, Stage, Treatment, Verdict
from unit.workflow.world import CHANGE, CLAIMS, OTHER, REGISTRY, TARGET, TIP, governance, proposal, touched

ANN, BEA, CEM = "ann", "bea", "cem"
"""Ann writes. Bea and Cem are the council; each is accountable for one definition and deputy for the other."""

CLOCK = ("2026-07-01T08:00:00Z", "2026-07-10T08:00:00Z", "2026-07-11T08:00:00Z", "2026-08-20T08:00:00Z")
"""The start; the first day, which is frozen; the date that is set; long after everything has expired."""
FIRST_DAY, DUE, LATER, FROZEN_DATE = "2026-07-10", CLOCK[2], CLOCK[3], "2026-07-10T12:00:00Z"
FREE = (2, 3)
"""Ticks at which nothing stands against applying but people."""

GOVERNANCE = governance(
    people=[ANN, BEA, CEM],
    teams=[{"id": "council", "title": "Council", "members": [BEA, CEM]}],
    raci={
        "kind": "raci",
        "council": "council",
        "registry": {"accountable": CEM, "deputy": BEA},
        "entries": [
            {"match": {"domain": "one"}, "responsible": [ANN], "accountable": BEA, "deputy": CEM},
            {"match": {"domain": "two"}, "responsible": [ANN], "accountable": CEM, "deputy": BEA},
        ],
    },
    policy={"expire_days": 20, "freezes": [{"name": "stocktaking", "starts": FIRST_DAY, "ends": FIRST_DAY}]},
)
DEFINITIONS = (
    touched(subject=Subject("metric:first", domain="one"), path="metrics/one/first.yaml"),
    touched(subject=Subject("metric:second", domain="two"), path="metrics/two/second.yaml"),
)
SAID = CLAIMS.model_copy(update={"effective_from": FIRST_DAY, "treatment": Treatment.RESTATE})

ARCS: dict[Stage, frozenset[Stage]] = {
    Stage.IN_REVIEW: frozenset(Stage)
    - {Stage.ABSENT, Stage.REQUESTED, Stage.DRAFT, Stage.DECLINED, Stage.SUSPENDED, Stage.APPLIED},
    Stage.SCHEDULED: frozenset(Stage)
    - {Stage.ABSENT, Stage.REQUESTED, Stage.DRAFT, Stage.DECLINED, Stage.EXPIRED, Stage.APPLIED},
    Stage.SUSPENDED: frozenset(Stage)
    - {Stage.ABSENT, Stage.REQUESTED, Stage.DRAFT, Stage.DECLINED, Stage.APPLYING, Stage.APPLIED},
    Stage.CONFLICTED: frozenset({Stage.CONFLICTED, Stage.IN_REVIEW, Stage.WITHDRAWN, Stage.SUPERSEDED, Stage.EXPIRED}),
    Stage.APPLYING: frozenset({Stage.APPLYING, Stage.APPLIED, Stage.IN_REVIEW, Stage.SCHEDULED}),
}
"""Where each folded stage may lead, by model.md."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How far the world goes."""

    revisions: int = 2
    cycles: int = 3
    ticks: int = 3

    def __str__(self) -> str:
        return f"{self.revisions} revisions, {self.cycles} cycles, {self.ticks} clock ticks"


@dataclass(frozen=True, slots=True)
class Node:
    """A state of the change, what main holds under it, what its contents are, and what time it is."""

    state: ChangeState
    base: str = "old"
    contents: str = "x"
    tick: int = 0

    @property
    def key(self) -> object:
        """What tells this node from others: everything but places in the journal."""
        one = self.state
        return (
            self.base,
            self.contents,
            self.tick,
            one.folded,
            one.cycle,
            one.unbroken_from,
            one.due,
            one.suspended_for,
            one.stage_since,
            one.submitted_at,
            tuple((revision.digest, revision.expires) for revision in one.revisions),
            one.contributors,
            frozenset((d.principal, d.verdict, d.revision, d.cycle) for d in one.decisions),
            frozenset((d.principal, d.objection.principal, d.objection.revision) for d in one.endings),
        )

    @property
    def now(self) -> str:
        """The time."""
        return CLOCK[self.tick]


@cache
def contents(base: str, after: str) -> Proposal:
    """Return what the trees show: both files go from one text to another."""
    return proposal(*DEFINITIONS, before=base, after=after)


OTHER_CHANGE = replace(absent(OTHER), folded=Stage.IN_REVIEW)


@cache
def context(base: str, after: str, tick: int, actor: str) -> Context:
    """Return the facts around a command."""
    return Context(
        Actor(actor, Identity.CLAIMED),
        CLOCK[tick],
        REGISTRY,
        TARGET,
        TIP,
        GOVERNANCE,
        contents(base, after),
        other=OTHER_CHANGE,
    )


def verdict_on(node: Node) -> Judgement:
    """Return what the rules say of a state."""
    proposed = contents(node.base, node.contents)
    return judge(node.state, proposed, GOVERNANCE, now=node.now, registry=REGISTRY, target=TARGET)


def steps(node: Node) -> Iterator[tuple[str, c.Command, Node]]:
    """Yield everything somebody could try: who, what, and the trees it is tried on."""
    state = node.state
    seen = c.Seen(revision=len(state.revisions) or 1, cycle=state.cycle or 1, digest=state.digest or "0" * 64)
    for person in (ANN, BEA, CEM):
        yield person, c.Approve(seen=seen), node
    for person, other in ((BEA, CEM), (CEM, BEA)):
        yield person, c.RequestChanges(seen=seen, reason="no"), node
        yield person, c.WithdrawDecision(), node
        yield person, c.EndObjection(principal=other, reason="settled"), node
    yield ANN, c.EndObjection(principal=BEA, reason="settled"), node
    yield ANN, c.RequestChanges(seen=seen, reason="my own mistake"), node
    yield ANN, c.WithdrawDecision(), node
    yield CEM, c.EndObjection(principal=ANN, reason="settled"), node
    yield CEM, c.Abstain(seen=seen), node
    yield ANN, c.Revise(claims=SAID), replace(node, contents="y" if node.contents == "x" else "x")
    yield BEA, c.Revise(claims=SAID), replace(node, contents="y")
    yield CEM, c.Rebase(claims=SAID), node
    yield "", c.MarkConflicted(), node
    yield ANN, c.Schedule(due=DUE), node
    yield ANN, c.Schedule(due=LATER), node
    yield ANN, c.Schedule(due=FROZEN_DATE), node
    yield ANN, c.Unschedule(reason="not yet"), node
    yield "", c.Suspend(), node
    yield "", c.Expire(), node
    yield ANN, c.Apply(), node
    yield "", c.Apply(), node
    yield "", c.FinishApply(commit="b" * 40), node
    yield "", c.AbandonApply(reason="lost the race"), node
    yield ANN, c.Withdraw(), node
    yield BEA, c.Reject(seen=seen, reason="no"), node
    yield ANN, c.Supersede(), node
    yield "stranger", c.Approve(seen=seen), node


def step(node: Node, actor: str, command: c.Command, tried: Node) -> Node | None:
    """Return the node after a command, None where it is refused or changes nothing."""
    try:
        drafts = decide(node.state, command, context(tried.base, tried.contents, tried.tick, actor))
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
    """Return the first revision under review."""
    node = Node(absent(CHANGE))
    started = step(node, ANN, c.Create(change=CHANGE, claims=SAID), node)
    assert started is not None
    return started


def agreed(state: ChangeState) -> frozenset[str]:
    """Return who approved exactly what is under review, and did not write any of it."""
    return frozenset(
        one.principal
        for one in state.decisions
        if (one.verdict, one.revision, one.cycle) == (Verdict.APPROVE, len(state.revisions), state.cycle)
        and one.principal not in state.contributors
    )


def whole(node: Node) -> bool:
    """Say whether nothing but time is missing: contents as agreed, by both of the council, and nobody objects."""
    state = node.state
    return (
        state.revisions[-1].digest == contents(node.base, node.contents).changes.digest
        and agreed(state) == {BEA, CEM}
        and not any(one.verdict is Verdict.REQUEST_CHANGES for one in state.decisions)
        and not any(one.principal in state.contributors for one in state.endings)
    )


def expected(node: Node) -> bool:
    """Say whether a change may be applied now."""
    if node.state.folded is Stage.SCHEDULED and node.now < node.state.due:
        return False
    return node.state.folded in {Stage.IN_REVIEW, Stage.SCHEDULED} and node.tick in FREE and whole(node)


def laws(before: Node, actor: str, command: c.Command, after: Node) -> None:
    """Hold a step that was taken to everything that must be so (INV-01 to INV-20, INV-24)."""
    one, two = before.state, after.state
    assert one.folded not in ENDED, "an end was left"
    assert two.folded in ARCS[one.folded], (one.folded, two.folded)
    assert one.contributors <= two.contributors
    raised = two.cycle - one.cycle
    assert raised in (0, 1)
    assert len({d.principal for d in two.decisions}) == len(two.decisions)
    assert (two.due != "") == (two.folded in {Stage.SCHEDULED, Stage.SUSPENDED}) or two.folded in {
        Stage.APPLYING,
        *ENDED,
    }, "a date without a schedule"
    match command:
        case c.Apply():
            assert expected(before), "applied without everything"
            assert actor or one.folded is Stage.SCHEDULED, "the program applied what nobody gave a date"
        case c.Schedule():
            assert whole(before), "scheduled without everything"
            assert command.due > before.now, "scheduled for the past"
            assert command.due in (DUE, LATER), "scheduled into a freeze"
            assert raised == 0
        case c.Unschedule():
            assert raised == (one.folded is Stage.SUSPENDED), "a suspension begins a new cycle, nothing else does"
        case c.Suspend():
            assert one.due <= before.now
            assert not expected(before), "suspended what holds"
            assert two.folded is Stage.SUSPENDED, "a suspension that does not show"
            assert two.suspended_for
        case c.Expire():
            assert before.tick == 3, "expired early"
            assert not (one.folded is Stage.IN_REVIEW and whole(before)), "expired what everybody agreed to"
        case c.Revise() | c.Rebase():
            new = two.digest != one.digest or one.folded in {Stage.CONFLICTED, Stage.SUSPENDED}
            assert raised == new, "new contents, a conflict, a suspension: a new cycle"
        case c.WithdrawDecision():
            assert two.decision_of(actor) is None, "a decision that was taken back"
        case c.AbandonApply():
            assert (two.folded is Stage.SCHEDULED) == (one.due != ""), "the date was lost"
        case c.EndObjection():
            assert actor not in one.contributors
            assert {d.principal for d in one.decisions} - {command.principal} == {d.principal for d in two.decisions}
        case c.Approve():
            assert actor in {BEA, CEM} - one.contributors
        case _:
            pass
    judged_right(after)
    judged_right(tampered(after))


def judged_right(node: Node) -> None:
    """Hold the judgement on a state to what is told here."""
    state = node.state
    if state.folded in ENDED or state.folded in (Stage.APPLYING, Stage.CONFLICTED):
        return
    judgement = verdict_on(node)
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
        for person in (ANN, BEA, CEM)
    )
    return replace(node, state=replace(state, decisions=forged, endings=()))


def must_move(node: Node) -> None:
    """Hold a state to what time has to make of it (INV-14): due and whole is applied, due and broken is suspended."""
    state = node.state
    if state.folded is not Stage.SCHEDULED or node.now < state.due:
        return
    applied = step(node, "", c.Apply(), node)
    suspended = step(node, "", c.Suspend(), node)
    assert (applied is not None) is expected(node)
    assert (suspended is not None) is not expected(node)


def forgeries(node: Node) -> Iterator[tuple[str, Event, bool]]:
    """Yield events written past every command, and whether the journal may take them."""
    state, now = node.state, node.now
    last = state.revisions[-1]
    bound = {"revision": last.number, "cycle": state.cycle, "digest": last.digest}
    deciding = state.folded in {Stage.IN_REVIEW, Stage.SCHEDULED, Stage.SUSPENDED}

    def event(name: str, payload: Payload, actor: str = "") -> Event:
        said = statement(state, payload, actor) if isinstance(payload, e.Decided) else None
        return Event(name, payload, state.last_seq + 1, state.change, Actor(actor), now, TIP, said)

    for person in (ANN, BEA):
        may = deciding and person not in state.contributors
        yield "approval of a contributor", event("approved", e.Approved.model_validate(bound), person), may
    late = {**bound, "cycle": state.cycle + 1}
    yield "approval of another cycle", event("approved", e.Approved.model_validate(late), CEM), False
    other = {**bound, "digest": "f" * 64}
    yield "approval of other contents", event("approved", e.Approved.model_validate(other), CEM), False
    started = e.ApplyStarted.model_validate({**bound, "onto": TIP, "governance": GOVERNANCE.digest})
    ready = state.folded is Stage.IN_REVIEW or (state.folded is Stage.SCHEDULED and state.due <= now)
    yield "an apply before its date", event("apply_started", started), ready
    came = state.folded is Stage.SCHEDULED and state.due <= now
    yield "a suspension before its date", event("suspended", _suspended(state.due or DUE)), came
    yield "a suspension for another date", event("suspended", _suspended("2026-07-01T09:00:00Z")), False
    assert last.expires is not None
    stuck = state.folded in {Stage.IN_REVIEW, Stage.CONFLICTED, Stage.SUSPENDED}
    yield "an expiry before its date", event("expired", e.Expired(due=last.expires)), stuck and last.expires <= now
    past = e.Scheduled.model_validate({**bound, "due": now})
    yield "a date in the past", event("scheduled", past), False
    same = {"number": last.number + 1, "cycle": state.cycle, "expires": None, "respond_by": None, "asked": ()}
    again = e.RevisionSubmitted.model_validate({**last.model_dump(by_alias=True), **same})
    keeps = deciding and state.folded is not Stage.SUSPENDED
    yield "the old cycle after a break", event("revision_submitted", again, ANN), keeps


def _suspended(due: str) -> e.Suspended:
    return e.Suspended(due=due, unmet=("objection",))


def check_forgeries(node: Node) -> None:
    """Hold the journal's own door to what it may take (INV-01, INV-02, INV-05, INV-24)."""
    if node.state.folded in ENDED:
        return
    for what, forged, may in forgeries(node):
        problems = inadmissible(node.state, forged)
        assert (not problems) is may, (what, node.state.folded, problems)


def meanwhile(node: Node, bound: Bound) -> Iterator[Node]:
    """Yield what happens without a command: time passes, and main moves before anybody has recorded it."""
    others = [replace(node, tick=node.tick + 1)] if node.tick < bound.ticks else []
    others += [replace(node, base="moved")] if node.base == "old" else []
    for other in others:
        judged_right(other)
        yield other


@dataclass
class Visited:
    """How much there was."""

    states: int = 0
    taken: int = 0
    tried: int = 0


@contextmanager
def remembering() -> Iterator[None]:
    """Work out once who has which part: it depends on definition, contributors and place alone in this world."""
    from metricgov.domain.workflow import context as contexts
    from metricgov.domain.workflow import judge as judging

    true = judging.roles_of
    found: dict[object, object] = {}

    def roles_of(one: Touched, contributors: Iterable[str], rules: Governance, *place: object) -> object:
        key = (one.id, one.change_class, frozenset(contributors), repr(place))
        if key not in found:
            found[key] = true(one, contributors, rules, *place)  # type: ignore[arg-type]
        return found[key]

    judging.roles_of = contexts.roles_of = roles_of  # type: ignore[assignment,attr-defined]
    try:
        yield
    finally:
        judging.roles_of = contexts.roles_of = true  # type: ignore[attr-defined]


def visit(starts: Iterable[Node], bound: Bound, depth: int | None = None) -> Visited:
    """Visit every state within the bound (and so many steps), holding each to the laws; return how many there were."""
    queue = deque((node, 0) for node in starts)
    known = {node.key for node, _ in queue}
    count = Visited(states=len(known))
    while queue:
        node, length = queue.popleft()
        check_forgeries(node)
        if node.state.folded in ENDED or length == depth:
            continue
        must_move(node)
        found = [*meanwhile(node, bound)]
        for actor, command, tried in steps(node):
            count.tried += 1
            after = step(node, actor, command, tried)
            if after is None:
                continue
            count.taken += 1
            laws(node, actor, command, after)
            found.append(after)
        for after in found:
            one = after.state
            if len(one.revisions) > bound.revisions or one.cycle > bound.cycles or after.key in known:
                continue
            known.add(after.key)
            count.states += 1
            queue.append((after, length + 1))
    return count
