"""A desk over a registry with values."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.measured_world import Standing, build_measured
from metricgov.client import connect
from metricgov.desk.asked import Desk
from metricgov.desk.local import LocalDesk
from serving_http import served


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


@pytest.fixture(scope="session", params=["local", "remote"])
def desk(request: pytest.FixtureRequest, measured: Path) -> Iterator[Desk]:
    """The desk of crm-lead, who is on the team of the CRM scorecard; here, and over HTTP from a server."""
    with _desk(request.param, measured) as found:
        yield found


@pytest.fixture(scope="session", params=["local", "remote"])
def past_desk(request: pytest.FixtureRequest, past: Path) -> Iterator[Desk]:
    """A desk over the same past without any engine."""
    with _desk(request.param, past) as found:
        yield found


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registry without any engine."""
    from cli.reading_world import build

    root = tmp_path_factory.mktemp("past") / "registry"
    build(root)
    return root


@contextlib.contextmanager
def _desk(kind: str, folder: Path) -> Iterator[Desk]:
    if kind == "local":
        yield LocalDesk(folder, claimed="crm-lead", clock=Standing())
        return
    with served(folder, clock=Standing()) as url:
        yield connect(url, "crm-lead")
