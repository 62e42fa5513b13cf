"""Waiting for an engine so that Ctrl-C and a time limit always reach it, whatever its driver is busy with."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import TypeVar

Found = TypeVar("Found")

BEAT = 0.05
"""Seconds between two looks at the keyboard."""


class TooSlow(Exception):
    """The time limit has passed; the engine was told to stop."""


def awaited(work: Callable[[], Found], stop: Callable[[], None], seconds: float) -> Found:
    """Return what `work` returns, run beside the waiting thread; `stop` makes it end early.

    Raises what `work` raises; TooSlow after so many seconds, KeyboardInterrupt at Ctrl-C, each once the engine was told
    to stop and did.
    """
    found: list[Found] = []
    failed: list[BaseException] = []
    done = Event()  # a thread that is joined when Ctrl-C comes may call itself dead while it runs

    def run() -> None:
        try:
            found.append(work())
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits for it
            failed.append(error)
        finally:
            done.set()

    Thread(target=run, daemon=True).start()
    end = time.monotonic() + seconds
    try:
        while not done.wait(BEAT) and time.monotonic() < end:
            pass
    except KeyboardInterrupt:
        _ended(done, stop)
        raise
    if not done.is_set():
        _ended(done, stop)
        raise TooSlow
    if failed:
        raise failed[0]
    return found[0]


def _ended(done: Event, stop: Callable[[], None], patience: float = 10.0) -> None:
    """Tell the engine to stop until it does; one that does not listen is left behind."""
    end = time.monotonic() + patience
    while not done.is_set() and time.monotonic() < end:
        stop()
        done.wait(BEAT * 4)
