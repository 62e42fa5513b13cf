"""Worlds at the points where tests begin: each is made once a session, packed, and copied for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.gate.gate_world import FASTER, World, copy_of, make


@pytest.fixture(scope="session")
def _fresh(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _packed(make(tmp_path_factory.mktemp("fresh") / "registry"))


@pytest.fixture(scope="session")
def _approved(_fresh: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    world = copy_of(_fresh, tmp_path_factory.mktemp("approved") / "registry")
    world.approved(FASTER)
    return _packed(world)


def _packed(world: World) -> World:
    world.close()
    world.git("repack", "-a", "-d", "-q")
    return world


@pytest.fixture
def world(_fresh: World, tmp_path: Path) -> Iterator[World]:
    """The registry as it began."""
    copied = copy_of(_fresh, tmp_path / "registry")
    yield copied
    copied.close()


@pytest.fixture
def approved(_approved: World, tmp_path: Path) -> Iterator[World]:
    """The registry with one approved change, `faster`, that is not applied yet."""
    copied = copy_of(_approved, tmp_path / "registry")
    yield copied
    copied.close()


@pytest.fixture
def faster() -> str:
    """The change that `approved` holds: FASTER, with everybody's agreement."""
    return "01J9ZQ4N8T6V3W2X1Y0RK7M001"
