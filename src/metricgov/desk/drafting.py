"""Drafts of this machine: begun, kept, held by one window at a time, closed; and requests in place of one."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from metricgov.desk.at import At
from metricgov.desk.windows import window_words
from metricgov.domain.digest import JSON
from metricgov.domain.draft_views import Answers, Choices, DraftFile, DraftRow, Opened, OtherChange, Submitted, Writing
from metricgov.domain.errors import Refused

if TYPE_CHECKING:
    from metricgov.app.drafting import Texts
    from metricgov.desk.beginning import Beginning
    from metricgov.desk.drafts import Draft
    from metricgov.desk.session import Session
    from metricgov.domain.workflow.commands import Claims
    from metricgov.domain.workflow.state import ChangeState
    from metricgov.ports.drafts import Kept

CHANGE = "change:"
"""Begins the name of what a draft is of where it revises a change."""


class LocalDrafting(At):
    """Implements Drafting over a Session; the folder of drafts is that of `metricgov edit`."""

    def drafts(self) -> tuple[DraftRow, ...]:
        """Return what the reader has typed and not submitted, the newest first."""
        return kept_drafts(self.session())

    def open_draft(self, of: str, window: str, *, anew: bool = False, take: bool = False) -> Opened:
        """Return the draft of a definition, of a change to revise or of a request."""
        session = self.session()
        if of.startswith(CHANGE):
            return _of_change(session, of.removeprefix(CHANGE), window, anew=anew, take=take)
        drafts = session.drafts
        begun = drafts.find(of)
        if begun is not None and all(one.base is None for one in begun.files):  # a new one that is not on main yet
            return _opened(session, _of_kept(session, begun), window, take=take, anew=False)
        path = session.path_of(of)
        from metricgov.desk.drafts import draft_of_definition, open_on

        found = open_on(session, path)
        others = tuple(_other(session, one) for one in found.others)
        if found.mine:
            return replace(_revised(session, found.mine[-1], window, anew=anew, take=take), others=others)
        request = found.requests[0] if found.requests else None
        draft = draft_of_definition(session, path, request)
        opened = _opened(session, draft, window, anew=anew, take=take)
        return replace(opened, others=others, answers_request=session.label(request.change) if request else "")

    def begin_draft(self, wanted: Beginning, window: str) -> Opened:
        """Return the draft of a new definition."""
        from metricgov.app.moment import at_tip
        from metricgov.app.naming import checked_name, free_path
        from metricgov.app.templates import template
        from metricgov.desk.beginning import Known, kind_named
        from metricgov.desk.drafts import draft_of_text
        from metricgov.domain.definitions.kinds import Kind
        from metricgov.domain.errors import BadInput

        session = self.session()
        kind, name = kind_named(wanted.kind), checked_name(wanted.name)
        moment = at_tip(session.access)
        known = Known(moment, None)
        if kind is Kind.METRIC and not wanted.domain:
            raise BadInput("domain_missing", "a metric needs a domain", hint=f"one of {', '.join(known.domains)}")
        domain = wanted.domain if kind is Kind.METRIC else None
        path = free_path(moment, kind, name, domain=domain, ids=session.workspace.journal, checkout=None)
        text = session.access.files.fmt(template(kind, known.wishes(wanted)), path)
        return _opened(session, draft_of_text(session, path, text), window, anew=False, take=False)

    def keep_draft(self, writing: Writing, window: str, files: tuple[DraftFile, ...], answers: Answers) -> None:
        """Keep what was typed."""
        from metricgov.ports.drafts import Kept, KeptFile

        session = self.session()
        drafts = session.drafts
        only_mine(session, writing.key, window)
        said = said_by(answers)
        kept = drafts.find(writing.key)
        if kept is None:
            from metricgov.domain import time

            texts = tuple(KeptFile(one.path, one.base, one.text) for one in files if one.text is not None)
            drafts.begin(Kept(writing.key, time.to_text(session.access.clock.now()), texts, said))
            return
        if dict(kept.answers) != said:
            drafts.answer(writing.key, said)
        here = {one.path: one.text for one in kept.files}
        for one in files:
            if one.text is not None and one.path in here and here[one.path] != one.text:
                drafts.write(writing.key, one.path, one.text)

    def close_draft(self, writing: Writing, window: str, *, discard: bool = False) -> None:
        """Let go of a draft."""
        session = self.session()
        drafts = session.drafts
        only_mine(session, writing.key, window)
        kept = drafts.find(writing.key)
        if discard:
            drafts.set_aside(writing.key)
        elif kept is not None and _is_as_begun(draft_of(session, writing), kept):
            drafts.done(writing.key)
        drafts.release(writing.key, window)

    def choices(self) -> Choices:
        """Return what a new definition can be made of."""
        from metricgov.app.moment import at_tip
        from metricgov.desk.beginning import TYPE_WORDS, Known
        from metricgov.domain.definitions.fields import CALCULATIONS
        from metricgov.domain.definitions.kinds import NATIVE, Kind

        session = self.session()
        known = Known(at_tip(session.access), None)
        people = sorted({*session.governance.active, *(one.id for one in session.governance.people.teams)})
        return Choices(
            kinds=tuple(kind.value for kind in NATIVE),
            calculations=dict(zip(CALCULATIONS, TYPE_WORDS, strict=True)),
            domains=known.domains,
            sources=known.names(Kind.SOURCE),
            people=tuple(people),
        )

    def request_change(self, name: str, why: str, refs: tuple[str, ...] = ()) -> Submitted:
        """Ask the responsible people for a change of a definition."""
        from metricgov.app.requesting import request
        from metricgov.app.ulid import new_ulid
        from metricgov.domain.errors import BadInput

        session = self.session()
        if not why.strip():
            raise BadInput("words_missing", "a request goes on record with a reason", hint="say what should change")
        change = new_ulid(session.access.clock.now())
        definition = session.definition(name)
        request(session.access, change=change, actor=session.actor, definition=definition, why=why.strip(), refs=refs)
        return self.became(change)

    def became(self, change: str) -> Submitted:
        """Return where a change stands that was just recorded."""
        from metricgov.app.folding import state_of

        self.forget()
        session = self.session()
        state = state_of(change, session.access.journal)
        unsent = session.access.unsent()
        sent = not any(one.seq in unsent for one in session.workspace.journal.events_of(change))
        revision = state.revision.number if state.revision else 0
        return Submitted(change, session.label(change), revision, state.stage.value, sent=sent)


def only_mine(session: Session, key: str, window: str) -> None:
    """Raise Refused where another window writes in a draft."""
    if held := session.drafts.hold(key, window):
        raise Refused(
            "draft_taken",
            f"{window_words(held)} writes in this draft now",
            hint="go on there, or take the draft over here",
        )


def draft_of(session: Session, writing: Writing) -> Draft:
    """Return the draft that a writing is about, with what it began with."""
    from metricgov.app.drafting import Text, Texts
    from metricgov.app.moment import known_change
    from metricgov.desk.drafts import Draft, draft_of_change
    from metricgov.domain.workflow.commands import Claims

    if writing.revises:
        return draft_of_change(session, known_change(session.access, writing.change))
    kept = session.drafts.find(writing.key)
    begun = tuple(Text(one.path, one.base, one.base or b"") for one in (kept.files if kept else ()))
    return Draft(session, writing.key, Texts(begun), Claims(why=""), writing.change)


def texts_of(files: tuple[DraftFile, ...]) -> Texts:
    """Return the files of a draft as the use cases take them."""
    from metricgov.app.drafting import Text, Texts

    return Texts(tuple(Text(one.path, one.base, one.text) for one in files))


def said_by(answers: Answers) -> dict[str, JSON]:
    """Return answers as the claims of a draft keep them: an answer that was taken back counts as well."""
    return {name: list(said) if name == "refs" else said or None for name, said in asdict(answers).items()} | {
        "why": answers.why,
        "meaning_unchanged": answers.meaning_unchanged,
    }


def answers_of(claims: Claims) -> Answers:
    """Return what an author said as plain words."""
    return Answers(
        why=claims.why,
        intent=claims.intent.value if claims.intent else "",
        treatment=claims.treatment.value if claims.treatment else "",
        effective_from=claims.effective_from or "",
        meaning_unchanged=claims.meaning_unchanged,
        requested_by=claims.requested_by or "",
        implemented_by=claims.implemented_by or "",
        refs=claims.refs,
    )


def _of_change(session: Session, text: str, window: str, *, anew: bool, take: bool) -> Opened:
    from metricgov.app.moment import known_change
    from metricgov.desk.drafts import draft_of_definition
    from metricgov.domain.workflow.vocabulary import Stage

    state = known_change(session.access, session.change(text))
    if state.stage is Stage.REQUESTED:
        draft = draft_of_definition(session, session.path_of(state.definition), state)
        opened = _opened(session, draft, window, anew=anew, take=take)
        return replace(opened, answers_request=session.label(state.change))
    return _revised(session, state, window, anew=anew, take=take)


def _revised(session: Session, state: ChangeState, window: str, *, anew: bool, take: bool) -> Opened:
    from metricgov.desk.drafts import draft_of_change

    opened = _opened(session, draft_of_change(session, state), window, anew=anew, take=take)
    theirs = state.contributors and session.actor.principal not in state.contributors
    return replace(opened, label=session.label(state.change), of=state.created_by if theirs else "")


def _of_kept(session: Session, kept: Kept) -> Draft:
    from metricgov.app.ulid import new_ulid

    writing = Writing(kept.key, new_ulid(session.access.clock.now()))
    return draft_of(session, writing)


def _opened(session: Session, draft: Draft, window: str, *, anew: bool, take: bool) -> Opened:
    """Return a draft as it is kept, or as it begins; nothing is touched that another window holds."""
    from metricgov.domain.definitions.kinds import id_of

    drafts = session.drafts
    held = drafts.hold(draft.key, window, take=take)
    kept = draft.find()
    goes_on = kept is not None and (held or (not anew and not _is_as_begun(draft, kept)))
    if not goes_on and not held:
        if kept is not None and _is_as_begun(draft, kept):
            drafts.done(draft.key)
        kept = draft.begin()
    texts = draft.texts(kept) if kept is not None else draft.begins
    files = tuple(DraftFile(one.path, one.base, one.text) for one in texts.files)
    path = next((one.path for one in files if one.text is not None), files[0].path)
    return Opened(
        Writing(draft.key, draft.change, draft.revises),
        files,
        answers_of(draft.claims_in(kept)),
        id_of(path) or path,
        kept=kept.begun if goes_on and kept is not None else "",
        held=window_words(held) if held else "",
    )


def _is_as_begun(draft: Draft, kept: Kept) -> bool:
    """Say whether nobody has typed or answered anything in a draft."""
    try:
        said = answers_of(draft.claims_in(kept))
    except ValueError:  # answers of another version of the program
        return False
    return not draft.was_typed_into(kept) and said == answers_of(draft.claims)


def _other(session: Session, state: ChangeState) -> OtherChange:
    return OtherChange(session.label(state.change), state.created_by, state.why, state.stage.value)


def kept_drafts(session: Session) -> tuple[DraftRow, ...]:
    """Return the drafts of a person that hold something, the one that was written in last first."""
    rows = (_row(session, kept, touched) for kept, touched in session.drafts.listed())
    return tuple(row for row in rows if row is not None)


def _row(session: Session, kept: Kept, touched: str) -> DraftRow | None:
    from metricgov.app.contents import read_paths
    from metricgov.domain.definitions.kinds import id_of
    from metricgov.domain.errors import MetricgovError

    path = next((one.path for one in kept.files), "")
    held = session.drafts.holder(kept.key)
    row = DraftRow(kept.key, id_of(path) or path, "", touched, window_words(held) if held else "")
    change = kept.key.removeprefix(CHANGE) if kept.key.startswith(CHANGE) else ""
    try:
        if _is_as_begun(draft_of(session, Writing(kept.key, change, bool(change))), kept):
            return None
        label = session.label(change) if change else ""
    except MetricgovError:  # the change is over, or not in this clone: what was typed is here all the same
        return replace(row, note="its change is not open any more")
    here = read_paths(session.access.source, session.tip, [one.path for one in kept.files])
    moved = any((here[one.path].data if one.path in here else None) != one.base for one in kept.files)
    return replace(row, label=label, note="main has moved since" if moved and not change else "")
