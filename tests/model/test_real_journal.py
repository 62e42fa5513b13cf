"""The same commands in any order on a real journal in git, held to the pure functions after every one of them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from integration.gate.gate_fixtures import _fresh  # noqa: F401 - a fixture
from integration.gate.gate_world import FASTER, FILES, INDEX, SPEED, World, copy_of, edited
from metricgov.app.catching_up import catch_up
from metricgov.app.lookup import JournalLookup
from metricgov.app.moment import at_tip
from metricgov.app.rebasing import rebase
from metricgov.app.ticking import tick
from metricgov.domain import time
from metricgov.domain.errors import MetricgovError, Refused
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.decide import decide
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.evolve import evolve
from metricgov.domain.workflow.fold import Replay, fold
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.state import ChangeState, absent
from metricgov.domain.workflow.summary import summarise
from metricgov.domain.workflow.typed import foresee, parse
from metricgov.domain.workflow.vocabulary import ENDED, Stage
from metricgov.ports.index import ChangeQuery

PEOPLE = ("ops-lead", "crm-lead", "crm-deputy", "head-of-marketing", "sales-lead")
FASTEST = {SPEED: edited(SPEED, ("'4' HOUR", "'1' HOUR"), ("4 hours", "1 hour"))}
DAY = "2026-06-22"


class Journal(RuleBasedStateMachine):
    """One change in a registry of its own, the people around it, a clock, and whoever else pushes to main."""

    start: World

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="metricgov-model-"))
        self.world = copy_of(self.start, self.folder / "registry")
        self.shadow: dict[str, ChangeState] = {}
        self.seq = 0
        self.pushes = 0
        self.change = self.world.propose(FASTER, treatment="restate", effective_from=DAY)
        self.follow()
        self.everybody_agrees(None)

    def teardown(self) -> None:
        self.world.close()
        shutil.rmtree(self.folder)

    @property
    def state(self) -> ChangeState:
        return self.shadow[self.change]

    def follow(self) -> None:
        """Let the pure state take what was appended."""
        for envelope in self.world.access.journal.events(since=self.seq):
            self.seq = envelope.seq
            if envelope.change is not None:
                before = self.shadow.get(envelope.change) or absent(envelope.change)
                self.shadow[envelope.change] = evolve(before, parse(envelope))

    def give(self, who: str, make: Callable[[ChangeState], c.Command]) -> None:
        """Give a command in git, and say before what the pure `decide` makes of it."""
        moment = at_tip(self.world.access)
        state = self.state
        for draft in catch_up(moment):
            if draft.change == self.change:
                state = evolve(state, foresee(draft, state.last_seq + 1))
        command = make(state)
        try:
            said = decide(state, command, moment.context(Actor(who), proposal=moment.proposal(state)))
            told: tuple[str, ...] | None = tuple(draft.type for draft in said)
        except RefusedUnmet:
            told = None
        seen = self.seq
        try:
            self.world.say(self.change, who, command)
        except RefusedUnmet:
            assert told is None
            assert self.world.access.journal.head().seq == seen, "a refusal was written"
            return
        types = [one.type for one in self.world.access.journal.events(since=seen) if one.change == self.change]
        assert told is not None
        assert tuple(types[len(types) - len(told) :]) == told
        self.follow()

    @rule(who=st.sampled_from(PEOPLE), kind=st.sampled_from([c.Approve, c.Acknowledge, c.RequestChanges]))
    def decide_as(self, who: str, kind: type[c.Verdictive]) -> None:
        def make(state: ChangeState) -> c.Command:
            seen = c.Seen(revision=len(state.revisions), cycle=state.cycle, digest=state.digest)
            return kind(seen=seen, reason="so")

        self.give(who, make)

    @precondition(lambda self: self.state.stage in (Stage.IN_REVIEW, Stage.SUSPENDED))
    @rule(days=st.sampled_from([None, 0, 2]))
    def everybody_agrees(self, days: int | None) -> None:
        """The way most changes go, so that the rest is reached often enough."""
        for who, kind in (("sales-lead", c.Acknowledge), ("crm-lead", c.Approve), ("head-of-marketing", c.Approve)):
            self.decide_as(who, kind)
        if days is not None:
            self.schedule(days)

    @precondition(lambda self: self.state.stage is Stage.SCHEDULED)
    @rule(drifts=st.booleans())
    def it_comes_due(self, drifts: bool) -> None:
        """INV-14: with everything as it was, or not."""
        if drifts:
            self.take_back("crm-lead")
        self.world.clock.at = max(self.world.clock.at, time.from_text(self.state.due))
        self.tick()
        assert self.state.stage is not Stage.SCHEDULED
        assert not drifts or self.state.stage is not Stage.APPLIED

    @rule(who=st.sampled_from(PEOPLE))
    def take_back(self, who: str) -> None:
        self.give(who, lambda _state: c.WithdrawDecision())

    @precondition(lambda self: self.state.stage is not Stage.SCHEDULED)
    @rule(days=st.integers(-1, 3))
    def schedule(self, days: int) -> None:
        due = time.to_text(max(time.from_text(f"{DAY}T00:00:00Z"), self.world.clock.at) + timedelta(days=days))
        self.give("ops-lead", lambda _state: c.Schedule(due=due))

    @precondition(lambda self: self.state.due != "")
    @rule()
    def unschedule(self) -> None:
        self.give("ops-lead", lambda _state: c.Unschedule(reason="not yet"))

    @rule(who=st.sampled_from(["ops-lead", "crm-deputy"]), fastest=st.booleans())
    def revise(self, who: str, fastest: bool) -> None:
        try:
            self.world.revise(self.change, FASTEST if fastest else FASTER, who, treatment="restate", effective_from=DAY)
        except Refused:
            return
        self.follow()

    @precondition(lambda self: self.state.stage is Stage.CONFLICTED)
    @rule()
    def rebase(self) -> None:
        try:
            rebase(self.world.access, change=self.change, actor=Actor("ops-lead"))
        except MetricgovError:
            return
        self.follow()

    @rule(path=st.sampled_from(["README.md", INDEX, "README.md", SPEED]))
    def somebody_pushes(self, path: str) -> None:
        self.pushes += 1
        data = self.world.read(path) if path != SPEED else FILES[SPEED].encode()
        self.world.push({path: data + f"# {self.pushes}\n".encode()})

    @rule(days=st.sampled_from([1, 2, 60]))
    def time_passes(self, days: int) -> None:
        self.world.clock.at += timedelta(days=days)

    @rule()
    def tick(self) -> None:
        done = tick(self.world.access, landing=self.world.workspace.landing, lookup=self.lookup)
        assert done.failed == []
        self.follow()
        seen = self.seq
        again = tick(self.world.access, landing=self.world.workspace.landing, lookup=self.lookup)
        self.follow()
        assert (again.done, self.seq) == ([], seen), "a second tick did something"
        assert self.state.stage is not Stage.SCHEDULED or self.state.due > time.to_text(self.world.clock.at)

    @rule()
    def apply(self) -> None:
        with suppress(Refused):
            self.world.apply(self.change)
        self.follow()

    @precondition(lambda self: self.state.stage is Stage.SUSPENDED)
    @rule()
    def withdraw(self) -> None:
        self.give("ops-lead", lambda _state: c.Withdraw())

    def lookup(self) -> JournalLookup:
        return JournalLookup(self.world.access.journal)

    @invariant()
    def the_journal_is_the_fold(self) -> None:
        """INV-51: what git holds, read from nothing, is what the pure steps gave, and nothing in it is out of place."""
        journal = self.world.access.journal
        folded = fold(self.change, journal.events_of(self.change))
        assert folded.problems == ()
        assert folded.state == self.state
        replay = Replay()
        for envelope in journal.events():
            replay.take(envelope)
        assert replay.problems == []
        assert replay.changes == self.shadow
        assert set(self.lookup().changes(ChangeQuery())) == {summarise(one) for one in self.shadow.values()}

    @invariant()
    def main_holds_what_was_applied(self) -> None:
        """INV-01, INV-14, INV-50: what an apply put there is what was agreed on, and nothing else came by it."""
        applied = self.world.types(self.change).count("applied")
        assert applied <= 1
        if applied:
            assert self.state.stage is Stage.APPLIED
            contents = self.world.contents(self.change)
            assert all(self.world.read(path, self.state.commit) == data for path, data in contents.items())
        assert self.state.stage not in ENDED or self.state.ended_seq


@pytest.mark.slow
def test_any_order_of_commands_in_git_is_the_pure_fold(_fresh: World) -> None:  # noqa: F811
    """INV-12, INV-14, INV-50, INV-51."""
    machine = type("Machine", (Journal,), {"start": _fresh, "TestCase": None})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=6,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
