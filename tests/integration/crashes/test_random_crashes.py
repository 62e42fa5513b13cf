"""A few of the randomised runs that `make bench` makes a thousand of (bench/crashing.py), and a race that ends soon."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench import crashing, racing

pytestmark = pytest.mark.slow


def test_nothing_is_lost_done_twice_or_left_to_a_person(tmp_path: Path) -> None:
    """INV-50, INV-51, INV-52: killed at random, with a rival, on a disk without room."""
    tally = crashing.crash(tmp_path, 12, seed=7)
    assert tally["killed"]
    assert tally["apply begun"] >= 6
    assert tally["apply begun"] + tally["sync begun"] >= 12


def test_a_lost_word_is_noticed(tmp_path: Path) -> None:
    """A harness that cannot see a broken promise proves nothing."""
    world = crashing.approved(tmp_path / "approved")
    child = crashing.Child(0, 0, "append", said="word that nobody wrote")
    known = crashing._events(world.root)
    with pytest.raises(crashing.BrokenPromiseError, match="acknowledged and lost"):
        crashing._check(world, world.root, known, [child])
    with pytest.raises(crashing.BrokenPromiseError, match="are gone"):
        crashing._check(world, world.root, (*known, "one more"), [])


def test_two_processes_leave_one_history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """INV-50, INV-51: a linear journal that replays to the same state, and a step of main for each change."""
    monkeypatch.setattr(racing, "QUICK", 3)
    section = racing.measure(tmp_path, quick=True)
    assert [bar.reason for bar in section.bars] == [""]
    assert section.rows["throughput"]["changes_n"] >= 2
