"""`propose` and `revise`: the edits of the work tree or of a branch become a change, or its next revision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.claims import (
    AsDraft,
    Effective,
    ImplementedBy,
    IntentOption,
    Refs,
    Request,
    RequestedBy,
    Said,
    TreatmentOption,
    Unchanged,
    Why,
    Yes,
)
from metricgov.cli.options import Actor, AsJson, ChangeId
from metricgov.cli.telling import say_draft
from metricgov.desk.session import Session
from metricgov.domain.errors import BadInput, Refused
from metricgov.domain.workflow.vocabulary import Stage

if TYPE_CHECKING:
    from metricgov.app.drafting import Texts
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.domain.workflow.state import ChangeState

From = Annotated[str | None, typer.Option("--from", metavar="REF", help="Take the contents from a branch or commit.")]
Paths = Annotated[
    list[Path] | None, typer.Argument(metavar="PATHS", help="Only these files (default: everything edited).")
]


def propose(
    paths: Paths = None,
    why: Why = "",
    source: From = None,
    intent: IntentOption = None,
    treatment: TreatmentOption = None,
    effective: Effective = None,
    meaning_unchanged: Unchanged = False,
    refs: Refs = None,
    requested_by: RequestedBy = None,
    implemented_by: ImplementedBy = None,
    asked: Request = None,
    draft: AsDraft = False,
    write: Annotated[
        bool, typer.Option("--write", help="Also write version and date into the files of the work tree.")
    ] = False,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Propose the governed edits of the work tree, or of a branch; neither is touched.

    Version and date are written into what is proposed. On a terminal it asks what is missing; elsewhere it refuses
    and names everything that is.

    Example: metricgov propose -m "sales answers within a week now" --intent redefinition --effective 2026-07-01
    """
    from metricgov.app.drafting import branch_texts, named_authors, worktree_texts
    from metricgov.app.ulid import new_ulid
    from metricgov.cli.submitting import Job, conclude
    from metricgov.cli.telling import tell_outcome
    from metricgov.domain.workflow.commands import Claims

    if write and source:
        raise BadInput("write_where", "--write is for the work tree, and --from reads a branch", hint="leave one out")
    said = Said(
        why, intent, treatment, effective, meaning_unchanged, tuple(refs or ()), requested_by, implemented_by,
        draft, yes, as_json,
    )  # fmt: skip
    session = Session(claimed)
    actor, governance = session.actor, session.governance
    if source:
        texts = branch_texts(session.access, governance, source)
    else:
        texts = worktree_texts(session.access, governance, checkout=session.workspace.repository)
    texts = chosen(session, texts, paths)
    _something(texts, session)
    authors = named_authors(texts, governance)
    _say_authors(authors, actor.principal)
    _say_open(session, texts)
    again = "metricgov propose" + (f" --from {source}" if source else "") + "".join(f" {path}" for path in paths or ())
    claims = said.over(Claims(why="", contributors=authors), governance)
    change = taken_up(session, asked).change if asked else new_ulid(session.access.clock.now())
    again += f" --request {asked}" if asked else ""
    _job, events = conclude(Job(session, texts, claims, said, change, again))
    if not source:
        _write(session, change, wanted=write)
    tell_outcome(session, change, events, as_json=as_json)
    say_draft(session, change, said)


