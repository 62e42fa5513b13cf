"""Rooms: the same questions in a thread and in processes; errors, progress, giving up, a process that dies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from metricgov.desk.asked import Desk
from metricgov.desk.local import LocalDesk
from metricgov.desk.proving import Events
from metricgov.domain.errors import BadInput, Undecidable
from metricgov_tui import rooms
from metricgov_tui.rooms import ProcessRoom, Room, ThreadRoom

Make = Callable[[Path], Room]


@pytest.fixture(params=["thread", "process"])
def room(request: pytest.FixtureRequest, registry: Path) -> Iterator[Room]:
    """Both kinds of room over one registry: one contract."""
    made: Room = ThreadRoom(lambda: LocalDesk(registry)) if request.param == "thread" else ProcessRoom(str(registry))
    yield made
    made.close()


def test_answers_are_the_desks(room: Room, registry: Path) -> None:
    """What comes through the room is what the desk says."""

    async def ask() -> None:
        desk = LocalDesk(registry)
        assert await room.ask(Desk.reader) == desk.reader()
        assert await room.ask(Desk.inbox) == desk.inbox()
        (row,) = await room.ask(Desk.inbox)
        assert (await room.ask(Desk.change, row.change)).label == row.label

    asyncio.run(ask())


def test_errors_come_whole(room: Room) -> None:
    """Code, words and next step pass; the room goes on."""

    async def ask() -> None:
        with pytest.raises(BadInput) as caught:
            await room.ask(Desk.journal, Events(event="aproved"))
        assert caught.value.code == "event_type_unknown"
        assert "approved" in caught.value.hint
        assert await room.ask(Desk.inbox)

    asyncio.run(ask())


def test_long_work_reports_how_far_it_is(room: Room) -> None:
    """The last report says that all is done."""

    async def ask() -> None:
        told: list[tuple[str, int, int]] = []
        found = await room.run(Desk.verify, lambda *said: told.append(said))
        await asyncio.sleep(0)
        assert found.events == 4
        assert told[-1] == ("Verifying", 4, 4)

    asyncio.run(ask())


def test_giving_up_leaves_the_room_usable(room: Room) -> None:
    """A cancelled question answers nobody, the next one is answered."""

    async def ask() -> None:
        task = asyncio.ensure_future(room.run(Desk.verify, lambda *_said: None))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await room.run(Desk.verify, lambda *_said: None)).events == 4

    asyncio.run(ask())


def test_a_process_that_dies_is_said_and_replaced(registry: Path) -> None:
    """kill -9 in the middle of a question: an error with a next step, then the next question is answered."""
    room = ProcessRoom(str(registry))

    async def ask() -> None:
        await room.ask(Desk.reader)
        process = room._desk._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        task = asyncio.ensure_future(room.ask(Desk.reader))
        await asyncio.sleep(0.05)
        os.kill(process.pid, signal.SIGKILL)
        with pytest.raises(Undecidable) as caught:
            await task
        assert caught.value.code == "desk_gone"
        process.wait()
        assert (await room.ask(Desk.reader)).principal == "crm-lead"

    try:
        asyncio.run(ask())
    finally:
        room.close()


def test_a_lane_that_nobody_asks_ends_and_comes_back(registry: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of ten thousand definitions are not kept in memory between two looks at them."""
    monkeypatch.setattr(rooms, "RESTS", 0.05)
    room = ProcessRoom(str(registry))

    async def ask() -> None:
        first = await room.ask(Desk.inbox)
        process = room._lists._process
        assert process is not None
        for _ in range(200):
            await asyncio.sleep(0.02)
            if room._lists._process is None:
                break
        assert process.wait(10) is not None
        assert await room.ask(Desk.inbox) == first
        again = room._lists._process
        assert again is not None
        assert again.pid != process.pid
        desk = room._desk._process
        assert desk is None or desk.poll() is None

    try:
        asyncio.run(ask())
    finally:
        room.close()
