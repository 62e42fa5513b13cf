"""From a key to a deed: foreseen, confirmed, done, and said; the same way for every deed and every screen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from metricgov.desk.asked import Desk
from metricgov.desk.deciding import Deed, Foreseen, Outcome
from metricgov.domain.errors import MetricgovError
from metricgov.domain.workflow.requirements import RefusedUnmet
from metricgov_tui import words_deciding as words
from metricgov_tui.dialogs.confirm import Confirm, Said
from metricgov_tui.dialogs.menu import Menu
from metricgov_tui.keys import in_place, name_of
from metricgov_tui.words_review import WARNED

if TYPE_CHECKING:
    from metricgov.domain.views import ChangeView
    from metricgov_tui.screens.base import Face


@dataclass(frozen=True, slots=True)
class At:
    """Where the cursor is in a review: the path and field of a finding, or a thread and whether it is closed."""

    path: str = ""
    field: str = ""
    thread: str = ""
    resolved: bool = False


@dataclass
class Decisions:
    """Decides for one screen about one change at a time; words that were typed and not used wait for the next time."""

    face: Face
    foreseen: dict[str, Foreseen] = field(default_factory=dict)
    _unused: dict[tuple[str, str], Said] = field(default_factory=dict)

    async def look(self, change: str) -> Foreseen:
        """Ask what the reader may do, so that keys can be shown as they are."""
        self.foreseen[change] = await self.face.ask(Desk.foresee, change)
        return self.foreseen[change]

    def refusal(self, change: str, deed: str) -> str:
        """Return why a key does nothing now, in words; "" where it does something or nobody knows yet."""
        known = self.foreseen.get(change)
        why = known.refusals.get(deed) if known else None
        return words.refusal(deed, why) if why else ""

    def missing(self, change: str, deed: str) -> tuple[Any, ...]:
        """Return everything that is missing for a deed."""
        known = self.foreseen.get(change)
        why = known.refusals.get(deed) if known else None
        return why.missing if why else ()

    async def menu(self, view: ChangeView, where: str, *, at: At | None = None) -> Outcome | None:
        """Show `decide` or `more`, then do what is chosen."""
        with self.face.gov.coming():
            if view.change not in self.foreseen:
                await self.look(view.change)
        refusals: Mapping[str, str] = {
            name_of(one.action): self.refusal(view.change, name_of(one.action)) for one in in_place(where)
        }
        title = "Decide" if where == "decide" else "More"
        chosen = await self.face.gov.push_screen_wait(Menu(f"{title}: {words.name_of(view)}", where, refusals))
        return await self.decide(view, chosen, at=at) if chosen else None

    async def decide(self, view: ChangeView, deed: str, *, at: At | None = None, **more: Any) -> Outcome | None:
        """Confirm a deed, do it, and say what came of it; None where it was left or refused."""
        with self.face.gov.coming():
            known = self.foreseen.get(view.change) or await self.look(view.change)
        why = known.refusals.get(deed)
        if why is not None:
            self.face.gov.say(words.refusal(deed, why), "warn")
            return None
        ask = words.ASKS[deed]
        reader = self.face.gov.reader
        assert reader is not None
        sentence = words.confirmation(deed, view, reader, proof=known.signs)
        if deed == "comment":
            sentence = f"{words.comment_on(at.field if at else '', answers=bool(at and at.thread))} {sentence}"
        people = self._people(deed, view, known)
        kept = self._unused.pop((view.change, deed), Said(person=people[0] if len(people) == 1 else ""))
        if not kept.day and deed == "schedule" and view.effective_from:
            kept = Said(kept.words, kept.person, view.effective_from)
        dialog = Confirm(title_of(deed), sentence, ask, kept, people)
        said = await self.face.gov.push_screen_wait(dialog)
        if said is None:
            if dialog.left is not None and dialog.left != Said():
                self._unused[(view.change, deed)] = dialog.left
            return None
        return await self.do(view, deed, said, at=at, **more)

    def _people(self, deed: str, view: ChangeView, known: Foreseen) -> tuple[str, ...]:
        if deed == "end_objection":
            return tuple(
                dict.fromkeys(
                    one.principal for one in view.decisions if one.decision == "request_changes" and one.counts
                )
            )
        if deed == "accept_warning":
            return self._warnings(view)
        return known.people if deed in ("delegate", "reassign") else ()

    def _warnings(self, view: ChangeView) -> tuple[str, ...]:
        """Return the warnings that stop a change, each as `W09 metric`; those that the reader may rule on, if any."""
        reader = self.face.gov.reader
        stopped = [one for one in view.requirements if one.code in WARNED and not one.met]
        mine = [one for one in stopped if reader is not None and reader.principal in one.who]
        return tuple(dict.fromkeys(one.says.partition(":")[0] for one in mine or stopped))

    async def do(self, view: ChangeView, deed: str, said: Said, *, at: At | None = None, **more: Any) -> Outcome | None:
        """Do a deed that was confirmed; words are kept where it is refused."""
        at = at or At()
        instead = deed == "supersede"
        if deed == "accept_warning":
            code, _, metric = said.person.partition(" ")
            more = {"warning": code, "metric": metric, **more}
        wanted = Deed(
            deed, words=said.words, revision=view.revision, cycle=view.cycle, day=said.day, thread=at.thread,
            path=at.path, field=at.field, person="" if instead else said.person, other=said.person if instead else "",
        )  # fmt: skip
        wanted = replace(wanted, **more)
        gov = self.face.gov
        try:
            outcome = await self.face.ask(Desk.do, view.change, wanted)
        except RefusedUnmet as refused:
            self._unused[(view.change, deed)] = said
            gov.say(refused.message.replace("\n", " "), "warn")
            return None
        except MetricgovError as refused:
            self._unused[(view.change, deed)] = said
            if refused.code == "stale":
                gov.say(
                    f"{refused.message[:1].upper()}{refused.message[1:]}. Enter shows what differs; then decide.",
                    "warn",
                )
                return None
            raise
        finally:
            self.foreseen.pop(view.change, None)
        remote = bool(gov.standing and gov.standing.remote)
        await self.look(view.change)
        gov.say(words.done(deed, outcome, remote=remote), "warn" if outcome.kept or outcome.refused else "ok")
        return outcome


def title_of(deed: str) -> str:
    """Return a deed as the title of its confirmation."""
    return deed.replace("_", " ").capitalize()
