"""What a text in a draft says, and what the draft means against main: read, weighed, submitted, evaluated."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, TypeVar

from metricgov.desk.asked import Progress, silent
from metricgov.desk.drafting import LocalDrafting, answers_of, draft_of, only_mine, texts_of
from metricgov.domain.draft_views import (
    Advised,
    Answers,
    DraftFile,
    Mark,
    Question,
    Submitted,
    TextRead,
    Weighed,
    Writing,
)
from metricgov.domain.errors import BadInput, InvalidFiles, MetricgovError, Place, Problem
from metricgov.domain.verdict import Unmet

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from metricgov.app.foreseeing import Outlook
    from metricgov.desk.drafts import Offer
    from metricgov.desk.session import Session
    from metricgov.domain.comparability.evidence import Evidence
    from metricgov.domain.definitions.problems import FieldProblem
    from metricgov.domain.workflow.commands import Claims
    from metricgov.domain.workflow.requirements import Requirement

NOTHING_EDITED = "nothing_edited"

W = TypeVar("W", bound=Enum)


class LocalEditing(LocalDrafting):
    """Implements Editing over a Session."""

    def read_text(self, path: str, text: bytes) -> TextRead:
        """Return one text as it reads by itself."""
        from metricgov.desk.forms import rows_of
        from metricgov.domain.practice.definition import examine

        session = self.session()
        files = session.access.files
        try:
            data = files.load(text, path)
        except InvalidFiles as error:
            return TextRead((), tuple(_marked(one) for one in error.problems), readable=False)
        places = files.locate(text)
        problems = examine(data, path, dialect=session.workspace.settings.dialect)[1]
        marks = sorted((_placed(one, places) for one in problems), key=lambda one: (one.line, one.column))
        return TextRead(rows_of(data, places), tuple(marks), readable=True)

    def with_value(self, path: str, text: bytes, field: str, typed: str) -> bytes:
        """Return a text with one field as somebody typed it."""
        from metricgov.desk.forms import typed_value

        files = self.session().access.files
        data = files.load(text, path)
        place, value = typed_value(data, field, typed)
        return files.set_fields(text, {place: value})

    def without(self, path: str, text: bytes, field: str) -> bytes:
        """Return a text with one field, or one item of a list, taken out."""
        files = self.session().access.files
        files.load(text, path)
        return files.set_fields(text, {field: None})

    def weigh(self, writing: Writing, files: tuple[DraftFile, ...], answers: Answers) -> Weighed:
        """Return what a draft means against main."""
        session = self.session()
        try:
            offer = _offer(session, writing, files, answers)
            return weighed(session, offer.outlook())
        except InvalidFiles as error:
            return Weighed(answers=answers, marks=tuple(_marked(one) for one in error.problems))
        except MetricgovError as error:
            if error.code == NOTHING_EDITED:
                return Weighed(answers=answers)
            place = error.place
            mark = Mark(error.code, error.message, error.hint, place.path if place else "", place.line if place else 0)
            return Weighed(answers=answers, marks=(mark,))

    def submit_draft(
        self, writing: Writing, window: str, files: tuple[DraftFile, ...], answers: Answers, *, as_draft: bool = False
    ) -> Submitted:
        """Record a draft as a change or its next revision."""
        from dataclasses import replace

        session = self.session()
        drafts = session.drafts
        only_mine(session, writing.key, window)
        offer = _offer(session, writing, files, answers, submit=not as_draft)
        if draft_of(session, writing).is_unchanged(offer.texts) and not writing.revises:
            raise BadInput(NOTHING_EDITED, "nothing differs from main", hint="change something first")
        outlook = offer.outlook()
        offer.refuse(outlook, owed=True)
        replace(offer, claims=outlook.claims).record()
        drafts.done(writing.key)
        drafts.release(writing.key, window)
        return self.became(writing.change)

    def effect_of_draft(
        self,
        writing: Writing,
        files: tuple[DraftFile, ...],
        answers: Answers,
        *,
        progress: Progress = silent,
    ) -> Evidence:
        """Return what a draft does to the numbers."""
        from metricgov.app.effects import evaluate
        from metricgov.desk.evaluating import asking
        from metricgov.domain.comparability.warnings import Claimed

        session = self.session()
        outlook = _offer(session, writing, files, answers).outlook()
        tip, claims = outlook.moment.tip, outlook.claims
        whole = session.workspace.load_registry(tip).registry
        with asking(session, tip, progress=progress) as (warehouse, asked):
            claimed = Claimed(claims.intent, claims.treatment)
            return evaluate(outlook.prepared.assessment, whole, warehouse, claimed, asked)


def _offer(
    session: Session, writing: Writing, files: tuple[DraftFile, ...], answers: Answers, *, submit: bool = True
) -> Offer:
    from metricgov.desk.drafts import Offer

    claims = _claims(session, writing, answers)
    return Offer(session, writing.change, texts_of(files), claims, writing.revises, submit=submit)


def _claims(session: Session, writing: Writing, answers: Answers) -> Claims:
    """Return answers as claims; who wrote the revisions before stays among the contributors."""
    from metricgov.domain import time
    from metricgov.domain.workflow.commands import Claims
    from metricgov.domain.workflow.vocabulary import Intent, Treatment

    if answers.effective_from:
        try:
            time.day(answers.effective_from)
        except ValueError:
            said = f"{answers.effective_from!r} is no date"
            raise BadInput("bad_date", said, hint="write it as 2026-07-01") from None
    before = draft_of(session, writing).claims if writing.revises else Claims(why="")
    return before.model_copy(
        update={
            "why": answers.why.strip(),
            "intent": _word(Intent, answers.intent),
            "treatment": _word(Treatment, answers.treatment),
            "effective_from": answers.effective_from or None,
            "meaning_unchanged": answers.meaning_unchanged,
            "requested_by": answers.requested_by or None,
            "implemented_by": answers.implemented_by or None,
            "refs": answers.refs,
        }
    )


def _word(kind: type[W], said: str) -> W | None:
    """Return an answer as a word of its kind, None where nothing was said; BadInput where it is none of them."""
    if not said:
        return None
    try:
        return kind(said)
    except ValueError:
        name = kind.__name__.lower()
        raise BadInput(f"{name}_unknown", f"{said!r} is no {name}", hint=", ".join(one.value for one in kind)) from None


def weighed(session: Session, outlook: Outlook) -> Weighed:
    """Return an outlook as doors show it."""
    from metricgov.app.foreseeing import explained
    from metricgov.domain.workflow.requirements import Code

    stale = next((one for one in outlook.owed if one.code == Code.STALE_TEXT), None)
    return Weighed(
        change_class=outlook.change_class.value,
        findings=outlook.findings,
        steps=outlook.steps,
        affected=outlook.prepared.assessment.affected,
        needed=_unmet(outlook.needed),
        asked=tuple(
            Question(one.principal, one.definitions, tuple(sorted(one.people)), one.due or "")
            for one in outlook.questions
        ),
        foreseen=outlook.foreseen,
        you_wrote=_would_decide(session, outlook),
        owed=_unmet(explained(outlook)),
        barred=_unmet(outlook.barred),
        moves_numbers=outlook.moves_numbers,
        treatments=tuple(one.value for one in outlook.treatments),
        advice=_advice(outlook) if outlook.moves_numbers else (),
        stale=stale.definitions if stale else (),
        answers=answers_of(outlook.claims),
        day=outlook.advised_date(None) if outlook.moves_numbers else "",
        marks=_doubts(session, outlook, stale),
    )


def _unmet(found: Iterable[Requirement]) -> tuple[Unmet, ...]:
    return tuple(Unmet(str(one.code), one.says, one.who, one.how) for one in found)


def _advice(outlook: Outlook) -> tuple[Advised, ...]:
    from metricgov.domain.workflow.vocabulary import Intent

    found = []
    for intent in (None, *Intent):
        one = outlook.advice(intent)
        day = outlook.advised_date(one.treatment)
        found.append(Advised(intent.value if intent else "", one.treatment.value, one.reason, one.row, day))
    return tuple(found)


def _would_decide(session: Session, outlook: Outlook) -> bool:
    """Say whether the author would be asked to approve, had they not written it."""
    from metricgov.app.rights import roles_for

    me = session.actor.principal
    for one in outlook.prepared.assessment.definitions:
        roles = roles_for(one.touched.id, outlook.moment)
        if roles is not None and me in (roles.accountable, roles.deputy):
            return True
    return me in outlook.moment.governance.council and any("council" in one.code for one in outlook.needed)


def _doubts(session: Session, outlook: Outlook, stale: Requirement | None) -> tuple[Mark, ...]:
    """Return what somebody should look at before this is submitted: descriptions that still say what was."""
    from metricgov.app.contents import Content
    from metricgov.app.placing import line_of

    found = []
    after = outlook.prepared.assessment.after
    texts = {one.path: one.after for one in outlook.prepared.edited if isinstance(one.after, Content)}
    for definition in stale.definitions if stale else ():
        entry = after.get(definition)
        if entry is None or stale is None:
            continue
        content = texts.get(entry.path)
        line = line_of("description", session.access.files.locate(content.data)) if content else None
        hint = "change the description, or say that it still holds"
        found.append(
            Mark(
                str(stale.code),
                stale.says.partition(": ")[2],
                hint,
                entry.path,
                line or 0,
                1,
                "description",
                grave=False,
            )
        )
    return tuple(found)


def _marked(problem: Problem) -> Mark:
    place = problem.place
    field, _, rest = problem.message.partition(": ")
    named = rest and " " not in field  # placed problems begin with their field
    return Mark(
        problem.code,
        rest if named else problem.message,
        problem.hint,
        place.path,
        place.line,
        place.column,
        field if named else "",
    )


def _placed(one: FieldProblem, places: Mapping[str, Place]) -> Mark:
    from metricgov.domain.definitions.problems import Severity

    at = one.field
    while at and at not in places:
        cut = max(at.rfind("."), at.rfind("["))
        at = at[:cut] if cut > 0 else ""
    place = places.get(at)
    line, column = (place.line, place.column) if place else (1, 1)
    grave = one.severity is Severity.ERROR
    return Mark(one.code, one.message, one.hint, one.path, line, column, one.field, grave)
