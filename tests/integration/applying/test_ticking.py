"""A tick on a real registry: what it does, that it does it once, and that nothing stops it for good."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from integration.applying.test_applying import Watched, check_whole, everything, in_a_child, nothing, rival
from integration.gate.gate_world import (
    FASTER,
    FILES,
    INDEX,
    POLICY,
    SPEED,
    VIEWS,
    World,
    copy_of,
    edited,
    make,
)
from metricgov.app.ticking import tick
from metricgov.domain.ticked import Did, Ticked
from metricgov.domain.workflow import commands as c
from metricgov.domain.workflow.vocabulary import Stage

DUE = "2026-06-22T08:00:00Z"
ON_THE_DAY = datetime.fromisoformat("2026-06-22T09:00:00+00:00")
THE_DAY_BEFORE = datetime.fromisoformat("2026-06-21T09:00:00+00:00")
INDEX_WORDS = {INDEX: edited(INDEX, ("Read every", "Looked at every"))}
VIEWS_WORDS = {VIEWS: edited(VIEWS, ("Moves the weekly", "Moves the monthly"))}

FASTER_ID, INDEX_ID, VIEWS_ID = (f"01J9ZQ4N8T6V3W2X1Y0RK7M00{number}" for number in (1, 2, 3))
"""A change that will hold on its date, one that will not, and one that nobody decides."""


@pytest.fixture(scope="session")
def _dated(tmp_path_factory: pytest.TempPathFactory) -> World:
    files = FILES | {POLICY: FILES[POLICY] + "expire_days: 1\n"}
    world = make(tmp_path_factory.mktemp("dated") / "registry", files=files)
    faster = world.approved(FASTER, effective_from="2026-06-22")
    world.say(faster, "ops-lead", c.Schedule(due=DUE))
    index = world.agree(world.reword(INDEX_WORDS))
    world.say(index, "ops-lead", c.Schedule(due=DUE))
    world.say(index, "growth-lead", c.WithdrawDecision())
    views = world.reword(VIEWS_WORDS)
    assert (faster, index, views) == (FASTER_ID, INDEX_ID, VIEWS_ID)
    world.close()
    world.git("repack", "-a", "-d", "-q")
    return world


@pytest.fixture
def dated(_dated: World, tmp_path: Path) -> Iterator[World]:
    """A registry on the day on which one change is due and holds, one is due and does not, and one expired."""
    world = copy_of(_dated, tmp_path / "registry")
    world.clock.at = ON_THE_DAY
    yield world
    world.close()


def ticked(world: World) -> Ticked:
    """One tick by a process that knows nothing."""
    world.close()
    return tick(world.access, landing=world.workspace.landing, lookup=lambda: world.workspace.lookup)


def ends(found: Ticked) -> list[tuple[Did, str]]:
    """Return what a tick brought changes to; whom it told besides is for the tests of reminders."""
    return [(one.did, one.change) for one in found.done if one.did not in (Did.REMINDED, Did.ESCALATED)]


def check_end(world: World) -> None:
    """Say that everything that was due has happened once."""
    check_whole(world, FASTER_ID)
    assert (world.state(INDEX_ID).stage, world.types(INDEX_ID).count("suspended")) == (Stage.SUSPENDED, 1)
    assert (world.state(VIEWS_ID).stage, world.types(VIEWS_ID).count("expired")) == (Stage.EXPIRED, 1)
    seen = len(world.types())
    again = ticked(world)
    assert (again.done, again.failed, len(world.types())) == ([], [], seen)


def test_a_tick_does_what_is_due_and_a_second_one_nothing(dated: World) -> None:
    """INV-11, INV-14: applied, suspended, expired: three ends, each on record."""
    found = ticked(dated)
    assert ends(found) == [
        (Did.APPLIED, FASTER_ID),
        (Did.SUSPENDED, INDEX_ID),
        (Did.EXPIRED, VIEWS_ID),
    ]
    assert (found.failed, found.exit_code) == ([], 0)
    assert dated.read(SPEED) == dated.contents(FASTER_ID)[SPEED]
    assert dated.state(INDEX_ID).suspended_for == ("approval_responsible",)
    assert "suspended" in {str(one.code) for one in dated.judged(INDEX_ID).unmet}
    check_end(dated)


def test_before_the_date_a_tick_only_tells_it(dated: World) -> None:
    """INV-24: nothing happens early, and nothing is written."""
    dated.clock.at = datetime.fromisoformat("2026-06-19T09:00:00+00:00")
    seen = len(dated.types())
    found = ticked(dated)
    assert (found.done, found.failed, len(dated.types())) == ([], [], seen)
    assert [(one.change, one.what, one.due) for one in found.waits] == [
        (VIEWS_ID, "expire", "2026-06-19T23:59:59Z"),
        (FASTER_ID, "apply", DUE),
        (INDEX_ID, "apply", DUE),
    ]


def test_a_suspended_change_goes_on_where_it_stopped(dated: World) -> None:
    """INV-14: what was missing is supplied, a date is set again, and the next tick applies it."""
    ticked(dated)
    dated.approve(INDEX_ID, "growth-lead")
    dated.say(INDEX_ID, "ops-lead", c.Schedule(due="2026-06-23T08:00:00Z"))
    dated.clock.at = datetime.fromisoformat("2026-06-23T08:00:00+00:00")
    assert ends(ticked(dated)) == [(Did.APPLIED, INDEX_ID)]
    check_whole(dated, INDEX_ID)


STRICTER = {POLICY: (FILES[POLICY] + "expire_days: 1\nclasses:\n  breaking: {council: 2}\n").encode()}


def _stricter_rules(world: World) -> None:
    world.push(STRICTER)


def _an_objection(world: World) -> None:
    world.decide(FASTER_ID, c.RequestChanges, "sales-lead", reason="not in this quarter")


def _an_approval_less(world: World) -> None:
    world.say(FASTER_ID, "crm-lead", c.WithdrawDecision())


DRIFT = {
    "stricter rules": (_stricter_rules, {"approval_council"}),
    "an objection": (_an_objection, {"objection"}),
    "an approval less": (_an_approval_less, {"approval_accountable"}),
}


@pytest.mark.parametrize(("drift", "codes"), DRIFT.values(), ids=list(DRIFT))
def test_drift_of_any_kind_suspends_instead(dated: World, drift: Callable[[World], None], codes: set[str]) -> None:
    """INV-08, INV-14: judged in full at main as it is on the date."""
    dated.clock.at = THE_DAY_BEFORE
    drift(dated)
    dated.clock.at = ON_THE_DAY
    assert (Did.SUSPENDED, FASTER_ID) in [(one.did, one.change) for one in ticked(dated).done]
    assert set(dated.state(FASTER_ID).suspended_for) == codes
    assert dated.read(SPEED) == FILES[SPEED].encode()


def test_a_date_falls_with_the_base_under_it(dated: World) -> None:
    """INV-20: somebody pushed the same file; the tick records the conflict and applies nothing."""
    dated.push({SPEED: edited(SPEED, ("Under 80 the rota", "Under 80 the weekend rota"))})
    found = ticked(dated)
    assert (Did.MAIN_RECORDED, FASTER_ID) in [(one.did, one.change) for one in found.done]
    assert dated.state(FASTER_ID).stage is Stage.CONFLICTED
    assert "applied" not in dated.types(FASTER_ID)


def test_the_host_may_land_what_is_scheduled(dated: World) -> None:
    """INV-53: its contents are on main; the journal learns of it, and nothing is applied again."""
    contents = dated.contents(FASTER_ID)
    dated.push(contents)
    ticked(dated)
    state = dated.state(FASTER_ID)
    assert (state.stage, state.landed_by) == (Stage.APPLIED, "host")


def test_a_work_tree_in_the_way_is_told_and_the_rest_is_done(dated: World) -> None:
    """What cannot be done now stays scheduled, and the next tick does it."""
    (dated.root / SPEED).write_text("somebody is writing\n")
    found = ticked(dated)
    assert [(one.change, one.exit_code) for one in found.failed] == [(FASTER_ID, 1)]
    assert found.failed[0].how
    assert [did for did, _ in ends(found)] == [Did.SUSPENDED, Did.EXPIRED]
    assert dated.state(FASTER_ID).stage is Stage.SCHEDULED
    dated.git("checkout", "-q", "--", SPEED)
    assert ends(ticked(dated)) == [(Did.APPLIED, FASTER_ID)]
    check_end(dated)


def test_an_interrupted_apply_is_finished_by_a_tick(_approved: World, faster: str, tmp_path: Path) -> None:
    """INV-50: whoever began it, and though it has no date."""
    world = copy_of(_approved, tmp_path / "registry")

    def work() -> None:
        from integration.applying.test_applying import apply_watched

        apply_watched(world, faster, 4, lambda: os.kill(os.getpid(), signal.SIGKILL), after=False)

    assert os.WIFSIGNALED(in_a_child(work))
    world.close()
    assert world.state(faster).stage is Stage.APPLYING
    assert [(one.did, one.change) for one in ticked(world).done] == [(Did.APPLY_FINISHED, faster)]
    check_whole(world, faster)
    world.close()


def tick_watched(world: World, number: int, act: Callable[[], None], *, after: bool) -> bool:
    """Tick with something done at the n-th port call; False if there was no such call."""
    counter = [number]
    access = replace(
        world.access,
        journal=Watched(world.access.journal, counter, act, after=after),  # type: ignore[arg-type]
    )
    landing = Watched(world.workspace.landing, counter, act, after=after)
    tick(access, landing=landing, lookup=lambda: world.workspace.lookup)  # type: ignore[arg-type]
    return counter[0] <= 0


@pytest.mark.slow
@pytest.mark.parametrize("interlude", [nothing, everything], ids=["at once", "after rival, talk and gc"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_tick_killed_at_every_port_call_ends_the_same(
    _dated: World, tmp_path: Path, interlude: Callable[[World], None], after: bool
) -> None:
    """INV-14, INV-50, INV-53: whatever call it dies at, the next tick leads to the same end."""
    for number in range(1, 40):
        world = copy_of(_dated, tmp_path / str(number))
        world.clock.at, world.next = ON_THE_DAY, 100

        def work() -> None:
            tick_watched(world, number, lambda: os.kill(os.getpid(), signal.SIGKILL), after=after)  # noqa: B023

        status = in_a_child(work)
        world.clock.at += timedelta(hours=1)  # the child's clock went on
        known = tuple(world.access.journal.events())
        interlude(world)
        ticked(world)
        assert tuple(world.access.journal.events())[: len(known)] == known
        check_end(world)
        world.close()
        shutil.rmtree(world.root)
        if not os.WIFSIGNALED(status):
            assert status == 0
            assert number > 8
            return
    pytest.fail("the tick never ended by itself")


@pytest.mark.parametrize("number", range(1, 12))
def test_another_tick_between_any_two_steps_is_harmless(dated: World, number: int) -> None:
    """INV-14, INV-50: the slower of the two finds everything done, and says nothing wrong."""
    hands = World(dated.root, dated.clock, 500)
    assert tick_watched(dated, number, lambda: ticked(hands) and None, after=False)
    hands.close()
    check_end(dated)


@pytest.mark.slow
def test_two_ticks_at_once_are_one(_dated: World, tmp_path: Path) -> None:
    """INV-14, INV-50: real processes, begun together."""
    for round_ in range(4):
        world = copy_of(_dated, tmp_path / str(round_))
        world.clock.at = ON_THE_DAY
        world.clock.step = timedelta(seconds=1)  # each child's clock goes by itself, and must not fall far behind
        children = []
        for _ in range(2):
            pid = os.fork()
            if pid == 0:
                try:
                    os._exit(ticked(world).exit_code)
                except BaseException:  # noqa: BLE001 - the status tells
                    os._exit(9)
            children.append(pid)
        assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0]
        world.clock.at += timedelta(hours=3)  # the children's clocks went on
        check_end(world)
        world.close()


def test_a_push_between_any_two_steps_does_not_stop_a_tick(dated: World) -> None:
    """INV-52: main moves while the change is on its way; it is tried again on the new main."""
    hands = World(dated.root, dated.clock, 500)
    assert tick_watched(dated, 5, lambda: rival(hands), after=False)
    hands.close()
    check_end(dated)
