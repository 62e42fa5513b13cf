"""Review of a change: what differs, what that does to the numbers, whom it reaches, what was said, how it went.

Decisions are taken in front of this screen by the dialogs: they read `change`, `finding`, `field` and `thread`, what is
under the cursor, and call `reload` when something was decided.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical

from metricgov.desk.asked import Desk
from metricgov.domain.errors import MetricgovError
from metricgov.render.changes import state_words
from metricgov.render.kit import clean
from metricgov_tui import words_review as words
from metricgov_tui.keys import bindings
from metricgov_tui.lines import Line, Lines
from metricgov_tui.panels import diff, review
from metricgov_tui.panels.flow import flow
from metricgov_tui.read import Read, read_of, remember
from metricgov_tui.screens.base import Face
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import RuleRow, Sides, TextRow

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import DescendantBlur

    from metricgov.domain.changes.findings import Finding
    from metricgov.domain.edited_views import EditedDefinition
    from metricgov.domain.effect_report import EffectOnRecord
    from metricgov.domain.past_views import StoryLine
    from metricgov.domain.views import ChangeRow, ChangeView, ThreadView

VIEWS: dict[str, str] = {"diff": "Diff", "effect": "Effect", "impact": "Impact", "talk": "Talk", "story": "Story"}
WIDE, WIDEST = 120, 200
"""Columns from which the evidence stands beside the diff, and from which the list does too."""

SHORT_ROWS = 2
"""Rows of what is missing on a small screen, below the diff."""


class Review(Face):
    """One change in front of whoever decides about it."""

    WHERE = ("review",)
    SHOWN = ("approve", "request_changes", "decide", "comment", "more")
    SHOWN_WIDE = (
        "approve", "request_changes", "decide", "comment", "resolve", "evaluate", "more", "edit", "split", "unfold",
    )  # fmt: skip
    BINDINGS = bindings("app", "review")
    DEFAULT_CSS = """
    Review #both { height: 1fr; }
    Review #main { width: 1fr; }
    Review #evidence { width: 49; border-left: solid $foreground 30%; display: none; }
    Review #others { width: 46; border-right: solid $foreground 30%; display: none; }
    Review #missing { height: 2; }
    Review #missing.open { height: 40vh; }
    Review #banner { display: none; }
    Review.news #banner { display: block; }
    Review.wide #evidence { display: block; }
    Review.widest #others { display: block; }
    Review.wide #below { display: none; }
    Review #below { height: auto; }
    Review.brief #missing { display: none; }
    Review #missing.open { display: block; }
    Review.brief #missing.open { display: block; }
    Review.brief RuleRow.last { display: none; }
    """

    def __init__(self, change: str, among: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.among = among or (change,)
        self.asked = change
        self.view = "diff"
        self.page = words.PAGES[0]
        self.split = True
        self.unfolded = False
        self.evaluated: dict[tuple[str, str], EffectOnRecord] = {}
        self._drawing = asyncio.Lock()
        self._clear()

    def _clear(self) -> None:
        """Forget everything about one change, before another is shown."""
        self.change: ChangeView | None = None
        self.edited: tuple[EditedDefinition, ...] | None = None
        self.effect: EffectOnRecord | None = None
        self.no_effect = ""
        self.impact: review.Impact | None = None
        self.story: tuple[StoryLine, ...] | None = None
        self.since = 0
        self.seen = Read()
        self.read = Read()
        self.newer: ChangeView | None = None
        self.fault_said = ""
        self.others: tuple[ChangeRow, ...] = ()
        self._pages: dict[tuple[str, int], Sequence[Line]] = {}

    # layout

    def above(self) -> ComposeResult:
        """Two rows about the change, and the banner for a newer revision."""
        yield Sides(id="about")
        yield Sides(id="tabs")
        yield TextRow(id="banner")

    def body(self) -> ComposeResult:
        """The list on very wide screens, the view, the evidence beside it or what is missing below it."""
        with Horizontal(id="both"):
            yield LineView(id="others")
            yield LineView(id="main")
            yield LineView(id="evidence", cursor=False)
        with Vertical(id="below"):
            yield TextRow(id="missing_rule")
            yield LineView(id="missing")

    def _first_focus(self) -> None:
        self.main.focus()

    @property
    def main(self) -> LineView:
        """The panel of the view."""
        return self.query_one("#main", LineView)

    @property
    def wide(self) -> bool:
        """Whether the evidence stands beside the view."""
        return self.size.width >= WIDE

    def on_resize(self) -> None:
        """Lay out for another width."""
        self.set_class(self.wide, "wide")
        self.set_class(self.size.width >= WIDEST, "widest")
        self.draw()

    # asking

    async def load(self) -> None:
        """Ask for the change, then for what it does; the rest comes while that is read."""
        asked = self.asked
        view = await self.ask(Desk.change, asked)
        self._arrived(view)
        self.draw()
        self.edited = await self.ask(Desk.edits, view.change, since=self.since)
        self.draw()
        self._visited(self.main.at)
        await self._load_effect(view)
        self.story = await self.ask(Desk.story, view.change)
        self.draw()
        self.impact = await self.ask(Desk.impact, view.change)
        self.draw()
        self._remember()
        if self.size.width >= WIDEST and not self.others and len(self.among) > 1:
            self.others = await self.ask(Desk.change_rows, ended=True)
            self.draw()

    def _arrived(self, view: ChangeView) -> None:
        known = read_of(self.gov.remembered, view.change)
        if self.change is None or self.change.change != view.change:
            self.seen = known
            self.read = Read(view.revision, known.seq, known.findings if known.revision == view.revision else set())
        elif self.read.revision != view.revision:
            self.read = Read(view.revision, self.read.seq, set())
        self.change, self.newer, self.fault_said = view, None, ""
        self._pages.clear()

    async def _load_effect(self, view: ChangeView) -> None:
        try:
            found = await self.ask(Desk.effect, view.change)
        except MetricgovError as error:
            self.effect, self.no_effect = None, error.message if error.code != "no_effect" else words.NOT_EVALUATED
            if error.code == "no_effect" and view.effect:
                self.no_effect = f"{clean(view.effect[:1].upper() + view.effect[1:])}. v evaluates it."
        else:
            fuller = self.evaluated.get(_run(found))
            self.effect, self.no_effect = (fuller if fuller and found.current else found), ""
        self._pages.clear()
        self.draw()

    def _remember(self) -> None:
        if self.change is None:
            return
        self.read.seq = max((one.seq for one in self.story or ()), default=self.read.seq)
        remember(self.gov.remembered, self.change.change, self.read)

    def fault(self, error: MetricgovError) -> None:
        """Show what the desk refused in the panel that it is about."""
        self.fault_said = f"{error.message}{'.' if error.message[-1:].isalnum() else ''} {error.hint}".strip()
        super().fault(error)
        self.draw()

    def moved(self) -> None:
        """Something has moved: say so where it is this change, and leave what is being read alone."""
        self.begin(self._look_for_news(), group="news")

    async def _look_for_news(self) -> None:
        if self.change is None:
            return
        view = await self.ask(Desk.change, self.change.change)
        if view.at != self.change.at and _without_clock(view) != _without_clock(self.change):
            self.newer = view
            self.draw_banner()

    # what the dialogs ask

    @property
    def finding(self) -> Finding | None:
        """The finding under the cursor, None where it is on none."""
        return diff.finding_at(self.change, self.main.at) if self.change and self.view == "diff" else None

    @property
    def field(self) -> tuple[str, str]:
        """Path and field under the cursor, for a comment: of a finding, of a thread, else ("", "")."""
        if (finding := self.finding) is not None:
            return finding.path, finding.field
        thread = self.thread
        return (thread.path, thread.field) if thread else ("", "")

    @property
    def thread(self) -> ThreadView | None:
        """The thread under the cursor: in Talk the one there, in Diff the open one on that field."""
        if self.change is None:
            return None
        if self.view == "talk":
            return next((one for one in self.change.threads if self.main.at == f"thread {one.id}"), None)
        finding = self.finding
        if finding is None:
            return None
        about = [one for one in self.change.threads if (one.path, one.field) == (finding.path, finding.field)]
        return next((one for one in about if not one.resolved), about[-1] if about else None)

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

    @property
    def _me(self) -> str:
        return self.gov.reader.principal if self.gov.reader else ""

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
        return [*lines, *diff.diff_lines(view, self.edited, width, look, shown)]

    def _effect(self, width: int) -> Lines:
        if self.effect is None:
            return [Line(text) for text in flow([(self.no_effect or words.READING, "")], width)]
        return self._drawn(self.page, width)

    def _drawn(self, page: str, width: int) -> Sequence[Line]:
        """Return a page of the effect; one that is not drawn yet is drawn beside the screen."""
        found = self._pages.get((page, width))
        if found is None:
            self.begin(self._draw_page(page, width), group=f"page {page} {width}")
            return [Line(Text(words.DRAWING, style="dim"))]
        return found

    async def _draw_page(self, page: str, width: int) -> None:
        effect, look = self.effect, self.gov.look
        if effect is None:
            return
        async with self._drawing:  # one picture at a time: the library that draws has one figure
            from metricgov_tui.panels import effect as panels

            make = panels.effect_short if page == "short" else None
            if make is not None:
                lines = await asyncio.to_thread(make, effect, width, look)
            else:
                lines = await asyncio.to_thread(panels.effect_lines, effect, page, width, look)
        if effect is self.effect:
            self._pages[page, width] = lines
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
        if self.size.width < WIDEST:
            return []
        known = {one.change: one for one in self.others}
        found = []
        for change in self.among:
            row = known.get(change)
            name = clean(row.definition).removeprefix("metric:") if row else change[-6:].lower()
            found.append(Line(Text(name[: width - 1]), change, name.replace("_", " ")))
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
        if not self.is_mounted:
            return
        view, look = self.change, self.gov.look
        about = self.query_one("#about", Sides)
        if view is None:
            about.show_sides(Text(" "), Text() if self.wide else self.gov.who())
        elif self.wide:
            why = Text(f' {clean(view.author)}: "{clean(view.why)}"')
            about.show_sides(why, Text.assemble(*self._state(view)))
        else:
            about.show_sides(Text.assemble(" ", *review.state_runs(view, look, self._clock())), self.gov.who())
        said = Text(f" {review.claim_words(view, look, wide=True)}", style="dim") if self.wide and view else Text()
        tabs = self._tabs()
        self.query_one("#tabs", Sides).show_sides(*((said, tabs) if self.wide else (tabs, self._hints())))

    def _state(self, view: ChangeView) -> list[tuple[str, str]]:
        runs = [(state_words(view.state), ""), (f", revision {view.revision}" if view.revision else "", "")]
        if due := review.due_run(view, self._clock()):
            runs += [(", ", ""), due]
        return runs

    def _clock(self) -> str:
        return self.gov.now().strftime("%Y-%m-%dT%H:%M:%SZ")

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
        keys = diff.to_read(self.change)
        return words.read(len(self.read.findings & set(keys)), len(keys))

    def shown_keys(self) -> tuple[str, ...]:
        """Return more keys where there is room."""
        return self.SHOWN_WIDE if self.wide else self.SHOWN

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

    # moving

    @on(LineView.Moved, "#main")
    def _moved(self, event: LineView.Moved) -> None:
        self._visited(event.key)

    def _visited(self, key: str) -> None:
        if self.view == "diff" and self.edited is not None and key.startswith("finding "):
            self.read.findings.add(key)
            self.draw_edges()

    @on(LineView.Opened, "#main")
    def _opened(self, event: LineView.Opened) -> None:
        if self.newer is not None or (self.change and 0 < self.seen.revision < self.change.revision and not self.since):
            self._show_news()
        elif event.key.startswith(("same ", "file ")):
            self.action_unfold()
        elif self.view == "effect" and self.effect is None:
            self.action_evaluate()

    @on(LineView.Opened, "#others")
    def _other(self, event: LineView.Opened) -> None:
        self._to(event.key)

    def _show_news(self) -> None:
        """Show what differs from the revision that was read; where nothing does, everything."""
        view, before = self.newer or self.change, self.change
        if view is None or before is None:
            return
        read = before.revision if self.newer is not None else self.seen.revision
        self.since = read if view.revision > read else 0
        self.view, self.edited = "diff", None
        self.seen.revision = view.revision
        self.reload()

    def on_descendant_blur(self, event: DescendantBlur) -> None:
        """Fold the list of what is missing when it loses the focus."""
        if event.widget.id == "missing":
            self._open_missing(False)

    def _open_missing(self, opened: bool) -> None:
        missing = self.query_one("#missing", LineView)
        if opened != missing.has_class("open"):
            missing.set_class(opened, "open")
            self.draw_below()

    def _panels(self) -> list[LineView]:
        names = ("#main", "#evidence", "#others") if self.wide else ("#main", "#missing")
        return [self.query_one(name, LineView) for name in names[: 3 if self.size.width >= WIDEST else 2]]

    def action_next_panel(self) -> None:
        """Focus the next panel: on a small screen, the list of all that is missing."""
        self._to_panel(1)

    def action_previous_panel(self) -> None:
        """Focus the panel before."""
        self._to_panel(-1)

    def _to_panel(self, by: int) -> None:
        panels = self._panels()
        here = next((place for place, one in enumerate(panels) if one.has_focus), 0)
        goal = panels[(here + by) % len(panels)]
        if goal.id == "missing":
            self._open_missing(True)
        self.call_after_refresh(goal.focus)

    # keys

    def action_back(self) -> None:
        """Leave the list of what is missing, then the difference between revisions, then the change."""
        if self.query_one("#missing", LineView).has_focus:
            self.main.focus()
        elif self.since:
            self.since, self.edited = 0, None
            self.reload()
        else:
            self._remember()
            super().action_back()

    def action_news(self) -> None:
        """Show what is new."""
        if self.newer is not None:
            self._show_news()
            return
        super().action_news()

    def action_view_right(self) -> None:
        """The view to the right."""
        self._to_view(1)

    def action_view_left(self) -> None:
        """The view to the left."""
        self._to_view(-1)

    def _to_view(self, by: int) -> None:
        names = list(VIEWS)
        self._show_view(names[max(0, min(len(names) - 1, names.index(self.view) + by))])

    def _show_view(self, name: str) -> None:
        if name != self.view:
            self.view = name
            self.gov.say("")
            self.main.scroll_to(y=0, animate=False, force=True)
            self.draw()

    def action_next_match(self) -> None:
        """Go to the next finding."""
        self._walk(1)

    def action_previous_match(self) -> None:
        """Go to the finding before."""
        self._walk(-1)

    def _walk(self, by: int) -> None:
        if self.change is None or self.edited is None:
            return
        self._show_view("diff")
        every = self.main.keys
        keys = [one for one in every if one.startswith("finding ") and one in set(diff.to_read(self.change))]
        here = every.index(self.main.at) if self.main.at in every else -1
        ahead = [one for one in keys if (every.index(one) - here) * by > 0]
        unread = [one for one in keys if one not in self.read.findings]
        goal = ahead[0 if by > 0 else -1] if ahead else unread[0] if unread else ""
        if not goal:
            self.gov.say(self.resting())
            return
        self.gov.say("")
        self.main.go(goal)
        self._visited(goal)

    def action_previous_change(self) -> None:
        """The change before, in the list this one came from."""
        self._step(-1, words.FIRST)

    def action_next_change(self) -> None:
        """The next change of that list."""
        self._step(1, words.LAST)

    def _step(self, by: int, end: str) -> None:
        place = self.among.index(self.asked) + by if self.asked in self.among else -1
        if 0 <= place < len(self.among):
            self._to(self.among[place])
        else:
            self.gov.say(end)

    def _to(self, change: str) -> None:
        self._remember()
        self.gov.say("")
        self.asked = change
        self._clear()
        self.main.scroll_to(y=0, animate=False, force=True)
        self.draw()
        self.reload()

    def action_split(self) -> None:
        """Side by side, or inline."""
        self.split = not self.split
        self.draw()

    def action_unfold(self) -> None:
        """Show what is folded, or fold it."""
        self.unfolded = not self.unfolded
        self.draw()

    def action_pages(self) -> None:
        """The next page of the effect."""
        if self.view == "effect":
            self.page = words.PAGES[(words.PAGES.index(self.page) + 1) % len(words.PAGES)]
        self._show_view("effect")
        self.main.scroll_to(y=0, animate=False, force=True)
        self.draw()

    def action_evaluate(self) -> None:
        """Compute the effect."""
        if self.change is not None:
            self._show_view("effect")
            self.begin(self._evaluate(self.change.change), group="evaluate")

    async def _evaluate(self, change: str) -> None:
        found = await self.long("Evaluating", Desk.evaluate, change)
        if found is None:
            return
        self.evaluated[_run(found)] = found
        self.gov.say(words.EVALUATED)
        if self.change is not None and self.change.change == change:
            await self.load()

    def action_timeline(self) -> None:
        """The timeline of the first metric of the change."""
        names = [one.id for one in self.change.definitions] if self.change else []
        if metric := next((one for one in names if one.startswith("metric:")), ""):
            self.gov.open_timeline(metric)

    def action_edit(self) -> None:
        """Revise the change."""
        if self.change is not None:
            self.gov.open_edit(change=self.change.change)


def _run(found: EffectOnRecord) -> tuple[str, str]:
    """Return of which contents an effect is, and as of when: what was just computed knows more than the record."""
    return found.report.evidence.digest, found.report.evidence.as_of


def _without_clock(view: ChangeView) -> tuple[object, ...]:
    """Return what people see of a change, without the moment at which it was judged."""
    return (
        view.state, view.revision, view.cycle, view.why, view.definitions, view.decisions, view.threads,
        tuple((one.says, one.met) for one in view.requirements), view.applied_as, view.unsent,
    )  # fmt: skip
