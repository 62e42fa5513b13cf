"""Where questions are answered: rooms that hold the registry opened, and processes for what takes long."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from metricgov.api.tracing import Spans, untraced
from metricgov.desk.asked import Progress
from metricgov.desk.at import Ground, Site
from metricgov.desk.child import Child
from metricgov.desk.local import LocalDesk
from metricgov.desk.serving import Broken, report_of
from metricgov.domain.errors import MetricgovError, Refused, Undecidable
from metricgov.domain.workflow.envelope import Identity
from metricgov.ports.clock import Clock

PEOPLE_KEPT: Final = 200
"""People whose desk a room keeps: a desk is small, what it stands on is shared."""

WAITING: Final = 64
"""Long questions that may wait for a process; more are refused, because nobody waits that long."""

DEEDS_NAMED: Final = frozenset({"do", "do_briefly"})
"""Questions that are deeds."""

DEEDS: Final = 16
"""Deeds under way at once: so many can share one commit."""

PATIENCE: Final = 30.0
"""Seconds that a question waits for a room to be free."""


class _Room:
    """The registry opened once, and a desk on it for everybody who asks; one question at a time."""

    def __init__(self, site: Site, clock: Clock | None) -> None:
        self._ground = Ground(site=site, clock=clock)
        self._desks: OrderedDict[str, LocalDesk] = OrderedDict()

    def answer(self, principal: str, name: str, kwargs: Mapping[str, Any]) -> Any:
        desk = self._desks.get(principal)
        if desk is None:
            desk = LocalDesk(claimed=principal, ground=self._ground, identity=Identity.SERVER)
            self._desks[principal] = desk
            if len(self._desks) > PEOPLE_KEPT:
                self._desks.popitem(last=False)
        self._desks.move_to_end(principal)
        try:
            return self._ground.asked(lambda: getattr(desk, name)(**kwargs))
        except MetricgovError:
            raise
        except Exception as error:
            self._ground.forget()
            raise Broken(report_of(error)) from error

    def answers(self, principal: str, asked: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Any]:
        """Answer several questions one after the other; what is refused stands in its place."""
        found: list[Any] = []
        for name, kwargs in asked:
            try:
                found.append(self.answer(principal, name, kwargs))
            except MetricgovError as error:
                found.append(error)
        return found

    def close(self) -> None:
        self._ground.forget()


class _Rooms:
    """Some rooms of one kind, and the threads that work in them; the one that was left last is taken first."""

    def __init__(self, kind: str, count: int, site: Site, clock: Clock | None) -> None:
        self._threads = ThreadPoolExecutor(count, thread_name_prefix=kind)
        self._all = [_Room(site, clock) for _ in range(count)]
        self._free: asyncio.LifoQueue[_Room] = asyncio.LifoQueue()
        for room in self._all:
            self._free.put_nowait(room)

    async def answer(self, principal: str, name: str, kwargs: Mapping[str, Any]) -> Any:
        return await self.taking(_Room.answer, principal, name, kwargs)

    async def taking(self, answer: Callable[..., Any], *asked: Any) -> Any:
        """Return what a room answers; one that is free, as soon as there is one."""
        room = await self._taken()
        work = asyncio.get_running_loop().run_in_executor(self._threads, answer, room, *asked)
        work.add_done_callback(lambda _done: self._free.put_nowait(room))  # also where nobody waits any more
        return await asyncio.shield(work)

    async def _taken(self) -> _Room:
        if not self._free.empty():
            return self._free.get_nowait()
        try:
            return await asyncio.wait_for(self._free.get(), PATIENCE)
        except TimeoutError:
            raise Undecidable(
                "busy", f"every room was taken for {PATIENCE:.0f} seconds", hint="ask again in a moment"
            ) from None

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        for room in self._all:
            room.close()


class Hall:
    """Answers every question of the desk for whoever asks it: `rooms` at once, and `apart` long ones.

    A long one takes at most `longest` seconds. Deeds have rooms of their own: those that wait for one another there are
    written together, as one commit of the journal.
    """

    def __init__(
        self, folder: Path, *, rooms: int = 2, apart: int = 2, longest: float = 900.0, clock: Clock | None = None
    ) -> None:
        self._folder, self._clock, self._longest = folder, clock, longest
        self._site = Site(folder)
        self._rooms = _Rooms("room", rooms, self._site, clock)
        self._deeds = _Rooms("deed", DEEDS, self._site, clock)
        self._apart = asyncio.Semaphore(apart)
        self._waiting = 0
        self.spans: Spans = untraced
        """What times each question, for those who watch."""

    async def ask(self, principal: str, name: str, kwargs: Mapping[str, Any]) -> Any:
        """Return the answer to a question that takes a moment."""
        with self.spans(name):
            return await self._asked(principal, name, kwargs)

    async def together(self, principal: str, asked: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Any]:
        """Return the answers to several questions, each a MetricgovError where there is none; one room, one moment."""
        with self.spans(asked[0][0]):
            return list(await self._rooms.taking(_Room.answers, principal, asked))

    async def _asked(self, principal: str, name: str, kwargs: Mapping[str, Any]) -> Any:
        return await (self._deeds if name in DEEDS_NAMED else self._rooms).answer(principal, name, kwargs)

    async def run(self, principal: str, name: str, kwargs: Mapping[str, Any], on: Progress) -> Any:
        """Return the answer to a long one, from a process of its own that ends with the task that asks."""
        if self._waiting >= WAITING:
            raise Refused("rate_limited", "too many long questions wait here already", hint="ask again in a minute")
        self._waiting += 1
        try:
            with self.spans(name):
                return await self._run(principal, name, kwargs, on)
        except TimeoutError:
            raise Undecidable(
                "too_long",
                f"this took more than {self._longest:.0f} seconds",
                hint="ask for less at once, or let whoever runs the server raise METRICGOV_LONGEST",
            ) from None
        finally:
            self._waiting -= 1

    async def _run(self, principal: str, name: str, kwargs: Mapping[str, Any], on: Progress) -> Any:
        async with asyncio.timeout(self._longest), self._apart:
            if self._clock is not None:  # a clock of one's own does not go into another process
                return await self._told(principal, name, kwargs, on)
            child = Child([str(self._folder), principal, "", Identity.SERVER.value], None, gently=True)
            try:
                return await child.answer(name, (), dict(kwargs), on)
            finally:
                child.close()

    async def _told(self, principal: str, name: str, kwargs: Mapping[str, Any], on: Progress) -> Any:
        """Answer a long question in a room; it is given up at its next report after nobody waits any more."""
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def tell(what: str, done: int, total: int) -> None:
            if stop.is_set():
                raise Refused("given_up", "nobody waits for this any more")
            loop.call_soon_threadsafe(on, what, done, total)

        try:
            return await self._asked(principal, name, {**kwargs, "progress": tell})
        finally:
            stop.set()

    async def close(self) -> None:
        """Let what runs end, and let the registry go."""
        self._deeds.close()
        self._rooms.close()
        self._site.close()
