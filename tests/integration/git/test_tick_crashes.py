"""A tick on a real registry, killed before any of its writes to git; the next one leads to the same end."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

import pytest

from integration.applying.test_applying import in_a_child, rival
from integration.applying.test_ticking import ON_THE_DAY, _dated, check_end, ticked  # noqa: F401 - a fixture
from integration.gate.gate_world import World, copy_of
from integration.git.writing_calls import before_the

pytestmark = pytest.mark.slow


def killed_before_write(world: World, number: int) -> bool:
    """Tick in a child that is killed right before its n-th write; False if it ended first."""

    def work() -> None:
        before_the(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
        ticked(world)

    status = in_a_child(work)
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


@pytest.mark.parametrize("pushed", [False, True], ids=["at once", "after a push by somebody"])
def test_a_killed_tick_is_finished_by_the_next_one(_dated: World, tmp_path: Path, pushed: bool) -> None:  # noqa: F811
    """INV-14, INV-50, INV-52, INV-53: applied once, suspended once, expired once, and no person is needed."""
    for number in range(1, 60):
        world = copy_of(_dated, tmp_path / str(number))
        world.clock.at = ON_THE_DAY
        killed = killed_before_write(world, number)
        world.close()
        world.clock.at = ON_THE_DAY.replace(hour=12)
        known = tuple(world.access.journal.events())
        if pushed:
            rival(world)
        ticked(world)
        assert tuple(world.access.journal.events())[: len(known)] == known
        check_end(world)
        world.close()
        shutil.rmtree(world.root)
        if not killed:
            assert number > 6
            return
    pytest.fail("the tick never ended by itself")
