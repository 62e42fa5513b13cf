"""A line of a panel: what it shows, where the cursor may stop, and how it reads as a sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from rich.text import Text


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a panel.

    The styles of `text` are names of the palette (`metricgov_tui.themes.STYLES`), never colours. The cursor stops
    where `key` is not empty; a key occurs once in a panel and stays the same while what it stands for does. `says` is
    the line as one sentence, for the plain mode and for screen readers; "" where the text reads well by itself. A line
    with `under` belongs to the stop above it and is marked with it.
    """

    text: Text
    key: str = ""
    says: str = ""
    under: bool = False


Lines = Sequence[Line]
"""A panel; it may make its lines only when they are looked at."""


class Rows(Sequence[Line]):
    """Many lines that are made when they are looked at: each has a key, so the cursor stops at every one."""

    def __init__(self, keys: Sequence[str], make: Callable[[int], Line]) -> None:
        self.keys = keys
        self._make = make

    def __len__(self) -> int:
        return len(self.keys)

    @overload
    def __getitem__(self, place: int) -> Line: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Line]: ...
    def __getitem__(self, place: int | slice) -> Line | Sequence[Line]:
        """Make one line, or those of a slice."""
        if isinstance(place, slice):
            return [self._make(one) for one in range(*place.indices(len(self.keys)))]
        return self._make(place if place >= 0 else place + len(self.keys))
