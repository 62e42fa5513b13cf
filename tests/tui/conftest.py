"""A starter registry with a change under review, made once and copied for every test."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tui.stage import cli

THRESHOLD = ("INTERVAL '30' DAY", "INTERVAL '21' DAY")


@pytest.fixture(scope="session")
def made_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A starter registry; `sales_accepted_lead_rate` has an open change of ops-lead."""
    folder = tmp_path_factory.mktemp("registry") / "marketing"
    folder.mkdir()
    for words in (
        ("init", "-q", "-b", "main", "."),
        ("config", "user.email", "crm-lead@example.com"),
        ("config", "user.name", "crm-lead"),
    ):
        subprocess.run(["git", *words], cwd=folder, check=True)
    cli(folder, "init", ".", "--starter", "--preset", "small")
    path = folder / "metrics" / "crm_handoff" / "sales_accepted_lead_rate.yaml"
    before = path.read_text()
    path.write_text(before.replace(*THRESHOLD).replace("within 30", "within 21").replace("after 30", "after 21"))
    cli(
        folder, "propose", str(path), "-m", "three weeks", "--intent", "redefinition",
        "--treatment", "restate", "--effective", "2027-01-01", person="ops-lead",
    )  # fmt: skip
    path.write_text(before)
    return folder


@pytest.fixture
def registry(made_registry: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return Path(shutil.copytree(made_registry, tmp_path / "marketing", symlinks=True))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder for state."""
    return tmp_path / "state"


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry with a break in the past and sample data bound (tests/desk/measured_world.py); tests only read it."""
    from desk.measured_world import build_measured

    root = tmp_path_factory.mktemp("measured") / "marketing"
    build_measured(root)
    return root
