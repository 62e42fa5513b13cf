"""One draft from the editor to a submitted change: opened, checked, opened again, kept until it is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from metricgov.app.drafting import Text, Texts
from metricgov.cli import asking
from metricgov.cli.claims import Said
from metricgov.cli.submitting import EditAgain, Job, conclude
from metricgov.domain.errors import InvalidFiles, MetricgovError
from metricgov.domain.workflow.commands import Claims

if TYPE_CHECKING:
    from metricgov.desk.session import Session
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.ports.drafts import Kept


@dataclass(frozen=True, slots=True)
class Room:
    """Where one draft is written: whose contents it began with, and what is to become of it."""

    session: Session
    key: str
    begins: Texts
    claims: Claims
    said: Said
    change: str
    again: str
    revises: bool = False
    anew: bool = False

    def write(self) -> tuple[Envelope, ...] | None:
        """Let the author write, submit it, and forget the draft; None where nothing differs from what it began with."""
        drafts = self.session.workspace.drafts
        job = self._job(self._kept_or_begun())
        line = 0
        while True:
            job = self._edited(job, line)
            if self._unchanged(job.texts):
                drafts.done(self.key)
                return None
            self._remember(job.claims, job.texts)
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
            drafts.done(self.key)
            return events

    def _unchanged(self, texts: Texts) -> bool:
        """Whether nothing differs from main, or from the change that is revised."""
        begun = {one.path: one.text for one in self.begins.files}
        return all(one.text in (one.base, begun.get(one.path)) for one in texts.files) and (
            not self.revises or {one.path: one.text for one in texts.files} == begun
        )

    def _kept_or_begun(self) -> Kept:
        from metricgov.domain import time
        from metricgov.ports.drafts import Kept, KeptFile

        drafts = self.session.workspace.drafts
        kept = drafts.find(self.key)
        if kept is not None and not self.anew and self._goes_on(kept):
            return kept
        if kept is not None and self._unchanged(self._texts(kept)):
            drafts.done(self.key)  # nothing was typed into it
        elif kept is not None:
            asking.say(f"The old draft was put aside: {drafts.set_aside(self.key)}")
        files = [KeptFile(one.path, one.base, one.text) for one in self.begins.files if one.text is not None]
        fresh = Kept(self.key, time.to_text(self.session.access.clock.now()), tuple(files), {})
        drafts.begin(fresh)
        return fresh

    def _goes_on(self, kept: Kept) -> bool:
        from metricgov.render.kit import time_words

        if all(one.text == begun.text for one, begun in zip(kept.files, self.begins.files, strict=False)):
            return False
        asking.say(f"Your draft of {time_words(kept.begun)} is here.")
        if not asking.can_ask(yes=self.said.yes):
            asking.say("Going on with it (--anew begins again).")
            return True
        return asking.yes_no("Go on with it?", default=True)

    def _job(self, kept: Kept) -> Job:
        claims = self._claims(kept)
        return Job(
            self.session,
            self._texts(kept),
            claims,
            self.said,
            self.change,
            self.again,
            revises=self.revises,
            in_editor=True,
            remember=self._remember,
        )

    def _claims(self, kept: Kept | None = None) -> Claims:
        """Return what was answered before a break, under what the options say now."""
        kept = kept or self.session.workspace.drafts.find(self.key)
        answers = kept.answers if kept else {}
        claims = Claims.model_validate({**self.claims.model_dump(), **answers})
        return self.said.over(claims, self.session.governance)

    def _remember(self, claims: Claims, texts: Texts) -> None:
        drafts = self.session.workspace.drafts
        said = claims.model_dump(mode="json", exclude_defaults=True)
        said.pop("contributors", None)
        drafts.answer(self.key, said)
        for one in texts.files:
            if one.text is not None:
                drafts.write(self.key, one.path, one.text)

    def _texts(self, kept: Kept) -> Texts:
        gone = tuple(one for one in self.begins.files if one.text is None)
        return Texts((*(Text(one.path, one.base, one.text) for one in kept.files), *gone), self.begins.authors)

    def _edited(self, job: Job, line: int) -> Job:
        from metricgov.cli.editor import open_editor

        drafts = self.session.workspace.drafts
        try:
            open_editor(list(drafts.places(self.key).values()), line=line, again=self.again)
        except KeyboardInterrupt as stop:
            self._say_kept(stop)
            raise
        kept = drafts.find(self.key)
        assert kept is not None
        return replace(job, texts=self._texts(kept))

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
