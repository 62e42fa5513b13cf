"""A draft at the desk: what it began with, how it is kept, what would come of it; who types in it is up to the door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from metricgov.app.drafting import Text, Texts
from metricgov.domain.workflow.commands import Claims

if TYPE_CHECKING:
    from metricgov.app.foreseeing import Outlook
    from metricgov.desk.session import Session
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.domain.workflow.state import ChangeState
    from metricgov.ports.drafts import Kept


@dataclass(frozen=True, slots=True)
class Draft:
    """One draft: what it is kept under, whose contents it began with, and the change that it is to become."""

    session: Session
    key: str
    begins: Texts
    claims: Claims
    change: str
    revises: bool = False

    def find(self) -> Kept | None:
        """Return what is kept of it, None where it was never begun."""
        return self.session.drafts.find(self.key)

    def begin(self) -> Kept:
        """Keep it from here on, as its contents stand; an older one of the same key is put aside."""
        from metricgov.domain import time
        from metricgov.ports.drafts import Kept, KeptFile

        files = [KeptFile(one.path, one.base, one.text) for one in self.begins.files if one.text is not None]
        fresh = Kept(self.key, time.to_text(self.session.access.clock.now()), tuple(files), {})
        self.session.drafts.begin(fresh)
        return fresh

    def texts(self, kept: Kept) -> Texts:
        """Return what was typed, with the files that the change removes."""
        gone = tuple(one for one in self.begins.files if one.text is None)
        return Texts((*(Text(one.path, one.base, one.text) for one in kept.files), *gone), self.begins.authors)

    def claims_in(self, kept: Kept | None) -> Claims:
        """Return the claims it began with, under what was answered since."""
        answers = kept.answers if kept else {}
        return Claims.model_validate({**self.claims.model_dump(), **answers})

    def was_typed_into(self, kept: Kept) -> bool:
        """Say whether a kept draft holds another text than this one begins with."""
        begun = {one.path: one.text for one in self.begins.files if one.text is not None}
        return {one.path: one.text for one in kept.files} != begun

    def is_unchanged(self, texts: Texts) -> bool:
        """Say whether nothing differs from main, or from the change that is revised."""
        begun = {one.path: one.text for one in self.begins.files}
        return all(one.text in (one.base, begun.get(one.path)) for one in texts.files) and (
            not self.revises or {one.path: one.text for one in texts.files} == begun
        )

    def remember(self, claims: Claims, texts: Texts) -> None:
        """Keep what was typed and answered so far."""
        drafts = self.session.drafts
        said = claims.model_dump(mode="json", exclude_defaults=True)
        said.pop("contributors", None)
        drafts.answer(self.key, said)
        for one in texts.files:
            if one.text is not None:
                drafts.write(self.key, one.path, one.text)


def draft_of_change(session: Session, state: ChangeState) -> Draft:
    """Return the draft of the next revision of a change."""
    from metricgov.app.claims import claims_of
    from metricgov.app.drafting import change_texts

    texts = change_texts(session.access, state)
    return Draft(session, f"change:{state.change}", texts, claims_of(state), state.change, revises=True)


def draft_of_definition(session: Session, path: str, request: ChangeState | None = None) -> Draft:
    """Return the draft of a change of a definition as it is on main, in answer to a request where there is one."""
    from metricgov.app.drafting import main_texts
    from metricgov.app.ulid import new_ulid
    from metricgov.domain.definitions.kinds import id_of

    change = request.change if request else new_ulid(session.access.clock.now())
    claims = Claims(why="", requested_by=request.created_by if request else None)
    return Draft(session, id_of(path) or path, main_texts(session.access, (path,)), claims, change)


def draft_of_text(session: Session, path: str, text: bytes) -> Draft:
    """Return the draft of a definition that is not there yet."""
    from metricgov.app.ulid import new_ulid
    from metricgov.domain.definitions.kinds import id_of

    texts, change = Texts((Text(path, None, text),)), new_ulid(session.access.clock.now())
    return Draft(session, id_of(path) or path, texts, Claims(why=""), change)


@dataclass(frozen=True, slots=True)
class OpenOn:
    """The open changes of one definition: of the person who asks, requests, and those of others."""

    mine: tuple[ChangeState, ...]
    requests: tuple[ChangeState, ...]
    others: tuple[ChangeState, ...]


def open_on(session: Session, path: str) -> OpenOn:
    """Return the open changes of a definition, oldest first."""
    from metricgov.app.requesting import open_changes
    from metricgov.domain.definitions.kinds import id_of

    me = session.actor.principal
    found = open_changes(session.access, id_of(path) or path)
    requests = tuple(one for one in found if one.revision is None and one.draft is None)
    mine = tuple(one for one in found if one not in requests and me in one.contributors)
    return OpenOn(mine, requests, tuple(one for one in found if one not in requests and one not in mine))


@dataclass(frozen=True, slots=True)
class Offer:
    """Contents and claims that somebody wants to propose; without `submit` as a draft that nobody is asked about."""

    session: Session
    change: str
    texts: Texts
    claims: Claims
    revises: bool = False
    submit: bool = True

    def outlook(self) -> Outlook:
        """Return what would come of it now; nothing is recorded."""
        from metricgov.app.foreseeing import look_ahead

        return look_ahead(
            self.session.access,
            change=self.change,
            actor=self.session.actor,
            collect=self.texts,
            claims=self.claims,
            revises=self.revises,
            submit=self.submit,
        )

    def refuse(self, outlook: Outlook, *, owed: bool) -> None:
        """Raise RefusedUnmet with everything that no answer mends; with `owed`, also what only needs an answer."""
        from metricgov.app.foreseeing import WHY, explained
        from metricgov.domain.workflow.requirements import RefusedUnmet

        answers = [one for one in explained(outlook) if self.submit or one.code == WHY]
        if not outlook.barred and not (answers and owed):
            return
        what = "revise" if self.revises else "propose"
        raise RefusedUnmet(f"{what}: {len(answers) + len(outlook.barred)} missing", [*outlook.barred, *answers])

    def record(self) -> tuple[Envelope, ...]:
        """Record it: as a new change, the next revision of one, or the first of a draft."""
        from metricgov.app.folding import state_of
        from metricgov.app.proposing import propose, revise, submit
        from metricgov.domain.workflow.vocabulary import Stage

        access, actor = self.session.access, self.session.actor
        if not self.revises:
            return propose(
                access, change=self.change, actor=actor, collect=self.texts, claims=self.claims, submit=self.submit
            )
        drafted = self.submit and state_of(self.change, access.journal).stage is Stage.DRAFT
        put = submit if drafted else revise
        return put(access, change=self.change, actor=actor, collect=self.texts, claims=lambda _state: self.claims)
