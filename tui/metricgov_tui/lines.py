"""A line of a panel: what it shows, where the cursor may stop, and how it reads as a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
