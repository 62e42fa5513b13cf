"""The use case `apply` on a real registry, killed before any of its writes; then rivals, gc, and another call of it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import git.cmd  # noqa: F401 - children made by fork shall not pay for the import
import pytest
import sqlglot  # noqa: F401

from cli.reading_world import OPEN, Hours, build
from integration.git.writing_calls import before_the
from metricgov.adapters.git.journal_verify import anchors_on, verify
from metricgov.adapters.git.setup import commit_files
from metricgov.app.applying import apply
from metricgov.bootstrap import Workspace
from metricgov.domain.workflow.envelope import Actor

ON_ITS_DAY = datetime(2026, 8, 1, 8, 0, tzinfo=UTC)
"""When the change may take effect."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry in which one change has every approval it needs."""
    root = tmp_path_factory.mktemp("approved") / "registry"
    world = build(root)
    world.agree(OPEN)
    world.workspace.repository.close()
    return root


def apply_in(root: Path) -> None:
    workspace = Workspace(root, clock=Hours(ON_ITS_DAY))
    apply(workspace.access, landing=workspace.landing, change=OPEN, actor=Actor("crm-lead"))


def killed_before_write(root: Path, number: int) -> bool:
    """Apply in a child that is killed right before its n-th write; False if it ended first."""
    pid = os.fork()
    if pid == 0:
        try:
            before_the(number, lambda: os.kill(os.getpid(), signal.SIGKILL))
            apply_in(root)
            os._exit(0)
        except BaseException:  # noqa: BLE001 - the status tells
            os._exit(3)
    status = os.waitpid(pid, 0)[1]
    assert os.WIFSIGNALED(status) or status == 0
    return os.WIFSIGNALED(status)


def rival(root: Path) -> None:
    """Move main under the apply, with the work tree in step, as somebody's commit does."""
    workspace = Workspace(root)
    commit_files(
        workspace.repository, "main", {"notes.txt": b"1\n"}, message="rival", at="2026-06-18T09:52:30Z", follow=False
    )
    subprocess.run(["git", "-C", str(root), "checkout", "-q", "HEAD", "--", "notes.txt"], check=True)
    workspace.repository.close()


def gc(root: Path) -> None:
    subprocess.run(["git", "-C", str(root), "gc", "-q", "--prune=now"], check=True)


def both(root: Path) -> None:
    rival(root)
    gc(root)


@pytest.mark.parametrize("interlude", [gc, both], ids=["gc", "rival and gc"])
def test_a_killed_apply_is_finished_by_the_next_one(approved: Path, interlude: Callable[[Path], None]) -> None:
    """INV-50, INV-52, INV-53: applied exactly once, never lost, whatever happened in between."""
    for number in range(1, 40):
        root = approved.parent / f"{interlude.__name__}{number}"
        shutil.copytree(approved, root, symlinks=True)
        killed = killed_before_write(root, number)
        workspace = Workspace(root)
        known = tuple(workspace.journal.events())
        interlude(root)
        if killed or known[-1].type != "applied":
            try:
                apply_in(root)
            except Exception as error:  # noqa: BLE001 - judged right below
                assert getattr(error, "code", "") == "stage", error
        events = tuple(workspace.journal.events())
        assert events[: len(known)] == known
        assert [one.type for one in events if one.change == OPEN].count("applied") == 1
        repository = workspace.repository
        tip = repository.resolve("main")
        messages = [repository.store.commit_header(one)[""][0] for one in repository.first_parents(tip)]
        assert sum(f"Metricgov-Change: {OPEN}" in message for message in messages) == 1
        assert verify(repository, workspace.journal.view(), anchors=anchors_on(repository, tip)).holds
        shown = subprocess.run(["git", "-C", str(root), "status", "--porcelain"], capture_output=True, check=True)
        assert shown.stdout == b""
        repository.close()
        shutil.rmtree(root)
        if not killed:
            assert number > 6
            return
    pytest.fail("the apply never ended by itself")
