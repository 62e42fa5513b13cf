"""A clone whose origin stands for a git host, and what people and programs do in it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from cli.reading_world import OPEN
from metricgov.app.folding import state_of
from metricgov.bootstrap import Workspace
from metricgov.cli.main import run

METRIC = "metrics/crm_handoff/routing_speed.yaml"


def shell(cwd: Path, *words: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program; where it is to end well, it does."""
    done = subprocess.run([str(word) for word in words], cwd=cwd, capture_output=True, text=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done


def git(cwd: Path, *words: str | Path) -> str:
    """Return what git answers."""
    return shell(cwd, "git", *words).stdout.strip()


def metricgov(cwd: Path, *words: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """Call the program in a folder, and return its exit code."""
    monkeypatch.chdir(cwd)
    with pytest.raises(SystemExit) as ending:
        run(list(words))
    assert isinstance(ending.value.code, int)
    return ending.value.code


def host_of(home: Path) -> Path:
    """Return the bare repository that a clone has as its origin."""
    return home.parent / "host.git"


def edit(home: Path, old: str = "title: ", new: str = "title: My ") -> None:
    """Write what nobody approved."""
    file = home / METRIC
    file.write_text(file.read_text().replace(old, new, 1))


def take_approved(home: Path) -> None:
    """Write the contents of the approved change, as a squash on a host does."""
    workspace = Workspace(home)
    state = state_of(OPEN, workspace.journal)
    assert state.revision
    for one in state.revision.edits:
        assert one.after
        (home / one.path).write_bytes(workspace.journal.blob(OPEN, one.after.sha256))
    workspace.repository.close()