def revise(
    change: ChangeId,
    paths: Paths = None,
    why: Why = "",
    source: From = None,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="NAME", help="Take this definition out; may be repeated.")
    ] = None,
    edit: Annotated[bool, typer.Option("--edit", help="Open the contents of the change in your editor.")] = False,
    rebase_targets: Annotated[
        bool, typer.Option("--rebase-targets", help="Set targets and thresholds to what the effect on record proposes.")
    ] = False,
    intent: IntentOption = None,
    treatment: TreatmentOption = None,
    effective: Effective = None,
    meaning_unchanged: Unchanged = False,
    refs: Refs = None,
    requested_by: RequestedBy = None,
    implemented_by: ImplementedBy = None,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Give a change new contents, or say something else about it: its next revision.

    Contents come from --edit, from a branch (--from), or from the work tree where it differs from main at the paths of
    the change; named PATHS replace the contents altogether. What you do not say stays as it was said. Targets and
    thresholds move with the number by --rebase-targets.

    Example: metricgov revise routing_speed --effective 2026-08-01
    """
    from metricgov.app.moment import known_change
    from metricgov.cli.telling import tell_outcome

    if edit and (source or paths or without):
        hint = "leave out --from, --without and PATHS"
        raise BadInput("contents_twice", "--edit opens the change's own contents", hint=hint)
    if without and (source or paths):
        raise BadInput("contents_twice", "--without keeps the other contents", hint="leave out --from and PATHS")
    if rebase_targets and (edit or source or paths or without):
        hint = "leave out --edit, --from, --without and PATHS"
        raise BadInput("contents_twice", "--rebase-targets keeps the other contents", hint=hint)
    said = Said(
        why, intent, treatment, effective, meaning_unchanged, tuple(refs or ()), requested_by, implemented_by,
        False, yes, as_json,
    )  # fmt: skip
    session = Session(claimed)
    found = session.change(change)
    state = known_change(session.access, found)
    check_mine(session, state, yes=yes)
    said = replace(said, draft=state.stage is Stage.DRAFT)
    if edit:
        from metricgov.cli.editing import revise_in_editor

        written = revise_in_editor(session, state, said)
        if written is None:
            return
        events = written
    else:
        events = _revised(session, state, said, source, paths, without or (), rebase_targets=rebase_targets)
    tell_outcome(session, found, events, as_json=as_json)


def _revised(
    session: Session,
    state: ChangeState,
    said: Said,
    source: str | None,
    paths: list[Path] | None,
    without: Sequence[str] = (),
    *,
    rebase_targets: bool = False,
) -> tuple[Envelope, ...]:
    from metricgov.app.claims import claims_of
    from metricgov.app.drafting import branch_texts, change_texts, less, named_authors, over, worktree_texts
    from metricgov.app.naming_in import definitions_in
    from metricgov.cli.submitting import Job, conclude

    governance = session.governance
    kept = change_texts(session.access, state)
    if source:
        texts = chosen(session, branch_texts(session.access, governance, source), paths)
    elif rebase_targets:
        texts = _rebased(session, state)
    elif without:
        texts = less(kept, definitions_in(state, without), state)
    else:
        edited = worktree_texts(session.access, governance, checkout=session.workspace.repository)
        texts = chosen(session, edited, paths) if paths else _newer(kept, edited)
        texts = texts if paths else over(kept, texts)
    authors = named_authors(texts, governance)
    claims = claims_of(state)
    contributors = tuple(sorted({*claims.contributors, *authors}))
    claims = said.over(claims.model_copy(update={"contributors": contributors}), governance)
    again = f"metricgov revise {session.label(state.change)}" + (f" --from {source}" if source else "")
    return conclude(Job(session, texts, claims, said, state.change, again, revises=True))[1]


def _rebased(session: Session, state: ChangeState) -> Texts:
    """Return the contents of a change with targets on the new basis, and say which were set."""
    from metricgov.app.retargeting import rebased_texts
    from metricgov.cli.output import talk

    texts, said = rebased_texts(session.access, state)
    for one in said:
        talk(one)
    talk("The contents are new, so the effect has to be computed again.")
    return texts


def _newer(kept: Texts, edited: Texts) -> Texts:
    """Return the work tree's edits at the paths of a change; others are left out, and named."""
    from metricgov.app.drafting import Texts as Found
    from metricgov.cli.output import talk

    own = {one.path for one in kept.files}
    taken = tuple(one for one in edited.files if one.path in own)
    if taken:
        talk(f"Contents of the work tree: {', '.join(one.path for one in taken)}")
    if left := [one.path for one in edited.files if one.path not in own]:
        talk(f"Left out, not part of this change: {', '.join(left)} (name every file to take it in)")
    return Found(taken, edited.authors if taken else ())


