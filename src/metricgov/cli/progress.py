"""How far long work is, in one line on stderr, where somebody looks."""

from __future__ import annotations

import sys
import time

SECONDS_BETWEEN = 0.1


class Meter:
    """A Progress that redraws one line on a terminal and prints nothing elsewhere."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._drawn = 0.0
        self._length = 0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Show that `done` of `total` are done."""
        now = time.monotonic()
        if not self._watched or (now - self._drawn < SECONDS_BETWEEN and done < total):
            return
        self._drawn = now
        line = f"{what}  {done:,} of {total:,}  (Ctrl-C stops; nothing is lost)"
        sys.stderr.write("\r" + line.ljust(self._length))
        sys.stderr.flush()
        self._length = len(line)

    def clear(self) -> None:
        """Remove the line."""
        if self._length:
            sys.stderr.write("\r" + " " * self._length + "\r")
            sys.stderr.flush()
            self._length = 0
