"""Pages of a server over the registry with a past; the one that nobody writes to is shared, others are copies."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.reading_world import World, build
from desk.measured_world import Standing
from metricgov.bootstrap import Workspace
from pages.site import CHROMIUM, Site, propose_hostile, sited


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The registry, made once, with one more open change whose every text is an attack."""
    root = tmp_path_factory.mktemp("pages") / "registry"
    build(root)
    world = World(root, Workspace(root, clock=Standing()))
    propose_hostile(world)
    world.workspace.repository.close()
    return root


@pytest.fixture(scope="session")
def shared(past: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A server where people talk, and nobody decides."""
    with sited(past, tmp_path_factory.mktemp("shared")) as site:
        yield site


@pytest.fixture
def site(past: Path, tmp_path: Path) -> Iterator[Site]:
    """A server of one's own."""
    with sited(past, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for this module alone: while it runs, no event loop of its own can run in this thread."""
    if not CHROMIUM:
        pytest.skip("no Chromium on this machine, so no page was opened in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()
