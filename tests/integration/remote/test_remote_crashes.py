"""kill -9 at any step of an append, a sync and an apply against a remote; `make bench` does it many times more."""

from __future__ import annotations

from pathlib import Path

import git.cmd  # noqa: F401 - children made by fork shall not pay for the import
import pytest
import sqlglot  # noqa: F401
from killing import RUNS, make

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shared registry and two clones."""
    return make(tmp_path_factory.mktemp("base"))


@pytest.mark.parametrize("name", RUNS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", [3, 6, 8])
def test_what_was_cut_off_is_done_once(base: Path, tmp_path: Path, name: str, step: int, after: bool) -> None:
    """INV-50, INV-52, INV-53"""
    RUNS[name](base, tmp_path / "run", step, after=after)


@pytest.mark.parametrize("name", RUNS)
def test_what_is_not_cut_off_ends(base: Path, tmp_path: Path, name: str) -> None:
    assert not RUNS[name](base, tmp_path / "run", 1000, after=False).killed
