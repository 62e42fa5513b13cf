"""A change in one flat value, as lists show it; the full state lives in state.py, what is missing in judge.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from metricgov.domain.changes.findings import GRAVITY, ChangeClass
from metricgov.domain.workflow.events import DefinitionRecord, RevisionDrafted, RevisionSubmitted
from metricgov.domain.workflow.state import ChangeState, Decision
from metricgov.domain.workflow.vocabulary import Stage, Treatment


@dataclass(frozen=True, slots=True)
class Subject:
    """One definition of a change: its class and version step as they were recorded."""

    id: str
    change_class: ChangeClass
    version_before: str = ""
    version_after: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One consulted person or team, and the second from which silence counts ("": none)."""

    principal: str
    due: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSummary:
    """What a list needs of one change.

    `stage` is folded, never `approved`. `definitions` stand gravest first; those of a request have no class. `decided`
    pairs each person with the word of their current decision. `moved_at` is the second of the last event, `commit` the
    one that applied it, "" before.
    """

    change: str
    stage: Stage
    author: str
    why: str
    created_at: str
    moved_at: str
    last_seq: int
    revision: int = 0
    cycle: int = 0
    change_class: ChangeClass | None = None
    requested: str = ""
    definitions: tuple[Subject, ...] = ()
    contributors: tuple[str, ...] = ()
    asked: tuple[Question, ...] = ()
    decided: tuple[tuple[str, str], ...] = ()
    effective_from: str = ""
    commit: str = ""

    @property
    def definition(self) -> str:
        """The gravest definition, or the one that a request asks about."""
        return self.definitions[0].id if self.definitions else self.requested


@dataclass(frozen=True, slots=True)
class Step:
    """One version of one definition that reached the target: by which change, when, and what was said about history.

    `seq` is the event that ended the landing, `at` its second; `after` the SHA-256 of the bytes ("": deleted).
    """

    definition: str
    path: str
    seq: int
    at: str
    change: str
    revision: int
    change_class: ChangeClass
    version_before: str
    version_after: str
    after: str
    why: str
    author: str
    approved_by: tuple[str, ...] = ()
    effective_from: str = ""
    intent: str = ""
    treatment: Treatment | None = None
    commit: str = ""


def contents(state: ChangeState) -> RevisionSubmitted | RevisionDrafted | None:
    """Return the newest contents of a change, submitted or not."""
    return state.draft or state.revision


def summarise(state: ChangeState) -> ChangeSummary:
    """Return the flat form of a state."""
    found = contents(state)
    revision = state.revision
    return ChangeSummary(
        change=state.change,
        stage=state.stage,
        author=state.created_by,
        why=found.why if found else state.why,
        created_at=state.created_at,
        moved_at=state.last_at,
        last_seq=state.last_seq,
        revision=revision.number if revision else 0,
        cycle=state.cycle,
        change_class=found.change_class if found else None,
        requested=state.definition,
        definitions=tuple(_subject(one) for one in by_gravity(found.definitions)) if found else (),
        contributors=tuple(sorted(state.contributors)),
        asked=_questions(revision),
        decided=tuple(sorted((one.principal, one.verdict.value) for one in leading(state))),
        effective_from=(found.effective_from or "") if found else "",
        commit=state.commit,
    )


def leading(state: ChangeState) -> tuple[Decision, ...]:
    """Return one decision a person: an objection, where they decided differently on different definitions."""
    people = dict.fromkeys(one.principal for one in state.decisions)
    return tuple(one for one in map(state.decision_of, people) if one is not None)


def _questions(revision: RevisionSubmitted | None) -> tuple[Question, ...]:
    """Return one question a person, by person."""
    asked = {one.principal: Question(one.principal, one.due or "") for one in (revision.asked if revision else ())}
    return tuple(asked[principal] for principal in sorted(asked))


def by_gravity(definitions: tuple[DefinitionRecord, ...]) -> tuple[DefinitionRecord, ...]:
    """Return records gravest first, equals by id."""
    return tuple(sorted(definitions, key=lambda one: (-GRAVITY[one.change_class], one.id)))


def steps_of(state: ChangeState) -> Iterator[Step]:
    """Yield one step a definition of an applied change; nothing for any other."""
    revision = state.revision
    if state.stage is not Stage.APPLIED or revision is None:
        return
    after = {edit.path: edit.after.sha256 if edit.after else "" for edit in revision.edits}
    for record in revision.definitions:
        yield Step(
            definition=record.id,
            path=record.path,
            seq=state.ended_seq,
            at=state.ended_at,
            change=state.change,
            revision=revision.number,
            change_class=record.change_class,
            version_before=record.version_before or "",
            version_after=record.version_after or "",
            after=after.get(record.path, ""),
            why=revision.why,
            author=state.created_by,
            approved_by=approvers(state),
            effective_from=revision.effective_from or "",
            intent=revision.intent.value if revision.intent else "",
            treatment=revision.treatment,
            commit=state.commit,
        )


def approvers(state: ChangeState) -> tuple[str, ...]:
    """Return who approved the last revision, in order of their decisions."""
    revision = state.revision
    found = (
        one.principal
        for one in state.decisions
        if revision and one.verdict.value == "approve" and one.digest == revision.digest
    )
    return tuple(dict.fromkeys(found))


def _subject(record: DefinitionRecord) -> Subject:
    return Subject(record.id, record.change_class, record.version_before or "", record.version_after or "")
