"""What the Edit screen asks the desk for: the draft, what a text reads as, what it means, that it is kept."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from metricgov.desk.asked import Desk
from metricgov.domain.errors import MetricgovError
from metricgov_tui import words_edit as words
from metricgov_tui.drafted import Drafted
from metricgov_tui.screens.base import Face

if TYPE_CHECKING:
    from metricgov.domain.draft_views import Opened

CHECK_AFTER = 0.06
"""Seconds of rest after a key before a text is read: the answer is there within 150 ms."""

WEIGH_AFTER = 0.03
"""Seconds of rest before it is weighed, after it was read: class and people are there within 400 ms."""

KEEP_AFTER = 0.4
"""Seconds after a key until the draft is on the disk, whatever is typed meanwhile."""

TAKEN = "draft_taken"


class Asking(Face):
    """The part of the Edit screen that talks to the desk; one question of a kind at a time, the newest counts."""

    def __init__(self) -> None:
        super().__init__()
        self.draft: Drafted | None = None
        self.window = ""
        self.checking = False
        self._keep_wanted = self._keeping = False
        self._weigh_wanted = self._weighing = False
        self.gone = False

    # what the screen does with answers

    def begun(self) -> None:
        """Show a draft that was opened."""

    def checked(self) -> None:
        """Show what is known now."""

    def edges(self) -> None:
        """Draw the rows around the panels."""

    # the draft

    def start(self, opened: Opened) -> None:
        """Begin to show and to write in a draft."""
        remembered = self.gov.remembered
        self.draft = Drafted.of(opened, remembered.folder if remembered is not None else None)
        self.run_worker(self.draft.undo.write, group="undo", thread=True)  # a crash may come before the first step
        self.begun()
        if opened.held:
            self.gov.say(words.reading(opened), "warn")
        elif opened.kept:
            self.gov.say(words.kept(opened))
        elif opened.of:
            self.gov.say(
                f"You revise {opened.of}'s change: you then cannot approve it. c in the review suggests a text."
            )
        elif opened.others:
            other = opened.others[0]
            self.gov.say(f'{other.by} has {other.label} open on this: "{other.why}"')
        self.check(at_once=True)

    @property
    def reading(self) -> bool:
        """Whether another window writes in this draft."""
        return self.draft is not None and bool(self.draft.opened.held)

    def changed(self) -> None:
        """Something was typed or answered: keep it, and see what it means."""
        if self.draft is None or self.reading:
            return
        self._keep_wanted = True
        if self.gov.message:
            self.gov.say("")  # what was said before this was typed is done with
        if not self._keeping:
            self._keeping = True
            self.run_worker(self._keep(), group="keep")

    async def _keep(self) -> None:
        try:
            while self._keep_wanted:
                await asyncio.sleep(KEEP_AFTER)
                await self.keep_now()
        finally:
            self._keeping = False

    async def keep_now(self) -> None:
        """Put the draft on the disk."""
        draft = self.draft
        wanted, self._keep_wanted = self._keep_wanted, False  # where it cannot be kept (any more), nobody tries again
        if not wanted or draft is None or self.reading or self.gone:
            return
        try:
            await self.ask(Desk.keep_draft, draft.opened.writing, self.window, draft.files(), draft.answers)
        except MetricgovError as error:
            if error.code == TAKEN:
                self.lost(error)
                return
            self.gov.say(f"Not kept: {error.message}. What you type is only on this screen.", "grave")
            return
        draft.saved_at = self.gov.now().timestamp()
        self.edges()

    def lost(self, error: MetricgovError) -> None:
        """Another window has taken the draft: from here on it is read."""
        from dataclasses import replace

        if self.draft is not None:
            held = error.message.partition(" writes")[0]
            self.draft.opened = replace(self.draft.opened, held=held)
            self.gov.say(words.taken(held), "warn")
            self.checked()

    # what it says and means

    def check(self, *, at_once: bool = False) -> None:
        """Read the text that is shown, then weigh the draft."""
        self.checking = True
        self.run_worker(self.guarded(self._check(0 if at_once else CHECK_AFTER)), group="check", exclusive=True)

    async def _check(self, rest: float) -> None:
        if rest:
            await asyncio.sleep(rest)
        draft = self.draft
        if draft is None:
            return
        path, data = draft.path, draft.data
        read = await self.ask(Desk.read_text, path, data)
        if draft is not self.draft:
            return
        draft.took(path, read)
        self.checked()
        if draft.grave:
            self.checking = False
            self.edges()
        else:
            self.weigh()

    def weigh(self) -> None:
        """See what the draft means against main."""
        self.checking = self._weigh_wanted = True
        if not self._weighing:
            self._weighing = True
            self.run_worker(self.guarded(self._weigh()), group="weigh")

    async def _weigh(self) -> None:
        try:
            while self._weigh_wanted and self.draft is not None:
                if self.draft.weighed is not None:
                    await asyncio.sleep(WEIGH_AFTER)
                self._weigh_wanted = False
                draft = self.draft
                weighed = await self.ask(Desk.weigh, draft.opened.writing, draft.files(), draft.answers)
                if draft is self.draft and not self._weigh_wanted:
                    draft.weighs(weighed)
                    self.checking = False
                    self.checked()
        finally:
            self._weighing = False
