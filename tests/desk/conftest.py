"""A desk over a registry with values."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from desk.measured_world import Standing, build_measured
from metricgov.desk.local import LocalDesk


@pytest.fixture(scope="session")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registry, made once; tests only read it."""
    root = tmp_path_factory.mktemp("measured") / "registry"
    build_measured(root)
    return root


@pytest.fixture
def measured_copy(measured: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    copy = tmp_path / "registry"
    shutil.copytree(measured, copy, symlinks=True)
    return copy


@pytest.fixture(scope="session")
def desk(measured: Path) -> LocalDesk:
    """The desk of crm-lead, who is on the team of the CRM scorecard."""
    return LocalDesk(measured, claimed="crm-lead", clock=Standing())


@pytest.fixture(scope="session")
def past_desk(tmp_path_factory: pytest.TempPathFactory) -> LocalDesk:
    """A desk over the same past without any engine."""
    from cli.reading_world import build

    root = tmp_path_factory.mktemp("past") / "registry"
    build(root)
    return LocalDesk(root, claimed="crm-lead", clock=Standing())
