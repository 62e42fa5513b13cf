"""`edit`, `new`, `retire`, `rename`, `request`: the beginnings of a change, one command each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli import asking
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
from metricgov.cli.options import Actor, AsJson, Name
from metricgov.cli.telling import say_draft, tell_open
from metricgov.cli.words import spoken
from metricgov.desk.session import Session
from metricgov.domain.errors import BadInput, Refused

if TYPE_CHECKING:
    from metricgov.domain.workflow.envelope import Envelope
    from metricgov.domain.workflow.state import ChangeState


def edit(
    name: Name,
    why: Why = "",
    intent: IntentOption = None,
    treatment: TreatmentOption = None,
    effective: Effective = None,
    meaning_unchanged: Unchanged = False,
    refs: Refs = None,
    requested_by: RequestedBy = None,
    implemented_by: ImplementedBy = None,
    draft: AsDraft = False,
    anew: Annotated[bool, typer.Option("--anew", help="Begin again; a draft that is kept is put aside.")] = False,
    another: Annotated[
        bool, typer.Option("--another", help="Make a second change, though one of yours is open.")
    ] = False,
    asked: Request = None,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Change a definition: your editor, a few questions, submitted.

    It opens the definition as it is on main, shows what your edit means and who will have to agree, and asks why. If
    numbers can move it also asks whether the old one was wrong, what happens to old values, from which day, and for a
    description that fits. Options answer beforehand. What you type is kept; the work tree is not touched.

    Example: metricgov edit routing_speed
    """
    from metricgov.cli.proposing import taken_up
    from metricgov.cli.telling import tell_outcome

    said = Said(
        why, intent, treatment, effective, meaning_unchanged, tuple(refs or ()), requested_by, implemented_by,
        draft, yes, as_json,
    )  # fmt: skip
    session = Session(claimed)
    _ = session.actor
    path = session.path_of(name)
    mine = taken_up(session, asked) if asked else None if another else _to_go_on_with(session, path, said)
    if mine is not None and mine.revision is None and mine.draft is None:
        change, events = _edit_anew(session, path, said, anew=anew, request=mine)
    elif mine is not None:
        change, events = mine.change, revise_in_editor(session, mine, said)
    else:
        change, events = _edit_anew(session, path, said, anew=anew)
    if events is not None:
        tell_outcome(session, change, events, as_json=as_json)
        say_draft(session, change, said)


def revise_in_editor(session: Session, state: ChangeState, said: Said) -> tuple[Envelope, ...] | None:
    """Open the contents of a change in an editor and record its next revision; None if nothing was changed."""
    from metricgov.cli.draft_room import Room
    from metricgov.desk.drafts import draft_of_change
    from metricgov.domain.workflow.vocabulary import Stage

    said = replace(said, draft=state.stage is Stage.DRAFT)
    again = f"metricgov revise {session.label(state.change)} --edit"
    return _written(Room(draft_of_change(session, state), said, again).write(), said)


def _edit_anew(
    session: Session, path: str, said: Said, *, anew: bool, request: ChangeState | None = None
) -> tuple[str, tuple[Envelope, ...] | None]:
    from metricgov.cli.draft_room import Room
    from metricgov.desk.drafts import draft_of_definition

    draft = draft_of_definition(session, path, request)
    again = f"metricgov edit {draft.key.removeprefix('metric:')}"
    return draft.change, _written(Room(draft, said, again, anew).write(), said)


def _written(events: tuple[Envelope, ...] | None, said: Said) -> tuple[Envelope, ...] | None:
    if events is None:
        asking.say("Nothing changed.")
        if said.as_json:
            from metricgov.cli.output import data
            from metricgov.render.json_text import json_text

            data(json_text({"format": 1, "change": None}))
    return events


def _to_go_on_with(session: Session, path: str, said: Said) -> ChangeState | None:
    """Return the open change that an edit should go on with: one of mine, or a request; None for a new one."""
    from metricgov.app.requesting import open_changes
    from metricgov.domain.definitions.kinds import id_of

    me = session.actor.principal
    for state in open_changes(session.access, id_of(path) or path):
        label = session.label(state.change)
        is_request = state.revision is None and state.draft is None
        if not is_request and me not in state.contributors:
            tell_open(session, state)
            continue
        if is_request:
            said_so = f'{state.created_by} asked for a change of this ({label}): "{state.why}"'
            if not asking.can_ask(yes=said.yes):
                asking.say_wrapped(f"{said_so}; this edit answers it (--another makes one of its own).")
                return state
            asking.say_wrapped(said_so)
            if asking.yes_no("Is this edit the answer to it?", default=True):
                return state
            continue
        if not asking.can_ask(yes=said.yes):
            raise Refused(
                "open_change",
                f"you have {label} open on this already",
                hint=f"go on with it: metricgov revise {label} --edit; or make a second one with --another",
            )
        asking.say(f'You have {label} open on this, {state.stage.replace("_", " ")}: "{state.why}"')
        if asking.yes_no("Revise that one?", default=True):
            return state
    return None


