"""A server over the registry with a past; tests that write take a copy."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from cli.reading_world import build
from desk.measured_world import Standing
from serving_http import served


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registry, made once."""
    root = tmp_path_factory.mktemp("api") / "registry"
    build(root)
    return root


@pytest.fixture
def past_copy(past: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change."""
    copy = tmp_path / "registry"
    shutil.copytree(past, copy, symlinks=True)
    return copy


@pytest.fixture(scope="session")
def url(past: Path) -> Iterator[str]:
    """The address of a server that nobody writes to."""
    with served(past, clock=Standing()) as address:
        yield address


@pytest.fixture(scope="session")
def crm(url: str) -> Iterator[httpx.Client]:
    """A client that signs in as crm-lead."""
    with httpx.Client(base_url=url, headers={"Authorization": "Bearer crm-lead"}) as client:
        yield client
