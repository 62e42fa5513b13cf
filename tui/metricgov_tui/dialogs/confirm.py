"""The confirmation of a deed: one sentence that says what will happen, a line for words, and the key that does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text
from textual import on
from textual.containers import Horizontal
from textual.events import DescendantFocus
from textual.message import Message
from textual.widgets import Input

from metricgov.render.kit import clean, wrap_words
from metricgov_tui.dialogs.box import Box
from metricgov_tui.dialogs.suggesting import MOST, day_meant, days_said, is_day, no_day, people_like
from metricgov_tui.widgets.rows import TextRow
from metricgov_tui.widgets.search import Words
from metricgov_tui.words_deciding import Ask

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Key

DEAF_FOR: Final = 0.25
"""Seconds in which keys are dropped where something ends: they were typed before the sentence was there to be read."""

WIDTH: Final = 72


@dataclass(frozen=True, slots=True)
class Said:
    """What the dialog was answered with."""

    words: str = ""
    person: str = ""
    day: str = ""


class Confirm(Box[Said | None]):
    """Asks once. Where the deed can be taken back Enter does it; where it ends something, only its capital letter."""

    DEFAULT_CSS = """
    Confirm Horizontal { height: 1; }
    Confirm .label { width: 26; }
    Confirm #sentence { height: auto; margin: 0 0 1 0; }
    """

    def __init__(self, title: str, sentence: str, ask: Ask, kept: Said, people: Sequence[str] = ()) -> None:
        super().__init__()
        self._title, self._sentence, self._ask, self._kept = title, sentence, ask, kept
        self._people = people
        self._shown_at = 0.0
        self.left: Said | None = None
        """What stood in the lines when it was closed without an answer: it is there again the next time."""

    def title_words(self) -> str:
        """Return the title."""
        return self._title

    def inside(self) -> ComposeResult:
        """The sentence, the lines, the keys."""
        yield TextRow(*[Text(part) for part in wrap_words(self._sentence, WIDTH)], id="sentence")
        for name, label, value in self._lines():
            with Horizontal():
                yield TextRow(Text(label, style="dim"), id=f"label-{name}").add_class("label")
                yield Words(value, id=f"line-{name}", placeholder=self._hint(name))
        if (self._ask.person and self._people) or self._ask.day:
            yield TextRow(Text(), id="found")
        yield TextRow(Text(), id="problem")
        yield TextRow(self._keys(), id="act")

    def _lines(self) -> list[tuple[str, str, str]]:
        lines = []
        if self._ask.person:
            lines.append(("person", self._ask.person, self._kept.person))
        if self._ask.day:
            lines.append(("day", self._ask.day, self._kept.day))
        if self._ask.words:
            label = "Why? (goes on record)" if self._ask.words == "must" else "Words (may be empty)"
            lines.append(("words", self._ask.label or label, self._kept.words))
        return lines

    def _hint(self, name: str) -> str:
        if name == "person" and self._people:
            return ", ".join(self._people[:4]) + (" …" if len(self._people) > 4 else "")
        return ""

    @on(Input.Changed)
    @on(DescendantFocus)
    def _suggest(self) -> None:
        """Say what Enter takes the line for."""
        for row in self.query("#found").results(TextRow):
            name = getattr(self.focused, "id", "") or ""
            typed = self.focused.value if isinstance(self.focused, Words) else ""
            row.show(Text(self._meant(name.removeprefix("line-"), typed), style="dim"))

    def _meant(self, name: str, typed: str) -> str:
        if name == "person" and self._people:
            near = people_like(typed, self._people)
            more = f" {self.gov.look.ellipsis}" if len(near) > MOST else ""
            found = " · ".join(map(clean, near[:MOST])) + more
            return found if not typed or not near or near[0] == typed.strip() else f"Enter takes {found}"
        if name == "day":
            return days_said(typed, self.gov.now().date())
        return ""

    def _take_meant(self) -> None:
        """Put what a line means in the place of the letters for it."""
        for line in self.query(Words):
            typed = line.value.strip()
            if line.id == "line-person" and typed and self._people and (near := people_like(typed, self._people)):
                line.value = near[0]
            elif line.id == "line-day" and typed and (meant := day_meant(typed, self.gov.now().date())) != typed:
                line.value = meant

    def _keys(self) -> Text:
        if self._ask.capital:
            how = "Tab, then " if self._lines() else ""
            return Text.assemble(
                (f"[{how}{self._ask.capital}] ", "key"), (self._title.lower(), "grave"), "    Esc leaves it"
            )
        return Text.assemble(("[Enter] ", "key"), self._title.lower(), "    Esc leaves it")

    def on_mount(self) -> None:
        """Let somebody type where there is something to type."""
        self._shown_at = Message().time  # by the clock of keys
        self.query_one("#sentence", TextRow).styles.height = len(wrap_words(self._sentence, WIDTH))
        if lines := list(self.query(Words)):
            lines[0].focus()

    def said(self) -> Said:
        """Return what stands in the lines."""
        held = {one.id: one.value.strip() for one in self.query(Words)}
        return Said(held.get("line-words", ""), held.get("line-person", ""), held.get("line-day", ""))

    def on_key(self, event: Key) -> None:
        """Take the capital letter; not one typed before this could be read, nor one that is part of words."""
        typing = isinstance(self.focused, Words)
        if event.key in ("tab", "down"):
            event.stop()
            self._next_line()
        elif event.key in ("shift+tab", "up"):
            event.stop()
            self.focus_previous()
        elif self._ask.capital and event.key == self._ask.capital and not typing:
            event.stop()
            if event.time - self._shown_at >= DEAF_FOR:  # when it was typed, also where it had to wait
                self._answer()
        elif event.key == "enter" and not typing and not self._ask.capital:
            event.stop()
            self._answer()

    def _next_line(self) -> None:
        self._take_meant()
        lines = list(self.query(Words))
        place = lines.index(self.focused) + 1 if self.focused in lines else 0
        if place < len(lines):
            lines[place].focus()
        else:
            self.set_focus(None)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        lines = list(self.query(Words))
        if self.focused is not lines[-1] or self._ask.capital:
            self._next_line()
        else:
            self._answer()

    def _answer(self) -> None:
        self._take_meant()
        said = self.said()
        name, lacking = self._lacking(said)
        if lacking:
            self.query_one("#problem", TextRow).show(Text(lacking, style="warn"))
            self.query_one(f"#line-{name}", Words).focus()
            return
        self.dismiss(said)

    def _lacking(self, said: Said) -> tuple[str, str]:
        """Return the line that is not right yet, and what it lacks; "" where nothing is."""
        if self._ask.person and not said.person:
            return "person", f"{self._ask.person}? It needs a name."
        if self._people and said.person and said.person not in self._people:
            known = ", ".join(self._people[:MOST])
            return "person", f"{said.person} cannot be named here; there is {known}."
        if self._ask.day and not said.day:
            return "day", f"{self._ask.day}? It needs a day, as 2026-08-01."
        if self._ask.day and not is_day(said.day):
            return "day", no_day(said.day)
        if self._ask.words == "must" and not said.words:
            why = "Nothing is written yet." if self._ask.label else "It goes on record with a reason. Say why."
            return "words", why
        return "", ""

    def action_cancel(self) -> None:
        """Close; what was typed is kept for the next time."""
        self.left = self.said()
        self.dismiss(None)
