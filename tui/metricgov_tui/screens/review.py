"""Review of a change: where everything stands on the screen, and what its keys do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical

from metricgov_tui import words_review as words
from metricgov_tui.keys import bindings
from metricgov_tui.screens.review_drawn import VIEWS, DrawnReview
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widgets.rows import Sides, TextRow
from metricgov_tui.widths import WIDEST

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import DescendantBlur


class Review(DrawnReview):
    """One change in front of whoever decides about it."""

    WHERE = ("review",)
    SHOWN = ("approve", "request_changes", "decide", "comment", "more")
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

    def on_resize(self) -> None:
        """Lay out for another width."""
        self.set_class(self.wide, "wide")
        self.set_class(self.size.width >= WIDEST and len(self.among) > 1, "widest")
        self.draw()

    # moving

    @on(LineView.Moved, "#main")
    def _moved(self, event: LineView.Moved) -> None:
        self._visited(event.key)

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
        return [self.query_one(name, LineView) for name in names[: 3 if self.has_class("widest") else 2]]

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
        self.show_view(names[max(0, min(len(names) - 1, names.index(self.view) + by))])

    def show_view(self, name: str) -> None:
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
        self.show_view("diff")
        every = self.main.keys
        places = {key: place for place, key in enumerate(every)}
        keys = [one for one in every if one in self.to_read]
        here = places.get(self.main.at, -1)
        ahead = [one for one in keys if (places[one] - here) * by > 0]
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
        self.show_view("effect")
        self.main.scroll_to(y=0, animate=False, force=True)
        self.draw()

    def action_evaluate(self) -> None:
        """Compute the effect."""
        if self.change is not None:
            self.show_view("effect")
            self.begin(self._evaluate(self.change.change), group="evaluate")

    def action_timeline(self) -> None:
        """The timeline of the first metric of the change."""
        names = [one.id for one in self.change.definitions] if self.change else []
        if metric := next((one for one in names if one.startswith("metric:")), ""):
            self.gov.open_timeline(metric)

    def action_edit(self) -> None:
        """Revise the change."""
        if self.change is not None:
            self.gov.open_edit(change=self.change.change)
