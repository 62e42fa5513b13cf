"""A world of orders for every test of values."""

from __future__ import annotations

from pathlib import Path

import pytest

from integration.values.values_world import World
from metricgov.adapters.git.repository import GitRepository


@pytest.fixture
def world(repository: GitRepository, tmp_path: Path) -> World:
    """A hundred orders in each of three months."""
    found = World(repository, tmp_path)
    for month in ("2026-01", "2026-02", "2026-03"):
        found.orders(month, 100)
    return found
