"""Waiting for git while Python works: one call on a thread of its own, its result or its error fetched later."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Meanwhile(Generic[T]):
    """Runs a function at once, beside the caller, who must not use the same ports until `result` was called."""

    def __init__(self, work: Callable[[], T]) -> None:
        self._done: list[T] = []
        self._failed: list[BaseException] = []
        self._work = work
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def result(self) -> T:
        """Wait for the function and return what it returned, or raise what it raised."""
        self._thread.join()
        if self._failed:
            raise self._failed[0]
        return self._done[0]

    def _run(self) -> None:
        try:
            self._done.append(self._work())
        except BaseException as error:  # noqa: BLE001 - raised again where the result is asked for
            self._failed.append(error)
