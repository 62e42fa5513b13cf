"""A desk in a process of its own, as its door holds it: asked from an event loop, given up with the task that asks."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any, cast

from metricgov.desk import serving
from metricgov.desk.asked import Progress
from metricgov.domain.errors import Undecidable


class Child:
    """One process that answers, started when it is needed, and once more where it died.

    With `rests` it is ended after so many seconds without a question, and what it held in memory goes with it.
    """

    def __init__(self, arguments: list[str], log: Path | None, *, gently: bool, rests: float = 0.0) -> None:
        self._arguments, self._log, self._gently, self._rests = arguments, log, gently, rests
        self._rest: asyncio.TimerHandle | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: dict[int, tuple[asyncio.Future[Any], Progress | None]] = {}
        self._numbers = itertools.count(1)

    def start(self) -> None:
        """Begin, where it has not begun: importing takes a moment that can pass beside something else."""
        if self._process is not None and self._process.poll() is None:
            return
        log: int | IO[bytes] = subprocess.DEVNULL
        if self._log is not None:
            with contextlib.suppress(OSError):
                log = self._log.open("ab")
        self._process = subprocess.Popen(
            [sys.executable, "-m", serving.__name__, *self._arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
        if self._gently:
            with contextlib.suppress(OSError, AttributeError):
                os.setpriority(os.PRIO_PROCESS, self._process.pid, 5)
        threading.Thread(target=self._listen, args=(self._process,), daemon=True).start()

    async def answer(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], on: Progress | None) -> Any:
        """Ask and wait; raises what the desk raised, Undecidable where the process died over it."""
        self.start()
        process = cast("subprocess.Popen[bytes]", self._process)
        self._loop = asyncio.get_running_loop()
        number, future = next(self._numbers), self._loop.create_future()
        self._waiting[number] = future, on
        if self._rest is not None:
            self._rest.cancel()
        try:
            serving.send(cast("Any", process.stdin), (number, name, args, kwargs, on is not None))
        except OSError:
            self._waiting.pop(number, None)
            raise _gone() from None
        try:
            return await future
        except asyncio.CancelledError:
            self._waiting.pop(number, None)
            if on is not None:
                with contextlib.suppress(OSError):
                    serving.send(cast("Any", process.stdin), number)  # give it up
            raise
        finally:
            if self._rests and not self._waiting:
                self._rest = self._loop.call_later(self._rests, self._end_idle)

    def _end_idle(self) -> None:
        """End the process where nobody waits for it; the next question starts another one."""
        if not self._waiting:
            self.close()
            self._process = None

    def _listen(self, process: subprocess.Popen[bytes]) -> None:
        while True:
            try:
                number, what, value = serving.receive(cast("Any", process.stdout))
            except Exception:  # noqa: BLE001 - it has ended, or says what nobody can read: either way it answers no more
                break
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
                self._loop.call_soon_threadsafe(self._take, number, what, value)
        with contextlib.suppress(OSError):
            cast("Any", process.stdin).close()
        process.wait()
        with contextlib.suppress(RuntimeError, AttributeError):
            self._loop.call_soon_threadsafe(self._lost, process)

    def _take(self, number: int, what: str, value: Any) -> None:
        if number not in self._waiting:
            return
        future, on = self._waiting[number]
        if what == serving.TOLD:
            if on is not None:
                on(*value)
            return
        del self._waiting[number]
        if future.done():
            return
        if what == serving.DONE:
            future.set_result(value)
        elif what == serving.STOPPED:
            future.cancel()
        else:
            future.set_exception(value)

    def _lost(self, process: subprocess.Popen[bytes]) -> None:
        if process is not self._process:  # it was to end, and another one answers since
            return
        for future, _ in self._waiting.values():
            if not future.done():
                future.set_exception(_gone())
        self._waiting.clear()

    def close(self) -> None:
        """End the process; what it was about to record is recorded or not, never half."""
        if self._process is not None and self._process.poll() is None:
            with contextlib.suppress(OSError):
                cast("Any", self._process.stdin).close()


def _gone() -> Undecidable:
    return Undecidable(
        "desk_gone",
        "what reads the registry ended in the middle of this",
        hint="do it once more; metricgov doctor says whether the registry is well",
    )
