"""`bench registry`: the registry it makes is one, and is the same every time."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from cli.conftest import Metricgov
from metricgov.app.governing import governance_at
from metricgov.app.start import deadlocks
from metricgov.bootstrap import Workspace

RunGit = Callable[..., str]


def test_a_generated_registry_is_packed_clean_and_always_the_same(
    metricgov: Metricgov, tmp_path: Path, git: RunGit
) -> None:
    shapes = []
    for name in ("one", "two"):
        done = metricgov("bench", "registry", name, "--metrics", "60", "--json")
        assert done.code == 0, done.err
        shapes.append({**json.loads(done.out), "path": ""})
    assert shapes[0] == shapes[1]
    registry = tmp_path / "one"
    assert git(registry, "status", "--porcelain") == ""
    assert "count: 0" in git(registry, "count-objects", "-v")
    assert git(registry, "fsck", "--strict") == ""
    assert git(registry, "diff", "--name-only", "main", "change") == shapes[0]["changed"]
    changed = git(registry, "diff", "-U0", "main", "change").splitlines()
    assert sum(line.startswith(("+ ", "- ", "+  ", "-  ")) for line in changed) == 2


def test_its_governance_holds_and_its_journal_accepts_what_is_there(metricgov: Metricgov, tmp_path: Path) -> None:
    assert metricgov("bench", "registry", "big", "--metrics", "60").code == 0
    workspace = Workspace(tmp_path / "big")
    with workspace.repository as repository:
        tip = repository.resolve("refs/heads/main")
        governance = governance_at(tip, source=repository, files=workspace.files)
        assert list(deadlocks(governance)) == []
        kinds = [one.type for one in workspace.journal.events()]
    assert (kinds[:2], kinds[-1], kinds.count("applied")) == (["registry_created", "baseline"], "applied", 3)
    verified = metricgov("audit", "verify", cwd=tmp_path / "big", email="ada-anders@example.com")
    assert verified.code == 0, verified.err
    gate = metricgov("gate", "--base", "main", "--head", "change", "--format", "json", cwd=tmp_path / "big")
    assert (gate.code, json.loads(gate.out)["verdict"]) == (1, "blocked")
    doctor = metricgov("doctor", cwd=tmp_path / "big", email="ada-anders@example.com")
    assert doctor.code == 0, doctor.out


def test_it_never_writes_over_anything(metricgov: Metricgov, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").write_text("x")
    done = metricgov("bench", "registry", "mine", "--metrics", "5")
    assert (done.code, "not_empty" in done.err) == (2, True)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["file"]
