"""What several folders of these tests share."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.reading_world import OPEN, build
from integration.hosted import git


@pytest.fixture(scope="session")
def agreed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry in which one change has every approval it needs, made once."""
    root = tmp_path_factory.mktemp("agreed") / "registry"
    world = build(root)
    world.agree(OPEN)
    world.workspace.repository.close()
    return root


@pytest.fixture
def home(agreed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone of it; its origin is a bare repository that stands for the host."""
    config = tmp_path / "home-of-git"
    config.mkdir()
    (config / ".gitconfig").write_text("[user]\n\tname = Carla\n\temail = crm-lead@example.com\n")
    monkeypatch.setenv("HOME", str(config))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2] / "src"))
    monkeypatch.delenv("METRICGOV_ACTOR", raising=False)
    git(tmp_path, "clone", "-q", "--bare", agreed, "host.git")
    git(tmp_path, "clone", "-q", "host.git", "home")
    git(tmp_path / "home", "fetch", "-q", "origin", "metricgov/journal:metricgov/journal")
    return tmp_path / "home"
