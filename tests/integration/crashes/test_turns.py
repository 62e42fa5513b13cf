"""Attempts of one clone's processes follow each other: none is overtaken for ever, and none waits for a stopped one."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from bench.crashing import ADA, BELA, NEW, TARGET, TEXT, approved

from metricgov.adapters.git import landing
from metricgov.app import applying
from metricgov.app.deciding import give_verdict
from metricgov.app.drafting import Text, Texts
from metricgov.app.proposing import propose
from metricgov.app.ulid import new_ulid
from metricgov.bootstrap import Workspace
from metricgov.domain.workflow import commands
from metricgov.domain.workflow.envelope import Actor

AT_ONCE = 5


def test_no_process_is_overtaken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five processes that begin together land in one attempt each; without turns all but one would have lost main."""
    root = approved(tmp_path / "registry").root
    changes = [_approved_too(root, f"routing_{number}") for number in range(AT_ONCE)]
    monkeypatch.setattr(applying, "ATTEMPTS", 1)
    begin, go = os.pipe()
    children = [_applies(root, change, begin) for change in changes]
    os.write(go, b"." * AT_ONCE)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0] * AT_ONCE
    workspace = Workspace(root)
    assert len(workspace.repository.first_parents(workspace.repository.resolve(TARGET))) == 1 + AT_ONCE
    workspace.repository.close()


def test_a_stopped_process_stops_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The turn is a courtesy: whoever has waited goes ahead, and the compare-and-swap decides."""
    world = approved(tmp_path / "registry")
    monkeypatch.setattr(landing, "PATIENCE", 0.1)
    workspace = Workspace(world.root)
    state = workspace.repository.state_dir()
    state.mkdir(exist_ok=True)
    with (state / "turn.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        landed = applying.apply(workspace.access, landing=workspace.landing, change=world.change, actor=Actor(ADA))
    assert workspace.repository.resolve(TARGET) == landed.commit
    assert NEW in workspace.repository.tree(landed.commit, (NEW,))
    workspace.repository.close()


def _approved_too(root: Path, name: str) -> str:
    workspace = Workspace(root)
    change = new_ulid(workspace.access.clock.now())
    text = TEXT.replace(b"name: lead_routing", f"name: {name}".encode())
    texts = Texts((Text(f"workflows/{name}.yaml", None, text),))
    propose(workspace.access, change=change, actor=Actor(ADA), collect=texts, claims=commands.Claims(why="one more"))
    give_verdict(workspace.access, change=change, actor=Actor(BELA), verdict=commands.Approve)
    workspace.repository.close()
    return change


def _applies(root: Path, change: str, begin: int) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        workspace = Workspace(root)
        os.read(begin, 1)
        applying.apply(workspace.access, landing=workspace.landing, change=change, actor=Actor(ADA))
        code = 0
    except BaseException as error:  # noqa: BLE001 - the code tells
        os.write(2, f"{change}: {type(error).__name__}: {error}\n".encode())
    os._exit(code)
