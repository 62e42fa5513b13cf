"""`key add`, `key list` and `key revoke`: the keys that sign decisions, changed like everything else of governance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from metricgov.cli import asking
from metricgov.cli.claims import AsDraft, Said, Why, Yes
from metricgov.cli.options import Actor, AsJson
from metricgov.cli.words import spoken
from metricgov.desk.session import Session

if TYPE_CHECKING:
    from collections.abc import Iterable

    from metricgov.app.keys import Held
    from metricgov.domain.people.answering import KeyRow

Person = Annotated[str, typer.Option("--person", metavar="PERSON", help="Only the keys of this person.")]


def add(
    file: Annotated[
        str,
        typer.Argument(
            metavar="[FILE]",
            help="The key, private or public half; without it METRICGOV_SIGNING_KEY or git's user.signingkey.",
            show_default=False,
        ),
    ] = "",
    why: Why = "",
    draft: AsDraft = False,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Propose a key of yours for people.yaml, with a proof that you hold it.

    The proof is a signature of the key over this registry and your name; it goes into the journal. The key signs
    decisions that count once the change is on main, which the council agrees to. Without -m the reason is what is done.

    Example: metricgov key add ~/.ssh/id_ed25519 -m "new laptop"
    """
    from metricgov.app.keys import added, proposed_in, record_proof, sign_challenge
    from metricgov.cli.staff import submit_governance
    from metricgov.domain.errors import BadInput
    from metricgov.domain.workflow.requirements import shown

    session = Session(claimed)
    principal = session.actor.principal
    if session.governance.person(principal) is None:
        raise BadInput("not_a_person", f"{principal} is a program, and programs do not sign", hint="act as a person")
    signer = session.workspace.signer(file)
    if signer is None:
        hint = "name one: metricgov key add ~/.ssh/id_ed25519; or make one: ssh-keygen -t ed25519 -f ~/.ssh/metricgov"
        raise BadInput("no_signing_key", "no key is named, and git has no user.signingkey for ssh", hint=hint)
    proof = sign_challenge(session.access, session.governance, principal=principal, signer=signer)
    texts = added(session.access, session.governance, principal=principal, line=signer.public)
    if texts is None:
        if proof is None:
            asking.say_wrapped(f"{signer.key.fingerprint} is {principal}'s key on main, and proved. Nothing is to do.")
            return
        record_proof(session.access, proof, actor=session.actor)
        asking.say_wrapped(
            f"Recorded the proof that {principal} holds {signer.key.fingerprint}, which main has already."
        )
        return
    if change := proposed_in(session.access, signer.public):
        asking.say_wrapped(f"{shown(change)} proposes that key already; metricgov change show {shown(change)}")
        if proof is not None:
            record_proof(session.access, proof, actor=session.actor)
        return
    if not as_json:
        asking.say_wrapped(f"{signer.key.fingerprint} ({signer.key.kind}) is to sign for {principal}.")
    why = why.strip() or f"{signer.key.fingerprint} signs for {principal}"
    said = Said(why=why, refs=(), draft=draft, yes=yes, as_json=as_json)
    submit_governance(session, texts, said, again=f"metricgov key add {file}".strip())
    if proof is not None:
        record_proof(session.access, proof, actor=session.actor)


def list_(person: Person = "", as_json: AsJson = False) -> None:
    """List the keys of people.yaml on main: whose, which kind, whether they count and whether they are proved.

    Example: metricgov key list --person crm-lead
    """
    from metricgov.desk.people import LocalStaff

    tell_keys(LocalStaff().keys(person=person), as_json=as_json)


def tell_keys(found: Iterable[KeyRow], *, as_json: bool) -> None:
    """Print keys, wherever they were asked for."""
    from metricgov.cli.output import data, screen
    from metricgov.render.json_text import json_text
    from metricgov.render.keys import keys_text

    rows = [
        {
            "person": one.person,
            "fingerprint": one.fingerprint,
            "kind": one.kind,
            "key": one.key,
            "status": "active" if one.active else "revoked",
            "compromised_since": one.compromised_since or None,
            "proved": one.proved,
        }
        for one in found
    ]
    data(json_text({"format": 1, "keys": rows}) if as_json else keys_text(rows, screen()))


def revoke(
    key: Annotated[
        str,
        typer.Argument(metavar="KEY", help="Its fingerprint or the start of it, its file, or who has it."),
    ],
    why: Why = "",
    since: Annotated[
        str,
        typer.Option(
            "--compromised-since",
            metavar="DATE",
            help="The day from which somebody else may have had it; audits list what it signed since.",
            show_default=False,
        ),
    ] = "",
    draft: AsDraft = False,
    yes: Yes = False,
    claimed: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Propose that a key counts no more.

    Once that is on main, no decision it signed lets anything through; what has landed stays. Everybody may propose it,
    and the council agrees. `--compromised-since` decides nothing: `audit verify --full` lists what was signed since.

    Example: metricgov key revoke SHA256:cz0XOP --compromised-since 2026-06-01 -m "laptop was stolen"
    """
    from metricgov.app.keys import held_keys, named, revoked
    from metricgov.cli.staff import submit_governance

    session = Session(claimed)
    _ = session.actor
    why = spoken(why, "a revocation")
    found = named(held_keys(session.access, session.governance), key, line=_line_of(session, key))
    texts = revoked(session.access, session.governance, found, since=since)
    if not as_json:
        _say_last(session, found)
    said = Said(why=why, refs=(), draft=draft, yes=yes, as_json=as_json)
    submit_governance(session, texts, said, again=f"metricgov key revoke {key}")


def _line_of(session: Session, text: str) -> str:
    """Return the public key that a file holds, "" where the text names no file with a key."""
    from metricgov.domain.errors import MetricgovError

    try:
        signer = session.workspace.signer(text)
    except MetricgovError:
        return ""
    return signer.public if signer else ""


def _say_last(session: Session, found: Held) -> None:
    from metricgov.domain.definitions.governance import KeyStatus
    from metricgov.domain.workflow.envelope import Identity

    asking.say_wrapped(f"{found.key.fingerprint} of {found.person} is to be revoked.")
    person = session.governance.person(found.person)
    active = [one for one in person.keys if one.is_active] if person else []
    needs = any(session.governance.rule(key).identity is not Identity.CLAIMED for key in ("breaking", "governance"))
    if found.status is KeyStatus.ACTIVE and len(active) == 1 and needs:
        asking.say_wrapped(
            f"It is the last one of {found.person}, whose decisions will not count until another is on main.", "! "
        )
