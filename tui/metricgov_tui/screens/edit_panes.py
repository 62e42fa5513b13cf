"""How the Edit screen lies: form and text in step, what is asked, whom it will wait for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical
from textual.widgets import TextArea

from metricgov.desk.asked import Desk
from metricgov_tui import words_edit as words
from metricgov_tui.panels import edit as panels
from metricgov_tui.screens.edit_asks import Asking
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import RuleRow, Sides
from metricgov_tui.widgets.search import Words
from metricgov_tui.widgets.yaml_pane import YamlPane
from metricgov_tui.widths import WIDE

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from metricgov_tui.lines import Lines

MOST_BELOW = 9


class Panes(Asking):
    """A form and its text side by side, the questions below; the cursor is at the same field in both."""

    DEFAULT_CSS = """
    Panes #panes { height: 1fr; }
    Panes #left, Edit #right { width: 1fr; height: 1fr; layers: below typing; }
    Panes #right { border-left: solid $foreground 30%; }
    Panes #means { width: 46; border-left: solid $foreground 30%; display: none; }
    Panes.wide #means { display: block; }
    Panes #below { height: auto; layers: below typing; }
    Panes #questions { height: 1; }
    Panes .typed { layer: typing; position: absolute; display: none; }
    Panes .typed.open { display: block; }
    """

    def __init__(self, *, definition: str = "", change: str = "", wanted: object = None) -> None:
        super().__init__()
        self._of = f"change:{change}" if change else definition
        self._wanted = wanted
        self.typed_in = ""
        self.base = ""
        self.walked = -1
        self.yaml_base = ""

    # layout

    def above(self) -> ComposeResult:
        """The row of the class."""
        yield Sides(id="class")

    def body(self) -> ComposeResult:
        """Form, text and what it means; below them the questions."""
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield Sides(id="form-title")
                yield LineView(id="form")
                yield Words(id="field", classes="typed", select_on_focus=False)
            with Vertical(id="right"):
                yield Sides(id="yaml-title")
                yield YamlPane(id="yaml")
            yield LineView(id="means", cursor=False)
        yield RuleRow()
        with Vertical(id="below"):
            yield LineView(id="questions")
            yield Words(id="answer", classes="typed", select_on_focus=False)

    def on_mount(self) -> None:
        """Say how long ago the draft was kept."""
        self.set_interval(1.0, self._age)

    def on_resize(self) -> None:
        """Show what it means where there is room."""
        self.set_class(self.size.width >= WIDE, "wide")
        if self.draft is not None:
            self.checked()

    @property
    def form(self) -> LineView:
        """The form."""
        return self.query_one("#form", LineView)

    @property
    def yaml(self) -> YamlPane:
        """The text."""
        return self.query_one("#yaml", YamlPane)

    @property
    def questions(self) -> LineView:
        """What is asked of the author."""
        return self.query_one("#questions", LineView)

    def line(self, name: str) -> Words:
        """The line in which a field or an answer is typed."""
        return self.query_one(f"#{name}", Words)

    # beginning

    async def load(self) -> None:
        """Open the draft, once."""
        if self.draft is not None or self.gov.reader is None:
            return
        from metricgov.desk.beginning import Beginning
        from metricgov.desk.windows import window_here

        self.window = window_here()
        if isinstance(self._wanted, Beginning):
            self.start(await self.ask(Desk.begin_draft, self._wanted, self.window))
        else:
            self.start(await self.ask(Desk.open_draft, self._of, self.window))

    def begun(self) -> None:
        """Show a draft."""
        self.show_file()
        self.form.focus()

    def show_file(self) -> None:
        """Show the file that is chosen."""
        draft = self.draft
        if draft is None:
            return
        with self.prevent(TextArea.Changed):
            self.yaml.text = draft.text
        self.yaml_base = draft.text
        self.checked()

    def checked(self) -> None:
        """Draw form, questions and edges as things stand."""
        draft = self.draft
        if draft is None or not self.is_drawn:
            return
        in_form = self.line("field").has_class("open")
        sheet, look = draft.sheet(self.typed_in if in_form else ""), self.gov.look
        self.form.show(lambda width: panels.form_lines(sheet, width, look))
        self.query_one("#means", LineView).show(lambda width: panels.meaning_lines(draft.known, width, look))
        self.draw_questions()
        self.edges()
        self.call_after_refresh(self._in_sight)

    def _in_sight(self) -> None:
        """Keep the field in sight, and the line for typing on it, whatever has come above or below."""
        if not self.is_drawn:
            return
        if self.typed_in and self.line("field").has_class("open"):
            self.form.go(self.typed_in)
            self.call_after_refresh(self.lay, "field", self.form, self.typed_in)
        else:
            self.form.go(self.form.at)

    def draw_questions(self) -> None:
        """Draw what is asked, as high as it needs."""
        draft, me = self.draft, self.gov.reader.principal if self.gov.reader else ""
        if draft is None:
            return

        def make(width: int) -> Lines:
            return panels.question_lines(draft.known, draft.answers, draft.opened, width, self.gov.look, me=me)

        self.questions.styles.height = min(MOST_BELOW, len(make(max(20, self.size.width - 1))))
        self.questions.show(make)

    # edges

    def top(self) -> tuple[Text, Text]:
        """Return where this is, and when it was kept."""
        draft = self.draft
        name = draft.opened.definition.partition(":")[2] if draft else self._of.partition(":")[2]
        row = Text(" ")
        root = f"Change {draft.opened.label}" if draft and draft.opened.label else "Registry"
        for part in (root, name):
            row.append(f"{part} {self.gov.look.crumb} ", "dim")
        row.append("Edit", "title")
        if draft and len(draft.texts) > 1:
            row.append(f"   file {list(draft.texts).index(draft.path) + 1} of {len(draft.texts)}  < >", "dim")
        return row, Text(self._saved(), style="warn" if self.reading else "dim")

    def _saved(self) -> str:
        draft = self.draft
        if draft is None:
            return self.gov.look.ellipsis
        if self.reading:
            return "read only"
        if draft.saved_at is None:
            return "draft kept" if draft.opened.kept else "nothing typed yet"
        return words.saved(max(0.0, self.gov.now().timestamp() - draft.saved_at))

    def _age(self) -> None:
        if self.draft is not None and self.draft.saved_at is not None and self.is_current and self.is_drawn:
            self.query_one("#top", Sides).show_sides(*self.top())

    def edges(self) -> None:
        """Draw the rows around the panels."""
        if not self.is_drawn:
            return
        self.draw_edges()
        draft = self.draft
        if draft is not None:
            old = self.checking or draft.known is not draft.weighed or draft.grave
            said = panels.headline(draft.known, draft.opened, checking=old, look=self.gov.look, wrong=bool(draft.grave))
            self.query_one("#class", Sides).show_sides(Text.assemble(" ", said), self.gov.who())
        self._titles()

    @property
    def is_drawn(self) -> bool:
        """Whether its rows are there: an answer may come after the screen was taken down."""
        return self.is_mounted and bool(self.query("#keys")) and bool(self.query("#yaml"))

    def _titles(self) -> None:
        if not self.is_drawn:
            return
        stops = [one for one in self.form.keys if not one.startswith(panels.MORE) and not one.endswith(panels.ADD)]
        at = stops.index(self.form.at) + 1 if self.form.at in stops else 0
        left = f"field {at} of {len(stops)}" if at else f"{len(stops)} fields"
        row = self.yaml.cursor_location[0] + 1
        focus = self.focused
        in_form = focus is self.form or focus is self.line("field")
        self.query_one("#form-title", Sides).show_sides(
            Text(" Form", style="title" if in_form else ""), Text(left, style="dim")
        )
        said = f"line {row} of {self.yaml.document.line_count}"
        typing = "  typing" if self.yaml.typing else ""
        self.query_one("#yaml-title", Sides).show_sides(
            Text(f" YAML{typing}", style="title" if focus is self.yaml else ""), Text(said, style="dim")
        )

    def resting(self) -> str:
        """Return what is left to look at."""
        draft = self.draft
        if draft is None:
            return "Opening the draft …"
        if self.focused is self.questions and (hint := self._question_hint()):
            return hint
        marks = draft.problems()
        if draft.path in draft.unreadable:
            return words.NOT_READABLE
        grave = sum(one.grave for one in marks)
        if not grave and draft.weighed is not None and not draft.weighed.change_class and not draft.weighed.marks:
            return words.UNCHANGED
        return words.problems(grave, len(marks) - grave, len(draft.owed()))

    def _question_hint(self) -> str:
        draft = self.draft
        question = self.questions.at
        if draft is None or draft.weighed is None:
            return ""
        advised = draft.weighed.advised(draft.answers.intent)
        if question == "treatment" and advised is not None:
            return f"Advised: {words.TREATMENTS[advised.treatment]}, as {advised.reason}."
        return {
            "why": words.WHY_HINT,
            "day": words.DAY_HINT,
            "text": words.TEXT_HINT,
            "intent": "Was the old number wrong, or does it mean something new? Enter chooses the next.",
        }.get(question, "")

    # in step

    @on(LineView.Moved, "#form")
    def _form_moved(self, event: LineView.Moved) -> None:
        if self.focused in (self.form, self.line("field")):
            self.follow(event.key)
        self._titles()

    def follow(self, key: str) -> None:
        """Put the cursor of the text at a field of the form."""
        draft = self.draft
        path = key.removeprefix(panels.MORE).removesuffix(panels.ADD)
        if draft is not None and (line := draft.line_of(path)):
            row = draft.row(path)
            self.yaml.move_cursor((line - 1, max(0, row.column - 1) if row and row.line else 0), center=True)

    @on(LineView.Moved, "#questions")
    def _question_moved(self) -> None:
        if self.focused is self.questions:
            self.gov.say("")
        self.draw_edges()

    @on(TextArea.SelectionChanged)
    def _text_moved(self) -> None:
        draft = self.draft
        if draft is None or self.focused is not self.yaml:
            self._titles()
            return
        row, column = self.yaml.cursor_location
        line = self.yaml.document.get_line(row)
        end = len(line) if not line[:column].strip() else column + 1
        path = draft.field_at(row + 1, max(1, end))
        if path and path != self.form.at:
            if self.yaml.typing:
                self.note_text()
            self.form.go(path)
        self._titles()

    def on_descendant_focus(self) -> None:
        """Say which panel listens."""
        if self.draft is not None:
            self.call_after_refresh(self.edges)

    def note_text(self) -> None:
        """Make one step of what was typed in the text since the last one."""

    def lay(self, name: str, view: LineView, key: str) -> None:
        """Put the line for typing where the value of a row stands."""
        keys = [line.key for line in view.lines()]
        if key not in keys:
            return
        width = view.size.width
        column = (min(max(12, (width - 1) // 3), 24) if name == "field" else 13) + 1
        if name == "field" and (row := self.draft.row(key) if self.draft else None):
            column = max(column, 2 * row.depth + len(panels.label_of(row)) + 2)
        line = self.line(name)
        line.styles.offset = (
            max(0, column - 1),
            (1 if name == "field" else 0) + keys.index(key) - view.scroll_offset.y,
        )
        line.styles.width = max(8, width - column + 1)
        line.add_class("open")
