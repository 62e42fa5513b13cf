"""Bare repositories as people share them: over a path, and over HTTP on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from git_over_http import Served, served

from metricgov.adapters.git.repository import GitRepository

Share = Callable[..., GitRepository]


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """The folder that holds what is shared."""
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


@pytest.fixture
def http(shared: Path) -> Iterator[Served]:
    """The same folder over HTTP."""
    with served(shared) as found:
        yield found