def new(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="metric, source, event, workflow, objective, scorecard.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: lower-case letters, digits and _.")],
    domain: Annotated[str, typer.Option("--domain", help="The domain of a metric; it decides who is asked.")] = "",
    calculation: Annotated[
        str, typer.Option("--type", help="How a metric is computed: simple, ratio, derived, cumulative, …")
    ] = "",
    source: Annotated[str, typer.Option("--source", help="The source that a metric counts.")] = "",
    inputs: Annotated[
        list[str] | None, typer.Option("--input", metavar="METRIC", help="A metric it uses; repeat for each.")
    ] = None,
    title: Annotated[str, typer.Option("--title", help="Its title, as readers see it.")] = "",
    description: Annotated[str, typer.Option("--description", help="What it says, in a sentence.")] = "",
    team: Annotated[str, typer.Option("--team", help="The team or person that a workflow or objective is of.")] = "",
    in_editor: Annotated[bool, typer.Option("--edit", help="Open it in your editor and propose it.")] = False,
    propose: Annotated[bool, typer.Option("--propose", help="Propose it as it is; it must be complete.")] = False,
    why: Why = "",
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Begin a definition from a template, in its place in the work tree.

    What nobody can know beforehand is marked `fill in`, and lint names every mark that is left.

    Example: metricgov new metric reply_time --domain crm_handoff --type simple --source crm_leads
    """
    from metricgov.cli.beginning import begin
    from metricgov.desk.beginning import Beginning

    wanted = Beginning(kind, name, domain, calculation, source, tuple(inputs or ()), title, description, team)
    begin(Session(claimed), wanted, Said(why=why, yes=yes, as_json=as_json), in_editor=in_editor, propose=propose)


def retire(
    name: Name,
    why: Why = "",
    replaced_by: Annotated[
        str, typer.Option("--replaced-by", metavar="NAME", help="What its readers should read instead.")
    ] = "",
    relation: Annotated[
        str, typer.Option("--relation", help="How that one relates: rename, superset, subset, scaled, different.")
    ] = "different",
    last_good_date: Annotated[
        str | None, typer.Option("--last-good-date", metavar="DATE", help="Last day that its values can be trusted.")
    ] = None,
    effective: Effective = None,
    refs: Refs = None,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """End a definition: its file stays in place and says why, until when, and what to read instead.

    Example: metricgov retire routing_speed -m "leads route themselves now" --replaced-by qualification_rate
    """
    from metricgov.cli.beginning import end

    said = Said(why=why, effective=effective, refs=tuple(refs or ()), yes=yes, as_json=as_json)
    end(Session(claimed), name, said, replaced_by, relation, last_good_date)


def rename(
    name: Annotated[str, typer.Argument(metavar="OLD", help="The definition as it is named now.")],
    new_name: Annotated[str, typer.Argument(metavar="NEW", help="Its new name; one that was never used.")],
    why: Why = "",
    title: Annotated[str, typer.Option("--title", help="A new title as well.")] = "",
    refs: Refs = None,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Give a definition a new name; the old one stays in place and points to it.

    The contents are the same, so both names are one series. Files that use the old name are left to their owners: it
    goes on working, deprecated, until they have moved; if nothing uses it, it is retired at once.

    Example: metricgov rename routing_speed lead_routing_time -m "it is a time, not a speed"
    """
    from metricgov.cli.beginning import give_name

    said = Said(why=why, refs=tuple(refs or ()), yes=yes, as_json=as_json)
    give_name(Session(claimed), name, new_name, said, title)


def request(name: Name, why: Why = "", refs: Refs = None, claimed: Actor = None, as_json: AsJson = False) -> None:
    """Ask the responsible people for a change, in words; they write it or decline.

    Example: metricgov request routing_speed -m "we route on Saturdays since May, and the number leaves them out"
    """
    from metricgov.app.moment import at_tip
    from metricgov.app.requesting import request as ask
    from metricgov.app.rights import roles_for
    from metricgov.app.ulid import new_ulid
    from metricgov.cli.telling import tell_outcome
    from metricgov.domain.definitions.kinds import id_of

    why = spoken(why, "a request")
    session = Session(claimed)
    definition = id_of(session.path_of(name))
    if definition is None:
        raise BadInput("definition_unknown", f"{name!r} names no definition", hint="run: metricgov list")
    change = new_ulid(session.access.clock.now())
    events = ask(
        session.access, change=change, actor=session.actor, definition=definition, why=why, refs=tuple(refs or ())
    )
    tell_outcome(session, change, events, as_json=as_json)
    roles = roles_for(definition, at_tip(session.access))
    if roles is not None and not as_json:
        label = session.label(change)
        people = (*roles.responsible, roles.accountable, roles.deputy or "")
        asked = ", ".join(one for one in dict.fromkeys(people) if one)
        how = f"metricgov edit {name} --request {label}, or metricgov decline {label} -m WHY"
        asking.say_wrapped(f"Asked: {asked}. They answer with: {how}")
