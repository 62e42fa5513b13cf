"""Commands that propose a change in a few words, done at a server: shown first, confirmed, then submitted there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

from metricgov.cli import asking

if TYPE_CHECKING:
    from metricgov.cli.claims import Said
    from metricgov.desk.asked import Desk
    from metricgov.desk.asked_proposing import Keyed, Proposed, Saying

Params = Mapping[str, Any]
T = TypeVar("T")


def _said(params: Params) -> Said:
    from metricgov.cli.claims import Said

    return Said(
        why=params["why"],
        refs=tuple(params.get("refs") or ()),
        draft=bool(params.get("draft")),
        yes=params["yes"],
        as_json=params["as_json"],
    )


def _in_two_steps(
    desk: Desk,
    said: Said,
    ask: Callable[[Saying], T],
    of: Callable[[T], Proposed | None],
    *,
    tell: Callable[[T], None] = lambda _found: None,
    preview: bool = False,
) -> None:
    """Show what would be proposed, ask once where somebody can be asked, and propose it.

    What `ask` answers holds a proposal, or None where nothing is left to decide; `tell` says the rest of it.
    """
    from dataclasses import replace

    from metricgov.desk.asked_proposing import Saying

    saying = Saying(said.why.strip(), said.refs, said.draft)
    first = ask(replace(saying, preview=True))
    if not said.as_json or preview:
        tell(first)
    shown = of(first)
    if shown is not None and not said.as_json:
        _show(shown)
    if preview:
        return
    if shown is not None and asking.can_ask(yes=said.yes):
        if not saying.why:
            saying = replace(saying, why=asking.words("Why? It goes on record, and approvers read it first."))
        question = "Keep it as a draft? Nobody is asked yet." if said.draft else "Submit? They are asked to decide."
        if not shown.weighed.barred and not asking.yes_no(question, default=True):
            raise asking.stopped("nothing is kept of it; the same command again shows and asks once more")
    done = of(ask(saying))
    if done is not None:
        _tell(desk, done, said)


def _show(found: Proposed) -> None:
    import sys

    from metricgov.cli.output import screen
    from metricgov.domain.changes.findings import ChangeClass
    from metricgov.render.preview import preview_text

    for line in found.notes:
        asking.say_wrapped(line)
    one = found.weighed
    asking.say(
        preview_text(
            one.findings,
            steps=one.steps,
            affected=one.affected,
            needed=one.needed,
            questions=one.asked,
            change_class=ChangeClass(one.change_class),
            foreseen=one.foreseen,
            screen=screen(sys.stderr),
        )
    )


def _tell(desk: Desk, found: Proposed, said: Said) -> None:
    from metricgov.cli.output import data, screen, talk
    from metricgov.render.as_json import change_json
    from metricgov.render.outcome import outcome_text

    if found.outcome is None:
        return
    view = found.outcome.view
    if said.as_json:
        data(change_json(view))
        return
    data(outcome_text(view, found.outcome.done, who=desk.reader().principal, screen=screen()))
    if said.draft:
        talk(f"Nobody is asked yet. When it is ready: metricgov submit {view.label}")


def _retire(desk: Desk, params: Params) -> None:
    from metricgov.cli.beginning import with_reason

    card = desk.card(params["name"])
    said = with_reason(_said(params), f"why does {card.id.partition(':')[2]} end?")
    asked = {
        "replaced_by": params["replaced_by"],
        "relation": params["relation"],
        "last_good_date": params["last_good_date"] or "",
        "effective": params["effective"] or "",
    }
    _in_two_steps(desk, said, lambda saying: desk.retire(params["name"], **asked, saying=saying), lambda found: found)


def _rename(desk: Desk, params: Params) -> None:
    from metricgov.cli.beginning import with_reason

    card = desk.card(params["name"])
    said = with_reason(_said(params), f"why is {card.id.partition(':')[2]} renamed?")
    words = params["name"], params["new_name"]
    _in_two_steps(
        desk, said, lambda saying: desk.rename(*words, title=params["title"], saying=saying), lambda found: found
    )


def _import(desk: Desk, params: Params) -> None:
    from metricgov.cli.staff import bytes_of, print_steps, say_steps
    from metricgov.desk.asked_proposing import Enrolling

    said, file = _said(params), params["file"]
    listed = bytes_of(file)
    asked = {name: params[name] for name in ("complete", "hashed", "new_teams")}

    def tell(found: Enrolling) -> None:
        if said.as_json:
            print_steps(found.steps, found.same)
            return
        if found.unused:
            asking.say_wrapped(f"Not used: {', '.join(found.unused)}.")
        say_steps(found.steps, found.same)

    _in_two_steps(
        desk,
        said,
        lambda saying: desk.import_people(listed, file.name, **asked, saying=saying),
        lambda found: found.proposed,
        tell=tell,
        preview=params["preview"],
    )


def _replace(desk: Desk, params: Params) -> None:
    from metricgov.cli.staff import print_succession, say_succession
    from metricgov.desk.asked_proposing import Succession

    said, old, new = _said(params), params["old"], params["new"]

    def tell(found: Succession) -> None:
        told = print_succession if said.as_json else say_succession
        told(old, new, found.takes, found.warns, found.open, found.named_in)

    _in_two_steps(
        desk,
        said,
        lambda saying: desk.replace_person(old, new, saying=saying),
        lambda found: found.proposed,
        tell=tell,
        preview=params["preview"],
    )


def _add_key(desk: Desk, params: Params) -> None:
    """Sign here, with a key that never leaves this machine, what this program says and not the server."""
    from metricgov.assembly.parts import signer_here
    from metricgov.domain.digest import canonical_json
    from metricgov.domain.errors import BadInput
    from metricgov.domain.workflow.possession import KEY_PURPOSE, challenge

    said, reader = _said(params), desk.reader()
    signer = signer_here(params["file"])
    if signer is None:
        hint = "name one: metricgov key add ~/.ssh/id_ed25519; or make one: ssh-keygen -t ed25519 -f ~/.ssh/metricgov"
        raise BadInput("no_signing_key", "no key is named, and git has no user.signingkey for ssh", hint=hint)
    statement = challenge(reader.registry, reader.principal, signer.public)
    signature = signer.sign(canonical_json(statement), namespace=KEY_PURPOSE)

    def tell(found: Keyed) -> None:
        if found.proposed is not None:
            asking.say_wrapped(f"{found.fingerprint} ({found.kind}) is to sign for {found.person}.")

    def ask(saying: Saying) -> Keyed:
        found = desk.add_key(signer.public, signature, saying=saying)
        if found.proposed is None and not saying.preview:
            asking.say_wrapped(found.says)
        return found

    if not said.why.strip():
        from dataclasses import replace

        from metricgov.domain.ssh import read_public_key

        said = replace(said, why=f"{read_public_key(signer.public).fingerprint} signs for {reader.principal}")
    _in_two_steps(desk, said, ask, lambda found: found.proposed, tell=tell)


def _revoke_key(desk: Desk, params: Params) -> None:
    from dataclasses import replace

    from metricgov.assembly.parts import signer_here
    from metricgov.cli.words import spoken
    from metricgov.domain.errors import MetricgovError

    said = replace(_said(params), why=spoken(params["why"], "a revocation"))
    key = params["key"]
    try:
        signer = signer_here(key) if key else None
    except MetricgovError:  # it names no file with a key, so it is a fingerprint or a person
        signer = None

    def tell(found: Keyed) -> None:
        asking.say_wrapped(f"{found.fingerprint} of {found.person} is to be revoked.")

    _in_two_steps(
        desk,
        said,
        lambda saying: desk.revoke_key(signer.public if signer else key, since=params["since"], saying=saying),
        lambda found: found.proposed,
        tell=tell,
    )


PROPOSING: Final[Mapping[str, Callable[[Desk, Params], None]]] = {
    "editing:retire": _retire,
    "editing:rename": _rename,
    "staff:import_": _import,
    "staff:replace": _replace,
    "keys:add": _add_key,
    "keys:revoke": _revoke_key,
}
"""What each of these commands does at a server, by its place in the table of commands."""