def taken_up(session: Session, change: str) -> ChangeState:
    """Return the request that somebody answers; Refused where it has been answered already."""
    from metricgov.app.moment import known_change

    state = known_change(session.access, session.change(change, ended=True))
    if state.stage is Stage.REQUESTED:
        return state
    label = session.label(state.change)
    raise Refused(
        "stage",
        f"{label} is {state.stage.replace('_', ' ')}, not a request that waits for an answer",
        hint=f"see what became of it: metricgov change explain {label}",
    )


def check_mine(session: Session, state: ChangeState, *, yes: bool) -> None:
    """Say what revising somebody else's change costs, and go on only if that is wanted (model.md, RACI)."""
    from metricgov.cli import asking

    me = session.actor.principal
    if not state.contributors or me in state.contributors or yes:
        return
    label = session.label(state.change)
    cost = f"{label} is {state.created_by}'s change; if you revise it, you cannot approve it"
    if asking.can_ask(yes=yes):
        asking.say(f"{cost}. A comment suggests a text and keeps your right: metricgov comment {label}")
        if asking.yes_no("Revise it?", default=False):
            return
        raise asking.stopped(f"metricgov comment {label} -m WORDS")
    raise Refused(
        "not_yours",
        cost,
        hint=f"suggest it: metricgov comment {label} -m WORDS; or revise it all the same with --yes",
    )


def chosen(session: Session, texts: Texts, paths: list[Path] | None) -> Texts:
    """Return the texts that were named, from whatever folder; a definition's name will do."""
    from metricgov.app.drafting import only
    from metricgov.domain.definitions.kinds import id_of, split_id

    if not paths:
        return texts
    root = session.workspace.repository.toplevel()
    names = {split_id(found)[1]: one.path for one in texts.files if (found := id_of(one.path)) is not None}
    wanted: list[str] = []
    for path in paths:
        if path.name == str(path) and str(path) in names and not path.exists():
            wanted.append(names[str(path)])
            continue
        try:
            wanted.append((Path.cwd() / path).resolve().relative_to(root.resolve()).as_posix())
        except ValueError:
            raise BadInput("path_outside", f"{path} is not in this registry", hint=f"it begins at {root}") from None
    return only(texts, wanted)


def _something(texts: Texts, session: Session) -> None:
    if texts.files:
        return
    branch = session.access.target.removeprefix("refs/heads/")
    raise BadInput(
        "nothing_edited",
        f"nothing governed differs from {branch}",
        hint="edit a file first, or let one command do it all: metricgov edit NAME",
    )


def _say_authors(authors: tuple[str, ...], me: str) -> None:
    from metricgov.cli.output import talk

    if others := [one for one in authors if one != me]:
        talk(f"Written by {', '.join(others)}: as contributors they cannot approve it.")


def _say_open(session: Session, texts: Texts) -> None:
    """Name the open changes of the same definitions: whichever lands second has to be rebased."""
    from metricgov.app.assess import opaque_globs
    from metricgov.app.requesting import open_changes
    from metricgov.cli.telling import tell_open
    from metricgov.domain.definitions.kinds import id_of

    globs = opaque_globs(session.governance)
    ids = dict.fromkeys(found for one in texts.files if (found := id_of(one.path, globs)))
    known = {state.change: state for one in ids for state in open_changes(session.access, one)}
    for state in known.values():
        tell_open(session, state)


def _write(session: Session, change: str, *, wanted: bool) -> None:
    """Put what was proposed into the work tree, or say what differs there."""
    from metricgov.app.drafting import change_texts
    from metricgov.app.moment import known_change
    from metricgov.cli.asking import say_wrapped
    from metricgov.cli.output import talk

    proposed = change_texts(session.access, known_change(session.access, change))
    data = {one.path: one.text for one in proposed.files if one.text is not None}
    here = session.workspace.repository.read_worktree(data)
    differing = {path: text for path, text in data.items() if here[path] != text}
    if wanted:
        session.workspace.repository.write_worktree(differing)
        for path in differing:
            talk(f"Wrote {path}")
    elif differing:
        on_main = session.workspace.repository.branch() == session.access.target
        way = "; else applying will find your edits in its way" if on_main else ""
        said = f"Version or date differ in the work tree: {', '.join(differing)}. --write puts them there{way}."
        say_wrapped(said)
