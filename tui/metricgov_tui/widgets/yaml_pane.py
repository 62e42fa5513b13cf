"""The text of a definition: read and walked by rows until somebody types in it; coloured by the YAML grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import TextArea
from textual.widgets.text_area import TextAreaTheme

from metricgov_tui.guarded import Guarded
from metricgov_tui.keys import bindings

if TYPE_CHECKING:
    from metricgov_tui.app import GovApp
    from metricgov_tui.themes import Theme

SYNTAX = {
    "yaml.field": "words",
    "string": "text",
    "string.escape": "text",
    "number": "new",
    "boolean": "new",
    "constant.builtin": "new",
    "comment": "dim",
    "error": "grave",
    "type": "bridged",
    "preproc": "bridged",
    "punctuation.delimiter": "dim",
    "punctuation.bracket": "dim",
    "punctuation.special": "dim",
}
"""What parts of YAML look like, in names of our palette."""


class YamlPane(Guarded, TextArea, inherit_bindings=False):
    """A text; letters are keys until `type()`, and text until `rest()`."""

    cursor_blink = reactive(False, init=False)
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings("rows"),
        Binding("left", "left", show=False),
        Binding("right", "right", show=False),
        Binding("ctrl+left", "cursor_word_left", show=False),
        Binding("ctrl+right", "cursor_word_right", show=False),
        Binding("ctrl+e", "cursor_line_end", show=False),
        Binding("shift+up", "cursor_up(True)", show=False),
        Binding("shift+down", "cursor_down(True)", show=False),
        Binding("shift+left", "cursor_left(True)", show=False),
        Binding("shift+right", "cursor_right(True)", show=False),
        Binding("shift+home", "cursor_line_start(True)", show=False),
        Binding("shift+end", "cursor_line_end(True)", show=False),
        Binding("backspace", "delete_left", show=False),
        Binding("delete", "delete_right", show=False),
        Binding("ctrl+k", "delete_to_end_of_line_or_delete_line", show=False),
        Binding("ctrl+v", "paste", show=False),
        Binding("escape", "ends", show=False),
    ]
    """The keys of rows, and those that only a text has."""

    DEFAULT_CSS = """
    YamlPane, YamlPane:focus {
        border: none; padding: 0; background: $background; color: $foreground; scrollbar-size: 0 0; width: 1fr;
        height: 1fr;
    }
    """

    class Ended(Message):
        """Somebody has stopped typing."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(
            "", soft_wrap=True, tab_behavior="focus", read_only=True, show_line_numbers=True, id=id, max_checkpoints=0
        )
        self.typing = False

    def on_mount(self) -> None:
        """Take the colours of the app's theme."""
        self.paint()
        self.watch(self.app, "theme", lambda _theme: self.paint(), init=False)

    def paint(self) -> None:
        """Colour the text as the theme has it."""
        app: GovApp = self.app  # type: ignore[assignment]
        theme = _theme_of(app.palette, focused=self.has_focus)
        self.register_theme(theme)
        self.theme = theme.name
        self.language = "yaml"

    def type(self) -> None:
        """Letters are text from here on."""
        self.typing, self.read_only = True, False
        self.add_class("typing")

    def rest(self) -> None:
        """Letters are keys again."""
        if self.typing:
            self.typing, self.read_only = False, True
            self.remove_class("typing")
            self.post_message(self.Ended())

    def on_blur(self) -> None:
        """Whoever leaves has stopped typing."""
        self.rest()

    def put(self, text: str, *, row: int | None = None) -> None:
        """Show another text where only a part differs: the cursor and the place in sight stay."""
        old = self.text
        if text == old:
            return
        start, most = 0, min(len(old), len(text))
        while start < most and old[start] == text[start]:
            start += 1
        end = 0
        while end < most - start and old[-1 - end] == text[-1 - end]:
            end += 1
        cursor, locked = self.cursor_location, self.read_only
        self.read_only = False
        self.replace(text[start : len(text) - end], self._location(old, start), self._location(old, len(old) - end))
        self.read_only = locked
        self.move_cursor((row, 0) if row is not None else cursor)

    @staticmethod
    def _location(text: str, offset: int) -> tuple[int, int]:
        before = text[:offset]
        return before.count("\n"), offset - (before.rfind("\n") + 1)

    # keys: those of rows move by lines, and while typing as in any text

    def action_down(self) -> None:
        """A line down."""
        self.action_cursor_down() if self.typing else self._to(1)

    def action_up(self) -> None:
        """A line up."""
        self.action_cursor_up() if self.typing else self._to(-1)

    def action_first(self) -> None:
        """To the first line; while typing to the start of this one."""
        self.action_cursor_line_start() if self.typing else self.move_cursor((0, 0))

    def action_last(self) -> None:
        """To the last line; while typing to the end of this one."""
        self.action_cursor_line_end() if self.typing else self._to(self.document.line_count)

    def action_half_down(self) -> None:
        """Half a page down; while typing delete to the right."""
        self.action_delete_right() if self.typing else self._to(max(1, self.size.height // 2))

    def action_half_up(self) -> None:
        """Half a page up; while typing delete to the start of the line."""
        self.action_delete_to_start_of_line() if self.typing else self._to(-max(1, self.size.height // 2))

    def action_page_down(self) -> None:
        """A page down."""
        self.action_cursor_page_down()

    def action_page_up(self) -> None:
        """A page up."""
        self.action_cursor_page_up()

    def action_open(self) -> None:
        """Type."""
        self.screen.action_type()  # type: ignore[attr-defined]

    def action_left(self) -> None:
        """A character to the left while typing; else the form."""
        self.action_cursor_left() if self.typing else self.screen.action_form()  # type: ignore[attr-defined]

    def action_right(self) -> None:
        """A character to the right."""
        self.action_cursor_right()

    def _to(self, by: int) -> None:
        row, column = self.cursor_location
        row = max(0, min(self.document.line_count - 1, row + by))
        self.move_cursor((row, min(column, len(self.document.get_line(row)))))

    def action_ends(self) -> None:
        """End typing; else one step back."""
        if self.typing:
            self.rest()
        else:
            self.screen.action_back()  # type: ignore[attr-defined]

    async def _on_key(self, event: Any) -> None:
        if self.typing and event.key == "tab":
            event.stop()
            event.prevent_default()
            self.rest()
            self.screen.action_next_panel()  # type: ignore[attr-defined]
            return
        await super()._on_key(event)


def _theme_of(theme: Theme, *, focused: bool) -> TextAreaTheme:
    del focused
    base = theme.style("text")
    reverse = base + Style(reverse=True)
    return TextAreaTheme(
        name=f"gov {theme.name}",
        base_style=base,
        gutter_style=theme.style("dim"),
        cursor_style=reverse,
        cursor_line_style=theme.style("text") + Style(bold=True),
        cursor_line_gutter_style=theme.style("bold") + Style(reverse=True),
        bracket_matching_style=theme.style("bold"),
        selection_style=reverse,
        syntax_styles={name: theme.style(style) for name, style in SYNTAX.items()},
    )
