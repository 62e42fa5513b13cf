"""`people import` and `people replace`: who is here, changed like everything else, by a change that others agree to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as with_fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli import asking
from metricgov.cli.claims import AsDraft, Refs, Said, Why, Yes
from metricgov.cli.options import Actor, AsJson
from metricgov.desk.session import Session
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.app.drafting import Texts
    from metricgov.domain.digest import JSON
    from metricgov.domain.people.enrolment import Step

SIGNS = {"new": "+", "changed": "~", "left": "-", "back": "+"}
WORDS = {"new": "new", "changed": "changed", "left": "leaves", "back": "is back"}
MOST = 40
"""People whom a preview shows at most."""

Preview = Annotated[bool, typer.Option("--preview", help="Show what it would change, and stop.")]


def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV or JSON, as HR or SSO export it; - reads stdin.")],
    why: Why = "",
    complete: Annotated[
        bool, typer.Option("--complete", help="FILE names everybody: who is not in it has left.")
    ] = False,
    hashed: Annotated[
        bool, typer.Option("--hash-emails", help="Write addresses as hashes; git finds people all the same.")
    ] = False,
    new_teams: Annotated[bool, typer.Option("--new-teams", help="Make teams that do not exist yet.")] = False,
    preview: Preview = False,
    refs: Refs = None,
    draft: AsDraft = False,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Take people from a list into people.yaml, as a change of governance that the council agrees to.

    Columns: id, name, email, login, team, status (active or left); others are left alone. Somebody is known by id, else
    by e-mail, else by login; ids never change, and nobody is ever deleted: who leaves gets the status left. SCIM lists
    (Resources) work too.

    Example: metricgov people import hr-export.csv --complete -m "people of July"
    """
    from metricgov.app.staffing import enrolled
    from metricgov.domain.people.listed import read_list

    session = Session(claimed)
    _ = session.actor
    listed = read_list(bytes_of(file), file.name)
    found = enrolled(session.access, session.governance, listed, complete=complete, hashed=hashed, new_teams=new_teams)
    if listed.unused and not as_json:
        asking.say_wrapped(f"Not used: {', '.join(listed.unused)}.")
    if as_json and preview:
        print_steps(found.enrolment.steps, found.enrolment.same)
        return
    if not as_json:
        say_steps(found.enrolment.steps, found.enrolment.same)
    said = Said(why=why, refs=tuple(refs or ()), draft=draft, yes=yes, as_json=as_json)
    submit_governance(session, found.texts, said, again=f"metricgov people import {file}", preview=preview)


def replace(
    old: Annotated[str, typer.Argument(metavar="OLD", help="Who hands over every place and leaves.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="Who takes over; somebody of people.yaml.")],
    why: Why = "",
    preview: Preview = False,
    refs: Refs = None,
    draft: AsDraft = False,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Put one person in another's place: in raci.yaml, in teams, as owner; the other has left from then on.

    It is one change of governance. Open changes are named with what becomes of them: who contributed to a change cannot
    approve it, whatever place they get.

    Example: metricgov people replace crm-lead crm-deputy -m "Ada changes to sales"
    """
    from metricgov.app.moment import at_tip
    from metricgov.app.staffing import replaced

    session = Session(claimed)
    _ = session.actor
    moment = at_tip(session.access)
    found = replaced(moment, old=old, new=new, lookup=session.workspace.lookup, ids=session.workspace.journal)
    facts = found.handover.takes, found.handover.warns, found.open_work, found.named_in
    if as_json and preview:
        print_succession(old, new, *facts)
        return
    if not as_json:
        say_succession(old, new, *facts)
    said = Said(why=why, refs=tuple(refs or ()), draft=draft, yes=yes, as_json=as_json)
    submit_governance(session, found.texts, said, again=f"metricgov people replace {old} {new}", preview=preview)


def say_succession(
    old: str, new: str, takes: Sequence[str], warns: Sequence[str], open_work: Sequence[str], named_in: Sequence[str]
) -> None:
    """Say what it means that one person takes another's place, wherever that was asked."""
    asking.say_wrapped(f"{new} takes over from {old}, who leaves:")
    for line in takes or ("nothing: no place is held",):
        asking.say_wrapped(line, "  ")
    for line in (*warns, *open_work):
        asking.say_wrapped(line, "  ! ")
    if named_in:
        asking.say_wrapped(
            f"Their files name {old} besides; change those apart from governance, with metricgov edit: "
            f"{', '.join(named_in)}"
        )


def print_succession(
    old: str, new: str, takes: Sequence[str], warns: Sequence[str], open_work: Sequence[str], named_in: Sequence[str]
) -> None:
    """Print the same as JSON."""
    from metricgov.cli.output import data
    from metricgov.render.json_text import json_text

    shape: dict[str, JSON] = {
        "takes": list(takes),
        "warns": list(warns),
        "open": list(open_work),
        "named_in": list(named_in),
    }
    data(json_text({"format": 1, "old": old, "new": new, **shape}))


def bytes_of(file: Path) -> bytes:
    """Return what a file holds, or standard input where it is `-`."""
    import sys

    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput(
            "people_list", f"{file} cannot be read: {error.strerror}", hint="name a CSV or JSON file"
        ) from None


def say_steps(steps: Sequence[Step], same: int) -> None:
    """Say what a list does to each person, wherever it was read."""
    for step in steps[:MOST]:
        says = "; ".join(step.says)
        asking.say_wrapped(f"{step.id} {WORDS[step.kind]}" + (f": {says}" if says else ""), f"  {SIGNS[step.kind]} ")
        for warn in step.warns:
            asking.say_wrapped(warn, "    ! ")
    counts = {kind: sum(step.kind == kind for step in steps) for kind in SIGNS}
    more = f", {len(steps) - MOST} of them not shown" if len(steps) > MOST else ""
    asking.say_wrapped(
        f"{counts['new']} new, {counts['changed']} changed, {counts['back']} back, {counts['left']} leaving, "
        f"{same} as they were{more}."
    )


def print_steps(steps: Sequence[Step], same: int) -> None:
    """Print the same as JSON."""
    from metricgov.cli.output import data
    from metricgov.render.json_text import json_text

    rows = [{"person": one.id, "what": one.kind, "says": one.says, "warns": one.warns} for one in steps]
    data(json_text({"format": 1, "people": rows, "same": same}))


def submit_governance(session: Session, texts: Texts, said: Said, *, again: str, preview: bool = False) -> None:
    """Show what the change means, confirm and record it; with `preview`, only show."""
    from metricgov.app.ulid import new_ulid
    from metricgov.cli.submitting import Job, conclude, show
    from metricgov.cli.telling import say_draft, tell_outcome
    from metricgov.domain.workflow.commands import Claims

    change = new_ulid(session.access.clock.now())
    needed = with_fields(texts, files=tuple(one for one in texts.files if one.text != one.base))
    job = Job(session, needed, said.over(Claims(why=said.why), session.governance), said, change, again)
    if preview:
        show(job.outlook(), job)
        return
    _job, events = conclude(job)
    tell_outcome(session, change, events, as_json=said.as_json)
    say_draft(session, change, said)
