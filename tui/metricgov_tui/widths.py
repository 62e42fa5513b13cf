"""From how many columns a screen has a second pane, and a third one (tui.md, section 2)."""

from __future__ import annotations

from typing import Final

WIDE: Final = 120
WIDEST: Final = 200
