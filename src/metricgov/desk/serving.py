"""A desk in a process of its own: questions come in on a pipe, answers go out; a slow one never holds up a screen.

`python -m metricgov.desk.serving` is started by a door, never by a person. Both ends are one program of one person on
one machine, so the frames are pickles; nothing from outside reaches the pipe.
"""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, BinaryIO, Final

LENGTH: Final = struct.Struct(">I")
"""Every frame begins with its length in bytes."""

TOLD_EVERY: Final = 0.1
"""Seconds between two reports of progress."""

DONE, FAILED, TOLD, STOPPED = "done", "failed", "told", "stopped"
"""What an answer is: a value, a MetricgovError, a report of progress, or that the question was given up."""


class Broken(Exception):
    """A question met a bug; `report` is what a person can hand on, without any traceback on a screen."""

    def __init__(self, report: str) -> None:
        super().__init__(report)
        self.report = report


def send(pipe: BinaryIO, frame: object) -> None:
    """Write one frame."""
    data = pickle.dumps(frame, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.write(LENGTH.pack(len(data)) + data)
    pipe.flush()


def receive(pipe: BinaryIO) -> Any:
    """Read one frame; EOFError where the other end is gone."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    data = pipe.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)  # noqa: S301 - from the process that started this one, or that this one started


class Desk:
    """Answers questions one after the other; another thread takes them in, and gives up the one that runs."""

    def __init__(self, desk: object, out: BinaryIO) -> None:
        self._desk, self._out = desk, out
        self._runs: int | None = None
        self._given_up: set[int] = set()
        self._lock = threading.Lock()
        self._asked: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def serve(self, pipe: BinaryIO) -> None:
        """Answer until the other end is gone."""
        signal.signal(signal.SIGINT, self._interrupt)
        threading.Thread(target=self._take_in, args=(pipe,), daemon=True).start()
        while (asked := self._asked.get()) is not None:
            self.answer(*asked)

    def _take_in(self, pipe: BinaryIO) -> None:
        main = threading.main_thread().ident
        while True:
            try:
                frame = receive(pipe)
            except EOFError:
                self._asked.put(None)
                if main is not None and self._runs is not None:
                    signal.pthread_kill(main, signal.SIGINT)  # nobody waits for what runs any more
                return
            if not isinstance(frame, int):
                self._asked.put(frame)
                continue
            self._given_up.add(frame)
            if main is not None and self._runs == frame:
                signal.pthread_kill(main, signal.SIGINT)  # calls of git and of engines end with it, as with Ctrl-C

    def _interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """Give up what runs; does nothing between two questions."""
        if self._runs is not None:
            self._runs = None
            raise KeyboardInterrupt

    def answer(self, number: int, name: str, args: tuple[object, ...], kwargs: dict[str, object], told: bool) -> None:
        """Ask the desk and send what it says."""
        from metricgov.domain.errors import MetricgovError

        if told:
            kwargs = {**kwargs, "progress": self._progress(number)}
        frame: tuple[int, str, object]
        try:
            self._runs = number
            if number in self._given_up:
                raise KeyboardInterrupt
            frame = (number, DONE, getattr(self._desk, name)(*args, **kwargs))
            self._runs = None
        except KeyboardInterrupt:
            frame = (number, STOPPED, None)
        except MetricgovError as error:
            frame = (number, FAILED, error)
        except Exception as error:  # noqa: BLE001 - the edge of a process: a bug becomes a report
            frame = (number, FAILED, Broken(report_of(error)))
        finally:
            self._runs = None
        self._send(frame)

    def _send(self, frame: tuple[int, str, object]) -> None:
        with self._lock:
            try:
                send(self._out, frame)
            except (pickle.PicklingError, TypeError, AttributeError) as error:
                send(self._out, (frame[0], FAILED, Broken(report_of(error))))

    def _progress(self, number: int) -> Callable[[str, int, int], None]:
        last = 0.0

        def tell(what: str, done: int, total: int) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= TOLD_EVERY or (total and done >= total):
                last = now
                self._send((number, TOLD, (what, done, total)))

        return tell


def report_of(error: BaseException) -> str:
    """Return what helps to mend a bug: its kind, words and places in our code, without values of the registry."""
    import traceback

    from metricgov import __version__

    places = [
        f"{each.name} ({Path(each.filename).name}:{each.lineno})" for each in traceback.extract_tb(error.__traceback__)
    ]
    return "\n".join([f"metricgov {__version__}: {type(error).__name__}: {error}", *places])


def main() -> None:
    """Serve the folder and person that the arguments name until the pipe is closed."""
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not get between two frames
    with suppress(BrokenPipeError):  # nobody reads any more
        Desk(_desk(*[*sys.argv[1:], "", "", "", "", ""][:5]), out).serve(sys.stdin.buffer)
    os._exit(0)


def _desk(folder: str, claimed: str, key: str, identity: str, server: str) -> object:
    """Return the desk that is meant: of a registry on this machine, or at a server."""
    if server:
        client = importlib.import_module("metricgov.client")  # above this layer: it asks what this one serves
        return client.connect(server)
    from metricgov.desk.local import LocalDesk
    from metricgov.domain.workflow.envelope import Identity

    known = Identity(identity or Identity.CLAIMED)
    return LocalDesk(folder or None, claimed=claimed or None, key=key, identity=known)


if __name__ == "__main__":
    importlib.import_module("metricgov.desk.serving").main()  # by the name that the other end knows its classes by
