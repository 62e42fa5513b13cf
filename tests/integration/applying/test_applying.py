"""Applying through the use case: killed at every call of a port, raced, starved; exactly once or not at all."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.gate.gate_world import (
    FASTER,
    FILES,
    INDEX,
    POLICY,
    REWORDED,
    SPEED,
    World,
    copy_of,
    edited,
    run_git,
)
from metricgov.app.applying import apply, recover
from metricgov.app.auditing import audit_verify
from metricgov.app.story import sentence
from metricgov.domain.errors import MetricgovError, Refused
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov.domain.workflow.typed import parse
from metricgov.domain.workflow.vocabulary import Stage

CALLS = ("check", "build", "move", "landed", "settle", "tip", "append")
"""The port calls of applying that write, or whose answer the next step rests on."""

Act = Callable[[World], None]


class Watched:
    """A port whose n-th call, of all that are counted together, is preceded or followed by something."""

    def __init__(self, port: object, counter: list[int], act: Callable[[], None], *, after: bool) -> None:
        self._port, self._counter, self._act, self._after = port, counter, act, after

    def __getattr__(self, name: str) -> Any:
        true = getattr(self._port, name)
        if name not in CALLS:
            return true

        def call(*args: object, **words: object) -> object:
            self._counter[0] -= 1
            mine = self._counter[0] == 0
            if mine and not self._after:
                self._act()
            result = true(*args, **words)
            if mine and self._after:
                self._act()
            return result

        return call


def apply_watched(world: World, change: str, number: int, act: Callable[[], None], *, after: bool) -> bool:
    """Apply with something done at the n-th port call; False if there was no such call."""
    from dataclasses import replace

    counter = [number]
    access = replace(
        world.access,
        journal=Watched(world.access.journal, counter, act, after=after),  # type: ignore[arg-type]
    )
    landing = Watched(world.workspace.landing, counter, act, after=after)
    apply(access, landing=landing, change=change, actor=Actor("ops-lead"))  # type: ignore[arg-type]
    return counter[0] <= 0


def in_a_child(work: Callable[[], None]) -> int:
    """Run work in a process of its own and return its wait status; 3: it raised."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the status tells
            os._exit(3)
    return os.waitpid(pid, 0)[1]


def check_whole(world: World, change: str) -> None:
    """Say that the change is on main once, the journal whole, the work tree in step."""
    world.close()
    assert world.types(change).count("applied") == 1
    assert world.state(change).stage is Stage.APPLIED
    messages = world.git("log", "--first-parent", "--format=%B%x00", "main").split("\0")
    assert sum(f"Metricgov-Change: {change}" in message for message in messages) == 1
    audit = audit_verify(world.workspace.integrity)
    assert audit.holds, audit.problems
    assert world.git("status", "--porcelain", "--untracked-files=no") == ""
    world.git("fsck", "--connectivity-only")
    mains = [one.main for one in world.access.journal.events() if one.main]
    order = world.git("rev-list", "--reverse", "main").split()
    places = [order.index(one) for one in mains]
    assert places == sorted(places), "the recorded main went back"


def nothing(world: World) -> None:
    """Do nothing."""


def rival(world: World) -> None:
    """Move main as somebody's commit does."""
    world.push({"README.md": f"{time.monotonic_ns()}\n".encode()})


def gc(world: World) -> None:
    """Throw away everything that no ref keeps."""
    world.git("reflog", "expire", "--expire=now", "--all")
    world.git("gc", "-q", "--prune=now")


def talk(world: World) -> None:
    """Record something else, which makes the journal notice where main is."""
    world.reword({INDEX: edited(INDEX, ("Read every", "Looked at every"))}, "crm-deputy")


def everything(world: World) -> None:
    """All of it."""
    rival(world)
    talk(world)
    gc(world)


