"""What the names of the palette look like, by theme; panels use the names, and only these tables know colours.

Red and green never differ alone: a sign and a word always say the same (tui.md, section 8). The tables are tested for
contrast against the background: text 7:1, dim text and signs 4.5:1; in the high contrast theme everything 10:1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.style import Style

STYLES: Final = (
    "text", "dim", "bold", "title", "grave", "words", "same", "moved", "added", "removed", "changed", "warn", "late",
    "ok", "old", "new", "bridged", "key", "closed", "cursor",
)  # fmt: skip
"""The names that panels may use; several may stand in one, with a space between: "grave bold"."""

QUIET: Final = frozenset({"dim", "same", "moved", "closed"})
"""Names for what may stand back."""


@dataclass(frozen=True)
class Theme:
    """One look of everything: colours as #rrggbb ("" for the terminal's own) and attributes of rich by name."""

    name: str
    dark: bool
    background: str
    colours: Mapping[str, str]
    attributes: Mapping[str, str]

    @cached_property
    def styles(self) -> dict[str, Style]:
        """What each name means to rich."""
        from rich.style import Style

        made = {}
        for name in STYLES:
            words = [self.attributes.get(name, "")]
            colour = self.colours.get(name) or self.colours.get("text", "")
            words += [colour] if colour else []
            words += [f"on {self.background}"] if self.background else []
            made[name] = Style.parse(" ".join(filter(None, words)) or "none")
        return made

    def style(self, names: str) -> Style:
        """Return what one or several names, with spaces between, look like together."""
        found = self._made.get(names)
        if found is None:
            from rich.style import Style

            known = [self.styles[one] for one in names.split() if one in self.styles]
            found = Style.combine(known) if known else self.styles["text"]
            self._made[names] = found
        return found

    @cached_property
    def _made(self) -> dict[str, Style]:
        return {}


_SHAPES: Final[Mapping[str, str]] = {
    "bold": "bold",
    "title": "bold",
    "grave": "bold",
    "late": "bold",
    "changed": "bold underline",
    "key": "bold",
    "cursor": "reverse",
}

DARK: Final = Theme(
    "dark",
    True,
    "#14161a",
    {
        "text": "#e4e6eb", "dim": "#a3a9b3", "title": "#ffffff", "bold": "#ffffff", "grave": "#ff9a8f",
        "words": "#8fbaff", "same": "#a3a9b3", "moved": "#a3a9b3", "added": "#86dd98", "removed": "#ff9a8f",
        "changed": "#ffffff", "warn": "#f5c860", "late": "#ff9a8f", "ok": "#86dd98", "old": "#f8b06a",
        "new": "#86c8ff", "bridged": "#cfb2ff", "key": "#ffffff", "closed": "#a3a9b3",
    },
    _SHAPES,
)  # fmt: skip

LIGHT: Final = Theme(
    "light",
    False,
    "#ffffff",
    {
        "text": "#1b1d21", "dim": "#555b66", "title": "#000000", "bold": "#000000", "grave": "#9b0f06",
        "words": "#0a469f", "same": "#555b66", "moved": "#555b66", "added": "#0b5522", "removed": "#9b0f06",
        "changed": "#000000", "warn": "#6b4300", "late": "#9b0f06", "ok": "#0b5522", "old": "#7d3c00",
        "new": "#0a469f", "bridged": "#54258f", "key": "#000000", "closed": "#555b66",
    },
    _SHAPES,
)  # fmt: skip

HIGH_CONTRAST: Final = Theme(
    "high contrast",
    True,
    "#000000",
    {
        "text": "#ffffff", "dim": "#ffffff", "title": "#ffffff", "bold": "#ffffff", "grave": "#ffc2bb",
        "words": "#b8d6ff", "same": "#ffffff", "moved": "#ffffff", "added": "#a8f5b6", "removed": "#ffc2bb",
        "changed": "#ffffff", "warn": "#ffdf80", "late": "#ffc2bb", "ok": "#a8f5b6", "old": "#ffcb94",
        "new": "#aedcff", "bridged": "#e2d0ff", "key": "#ffffff", "closed": "#ffffff",
    },
    _SHAPES,
)  # fmt: skip

NO_COLOUR: Final = Theme("no colour", True, "", {}, {**_SHAPES, "late": "bold", "removed": "bold", "added": "bold"})

THEMES: Final[Mapping[str, Theme]] = {one.name: one for one in (DARK, LIGHT, HIGH_CONTRAST, NO_COLOUR)}
