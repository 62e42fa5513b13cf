"""One draft from the editor to a submitted change: opened, checked, opened again, kept until it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metricgov.cli import asking
from metricgov.cli.claims import Said
from metricgov.cli.submitting import EditAgain, Job, conclude
from metricgov.domain.errors import InvalidFiles, MetricgovError
from metricgov.domain.workflow.commands import Claims

if TYPE_CHECKING:
    from metricgov.desk.drafts import Draft
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.ports.drafts import Kept


@dataclass(frozen=True, slots=True)
class Room:
    """Where one draft is written at a terminal: what the options said, and the command that goes on with it."""

    draft: Draft
    said: Said
    again: str
    anew: bool = False

    def write(self) -> tuple[Envelope, ...] | None:
        """Let the author write, submit it, and forget the draft; None where nothing differs from what it began with."""
        key, drafts = self.draft.key, self.draft.session.drafts
        self._alone()
        job = self._job(self._kept_or_begun())
        line = 0
        while True:
            job = self._edited(job, line)
            if self.draft.is_unchanged(job.texts):
                drafts.done(key)
                return None
            self.draft.remember(job.claims, job.texts)
            try:
                _, events = conclude(job)
            except EditAgain:
                job = replace(job, claims=self._claims())
                continue
            except InvalidFiles as error:
                line = self._again_at(error, job)
                continue
            except (MetricgovError, KeyboardInterrupt) as stop:
                self._say_kept(stop)
                raise
            drafts.done(key)
            return events

    def _alone(self) -> None:
        """Hold the draft while it is written here; Refused where a window of the terminal UI has it open."""
        from metricgov.desk.windows import window_here, window_words
        from metricgov.domain.errors import Refused

        if held := self.draft.session.drafts.hold(self.draft.key, window_here()):
            raise Refused(
                "draft_taken",
                f"{window_words(held)} writes in this draft now",
                hint=f"go on there, or close it and run: {self.again}",
            )

    def _kept_or_begun(self) -> Kept:
        drafts = self.draft.session.drafts
        kept = self.draft.find()
        if kept is not None and not self.anew and self._goes_on(kept):
            return kept
        if kept is not None and self.draft.is_unchanged(self.draft.texts(kept)):
            drafts.done(self.draft.key)  # nothing was typed into it
        elif kept is not None:
            asking.say(f"The old draft was put aside: {drafts.set_aside(self.draft.key)}")
        return self.draft.begin()

    def _goes_on(self, kept: Kept) -> bool:
        from metricgov.render.kit import time_words

        if not self.draft.was_typed_into(kept):
            return False
        asking.say(f"Your draft of {time_words(kept.begun)} is here.")
        if not asking.can_ask(yes=self.said.yes):
            asking.say("Going on with it (--anew begins again).")
            return True
        return asking.yes_no("Go on with it?", default=True)

    def _job(self, kept: Kept) -> Job:
        return Job(
            self.draft.session,
            self.draft.texts(kept),
            self._claims(kept),
            self.said,
            self.draft.change,
            self.again,
            revises=self.draft.revises,
            in_editor=True,
            remember=self.draft.remember,
        )

    def _claims(self, kept: Kept | None = None) -> Claims:
        """Return what was answered before a break, under what the options say now."""
        claims = self.draft.claims_in(kept or self.draft.find())
        return self.said.over(claims, self.draft.session.governance)

    def _edited(self, job: Job, line: int) -> Job:
        from metricgov.desk.editor import open_editor

        drafts = self.draft.session.drafts
        try:
            open_editor(list(drafts.places(self.draft.key).values()), line=line, again=self.again)
        except KeyboardInterrupt as stop:
            self._say_kept(stop)
            raise
        kept = self.draft.find()
        assert kept is not None
        return replace(job, texts=self.draft.texts(kept))

    def _again_at(self, error: InvalidFiles, job: Job) -> int:
        """Show everything that is wrong and return the line to open the editor at; raise where nobody wants to."""
        import sys

        from metricgov.cli.output import screen
        from metricgov.render.problems import error_text

        if not job.asks:
            self._say_kept(error)
            raise error
        asking.say(error_text(error, screen(sys.stderr)))
        if not asking.yes_no("Open the editor again?", default=True):
            self._say_kept(error)
            raise asking.stopped(self.again)
        return _first_line(error, [one.path for one in job.texts.files])

    def _say_kept(self, stop: BaseException) -> None:
        said = getattr(stop, "hint", "")
        if self.again not in said:
            asking.say(f"Your text is kept; go on with: {self.again}")


def _first_line(error: InvalidFiles, paths: Sequence[str]) -> int:
    return next((one.place.line for one in error.problems if one.place.path in paths and one.place.line), 0)
