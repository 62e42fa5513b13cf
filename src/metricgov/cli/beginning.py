"""What `new`, `retire` and `rename` do after their options are read: find the facts, write the texts, submit them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from metricgov.cli import asking
from metricgov.cli.claims import Said
from metricgov.desk.beginning import TYPE_WORDS, Beginning, Known, kind_named
from metricgov.domain.definitions.kinds import Kind, id_of, split_id
from metricgov.domain.errors import BadInput

if TYPE_CHECKING:
    from metricgov.desk.contents import Contents
    from metricgov.desk.session import Session
    from metricgov.domain.workflow.envelope import Envelope


def begin(session: Session, wanted: Beginning, said: Said, *, in_editor: bool, propose: bool) -> None:
    """Write a template for a new definition: into the work tree, or through the editor into a change."""
    from metricgov.app.moment import at_tip
    from metricgov.app.naming import checked_name, free_path
    from metricgov.app.templates import template

    kind = kind_named(wanted.kind)
    checked_name(wanted.name)
    direct = in_editor or propose
    if said.why and not direct:
        raise BadInput(
            "words_unused",
            "why goes on record with a proposal, and this only writes a template",
            hint="propose it at once: --edit or --propose; or leave out -m and say why then: metricgov propose -m WHY",
        )
    moment = at_tip(session.access)
    checkout = None if direct else session.workspace.repository
    known = Known(moment, checkout)
    if kind is Kind.METRIC and not wanted.domain and not asking.can_ask(yes=said.yes):
        raise BadInput("domain_missing", "a metric needs a domain", hint=f"--domain {'|'.join(known.domains)}")
    if kind is Kind.METRIC and not wanted.domain:
        wanted = replace(wanted, domain=_asked_domain(known))
    path = free_path(
        moment, kind, wanted.name, domain=wanted.domain or None, ids=session.workspace.journal, checkout=checkout
    )
    if asking.can_ask(yes=said.yes):
        wanted = _asked(wanted, kind, known)
    text = session.access.files.fmt(template(kind, known.wishes(wanted)), path)
    if direct:
        _propose(session, path, text, wanted, said, in_editor=in_editor)
        return
    session.workspace.repository.write_worktree({path: text})
    _tell_written(session, path, text, said)


def end(session: Session, name: str, said: Said, replaced_by: str, relation: str, last_good_date: str | None) -> None:
    """Propose to retire a definition."""
    from metricgov.desk.contents import native, retiring

    definition = native(session, name)[1]
    _tell_open(session, definition)
    said = with_reason(said, f"why does {split_id(definition)[1]} end?")
    found = retiring(
        session,
        name,
        why=said.why,
        replaced_by=replaced_by,
        relation=relation,
        last_good_date=last_good_date or "",
        effective=said.effective or "",
    )
    _submit(session, found, said, again=f"metricgov retire {name}")


def give_name(session: Session, name: str, new_name: str, said: Said, title: str) -> None:
    """Propose to rename a definition."""
    from metricgov.desk.contents import native, readers_words, renaming

    definition = native(session, name)[1]
    _tell_open(session, definition)
    said = with_reason(said, f"why is {split_id(definition)[1]} renamed?")
    found = renaming(session, name, new_name, why=said.why, title=title)
    for line in () if said.as_json else readers_words(name, found.readers):
        asking.say_wrapped(line)
    _submit(session, found, said, again=f"metricgov rename {name} {new_name}")


def _tell_open(session: Session, definition: str) -> None:
    from metricgov.app.requesting import open_changes
    from metricgov.cli.telling import tell_open

    for state in open_changes(session.access, definition):
        tell_open(session, state)


def _submit(session: Session, found: Contents, said: Said, *, again: str) -> None:
    """Submit contents that the program wrote, with the treatment that the decision table advises."""
    from metricgov.app.ulid import new_ulid
    from metricgov.cli.submitting import Job, conclude
    from metricgov.cli.telling import tell_outcome

    claims = said.over(found.claims, session.governance)
    change = new_ulid(session.access.clock.now())
    _, events = conclude(Job(session, found.texts, claims, said, change, again))
    tell_outcome(session, change, events, as_json=said.as_json)


def _propose(session: Session, path: str, text: bytes, wanted: Beginning, said: Said, *, in_editor: bool) -> None:
    from metricgov.cli.draft_room import Room
    from metricgov.cli.submitting import Job, conclude
    from metricgov.cli.telling import tell_outcome
    from metricgov.desk.drafts import draft_of_text

    draft = draft_of_text(session, path, text)
    again = f"metricgov new {wanted.kind} {wanted.name}" + (f" --domain {wanted.domain}" if wanted.domain else "")
    events: tuple[Envelope, ...] | None
    if in_editor:
        events = Room(draft, said, f"{again} --edit").write()
    else:
        claims = said.over(draft.claims, session.governance)
        events = conclude(Job(session, draft.begins, claims, said, draft.change, f"{again} --propose"))[1]
    if events is None:
        asking.say("Nothing changed: the template is as it was, and nothing was proposed.")
        return
    tell_outcome(session, draft.change, events, as_json=said.as_json)


def _tell_written(session: Session, path: str, text: bytes, said: Said) -> None:
    from metricgov.app.templates import open_fields
    from metricgov.cli.output import data
    from metricgov.render.json_text import json_text

    left = open_fields(session.access.files.load(text, path))
    if said.as_json:
        data(json_text({"format": 1, "definition": id_of(path), "path": path, "to_fill_in": list(left)}))
        return
    data(f"Wrote {path}")
    if left:
        asking.say(f"To fill in: {', '.join(left)}")
    asking.say(f"Then: metricgov propose {path} -m WHY")


def _asked_domain(known: Known) -> str:
    listed = ", ".join(known.domains)
    while True:
        answer = asking.words(f"Which domain? {listed}")
        if answer in known.domains:
            return answer
        if answer and asking.yes_no(f"{answer} is a new domain. Is that meant?", default=False):
            return answer


def _asked(wanted: Beginning, kind: Kind, known: Known) -> Beginning:
    """Ask for what makes a template complete; Enter leaves a mark."""
    from metricgov.domain.definitions.fields import CALCULATIONS

    if kind is Kind.METRIC and not wanted.calculation and not wanted.inputs:
        choices = dict(zip(CALCULATIONS, TYPE_WORDS, strict=True))
        wanted = replace(wanted, calculation=asking.one_of("How is it computed?", choices, default="simple"))
    if kind is Kind.METRIC and not wanted.source and wanted.calculation != "derived":
        wanted = replace(wanted, source=_asked_source(known))
    if not wanted.description:
        wanted = replace(wanted, description=asking.words("What does it say, in a sentence? Enter leaves that open."))
    return wanted


def _asked_source(known: Known) -> str:
    """Return the name of a source, "" where that is left open."""
    from metricgov.domain.definitions.problems import did_you_mean

    names = known.names(Kind.SOURCE)
    while True:
        answer = asking.words("Which source does it count? Enter leaves that open, ? lists them.")
        if not answer or answer in names:
            return answer
        near = did_you_mean(answer, names)
        asking.say_wrapped(", ".join(names) if answer == "?" or not near else near, "  ")


def with_reason(said: Said, question: str) -> Said:
    """Return what was said with a reason in it: it becomes part of the file, so it is needed first."""
    if said.why.strip():
        return replace(said, why=said.why.strip())
    if asking.can_ask(yes=said.yes):
        why = asking.words(f"{question[:1].upper()}{question[1:]} It goes on record.")
        if why:
            return replace(said, why=why)
        raise asking.stopped("run it again when you know")
    raise BadInput("words_missing", question, hint="say it with: -m 'WHY'")
