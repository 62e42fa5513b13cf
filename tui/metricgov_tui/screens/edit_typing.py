"""Typing in the Edit screen: in a field, in the text, in an answer; each is one step that can be taken back."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from textual import on
from textual.widgets import Input, TextArea

from metricgov.desk.asked import Desk
from metricgov.domain.draft_views import BLOCK, ITEMS, FormRow
from metricgov.domain.errors import MetricgovError
from metricgov_tui import words_edit as words
from metricgov_tui.dialogs.suggesting import day_meant, days_said, is_day, no_day
from metricgov_tui.panels import edit as panels
from metricgov_tui.screens.edit_panes import Panes
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.yaml_pane import YamlPane

TYPED_AFTER = 0.05
"""Seconds of rest before a field that is typed goes into the text."""


class Typing(Panes):
    """What is typed changes the text, wherever it is typed, and is kept."""

    # the text

    @on(TextArea.Changed)
    def _text_changed(self) -> None:
        draft = self.draft
        if draft is None or self.yaml.text == draft.text:
            return
        draft.texts[draft.path] = self.yaml.text
        self.walked = -1
        self.changed()
        self.check()

    @on(YamlPane.Ended)
    def _text_ended(self) -> None:
        self.note_text()
        self.edges()

    def note_text(self) -> None:
        """Make one step of what was typed in the text since the last one."""
        draft = self.draft
        if draft is None or self.yaml_base == draft.text:
            return
        draft.undo.push(draft.path, self.yaml_base, draft.text, self.form.at)
        self.yaml_base = draft.text
        self.keep_steps()

    def keep_steps(self) -> None:
        if self.draft is not None:
            self.run_worker(self.draft.undo.write, group="undo", thread=True)

    def put(self, text: str) -> None:
        """Let another text stand in the file that is shown."""
        draft = self.draft
        if draft is None or text == draft.text:
            return
        draft.texts[draft.path] = text
        with self.prevent(TextArea.Changed):
            self.yaml.put(text)
        self.yaml_base = text
        self.walked = -1
        self.changed()
        self.check()

    # the form

    @on(LineView.Opened, "#form")
    def _form_opened(self, event: LineView.Opened) -> None:
        draft, key = self.draft, event.key
        if draft is None:
            return
        if key.startswith(panels.MORE):
            before = set(self.form.keys)
            draft.unfolded ^= {key.removeprefix(panels.MORE)}
            self.checked()
            self.form.go(next((one for one in self.form.keys if one not in before), self.form.at))
        elif self.reading:
            self.gov.say(words.reading(draft.opened), "warn")
        elif key.endswith(panels.ADD):
            self.begin(self._set(key, ""), group="field")
        else:
            row = draft.row(key)
            if row is None:
                return
            if row.takes in (BLOCK, ITEMS) and not row.stands:
                self.begin(self._set(key if row.takes == BLOCK else f"{key}{panels.ADD}", ""), group="field")
            elif row.takes in (BLOCK, ITEMS):
                self.form.action_down()
            else:
                self.type_in(row)

    def type_in(self, row: FormRow) -> None:
        """Let somebody type in a field."""
        draft = self.draft
        if draft is None:
            return
        if draft.path in draft.unreadable:
            self.gov.say(words.FORM_WAITS, "warn")
            return
        self.typed_in, self.base = row.path, draft.text
        line = self.line("field")
        with line.prevent(Input.Changed):
            line.value = row.value
        line.cursor_position = len(row.value)
        self.lay("field", self.form, row.path)
        self.follow(row.path)
        line.focus()
        choices = f" One of: {', '.join(row.choices)} (↓ ↑)." if row.choices else ""
        self.gov.say(f"{row.says}{choices}" if row.says or choices else "")

    @on(Input.Changed, "#field")
    def _field_changed(self, event: Input.Changed) -> None:
        self.begin(self._set_field(event.value), group="field")

    async def _set_field(self, typed: str) -> None:
        await asyncio.sleep(TYPED_AFTER)
        await self._apply(self.typed_in, self.base, typed)

    async def _apply(self, field: str, base: str, typed: str) -> None:
        draft = self.draft
        if draft is None or not field:
            return
        try:
            data = await self.ask(Desk.with_value, draft.path, base.encode(), field, typed)
        except MetricgovError as error:
            self.gov.say(f"{field.rpartition('.')[2]}: {error.message}. {error.hint}", "warn")
            return
        self.put(data.decode())

    async def take_out(self, field: str) -> None:
        """Take a field or an item out, as one step."""
        draft = self.draft
        if draft is None:
            return
        before = draft.text
        data = await self.ask(Desk.without, draft.path, before.encode(), field)
        self.put(data.decode())
        draft.undo.push(draft.path, before, draft.text, field)
        self.keep_steps()

    async def _set(self, field: str, typed: str) -> None:
        """Set a field at once, as one step."""
        draft = self.draft
        if draft is None:
            return
        before = draft.text
        await self._apply(field, before, typed)
        draft.undo.push(draft.path, before, draft.text, field)
        self.keep_steps()

    @on(Input.Submitted, "#field")
    def _field_submitted(self) -> None:
        self.end_field()

    def end_field(self, *, to: LineView | None = None) -> None:
        """End typing in a field: what stands there is one step."""
        line, field, base = self.line("field"), self.typed_in, self.base
        if not field:
            return
        self.typed_in = ""
        line.remove_class("open")
        (to or self.form).focus()
        self.gov.say("")
        self.begin(self._finish(field, base, line.value), group="field")

    async def _finish(self, field: str, base: str, typed: str) -> None:
        draft = self.draft
        if draft is None:
            return
        row = draft.row(field)
        if row is None or row.value != typed or draft.text != base:
            await self._apply(field, base, typed)
        if draft.text != base:
            draft.undo.push(draft.path, base, draft.text, field)
            self.keep_steps()

    # the questions

    @on(LineView.Opened, "#questions")
    def _question_opened(self, event: LineView.Opened) -> None:
        draft = self.draft
        if draft is None:
            return
        if self.reading:
            self.gov.say(words.reading(draft.opened), "warn")
        elif event.key in panels.CHOICES:
            self.choose(event.key, 1)
        else:
            self.type_answer(event.key)

    def choose(self, question: str, by: int) -> None:
        """Choose the next or the previous answer; the advised one first."""
        draft = self.draft
        if draft is None or draft.known is None:
            return
        if question == "text":
            self.answer(meaning_unchanged=not draft.answers.meaning_unchanged)
            return
        choices = list(panels.choices_of(question, draft.known))
        chosen = draft.answers.intent if question == "intent" else draft.answers.treatment
        advised = draft.known.advised(draft.answers.intent)
        if chosen in choices:
            value = choices[(choices.index(chosen) + by) % len(choices)]
        elif question == "treatment" and advised is not None and advised.treatment in choices:
            value = advised.treatment
        else:
            value = choices[0 if by > 0 else -1]
        if question == "treatment":
            self.answer(treatment=value)
            return
        if value == "defect" and draft.known.stale:
            self.answer(intent=value, meaning_unchanged=True)
            self.gov.say(words.DEFECT_KEEPS)
        elif draft.answers.intent == "defect":
            self.answer(intent=value, meaning_unchanged=False)
        else:
            self.answer(intent=value)

    def type_answer(self, question: str) -> None:
        """Let somebody type an answer."""
        draft = self.draft
        if draft is None:
            return
        held = {"why": draft.answers.why, "day": draft.answers.effective_from}.get(
            question, " ".join(draft.answers.refs)
        )
        if question == "day" and not held:
            held = panels.day_for(draft.known, draft.answers)
        self.typed_in = question
        line = self.line("answer")
        with line.prevent(Input.Changed):
            line.value = held
        line.cursor_position = len(held)
        self.lay("answer", self.questions, question)
        line.focus()
        self.draw_edges()

    @on(Input.Changed, "#answer")
    def _answer_changed(self, event: Input.Changed) -> None:
        self._take_answer(self.typed_in, event.value)
        if self.typed_in == "day":
            self.gov.say(days_said(event.value, self.gov.now().date()))

    @on(Input.Submitted, "#answer")
    def _answer_submitted(self, event: Input.Submitted) -> None:
        self._take_answer(self.typed_in, event.value)
        question = self.typed_in
        if question == "day":
            meant = day_meant(event.value, self.gov.now().date())
            if meant and not is_day(meant):
                self.gov.say(no_day(meant), "warn")
                return
            self.gov.say("")
        self.end_answer()
        stops = self.questions.keys
        if question in stops and stops.index(question) + 1 < len(stops):
            self.questions.go(stops[stops.index(question) + 1])

    def _take_answer(self, question: str, typed: str) -> None:
        if question == "why":
            self.answer(why=typed)
        elif question == "day":
            self.answer(effective_from=day_meant(typed, self.gov.now().date()))
        elif question == "ticket":
            self.answer(refs=tuple(typed.split()))

    def end_answer(self) -> None:
        """End typing an answer."""
        self.typed_in = ""
        self.line("answer").remove_class("open")
        self.questions.focus()
        self.checked()

    def answer(self, **said: object) -> None:
        """Take an answer."""
        draft = self.draft
        if draft is None:
            return
        answers = replace(draft.answers, **said)  # type: ignore[arg-type]
        if answers != draft.answers:
            draft.answers = answers
            self.changed()
            self.weigh()
            if not self.line("answer").has_class("open"):
                self.checked()
