"""Where questions are answered: beside the screen, so that no key ever waits for git, data or a network.

A question is a method of the desk, named by its Protocol, so that arguments and answers keep their types:
`await room.ask(Desk.change, "chg-7f3kq2")`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, Protocol, TypeVar, cast

from metricgov.desk import serving
from metricgov.desk.asked import Desk, Progress
from metricgov.desk.child import Child
from metricgov.desk.serving import Broken
from metricgov.domain.errors import MetricgovError

P = ParamSpec("P")
T = TypeVar("T")

LISTS: Final = frozenset({"inbox", "change_rows", "definitions", "weigh"})
"""Questions about all of the registry: they have a lane of their own, so that nothing else waits for a list."""


RESTS: Final = 3.0
"""Seconds after which the lanes of lists and of long work end: between two of them they would only hold memory, more
than everything else together, and to begin again takes half a second."""


class Room(Protocol):
    """Answers questions, each with the words of the desk, and raises what the desk raises."""

    async def ask(self, question: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the answer to a question that takes a moment."""
        ...

    async def run(
        self, question: Callable[Concatenate[Desk, P], T], on: Progress, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return the answer to a long one, which reports how far it is; cancelling the task gives it up."""
        ...

    def close(self) -> None:
        """End what was begun for it."""
        ...


class ThreadRoom:
    """Answers in threads of this process: for tests, and where a process of one's own cannot be started."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make
        self._desks: dict[str, object] = {}
        self._lanes: dict[str, ThreadPoolExecutor] = {}

    async def ask(self, question: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the answer."""
        name = question.__name__
        return cast("T", await self._in("lists" if name in LISTS else "desk", name, args, kwargs))

    async def run(
        self, question: Callable[Concatenate[Desk, P], T], on: Progress, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return the answer to a long one; it gives up at its next report of progress."""
        loop, stop = asyncio.get_running_loop(), threading.Event()

        def progress(what: str, done: int, total: int) -> None:
            if stop.is_set():
                raise KeyboardInterrupt
            loop.call_soon_threadsafe(on, what, done, total)

        try:
            return cast("T", await self._in("work", question.__name__, args, {**kwargs, "progress": progress}))
        except asyncio.CancelledError:
            stop.set()
            raise

    async def _in(self, lane: str, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> object:
        pool = self._lanes.setdefault(lane, ThreadPoolExecutor(1, thread_name_prefix=lane))

        def answer() -> object:
            if lane not in self._desks:
                self._desks[lane] = self._make()
            try:
                return getattr(self._desks[lane], name)(*args, **kwargs)
            except KeyboardInterrupt:
                return None
            except MetricgovError:
                raise
            except Exception as error:
                raise Broken(serving.report_of(error)) from error

        return await asyncio.get_running_loop().run_in_executor(pool, answer)

    def close(self) -> None:
        """End the threads."""
        for pool in self._lanes.values():
            pool.shutdown(wait=False, cancel_futures=True)


class ProcessRoom:
    """Answers in processes: one for single things, one for lists, one for long work."""

    def __init__(
        self, folder: str = "", claimed: str = "", key: str = "", *, server: str = "", log: Path | None = None
    ) -> None:
        arguments = [folder, claimed, key, "", server]
        self._desk = Child(arguments, log, gently=False)
        self._lists = Child(arguments, log, gently=False, rests=RESTS)
        self._work = Child(arguments, log, gently=True, rests=RESTS)

    def start(self) -> None:
        """Begin what answers first, before anything else is loaded; the others begin when they are asked.

        Three processes that load at once take the processors from the first frame.
        """
        self._desk.start()

    async def ask(self, question: Callable[Concatenate[Desk, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the answer."""
        name = question.__name__
        child = self._lists if name in LISTS else self._desk
        return cast("T", await child.answer(name, args, kwargs, None))

    async def run(
        self, question: Callable[Concatenate[Desk, P], T], on: Progress, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return the answer to a long one; cancelling the task gives it up."""
        return cast("T", await self._work.answer(question.__name__, args, kwargs, on))

    def close(self) -> None:
        """End the processes."""
        for one in (self._desk, self._lists, self._work):
            one.close()
