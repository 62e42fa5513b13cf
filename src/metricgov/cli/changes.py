"""Looking at changes: the list, one in full, what it does field by field, and its story."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli.options import AsJson, ChangeId
from metricgov.desk.session import Session
from metricgov.domain.workflow.vocabulary import Stage

if TYPE_CHECKING:
    from metricgov.app.access import Access
    from metricgov.domain.changes.findings import Finding
    from metricgov.domain.verdict import VersionStep

State = StrEnum("State", {one.name: one.value for one in Stage if one is not Stage.ABSENT})  # type: ignore[misc]


def list_(
    every: Annotated[bool, typer.Option("--all", help="Ended changes too.")] = False,
    state: Annotated[State | None, typer.Option("--state", help="Changes in this state.", show_default=False)] = None,
    definition: Annotated[str, typer.Option("--definition", metavar="NAME", help="Changes of this definition.")] = "",
    person: Annotated[
        str, typer.Option("--person", metavar="PERSON", help="Changes that this person wrote, decided or is asked in.")
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=0, help="Rows at most; 0 for all.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List open changes, the one that moved last first, with what each waits for.

    Example: metricgov change list --person crm-lead
    """
    from metricgov.app.listing_changes import list_changes
    from metricgov.app.moment import at_tip
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.as_json import changes_json
    from metricgov.render.changes import change_list_text

    session = Session()
    rows = list_changes(
        session.workspace.lookup,
        at_tip(session.workspace.still),
        session.workspace.journal,
        ended=every,
        state=state.value if state else "",
        definition=session.definition(definition, past=True) if definition else "",
        person=person,
        most=limit,
    )
    sought = _sought(every, state, definition, person)
    data(changes_json(rows) if as_json else change_list_text(rows, what=sought, screen=screen()))
    if limit and len(rows) == limit:
        talk(f"The first {limit}; --limit 0 lists all.")


def _sought(every: bool, state: State | None, definition: str, person: str) -> str:
    """Return what a list was asked for, and where the rest is."""
    words = ["change" if every or state else "open change"]
    words += [f"of {definition}"] if definition else []
    words += [f"with {person} in it"] if person else []
    words += [f"that is {state.value.replace('_', ' ')}"] if state else []
    return " ".join(words) + ("" if every or state else "; ended ones: metricgov change list --all")


def show(change: ChangeId, as_json: AsJson = False) -> None:
    """Show a change: what it does, every requirement with who can meet it, decisions so far.

    Example: metricgov change show routing_speed
    """
    from metricgov.app.change_view import change_view
    from metricgov.cli.output import data, screen
    from metricgov.render.as_json import change_json
    from metricgov.render.changes import change_text

    session = Session()
    found = session.change(change, ended=True)
    view = change_view(session.reading, found, label=session.label(found))
    data(change_json(view) if as_json else change_text(view, screen=screen()))


def diff(change: ChangeId, as_json: AsJson = False) -> None:
    """Show what a change does, field by field: on today's main while it is open, else as it was recorded.

    Example: metricgov change diff chg-7f3kq2
    """
    from metricgov.app.change_view import threads_of
    from metricgov.app.moment import known_change
    from metricgov.cli.output import data, screen
    from metricgov.render.as_json import findings_json
    from metricgov.render.changes import thread_lines
    from metricgov.render.findings import findings_text

    session = Session()
    found = session.change(change, ended=True)
    findings, steps, affected = _difference(session.reading, found)
    if as_json:
        data(findings_json(findings, steps=steps, affected=affected))
        return
    data(findings_text(findings, steps=steps, affected=affected, screen=screen()))
    open_threads = thread_lines(threads_of(known_change(session.reading, found)), screen())
    if open_threads:
        data(screen().text([screen().rule("Talk"), *open_threads]))


def explain(change: ChangeId, as_json: AsJson = False) -> None:
    """Tell the story of a change: who did what, in which words, what was missing when and by which rule.

    Example: metricgov change explain chg-7f3kq2
    """
    from metricgov.app.change_view import change_view
    from metricgov.app.story import story
    from metricgov.app.trail import trail_of
    from metricgov.cli.output import data, screen
    from metricgov.render.past_json import story_json
    from metricgov.render.story import story_text

    session = Session()
    found = session.change(change, ended=True)
    view = change_view(session.reading, found, label=session.label(found))
    unsent = session.access.unsent()
    trail = trail_of(session.reading, session.reading.journal.events_of(found))
    lines = tuple(replace(line, waiting=line.seq in unsent) for line in story(trail))
    data(story_json(view, lines) if as_json else story_text(view, lines, screen=screen()))


def _difference(access: Access, change: str) -> tuple[tuple[Finding, ...], dict[str, VersionStep], tuple[Finding, ...]]:
    """Return findings, version steps by definition, and findings of what is only affected."""
    from metricgov.app.moment import at_tip, known_change
    from metricgov.app.recorded import recorded
    from metricgov.domain.errors import BadInput
    from metricgov.domain.verdict import VersionStep
    from metricgov.domain.workflow.vocabulary import ENDED

    state = known_change(access, change)
    contents = state.draft or state.revision
    if contents is None:
        raise BadInput(
            "no_contents", "this change has no contents yet", hint="metricgov change explain tells its story"
        )
    moment = at_tip(access)
    if state.stage not in ENDED and (assessment := moment.assessment(state)) is not None:
        found = tuple(finding for one in assessment.definitions for finding in one.findings)
        steps = {
            one.touched.id: VersionStep(
                one.touched.version_before or "", one.touched.version_after or "", one.touched.version_due or ""
            )
            for one in assessment.definitions
        }
        return found, steps, assessment.affected
    done = recorded(change, contents, journal=access.journal, files=access.files, governance=moment.governance)
    steps = {one.id: VersionStep(one.version_before or "", one.version_after or "") for one in contents.definitions}
    return tuple(finding for group in done.findings.values() for finding in group), steps, ()
