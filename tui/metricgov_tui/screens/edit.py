"""Edit a definition or revise a change: its keys, from the next problem to the submission."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import ClassVar

from metricgov.desk.asked import Desk
from metricgov.domain.draft_views import Mark
from metricgov.domain.errors import MetricgovError
from metricgov_tui import words_edit as words
from metricgov_tui.keys import bindings
from metricgov_tui.panels import edit as panels
from metricgov_tui.screens.edit_typing import Typing

WRITES: frozenset[str] = frozenset({"type", "undo", "redo", "editor", "submit", "remove", "answer"})


class Edit(Typing):
    """A form and its text side by side; Enter types, Esc ends typing, everything typed is kept."""

    WHERE: ClassVar[tuple[str, ...]] = ("edit",)
    SHOWN: ClassVar[tuple[str, ...]] = ("open", "next_panel", "yaml", "undo", "submit", "editor", "answer", "evaluate")
    BINDINGS = bindings("app", "edit")

    def refusal(self, action: str) -> str:
        """Return why a key does nothing now."""
        draft = self.draft
        if action == "take_over":
            return "" if self.reading else "This window writes already."
        if draft is None:
            return "The draft is not open yet." if action in WRITES | {"more", "evaluate"} else ""
        if action in WRITES and self.reading:
            return words.reading(draft.opened)
        if action in ("previous_file", "next_file") and len(draft.texts) < 2:
            return "This change has one file."
        return ""

    def mark_at(self, mark: Mark) -> None:
        """Go to a problem in both panes."""
        draft = self.draft
        if draft is None:
            return
        known = {one.path for one in draft.rows}
        field = mark.field
        while field and field not in known:
            field = panels.parent_of(field)
        if mark.line:
            self.yaml.move_cursor((mark.line - 1, max(0, mark.column - 1)), center=True)
        if field and draft.path not in draft.unreadable:
            self.form.go(field)
        elif mark.line:
            self.yaml.focus()
        if self.focused is self.questions:
            self.form.focus()
        sign = self.gov.look.error if mark.grave else self.gov.look.warn
        where = f"line {mark.line}: " if mark.line else ""
        name = f"{mark.field.rpartition('.')[2]}: " if mark.field else ""
        hint = f" ({mark.hint})" if mark.hint else ""
        self.gov.say(f"{sign} {where}{name}{mark.says}{hint}", "grave" if mark.grave else "warn")

    def action_type(self) -> None:
        """Type where the cursor is."""
        if self.focused is self.yaml:
            self.yaml_base = self.draft.text if self.draft else ""
            self.yaml.type()
            self.edges()
        elif self.focused in (self.form, self.questions):
            self.focused.action_open()

    def action_form(self) -> None:
        """To the form; among the questions the answer to the left."""
        if self.focused is self.questions and self.questions.at in panels.CHOICES:
            self.choose(self.questions.at, -1)
        else:
            self.form.focus()

    def action_yaml(self) -> None:
        """To the text; among the questions the answer to the right."""
        if self.focused is self.questions and self.questions.at in panels.CHOICES:
            self.choose(self.questions.at, 1)
        else:
            self.yaml.focus()

    def action_next_panel(self) -> None:
        """To the next field; typing goes on there."""
        self._tab(1)

    def action_previous_panel(self) -> None:
        """To the field before."""
        self._tab(-1)

    def _tab(self, by: int) -> None:
        field, typing = self.typed_in, self.focused in (self.line("field"), self.line("answer"))
        view = self.questions if self.focused in (self.questions, self.line("answer")) else self.form
        if typing and view is self.form:
            self.end_field()
        elif typing:
            self.end_answer()
        stops = [("form", one) for one in self.form.keys if not one.startswith(panels.MORE)]
        stops += [("questions", one) for one in self.questions.keys]
        here = ("questions" if view is self.questions else "form", field or view.at)
        place = stops.index(here) if here in stops else -1
        name, key = stops[(place + by) % len(stops)] if stops else ("form", "")
        there = self.questions if name == "questions" else self.form
        there.focus()
        there.go(key)
        if typing and self.draft is not None and not key.endswith(panels.ADD):
            row = self.draft.row(key) if name == "form" else None
            if row is not None and row.takes not in ("block", "items"):
                self.call_after_refresh(self.type_in, row)
            elif name == "questions" and key not in panels.CHOICES:
                self.call_after_refresh(self.type_answer, key)

    def action_answer(self) -> None:
        """To the first question that is open."""
        owed = self.draft.owed() if self.draft else []
        self.questions.focus()
        keys = self.questions.keys
        if keys:
            self.questions.go(owed[0] if owed and owed[0] in keys else keys[0])
        self.gov.say("")

    def action_next_match(self) -> None:
        """To the next problem or open question."""
        self._walk_on(1)

    def action_previous_match(self) -> None:
        """To the one before."""
        self._walk_on(-1)

    def _walk_on(self, by: int) -> None:
        draft = self.draft
        if draft is None:
            return
        stops: list[Mark | str] = [*draft.problems(), *draft.owed()]
        if not stops:
            self.gov.say(words.NO_PROBLEM)
            return
        self.walked = (self.walked + by) % len(stops) if self.walked >= 0 or by > 0 else len(stops) - 1
        stop = stops[min(self.walked, len(stops) - 1)]
        if isinstance(stop, str):
            self.questions.focus()
            self.questions.go(stop)
            self.gov.say("")
        else:
            self.mark_at(stop)

    def action_undo(self) -> None:
        """Take the last edit back."""
        self._step(back=True)

    def action_redo(self) -> None:
        """Do it again."""
        self._step(back=False)

    def _step(self, *, back: bool) -> None:
        draft = self.draft
        if draft is None:
            return
        self.note_text()
        found = draft.undo.back(draft.texts) if back else draft.undo.forth(draft.texts)
        if found is None:
            self.gov.say(words.NO_UNDO if back else words.NO_REDO)
            return
        step, text = found
        if step.path != draft.path:
            draft.path = step.path
            self.show_file()
        self.put(text)
        self.keep_steps()
        row = text.count("\n", 0, step.at)
        self.yaml.move_cursor((min(row, self.yaml.document.line_count - 1), 0), center=True)
        if step.field:
            self.form.go(step.field)
        what = step.field or step.path.rpartition("/")[2]
        self.gov.say(f"{'Taken back' if back else 'Done again'}: {what}.")

    def action_remove(self) -> None:
        """Take a field or an item out of the text."""
        draft, key = self.draft, self.form.at
        if draft is None or self.focused is not self.form or not (row := draft.row(key)) or not row.stands:
            self.gov.say("x takes a field that is there out of the form.")
            return
        self.begin(self.take_out(key), group="field")

    def action_editor(self) -> None:
        """Open the text in the person's editor."""
        from textual.app import SuspendNotSupported

        from metricgov.desk.editor import open_editor

        draft = self.draft
        if draft is None:
            return
        self.note_text()
        before, row = draft.text, self.yaml.cursor_location[0]
        with tempfile.TemporaryDirectory(prefix="metricgov-") as folder:
            file = Path(folder) / draft.path.rpartition("/")[2]
            file.write_text(before, encoding="utf-8", newline="")
            try:
                with self.app.suspend():
                    open_editor([file], line=row + 1, again="E")
            except SuspendNotSupported:
                self.gov.say("This terminal cannot be lent to an editor; i types here.", "warn")
                return
            finally:
                self.refresh(layout=True, repaint=True)
            text = file.read_text(encoding="utf-8", errors="replace")
        if text == before:
            self.gov.say(words.EDITOR_SAME)
            return
        self.put(text)
        draft.undo.push(draft.path, before, text)
        self.keep_steps()

    def action_previous_file(self) -> None:
        """The file before."""
        self._file(-1)

    def action_next_file(self) -> None:
        """The next file."""
        self._file(1)

    def _file(self, by: int) -> None:
        draft = self.draft
        if draft is None:
            return
        self.note_text()
        paths = list(draft.texts)
        draft.path = paths[(paths.index(draft.path) + by) % len(paths)]
        self.show_file()
        self.check(at_once=True)

    def key_words(self, action: str) -> str:
        """Return what Enter and Tab do here."""
        return {"open": "type", "next_panel": "next", "yaml": "form/YAML"}.get(action, "")

    # ends

    def action_take_over(self) -> None:
        """Write here what another window holds."""
        self.begin(self._take_over(), group="open")

    async def _take_over(self) -> None:
        draft = self.draft
        if draft is None:
            return
        of = draft.opened.writing.key if not draft.opened.writing.revises else f"change:{draft.opened.writing.change}"
        opened = await self.ask(Desk.open_draft, of, self.window, take=True)
        self.start(opened)
        self.gov.say("This window writes now; the other one reads.")

    def action_evaluate(self) -> None:
        """Compute the effect of what is typed."""
        self.begin(self._evaluate(), group="effect")

    async def _evaluate(self) -> None:
        from metricgov_tui.dialogs.effect_of_draft import EffectOfDraft

        draft = self.draft
        if draft is None:
            return
        what = f"Evaluating {draft.opened.definition.partition(':')[2]}"
        found = await self.long(what, Desk.effect_of_draft, draft.opened.writing, draft.files(), draft.answers)
        if found is not None:
            self.gov.push_screen(EffectOfDraft(found))

    def action_submit(self) -> None:
        """Submit, after a confirmation."""
        self.note_text()
        self.begin(self._submit(), group="submit")

    async def _submit(self) -> None:
        from metricgov_tui.dialogs.confirm import Confirm, Said
        from metricgov_tui.words_deciding import Ask

        draft = self.draft
        if draft is None:
            return
        if draft.grave:
            self.gov.say(
                f"Not submitted: {words.problems(1, 0, 0) if len(draft.problems()) == 1 else ''}".rstrip(), "warn"
            )
            self.walked = -1
            self._walk_on(1)
            return
        with self.gov.coming():
            weighed = await self.ask(Desk.weigh, draft.opened.writing, draft.files(), draft.answers)
        draft.weighs(weighed)
        self.checked()
        if weighed.marks and not weighed.change_class:
            self.mark_at(weighed.marks[0])
            return
        if not weighed.change_class:
            self.gov.say(words.NOTHING_TO_SUBMIT)
            return
        if weighed.owed or weighed.barred:
            if owed := draft.owed():
                self.questions.focus()
                self.questions.go(owed[0])
            self.gov.say(words.refused(weighed), "warn")
            return

        def done(said: Said | None) -> None:
            if said is not None:
                self.begin(self._record(), group="submit")

        sentence = words.submit(weighed, draft.opened)
        self.gov.push_screen(Confirm("Submit", sentence, Ask(words=""), Said()), done)

    async def _record(self) -> None:
        draft = self.draft
        if draft is None:
            return
        self.gone = True
        try:
            done = await self.ask(Desk.submit_draft, draft.opened.writing, self.window, draft.files(), draft.answers)
        except MetricgovError:
            self.gone = False
            raise
        draft.undo.forget()
        self.gov.pop_screen()
        remote = bool(self.gov.standing and self.gov.standing.remote)
        self.gov.say(words.submitted(done.label, done.revision, sent=done.sent, remote=remote), "ok")

    def action_more(self) -> None:
        """What is needed less often."""
        from metricgov_tui.dialogs.menu import Menu

        def chosen(action: str | None) -> None:
            if action == "discard":
                self._ask_discard()

        self.gov.push_screen(Menu("More", "edit_more", {}), chosen)

    def _ask_discard(self) -> None:
        from metricgov_tui.dialogs.confirm import Confirm, Said
        from metricgov_tui.words_deciding import Ask

        draft = self.draft
        if draft is None or self.reading:
            self.gov.say(words.reading(draft.opened) if draft else "", "warn")
            return

        def done(said: Said | None) -> None:
            if said is not None:
                self.begin(self._leave(discard=True), group="leave")

        sentence = words.discard(draft.opened.definition.partition(":")[2])
        self.gov.push_screen(Confirm("Discard", sentence, Ask("D", ""), Said()), done)

    def action_back(self) -> None:
        """End typing; else leave, the draft is kept."""
        if self.focused is self.line("field"):
            self.end_field()
        elif self.focused is self.line("answer"):
            self.end_answer()
        elif self.yaml.typing:
            self.yaml.rest()
        elif self.draft is None:
            super().action_back()
        else:
            self.note_text()
            self.begin(self._leave(), group="leave")

    async def _leave(self, *, discard: bool = False) -> None:
        draft = self.draft
        if draft is not None and not self.reading:
            if not discard:
                await self.keep_now()
            self.gone = True
            with contextlib.suppress(MetricgovError):
                await self.ask(Desk.close_draft, draft.opened.writing, self.window, discard=discard)
            if discard:
                draft.undo.forget()
        if self.is_current:
            self.gov.pop_screen()
        kept = draft is not None and draft.saved_at is not None
        self.gov.say(words.DISCARDED if discard else "Your draft is kept." if kept else "")
