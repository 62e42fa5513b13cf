"""The panels of the Review screen as they stand: which lines are in each, from what is known of the change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from metricgov.render.changes import state_words
from metricgov.render.kit import clean
from metricgov_tui import words_review as words
from metricgov_tui.lines import Line, Lines
from metricgov_tui.panels import diff, review
from metricgov_tui.panels.flow import ends, flow
from metricgov_tui.screens.reviewed import Reviewed
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import RuleRow, Sides, TextRow

if TYPE_CHECKING:
    from metricgov.domain.effect_report import EffectOnRecord
    from metricgov.domain.views import ChangeView
    from metricgov_tui.look import Look

VIEWS: dict[str, str] = {"diff": "Diff", "effect": "Effect", "impact": "Impact", "talk": "Talk", "story": "Story"}

SHORT_ROWS = 2
"""Rows of what is missing on a small screen, below the diff."""


class DrawnReview(Reviewed):
    """Draws one change."""

    SHOWN_WIDE = (
        "approve", "request_changes", "decide", "comment", "resolve", "evaluate", "more", "edit", "split", "unfold",
    )  # fmt: skip

    # showing

    def draw(self) -> None:
        """Draw every panel."""
        if not self.is_mounted:
            return
        self.main.show(self._main_lines)
        self.query_one("#evidence", LineView).show(self._evidence)
        self.query_one("#others", LineView).show(self._others, at=self.change.change if self.change else "")
        self.draw_banner()
        self.draw_below()
        self.draw_edges()

    def draw_banner(self) -> None:
        """Draw what is said above the view: a newer revision, or what a diff between revisions is about."""
        said, view = "", self.change
        if view is not None and self.newer is not None:
            said = words.newer(self.newer.revision, view.revision, self.newer.at)
        elif view is not None and self.since:
            said = words.differing(self.since, view.revision)
        elif view is not None and 0 < self.seen.revision < view.revision:
            said = words.newer(view.revision, self.seen.revision, "")
        self.set_class(bool(said), "news")
        self.query_one("#banner", TextRow).show(Text(f" {said}", style="warn"))

    def draw_below(self) -> None:
        """Draw what is missing below the view; beside other views than the diff in one line."""
        view, me, look = self.change, self._me, self.gov.look
        missing = self.query_one("#missing", LineView)
        opened = missing.has_class("open")
        self.set_class(self.view != "diff" or view is None or not view.requirements, "brief")
        for one in list(self.query(RuleRow))[-1:]:
            one.set_class(True, "last")
        if view is None:
            return
        title = review.missing_rule(view, self.size.width, look, me, brief=self.has_class("brief") and not opened)
        self.query_one("#missing_rule", TextRow).show(title)

        def make(width: int) -> Lines:
            if opened:
                return review.missing_lines(view, width, look)
            return review.missing_short(view, width, look, me, SHORT_ROWS)

        missing.show(make)

    def _main_lines(self, width: int) -> Lines:
        view = self.change
        if view is None:
            return [Line(text) for text in flow([(self.fault_said or words.READING, "dim")], width)]
        width -= self.wide  # nothing touches the line beside it
        match self.view:
            case "diff":
                return self._diff(view, width)
            case "effect":
                return self._effect(width)
            case "impact":
                return review.impact_lines(self.impact, width, self.gov.look)
            case "talk":
                return review.talk_lines(view.threads, width, self.gov.look, self._me)
            case _:
                return review.story_lines(self.story, width, self.seen.seq)

    def _diff(self, view: ChangeView, width: int) -> Lines:
        look = self.gov.look
        lines = [] if self.wide else review.why_lines(view, width, look)
        if self.edited is None:
            said = self.fault_said or words.READING
            return [*lines, *(Line(text) for text in flow([(said, "dim")], width))]
        if not self.edited:
            empty = words.NO_DIFFERENCE if self.since or view.definitions else words.NO_CONTENTS
            return [*lines, *(Line(text) for text in flow([(empty, "")], width))]
        shown = diff.Shown(split=self.split, unfolded=self.unfolded, wordy=self.wide)
        made_of = (view, self.edited, width, look, shown)
        known, made = self._made
        if len(known) != len(made_of) or any(
            one is not other and one != other for one, other in zip(known, made_of, strict=True)
        ):
            made = [*lines, *diff.diff_lines(view, self.edited, width, look, shown)]
            self._made = made_of, made
        return made

    def _effect(self, width: int) -> Lines:
        if self.effect is None:
            return [Line(text) for text in flow([(self.no_effect or words.READING, "")], width)]
        return self._drawn(self.page, width)

    def _drawn(self, page: str, width: int) -> Sequence[Line]:
        """Return a page of the effect; one that is not drawn yet is drawn beside the screen."""
        found = self._pages.get((page, width))
        if found is None:
            if (page, width) not in self._being_drawn:
                self._being_drawn.add((page, width))
                self.begin(self._draw_page(page, width), group="pages", exclusive=False)
            return [Line(Text(words.DRAWING, style="dim"))]
        return found

    async def _draw_page(self, page: str, width: int) -> None:
        effect, look = self.effect, self.gov.look
        try:
            if effect is not None:
                async with self._drawing:  # one picture at a time: the library that draws has one figure
                    lines = await asyncio.to_thread(_page, effect, page, width, look)
                if effect is self.effect:
                    self._pages[page, width] = lines
        finally:
            self._being_drawn.discard((page, width))
        self.draw()

    def _evidence(self, width: int) -> Lines:
        view = self.change
        if view is None or not self.wide:
            return []
        width = max(width - 2, 20)
        effect: Sequence[Line] = [Line(text) for text in flow([(self.no_effect or words.READING, "")], width)]
        if self.effect is not None:
            effect = self._drawn("short", width)
        since = review.since_lines(self.story, self.seen.seq, width)
        lines = review.evidence_lines(view, effect, self.impact, since, width, self.gov.look, self._me)
        return [Line(Text.assemble(" ", one.text), under=one.under) for one in lines]

    def _others(self, width: int) -> Lines:
        """Return the list that the change came from, for the widest screens."""
        known = {one.change: one for one in self.others}
        found = []
        for change in self.among if self.has_class("widest") else ():
            row = known.get(change)
            name = clean(row.definition).removeprefix("metric:") if row else self.gov.look.ellipsis
            tail = [review.class_run(row.change_class)] if row and row.change_class else []
            line, *_ = ends([(name, "")], tail, width - 1)
            found.append(Line(line, change, name.replace("_", " ")))
        return found

    def top(self) -> tuple[Text, Text]:
        """Return where this is, which change, and its place in the list it came from."""
        look, view = self.gov.look, self.change
        text = Text.assemble((f" Inbox {look.crumb} ", "dim"))
        if view is None:
            text.append(f"{clean(self.asked)[-26:]} {look.ellipsis}")
        else:
            text.append(f"{clean(view.label)}  ", "dim")
            text.append(review.named(view, look), "title")
            if self.wide and view.definitions:
                text.append("   ")
                text.append(*review.class_run(review.class_of(view)))
        place = Text()
        if self.asked in self.among and len(self.among) > 1:
            at = self.among.index(self.asked) + 1
            keys = "< previous  > next" if self.wide else "< >"
            place = Text(f"{at} of {len(self.among)}  {keys}", style="dim")
        return text, Text.assemble(place, "   ", self.gov.who()) if self.wide else place

    def draw_edges(self) -> None:
        """Draw the rows around the view."""
        super().draw_edges()
        if not self.is_mounted or not self.query("#about"):  # it is being taken down
            return
        view, look = self.change, self.gov.look
        about = self.query_one("#about", Sides)
        if view is None:
            about.show_sides(Text(" "), Text() if self.wide else self.gov.who())
        elif self.wide:
            why = Text(f' {clean(view.author)}: "{clean(view.why)}"')
            about.show_sides(why, Text.assemble(*self._state(view)))
        else:
            who = self.gov.who()
            runs = review.state_runs(view, look, self._clock(), self.size.width - who.cell_len - 4)
            about.show_sides(Text.assemble(" ", *runs), who)
        said = Text(f" {review.claim_words(view, look, wide=True)}", style="dim") if self.wide and view else Text()
        tabs = self._tabs()
        self.query_one("#tabs", Sides).show_sides(*((said, tabs) if self.wide else (tabs, self._hints())))

    def _state(self, view: ChangeView) -> list[tuple[str, str]]:
        runs = [(state_words(view.state), ""), (f", revision {view.revision}" if view.revision else "", "")]
        if due := review.due_run(view, self._clock()):
            runs += [(", ", ""), due]
        return runs

    def _tabs(self) -> Text:
        open_threads = sum(not one.resolved for one in self.change.threads) if self.change else 0
        row = Text(" ")
        for name, title in VIEWS.items():
            said = f"{title} {open_threads}" if name == "talk" and open_threads else title
            row.append(f"[{said}]" if name == self.view else said, "title" if name == self.view else "text")
            row.append("  ")
        return row

    def _hints(self) -> Text:
        if self.view == "effect":
            after = words.PAGES[(words.PAGES.index(self.page) + 1) % len(words.PAGES)]
            return Text(f"p {after}  v {'evaluate again' if self.effect else 'evaluate'}", style="dim")
        if self.view == "diff":
            return Text(f"z {'fold' if self.unfolded else 'unfold'}", style="dim")
        return Text()

    def resting(self) -> str:
        """Return how many findings were read."""
        if self.change is None:
            return words.READING
        return words.read(len(self.read.findings & self.to_read), len(self.to_read))

    def shown_keys(self) -> tuple[str, ...]:
        """Return more keys where there is room."""
        shown = self.SHOWN_WIDE if self.wide else self.SHOWN
        stopped = self.change is not None and any(
            one.code in words.WARNED and not one.met for one in self.change.requirements
        )
        return ("accept_warning", "edit", *(one for one in shown if one != "edit")) if stopped else shown

    def key_words(self, action: str) -> str:
        """Return what the keys of the layout do next."""
        if action == "split":
            return "inline" if self.split else "split"
        if action == "unfold":
            return "fold" if self.unfolded else "unfold"
        return ""

    def copies(self) -> str:
        """Return the field under the cursor with both texts, or the change."""
        if (finding := self.finding) is not None:
            found = (one for each in self.edited or () for one in each.fields if one.finding == finding)
            if (edit := next(found, None)) is not None:
                return f"{finding.path} {finding.field}\n- {edit.before}\n+ {edit.after}"
        return self.change.label if self.change else ""


def _page(effect: EffectOnRecord, page: str, width: int, look: Look) -> list[Line]:
    """Return a page of the effect; what draws it is loaded when somebody looks at one."""
    from metricgov_tui.panels.effect import effect_lines, effect_short

    return effect_short(effect, width, look) if page == "short" else effect_lines(effect, page, width, look)
