"""Visiting every state of a small world; no world and no law of one, and what tells states apart is in apart.py."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from typing import Any

import pytest

from metricgov.domain import time
from metricgov.domain.digest import ChangeSet
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow import context as contexts
from metricgov.domain.workflow import judge as judging
from metricgov.domain.workflow import moving, verdicts
from metricgov.domain.workflow.context import Context
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.delegations import Delegation
from metricgov.domain.workflow.envelope import Actor, Identity
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.judge import Judgement
from metricgov.domain.workflow.overriding import ReviewDue
from metricgov.domain.workflow.places import Place
from metricgov.domain.workflow.proposal import Proposal, Subject, Touched
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.rights import Governance
from metricgov.domain.workflow.state import ChangeState, absent
from metricgov.domain.workflow.typed import foresee
from metricgov.domain.workflow.vocabulary import ENDED, Stage
from model.apart import ANN, CLOCK, told_apart
from unit.workflow.world import CHANGE, REGISTRY, TARGET, TIP, proposal

ASIDE = "aside"
"""What main is called once something moved that the change does not touch."""


@dataclass(frozen=True, slots=True)
class Bound:
    """How far every world goes."""

    revisions: int = 2
    cycles: int = 3
    ticks: int = 3
    hands: int = 1

    def __str__(self) -> str:
        handed = {1: "once", 2: "twice"}[self.hands]
        return f"{self.revisions} revisions, {self.cycles} cycles, {self.ticks} clock ticks, reassigned {handed}"

    def holds(self, state: ChangeState) -> bool:
        """Say whether a state lies within it."""
        within = len(state.revisions) <= self.revisions and state.cycle <= self.cycles
        return within and len(state.reassignments) <= self.hands


@dataclass(frozen=True, slots=True)
class Node:
    """A state of the change, what main holds under it, what its contents are, and what time it is."""

    state: ChangeState
    base: str = "old"
    contents: str = "x"
    tick: int = 0

    @property
    def now(self) -> str:
        """The time."""
        return CLOCK[self.tick]

    @property
    def seen(self) -> c.Seen:
        """What is under review, as a decision names it."""
        return _seen(len(self.state.revisions) or 1, self.state.cycle or 1, self.state.digest or "0" * 64)


@cache
def _seen(revision: int, cycle: int, digest: str) -> c.Seen:
    return c.Seen(revision=revision, cycle=cycle, digest=digest)


Try = tuple[str, c.Command, Node]
"""Who, what, and the trees it is tried on."""


@dataclass(frozen=True)
class World:
    """One small world: who may try what in it, and what has to be so.

    `ticks` are those it lives through, `drifts` what main may become under the change, `facts` what else its trees show
    then. `law` holds a step to
    what must be so, `holds` a state. `goes_on` says whether commands are tried on a change that has ended.
    """

    name: str
    governance: Governance
    definitions: tuple[Touched, ...]
    tries: Callable[[Node], Iterator[Try]]
    law: Callable[[Node, str, c.Command, Node], None]
    holds: Callable[[Node], None]
    first: Callable[[], Node]
    ticks: tuple[int, ...] = (0, 1, 2, 3)
    drifts: tuple[str, ...] = ("moved",)
    facts: Callable[[str], dict[str, Any]] = lambda _base: {}
    goes_on: bool = False
    delegations: tuple[Delegation, ...] = ()
    reviews: tuple[ReviewDue, ...] = ()
    other: ChangeState | None = None

    @cache  # noqa: B019 - worlds live as long as the tests
    def contents(self, base: str, after: str) -> Proposal:
        """Return what the trees show: every file goes from one text to another."""
        before = "old" if base == ASIDE else base
        return proposal(*self.definitions, before=before, after=after, **self.facts(base))

    @cache  # noqa: B019
    def context(self, base: str, after: str, tick: int, actor: str) -> Context:
        """Return the facts around a command."""
        subjects = tuple(one.before for one in self.definitions if isinstance(one.before, Subject))
        return Context(
            Actor(actor, Identity.CLAIMED),
            CLOCK[tick],
            REGISTRY,
            TARGET,
            TIP,
            self.governance,
            self.contents(base, after),
            other=self.other,
            subjects=subjects,
            delegations=self.delegations,
            reviews=self.reviews,
        )

    def judged(self, node: Node) -> Judgement:
        """Return what the rules say of a state."""
        return moving.judged(node.state, self.context(node.base, node.contents, node.tick, ""))

    def exact(self, node: Node) -> bool:
        """Say whether the trees show what is under review."""
        return node.state.digest == self.contents(node.base, node.contents).changes.digest

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


def step(world: World, node: Node, actor: str, command: c.Command, tried: Node | None = None) -> Node | None:
    """Return the node after a command, None where it is refused or changes nothing."""
    tried = tried or node
    try:
        drafts = decide(node.state, command, world.context(tried.base, tried.contents, tried.tick, actor))
    except RefusedUnmet as refusal:
        assert refusal.unmet
        assert all(one.says for one in refusal.unmet), "a requirement that says nothing (INV-17)"
        return None
    if not drafts:
        return None
    state = node.state
    for draft in drafts:
        state = evolve(state, foresee(draft, state.last_seq + 1))
    return replace(tried, state=state)


def begun(world: World, claims: c.Claims, *, tick: int = 0) -> Node:
    """Return the first revision under review."""
    node = Node(absent(CHANGE), tick=tick)
    started = step(world, node, ANN, c.Create(change=CHANGE, claims=claims))
    assert started is not None
    return started


def key(world: World, node: Node) -> tuple[Any, ...]:
    """Return what tells a node from others."""
    return told_apart(node, ended=world.goes_on)


# The search.


@dataclass
class Explored:
    """How much there was; `beyond` counts steps that led out of the bound, and were held to the laws as well."""

    world: str
    states: int = 0
    taken: int = 0
    tried: int = 0
    beyond: int = 0
    whole: bool = False
    stages: set[Stage] = field(default_factory=set)
    given: set[type] = field(default_factory=set)
    stuck: list[Node] = field(default_factory=list)
    """States from which no order of commands leads to an applied change, within the bound or out of it."""

    def __str__(self) -> str:
        how = "the whole bound" if self.whole else "CUT before the bound"
        return f"{self.world}: {self.states:,} states, {self.taken:,} steps taken of {self.tried:,} tried; {how}"


def explore(
    world: World,
    bound: Bound,
    *,
    starts: tuple[Node, ...] = (),
    depth: int | None = None,
    on: Callable[[Node], None] = lambda _node: None,
    met: Callable[[Node, Any], None] = lambda _node, _name: None,
) -> Explored:
    """Visit every state within the bound (and so many steps, where a depth is named), holding each to the laws.

    `on` is told of each state once, `met` of every way to it, with what tells it from others.
    """
    found = Explored(world.name)
    queue: deque[tuple[Node, Any, int]] = deque()
    known: dict[Any, Node] = {}
    behind: dict[Any, set[Any]] = {}
    good: set[Any] = set()
    cut = False

    def meet(node: Node, length: int, origin: Any) -> None:
        if not bound.holds(node.state):
            found.beyond += 1
            world.holds(node)
            good.add(origin)
            return
        name = key(world, node)
        behind.setdefault(name, set()).add(origin)
        met(node, name)
        if name in known:
            return
        known[name] = node
        found.states += 1
        found.stages.add(node.state.folded)
        world.holds(node)
        on(node)
        if node.state.folded is Stage.APPLIED:
            good.add(name)
        queue.append((node, name, length))

    for node in starts or (world.first(),):
        meet(node, 0, None)
    while queue:
        node, name, length = queue.popleft()
        if node.state.folded in ENDED and not world.goes_on:
            continue
        if length == depth:
            cut = True
            continue
        forget()
        for later in meanwhile(world, node):
            meet(later, length + 1, name)
        for actor, command, tried in world.tries(node):
            found.tried += 1
            after = step(world, node, actor, command, tried)
            if after is None:
                continue
            found.taken += 1
            found.given.add(type(command))
            world.law(node, actor, command, after)
            meet(after, length + 1, name)
    found.whole = not cut
    ways = _leading_to(good, behind)
    found.stuck = [] if cut else [node for name, node in known.items() if name not in ways]
    return found


def _leading_to(good: set[Any], behind: Mapping[Any, set[Any]]) -> set[Any]:
    """Return the states from which one of these can be reached."""
    found, waiting = set(good), list(good)
    while waiting:
        for origin in behind.get(waiting.pop(), ()):
            if origin not in found:
                found.add(origin)
                waiting.append(origin)
    return found


def meanwhile(world: World, node: Node) -> Iterator[Node]:
    """Yield what happens without a command: time passes, and main moves before anybody has recorded it."""
    later = [tick for tick in world.ticks if tick > node.tick]
    if later and node.state.folded not in ENDED:
        yield replace(node, tick=later[0])
    if node.base == "old" and node.state.folded not in ENDED:
        yield from (replace(node, base=base) for base in world.drifts)


# What is worked out once.

_judgements: dict[Any, tuple[Any, Judgement]] = {}


def forget() -> None:
    """Let go of what was remembered about the states of another node."""
    _judgements.clear()


@contextmanager
def remembering() -> Iterator[None]:
    """Work out once what depends on little: roles, digests, moments, and the judgement on one state at one time."""
    with pytest.MonkeyPatch.context() as patch:
        digest = lru_cache(maxsize=None)(ChangeSet.digest.fget)  # type: ignore[attr-defined]
        patch.setattr(ChangeSet, "digest", property(digest))
        patch.setattr(time, "from_text", lru_cache(maxsize=None)(time.from_text))
        patch.setattr(time, "to_text", lru_cache(maxsize=None)(time.to_text))
        roles = _roles_once(judging.roles_of)
        grave = _grave_once(judging.graver)
        for module in (judging, contexts):
            patch.setattr(module, "roles_of", roles)
        for module in (judging, contexts, verdicts):
            patch.setattr(module, "graver", grave)
        patch.setattr(moving, "judge", _judge_once)
        forget()
        yield
    forget()


def _judge_once(state: ChangeState, proposed: Proposal, governance: Governance, **place: Any) -> Judgement:
    name = (id(state), id(proposed), place["now"])
    if name not in _judgements:
        _judgements[name] = (state, judging.judge(state, proposed, governance, **place))
    return _judgements[name][1]


def _roles_once(true: Callable[..., Any]) -> Callable[..., Any]:
    found: dict[Any, Any] = {}

    def roles_of(one: Touched, contributors: Any, rules: Governance, place: Place | None = None) -> Any:
        answered = tuple(sorted(place.answered.items())) if place and place.escalated else ()
        passed = (place.reassigned, place.escalated, place.submitted_at, place.respond_by, answered) if place else ()
        name = (id(rules), one.id, one.change_class, frozenset(contributors), passed)
        if name not in found:
            found[name] = true(one, contributors, rules, *([place] if place else []))
        return found[name]

    return roles_of


def _grave_once(true: Callable[..., Any]) -> Callable[..., Any]:
    found: dict[Any, Any] = {}

    def graver(proposed: Proposal, state: ChangeState) -> Any:
        recorded = (
            tuple((one.id, one.change_class) for one in state.revisions[-1].definitions) if state.revisions else ()
        )
        name = (id(proposed), recorded)
        if name not in found:
            found[name] = (proposed, true(proposed, state))
        return found[name][1]

    return graver