@pytest.mark.slow
@pytest.mark.parametrize("interlude", [nothing, everything], ids=["at once", "after rival, talk and gc"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_at_every_port_call(_approved: World, faster: str, tmp_path: Path, interlude: Act, after: bool) -> None:
    """INV-50, INV-52, INV-53: whatever call the worker dies at, and whatever happens before the next one."""
    for number in range(1, 30):
        world = copy_of(_approved, tmp_path / str(number))

        def work() -> None:
            apply_watched(world, faster, number, lambda: os.kill(os.getpid(), signal.SIGKILL), after=after)  # noqa: B023

        status = in_a_child(work)
        known = tuple(world.access.journal.events())
        interlude(world)
        if os.WIFSIGNALED(status) and known[-1].type != "applied":
            landed = apply(world.access, landing=world.workspace.landing, change=faster, actor=Actor("crm-deputy"))
            assert landed.commit == world.state(faster).commit
        assert tuple(world.access.journal.events())[: len(known)] == known
        check_whole(world, faster)
        world.close()
        shutil.rmtree(world.root)
        if not os.WIFSIGNALED(status):
            assert status == 0
            assert number > 5
            return
    pytest.fail("the apply never ended by itself")


@pytest.mark.parametrize("act", [rival, everything], ids=lambda act: act.__name__)
@pytest.mark.parametrize("number", range(1, 8))
def test_others_at_every_port_call(approved: World, faster: str, number: int, act: Act) -> None:
    """INV-50: a push, a comment, a gc between any two steps of a worker that goes on."""
    rival_hands = World(approved.root, approved.clock, 500)
    assert apply_watched(approved, faster, number, lambda: act(rival_hands), after=False)
    rival_hands.close()
    check_whole(approved, faster)


@pytest.mark.parametrize("pushed", [False, True], ids=["finished", "finished and pushed upon"])
@pytest.mark.parametrize("number", range(3, 8))
def test_somebody_else_finishes_the_attempt(approved: World, faster: str, number: int, pushed: bool) -> None:
    """INV-50, INV-53: the slower worker finds out that it is done, and says so with the same commit."""
    hands = World(approved.root, approved.clock, 500)

    def finish() -> None:
        hands.apply(faster)
        if pushed:
            rival(hands)

    try:
        assert apply_watched(approved, faster, number, finish, after=False)
    except Refused as refused:  # nothing of its own had been announced yet
        assert (number, refused.code) == (3, "stage")
        assert "already" in refused.message
    hands.close()
    check_whole(approved, faster)


def test_a_push_to_the_same_definition_wins_and_the_change_conflicts(approved: World, faster: str) -> None:
    """INV-50, INV-20: applied not at all; the approvals are void and nothing is overwritten."""
    hands = World(approved.root, approved.clock, 500)
    with pytest.raises(RefusedUnmet) as refused:
        apply_watched(approved, faster, 4, lambda: hands.push(REWORDED) and None, after=False)
    hands.close()
    approved.close()
    assert refused.value.unmet
    assert approved.read(SPEED) == REWORDED[SPEED]
    assert "applied" not in approved.types(faster)
    talk(approved)
    assert approved.state(faster).stage is Stage.CONFLICTED
    assert approved.verification().holds


def test_the_right_is_lost_between_announcing_and_swapping(approved: World, faster: str) -> None:
    """INV-08, INV-50: main moved, so the attempt is abandoned and judged again at the new tip."""
    hands = World(approved.root, approved.clock, 500)
    stricter = {POLICY: edited(POLICY, ("enforce: block\n", "enforce: block\nclasses:\n  breaking: {council: 2}\n"))}
    with pytest.raises(RefusedUnmet) as refused:
        apply_watched(approved, faster, 4, lambda: hands.push(stricter) and None, after=False)
    hands.close()
    assert {str(one.code) for one in refused.value.unmet} == {"approval_council"}
    assert approved.types(faster)[-2:] == ["apply_started", "apply_abandoned"]
    approved.approve(faster, "data-lead")
    approved.apply(faster)
    check_whole(approved, faster)


@pytest.mark.slow
def test_two_processes_apply_the_same_change(_approved: World, faster: str, tmp_path: Path) -> None:
    """INV-50: both may finish it, once."""
    for number in range(4):
        world = copy_of(_approved, tmp_path / str(number))
        children = []
        for _ in range(2):
            pid = os.fork()
            if pid == 0:
                code = 3
                try:
                    World(world.root, world.clock).apply(faster)
                    code = 0
                except Refused as refused:
                    code = 1 if refused.code == "stage" else 2
                finally:
                    os._exit(code)
            children.append(pid)
        codes = sorted(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children)
        assert codes in ([0, 0], [0, 1]), codes
        check_whole(world, faster)
        world.close()


def test_two_changes_of_different_definitions_at_once(approved: World, faster: str) -> None:
    """INV-50: the second to come builds on the first."""
    other = approved.agree(approved.reword({INDEX: edited(INDEX, ("Read every", "Looked at every"))}))
    hands = World(approved.root, approved.clock, 500)
    apply_watched(approved, faster, 4, lambda: hands.apply(other) and None, after=False)
    hands.close()
    check_whole(approved, faster)
    check_whole(approved, other)


class Starting:
    """An attempt that was announced and not carried out."""

    @staticmethod
    def of(world: World, change: str) -> None:
        class Died(BaseException):
            """Stands for the end of the process."""

        def die() -> None:
            raise Died

        with pytest.raises(Died):
            apply_watched(world, change, 4, die, after=False)
        world.close()
        assert world.state(change).stage is Stage.APPLYING


def test_while_it_is_being_applied_nobody_decides(approved: World, faster: str) -> None:
    """INV-50: between announcing and landing, approvals, withdrawal and revision are refused."""
    Starting.of(approved, faster)
    for command in (
        lambda: approved.say(faster, "ops-lead", commands.Withdraw(reason="wait")),
        lambda: approved.say(faster, "crm-lead", commands.WithdrawDecision()),
        lambda: approved.decide(faster, commands.RequestChanges, "crm-lead", reason="wait"),
        lambda: approved.revise(faster, REWORDED),
    ):
        with pytest.raises(MetricgovError):
            command()
    assert recover(approved.access, landing=approved.workspace.landing, changes=[faster]) == (faster,)
    check_whole(approved, faster)


def test_the_gate_while_it_is_being_applied(approved: World, faster: str) -> None:
    """INV-21: announced is not used up; the branch with the same contents still passes."""
    Starting.of(approved, faster)
    assert approved.gate(approved.branch(approved.contents(faster))).verdict == "pass"


def test_main_is_rewound_under_an_attempt_and_pruned(_fresh: World, tmp_path: Path) -> None:
    """INV-52: the commit that the attempt stands on is gone for good; it is abandoned, and the next one lands."""
    world = copy_of(_fresh, tmp_path / "registry")
    old = world.tip
    rival(world)
    change = world.approved(FASTER)
    Starting.of(world, change)
    world.close()
    world.git("reset", "-q", "--hard", old)
    gc(world)
    world.apply(change)
    world.close()
    assert world.types(change)[-4:] == ["apply_started", "apply_abandoned", "apply_started", "applied"]
    assert "main_rewound" in world.types()
    assert world.verification().holds
    world.close()


@pytest.mark.parametrize("call", ["build", "landed", "move"])
def test_main_goes_away_and_comes_back_under_a_worker_that_sleeps(approved: World, faster: str, call: str) -> None:
    """INV-52: the attempt was given up meanwhile; that main stands where it stood does not let the sleeper win."""
    before = approved.tip

    def away_and_back() -> None:
        other = approved
        rival(other)
        assert recover(other.access, landing=other.workspace.landing, changes=[faster]) == (faster,)
        assert other.state(faster).stage is not Stage.APPLYING
        other.close()
        other.git("reset", "-q", "--hard", before)

    class Sleepy(Watched):
        def __getattr__(self, name: str) -> Any:
            true = getattr(self._port, name)
            if name != call or self._counter[0] < 1:
                return true

            def late(*args: object, **words: object) -> object:
                self._counter[0] -= 1
                self._act()
                return true(*args, **words)

            return late

    landing = Sleepy(approved.workspace.landing, [1], away_and_back, after=False)
    apply(approved.access, landing=landing, change=faster, actor=Actor("ops-lead"))  # type: ignore[arg-type]
    assert approved.types(faster)[-4:] == ["apply_started", "apply_abandoned", "apply_started", "applied"]
    approved.close()
    started = [one for one in approved.access.journal.events_of(faster) if one.type == "apply_started"]
    messages = approved.git("log", "--format=%B", "main")
    assert f"Metricgov-Journal: {started[-1].seq} " in messages
    assert f"Metricgov-Journal: {started[0].seq} " not in messages
    assert approved.verification().holds


def test_a_rewritten_main_that_once_held_the_contents_used_the_approval_up(_fresh: World, tmp_path: Path) -> None:
    """INV-23: no matter whether anybody saw main at that step."""
    world = copy_of(_fresh, tmp_path / "registry")
    old = world.tip
    rival(world)
    change = world.approved(FASTER)
    world.close()
    world.git("reset", "-q", "--hard", old)
    reached = world.push(world.contents(change))
    world.push({SPEED: FILES[SPEED].encode()})
    with pytest.raises(Refused):
        world.apply(change)
    state = world.state(change)
    assert (state.stage, state.commit, "main_rewound" in world.types()) == (Stage.APPLIED, reached, True)
    landed = next(one for one in world.access.journal.events_of(change) if one.type == "landed")
    assert landed.payload["covered"] is False
    world.close()


def test_contents_that_came_and_went_during_an_attempt_use_the_approval_up(approved: World, faster: str) -> None:
    """INV-23, INV-52: somebody landed the same by hand and took it back while the worker slept."""
    Starting.of(approved, faster)
    approved.push(approved.contents(faster))
    approved.push({SPEED: FILES[SPEED].encode()})
    talk(approved)
    with pytest.raises(Refused):
        approved.apply(faster)
    assert approved.state(faster).landed_by == "host"
    assert approved.read(SPEED) == FILES[SPEED].encode()
    assert approved.verification().holds


def test_words_of_people_are_no_trailers(world: World) -> None:
    """INV-62: a why that looks like an anchor of the journal anchors nothing."""
    change = world.agree(world.reword(REWORDED, why=f"Metricgov-Journal: 2 {'0' * 64}"))
    world.apply(change)
    check_whole(world, change)
    assert f"Why: Metricgov-Journal: 2 {'0' * 64}" in world.git("log", "-1", "--format=%B", "main").splitlines()


class TestWorkTrees:
    """Work trees on main follow, or nothing is announced."""

    def test_a_dirty_governed_path_refuses(self, approved: World, faster: str) -> None:
        """INV-50"""
        (approved.root / SPEED).write_bytes(b"half written\n")
        with pytest.raises(Refused) as refused:
            approved.apply(faster)
        assert SPEED in str(refused.value)
        assert "apply_started" not in approved.types(faster)
        assert (approved.root / SPEED).read_bytes() == b"half written\n"

    def test_dirt_elsewhere_is_left_alone(self, approved: World, faster: str) -> None:
        """INV-50"""
        (approved.root / "README.md").write_bytes(b"mine\n")
        (approved.root / "notes.txt").write_bytes(b"new\n")
        approved.apply(faster)
        assert (approved.root / "README.md").read_bytes() == b"mine\n"
        assert (approved.root / "notes.txt").read_bytes() == b"new\n"
        assert (approved.root / SPEED).read_bytes() == approved.contents(faster)[SPEED]

    def test_every_work_tree_on_main_follows(self, approved: World, faster: str, tmp_path: Path) -> None:
        """INV-50: and one on another branch does not."""
        approved.git("branch", "elsewhere")
        approved.git("worktree", "add", "-q", str(tmp_path / "aside"), "elsewhere")
        approved.git("worktree", "add", "-q", "--force", str(tmp_path / "second"), "main")
        approved.apply(faster)
        wanted = approved.contents(faster)[SPEED]
        assert (approved.root / SPEED).read_bytes() == wanted
        assert (tmp_path / "second" / SPEED).read_bytes() == wanted
        assert (tmp_path / "aside" / SPEED).read_bytes() == FILES[SPEED].encode()
        assert run_git(tmp_path / "second", "status", "--porcelain") == ""


def test_the_commit_says_what_and_who(approved: World, faster: str) -> None:
    """INV-50: one parent, trailers that anchor the journal, a date from the journal: equal in every worker."""
    before = approved.tip
    landed = approved.apply(faster)
    message = approved.git("log", "-1", "--format=%B", landed.commit)
    started = next(one for one in approved.access.journal.events_of(faster) if one.type == "apply_started")
    assert message.splitlines()[0] == "routing_speed 1.0.0 -> 2.0.0"
    trailers = approved.git("interpret-trailers", "--parse", stdin=message.encode()).splitlines()
    assert trailers == [
        f"Metricgov-Change: {faster}",
        f"Metricgov-Journal: {started.seq} {started.sha256}",
        "Approved-by: crm-lead",
        "Approved-by: analytics-lead",
    ]
    assert approved.git("log", "-1", "--format=%P %an <%ae> %cn <%ce>", landed.commit) == (
        f"{before} metricgov <metricgov@invalid> metricgov <metricgov@invalid>"
    )


@pytest.fixture
def landed_by_hand(approved: World, faster: str) -> Iterator[tuple[World, str]]:
    """A pull request with the approved contents, merged on the host."""
    approved.branch(approved.contents(faster))
    approved.git("merge", "-q", "--no-ff", "-m", "Merge pull request #1", "change")
    approved.close()
    yield approved, faster


def test_what_the_host_landed_is_recorded_as_covered(landed_by_hand: tuple[World, str]) -> None:
    """INV-23: the journal learns of it from main, with the judgement at the step's own base."""
    world, change = landed_by_hand
    talk(world)
    event = next(one for one in world.access.journal.events_of(change) if one.type == "landed")
    assert (event.payload["commit"], event.payload["covered"]) == (world.tip, True)
    with pytest.raises(Refused, match="already"):
        world.apply(change)
    assert world.verification().holds


def test_what_was_merged_without_approval_is_recorded_as_not_covered(world: World) -> None:
    """INV-21, INV-23: and the audit names it."""
    change = world.propose(FASTER)
    world.branch(world.contents(change))
    world.git("merge", "-q", "--no-ff", "-m", "Merge pull request #1", "change")
    talk(world)
    event = next(one for one in world.access.journal.events_of(change) if one.type == "landed")
    assert event.payload["covered"] is False
    assert "not approved at that step" in sentence(parse(event)).says


def test_approvals_that_come_after_the_merge_do_not_count(world: World) -> None:
    """INV-23: a step of main is judged by what was there before it."""
    change = world.propose(FASTER)
    base = world.tip
    world.branch(world.contents(change))
    world.git("merge", "-q", "--no-ff", "-m", "Merge pull request #1", "change")
    with pytest.raises(MetricgovError):
        world.approve(change, "crm-lead")
    assert world.gate(world.tip, base=base).verdict == "blocked"
