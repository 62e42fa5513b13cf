"""What the Review screen knows: one change with all that was asked about it, what was read, what the cursor is on.

The dialogs of deciding read `change`, `finding`, `field` and `thread`; how it is drawn stands in review.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING

from metricgov.desk.asked import Desk
from metricgov.domain.errors import MetricgovError
from metricgov.render.kit import clean
from metricgov_tui import words_review as words
from metricgov_tui.decisions import At, Decisions
from metricgov_tui.dialogs.confirm import Said
from metricgov_tui.panels import diff, review
from metricgov_tui.read import Read, read_of, remember
from metricgov_tui.screens.base import Face
from metricgov_tui.widgets.line_view import LineView
from metricgov_tui.widths import WIDE, WIDEST

if TYPE_CHECKING:
    from metricgov.desk.deciding import Outcome
    from metricgov.domain.changes.findings import Finding
    from metricgov.domain.edited_views import EditedDefinition
    from metricgov.domain.effect_report import EffectOnRecord
    from metricgov.domain.past_views import StoryLine
    from metricgov.domain.views import ChangeRow, ChangeView, ThreadView
    from metricgov_tui.lines import Line


class Reviewed(Face):
    """One change as it was asked for."""

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
        self.decisions = Decisions(self)
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
        self.to_read: frozenset[str] = frozenset()
        self.others: tuple[ChangeRow, ...] = ()
        self._pages: dict[tuple[str, int], Sequence[Line]] = {}
        self._being_drawn: set[tuple[str, int]] = set()
        self._made: tuple[tuple[object, ...], Sequence[Line]] = ((), ())
        self.filled = False

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
        self.fill()
        await self._load_effect(view)
        self.story = await self.ask(Desk.story, view.change)
        self.draw()
        self.impact = await self.ask(Desk.impact, view.change)
        self.draw()
        self._remember()
        await self.decisions.look(view.change)
        self.draw_edges()
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
        self.to_read = frozenset(diff.to_read(view))
        self._pages.clear()

    async def _load_effect(self, view: ChangeView) -> None:
        try:
            found = await self.ask(Desk.effect, view.change)
        except MetricgovError as error:
            self.effect, self.no_effect = None, error.message if error.code != "no_effect" else words.NOT_EVALUATED
            if error.code == "no_effect" and view.effect:
                said = clean(view.effect[:1].upper() + view.effect[1:])
                self.no_effect = f"{said}." + ("" if "no engine" in said else " v evaluates it.")
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

    async def _evaluate(self, change: str) -> None:
        found = await self.long("Evaluating", Desk.evaluate, change)
        if found is None:
            self.gov.say(words.STOPPED)
            return
        self.evaluated[_run(found)] = found
        self.gov.say(words.EVALUATED)
        if self.change is not None and self.change.change == change:
            await self.load()

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

    @property
    def wide(self) -> bool:
        """Whether the evidence stands beside the view."""
        return self.size.width >= WIDE

    @property
    def main(self) -> LineView:
        """The panel of the view."""
        return self.query_one("#main", LineView)

    def draw(self) -> None:
        """Draw every panel."""

    def draw_banner(self) -> None:
        """Draw what is said above the view."""

    def show_view(self, name: str) -> None:
        """Show one of the views."""

    def _to(self, change: str) -> None:
        self._remember()
        self.gov.say("")
        self.asked = change
        self._clear()
        self.main.scroll_to(y=0, animate=False, force=True)
        self.draw()
        self.reload()

    def _visited(self, key: str) -> None:
        if self.view == "diff" and self.edited is not None and key.startswith("finding "):
            self.read.findings.add(key)
            self.draw_edges()

    @property
    def _me(self) -> str:
        return self.gov.reader.principal if self.gov.reader else ""

    def _clock(self) -> str:
        return self.gov.now().strftime("%Y-%m-%dT%H:%M:%SZ")

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

    # deciding

    def refusal(self, action: str) -> str:
        """Return why a key does nothing now, as far as that is known."""
        if self.change is None:
            return ""
        if action == "resolve":
            return "" if self.thread else words.NO_THREAD
        return self.decisions.refusal(self.change.change, action)

    def where(self) -> At:
        """Return what the cursor is on, as deeds are told."""
        path, field = self.field
        thread = self.thread
        return At(path, field, thread.id if thread else "", thread.resolved if thread else False)

    def decide(self, deed: str) -> None:
        """Ask for a deed in front of what was read, and do it."""
        if self.change is not None:
            self.begin(self._decided(self.decisions.decide(self.change, deed, at=self.where())), group="decide")

    def menu(self, where: str) -> None:
        """Show every deed of one kind."""
        if self.change is not None:
            self.begin(self._decided(self.decisions.menu(self.change, where, at=self.where())), group="decide")

    def action_approve(self) -> None:
        """Agree."""
        self.decide("approve")

    def action_request_changes(self) -> None:
        """Ask for changes."""
        self.decide("request_changes")

    def action_comment(self) -> None:
        """Comment on the field under the cursor, or answer in its thread."""
        self.decide("comment")

    def action_decide(self) -> None:
        """Every decision there is."""
        self.menu("decide")

    def action_more(self) -> None:
        """Apply and the rest."""
        self.menu("more")

    def action_accept_warning(self) -> None:
        """Let a warning pass that stops the change."""
        self.decide("accept_warning")

    def action_resolve(self) -> None:
        """Close the thread under the cursor, or open it again."""
        if self.change is not None and self.thread is not None:
            deed = "reopen" if self.thread.resolved else "resolve"
            self.begin(self._decided(self.decisions.do(self.change, deed, Said(), at=self.where())), group="decide")

    async def _decided(self, deciding: Awaitable[Outcome | None]) -> None:
        """Show the change as it stands after a deed."""
        outcome = await deciding
        if outcome is not None:
            await self.load()


def _run(found: EffectOnRecord) -> tuple[str, str]:
    """Return of which contents an effect is, and as of when: what was just computed knows more than the record."""
    return found.report.evidence.digest, found.report.evidence.as_of


def _without_clock(view: ChangeView) -> tuple[object, ...]:
    """Return what people see of a change, without the moment at which it was judged."""
    return (
        view.state, view.revision, view.cycle, view.why, view.definitions, view.decisions, view.threads,
        tuple((one.says, one.met) for one in view.requirements), view.applied_as, view.unsent,
    )  # fmt: skip
