"""The way of the demo, put before both verifiers (INV-63)."""

from __future__ import annotations

from pathlib import Path

import pytest

from attacks.journeys import BRANCH, answers
from metricgov.cli.demo import FILE, Stage, environment, play


@pytest.mark.slow
def test_what_the_demo_leaves_behind(tmp_path: Path) -> None:
    """INV-63, INV-25: both let it pass; a commit past the program both refuse, and name; without one nobody tells."""
    stage = Stage(tmp_path, environment())
    play(stage)
    assert answers(tmp_path) == (("pass",), ("pass",))
    file = tmp_path / FILE
    stage.git("switch --quiet main")
    file.write_text(file.read_text().replace("'14' DAY", "'7' DAY"))
    stage.git("commit --quiet --all --message past-the-program")
    first, second = answers(tmp_path)
    assert first == second
    assert (first[0], len(first)) == ("fail", 2)
    stage.git(f"update-ref -d {BRANCH}")
    assert answers(tmp_path) == (("undecided",), ("undecided",))
