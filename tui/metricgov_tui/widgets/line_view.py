"""A panel of lines: as long as it may be, only what is seen is made; the cursor stops at lines that have a key."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from metricgov_tui.guarded import Guarded
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Line, Lines, Rows
from metricgov_tui.paint import strip_of
from metricgov_tui.themes import DARK, Theme

if TYPE_CHECKING:
    from textual import events

Make = Callable[[int], Lines]
"""Makes the lines of a panel for a width in columns."""


class LineView(Guarded, ScrollView, can_focus=True, inherit_bindings=False):
    """Shows lines; where some have keys, one of them is under the cursor and stays so while lines come and go."""

    BINDINGS = bindings("rows")
    DEFAULT_CSS = """
    LineView { scrollbar-size: 0 0; overflow-x: hidden; overflow-y: scroll; width: 1fr; height: 1fr; }
    """

    class Moved(Message):
        """The cursor is at another key ("": at none)."""

        def __init__(self, view: LineView, key: str) -> None:
            super().__init__()
            self.view, self.key = view, key

        @property
        def control(self) -> LineView:
            """The panel it happened in."""
            return self.view

    class Opened(Moved):
        """Enter was pressed, or the mouse, on a key."""

    def __init__(self, *, id: str | None = None, cursor: bool = True) -> None:
        super().__init__(id=id)
        self.cursor = cursor
        self._make: Make = lambda _width: ()
        self._lines: Lines = ()
        self._stops: list[int] = []
        self._place: dict[str, int] = {}
        self._at = ""
        self._made_for = 0

    # what is shown

    def show(self, make: Make, *, at: str = "") -> None:
        """Show the lines that `make` returns for a width; the cursor stays at its key, or goes to `at`.

        Where its key is gone it stays at the place where that was.
        """
        self._make = make
        self._remake(at or self._at)

    def _remake(self, at: str) -> None:
        old = self._index_of(self._at) if self._at else 0
        self._made_for = self.size.width
        self._lines = self._make(max(1, self.room()))
        if isinstance(self._lines, Rows):
            self._stops = list(range(len(self._lines)))
            self._place = {key: place for place, key in enumerate(self._lines.keys)}
        else:
            self._place = {line.key: place for place, line in enumerate(self._lines) if line.key}
            self._stops = sorted(self._place.values())
        self.virtual_size = Size(self.size.width, len(self._lines))
        if at not in self._place:
            at = (
                self._key_at(self._stops[min(bisect_left(self._stops, old), len(self._stops) - 1)])
                if self._stops
                else ""
            )
        self._go(at, seen=bool(self._at) and at != self._at)
        self.refresh()

    def room(self) -> int:
        """Return the columns that a line has: the cursor takes the first one."""
        return self.size.width - (1 if self.cursor else 0)

    @property
    def at(self) -> str:
        """The key under the cursor, "" where there is none."""
        return self._at

    @property
    def keys(self) -> list[str]:
        """The keys of this panel, from the top."""
        return sorted(self._place, key=self._place.__getitem__)

    def lines(self) -> Lines:
        """Return what is shown."""
        return self._lines

    def line_here(self) -> str:
        """Return the text of the line under the cursor, "" where there is none."""
        return self._lines[self._place[self._at]].text.plain.strip() if self._at in self._place else ""

    def _key_at(self, place: int) -> str:
        return self._lines.keys[place] if isinstance(self._lines, Rows) else self._lines[place].key

    def _index_of(self, key: str) -> int:
        return self._place.get(key, 0)

    # the cursor

    def go(self, key: str) -> None:
        """Put the cursor at a key, if there is one of that name, and into sight."""
        if key in self._place:
            self._go(key)

    def _go(self, key: str, *, seen: bool = True) -> None:
        changed, self._at = key != self._at, key
        if seen and key and self.is_mounted:
            self._into_sight(self._place[key])
        if changed:
            self.refresh()
            self.post_message(self.Moved(self, key))

    def _into_sight(self, place: int) -> None:
        below = place
        while below + 1 < len(self._lines) and not isinstance(self._lines, Rows) and self._lines[below + 1].under:
            below += 1
        height = min(below - place + 1, max(1, self.size.height))
        above = 0
        if self._stops and place == self._stops[0]:
            above = place  # the heading above the first row comes into sight with it
        self.scroll_to_region(Region(0, place - above, 1, height + above), animate=False, force=True)

    def _step(self, by: int) -> None:
        if not self._stops or not self.cursor:
            self.scroll_to(y=self.scroll_offset.y + by, animate=False, force=True)
            return
        here = bisect_left(self._stops, self._index_of(self._at))
        self._go(self._key_at(self._stops[max(0, min(len(self._stops) - 1, here + by))]))

    def _leap(self, lines: int) -> None:
        """Move by about as many lines as asked: to the stop that is there, and at least to the next one."""
        if not self._stops or not self.cursor:
            self._step(lines)
            return
        here = self._index_of(self._at)
        found = bisect_left(self._stops, here + lines) - (1 if lines < 0 else 0)
        place = self._stops[max(0, min(len(self._stops) - 1, found))]
        self._step(1 if lines > 0 else -1) if place == here else self._go(self._key_at(place))

    def action_down(self) -> None:
        """One stop down."""
        self._step(1)

    def action_up(self) -> None:
        """One stop up."""
        self._step(-1)

    def action_first(self) -> None:
        """To the first stop."""
        self._step(-len(self._lines))
        self.scroll_to(y=0, animate=False, force=True)

    def action_last(self) -> None:
        """To the last stop."""
        self._step(len(self._lines))

    def action_half_down(self) -> None:
        """Half a page down."""
        self._leap(max(1, self.size.height // 2))

    def action_half_up(self) -> None:
        """Half a page up."""
        self._leap(-max(1, self.size.height // 2))

    def action_page_down(self) -> None:
        """A page down."""
        self._leap(max(1, self.size.height - 1))

    def action_page_up(self) -> None:
        """A page up."""
        self._leap(-max(1, self.size.height - 1))

    def action_open(self) -> None:
        """Open what the cursor is on."""
        if self._at:
            self.post_message(self.Opened(self, self._at))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse is; a second click there opens it."""
        place = self.scroll_offset.y + event.y
        while place >= 0 and place < len(self._lines) and not self._lines[place].key and self._lines[place].under:
            place -= 1
        if not (0 <= place < len(self._lines)) or not (key := self._lines[place].key):
            return
        if key == self._at:
            self.post_message(self.Opened(self, key))
        else:
            self._go(key)

    # painting

    @property
    def theme(self) -> Theme:
        """The theme of the app."""
        return getattr(self.app, "palette", DARK)

    @property
    def ascii_only(self) -> bool:
        """Whether the terminal has no other letters."""
        look = getattr(self.app, "look", None)
        return look is not None and look.rule.isascii()

    def on_resize(self) -> None:
        """Make the lines anew where they have another width."""
        if self.size.width != self._made_for:
            self._remake(self._at)

    def render_line(self, y: int) -> Strip:
        """Return one line as it is painted."""
        place = self.scroll_offset.y + y
        width = self.size.width
        if place >= len(self._lines):
            return Strip.blank(width, self.theme.style("text"))
        line = self._lines[place]
        if not self.cursor:
            return strip_of(line.text, self.theme, width, ascii_only=self.ascii_only)
        marked = bool(self._at) and self._marked(line, place)
        here = marked and line.key == self._at
        focused = self.has_focus or self.app.focused is None
        over = "cursor" if here and focused else ""
        sign = self.app.look.cursor if here else " "  # type: ignore[attr-defined]
        return strip_of(line.text, self.theme, width, over=over, lead=sign, ascii_only=self.ascii_only)

    def _marked(self, line: Line, place: int) -> bool:
        return line.key == self._at or (line.under and self._index_of(self._at) < place)
