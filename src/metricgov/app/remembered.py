"""What was worked out from things that cannot change, kept for whoever asks the same again."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

T = TypeVar("T")


class Remembered:
    """Holds the `most` answers that were asked for last; safe for threads, which may at worst work one out twice.

    A key names everything that an answer follows from, so that no answer ever has to be thrown away for being wrong.
    """

    def __init__(self, most: int = 400) -> None:
        self._most = most
        self._held: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, key: Hashable, work: Callable[[], T]) -> T:
        """Return what was worked out for a key before, else work it out and keep it."""
        found = self._held.get(key, self)
        if found is self:
            found = self._held[key] = work()
            while len(self._held) > self._most:
                self._held.popitem(last=False)
        else:
            with contextlib.suppress(KeyError):  # another thread has let it go meanwhile
                self._held.move_to_end(key)
        return cast("T", found)
