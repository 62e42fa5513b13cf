"""Commands about definitions, their past, people and proof, asked at a server; and delegations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from metricgov.desk.asked import Desk

Params = Mapping[str, Any]


def _list(desk: Desk, params: Params) -> None:
    from metricgov.app.listing import in_order
    from metricgov.cli.output import data, screen, talk
    from metricgov.domain.searched import Facets
    from metricgov.render.as_json import definitions_json
    from metricgov.render.listing import listing_csv, listing_text

    needs_clone(params, at="--at")
    narrowed = {name: str(params[name] or "") for name in ("kind", "domain", "owner", "status", "tag")}
    found = desk.search("", Facets(**narrowed, kpi="yes" if params["kpi"] else ""), most=0)
    rows, form = in_order(found.rows), str(params["format_"])
    if params["as_json"] or form == "json":
        data(definitions_json(rows))
    else:
        data(listing_csv(rows) if form == "csv" else listing_text(rows, screen=screen()))
    if not rows:
        talk("Nothing matches all of that.")


def _show(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.card import card_json, card_text

    card, form = desk.card(params["name"], at=params["at"] or "", on=params["on"]), str(params["format_"])
    if form == "yaml" and not params["as_json"]:
        data(card.text.decode("utf-8", "replace").rstrip("\n"))
    else:
        data(card_json(card) if form == "json" or params["as_json"] else card_text(card, screen=screen()))


def _impact(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.as_json import impact_json
    from metricgov.render.history import impact_text

    at = params["at"] or ""
    rows = desk.reached(params["name"], at=at)
    if params["as_json"]:
        data(impact_json(rows))
    else:
        data(impact_text(desk.card(params["name"], at=at).id, rows, screen=screen()))


def _history(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.history import history_text
    from metricgov.render.past_json import history_json

    found = desk.history(params["name"])
    data(history_json(found.rows) if params["as_json"] else history_text(found.definition, found.rows, screen=screen()))


def _changelog(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.history import changelog_text
    from metricgov.render.past_json import changelog_json

    found = desk.changelog(since=params["since"], definition=params["definition"])
    data(changelog_json(found) if params["as_json"] else changelog_text(found, screen=screen()))


def _who(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.as_json import who_json
    from metricgov.render.changes import who_text

    view = desk.who(params["name"], params["change_class"], by=params["by"], at=params["at"])
    data(who_json(view) if params["as_json"] else who_text(view, screen=screen()))


def _whoami(desk: Desk, params: Params) -> None:
    from metricgov.app.rights import Me
    from metricgov.cli.people import tell
    from metricgov.domain.people.answering import Role

    reader = desk.reader()
    view = desk.person(reader.principal)
    held: dict[Role, list[str]] = {role: [] for role in Role}
    for one in sorted(view.places, key=lambda one: one.by == "registry"):
        if one.by != "council":  # a seat there is said by itself
            held[one.role].append("everything else" if one.by == "registry" else one.by)
    found = Me(
        principal=reader.principal,
        name=reader.name,
        known_by="the sign-in at this server",
        teams=view.row.teams,
        council=reader.council,
        **{role.value: tuple(named) for role, named in held.items() if role is not Role.INFORMED},
    )
    tell(found, reader.proof, f"decisions are recorded with the identity {reader.proof}", as_json=params["as_json"])


def _compare(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.cli.progress import Meter
    from metricgov.domain.errors import BadInput
    from metricgov.render.compared import matrix_json, matrix_text, pairing_json, pairing_text

    name, old, new = params["name"], params["old"], params["new"]
    if not old:
        found = desk.history(name)
        if found.matrix is None:
            says = f"{found.definition} has no versions that measure anything"
            raise BadInput("nothing_to_compare", says, hint="values are of metrics: metricgov list --kind metric")
        data(matrix_json(found.matrix) if params["as_json"] else matrix_text(found.matrix, screen()))
        return
    if not new:
        raise BadInput("version_missing", f"{old} compared with what?", hint=f"metricgov compare {name} {old} VERSION")
    as_of = f"{params['as_of']:%Y-%m-%d}" if params["as_of"] else ""
    meter, engine = Meter(), params["engine"] or ""
    try:
        pairing = desk.compare(name, old, new, recorded=params["recorded"], engine=engine, as_of=as_of, progress=meter)
    finally:
        meter.clear()
    data(pairing_json(pairing) if params["as_json"] else pairing_text(pairing, screen()))


def _asof(desk: Desk, params: Params) -> None:
    from datetime import UTC, datetime

    from metricgov.cli.output import data, screen
    from metricgov.render.compared import known_json, known_text

    day, then = f"{params['date']:%Y-%m-%d}", f"{params['known_at'] or datetime.now(UTC):%Y-%m-%d}"
    found = desk.measured_on(params["name"], day, known_at=then)
    said = params["name"].removeprefix("metric:"), day, then, found
    data(known_json(*said) if params["as_json"] else known_text(*said, screen()))


def _change_diff(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.domain.errors import BadInput
    from metricgov.render.as_json import findings_json
    from metricgov.render.changes import thread_lines
    from metricgov.render.findings import findings_text

    view = desk.change(params["change"])
    if not view.revision and not view.definitions:
        hint = "metricgov change explain tells its story"
        raise BadInput("no_contents", "this change has no contents yet", hint=hint)
    findings = tuple(finding for one in view.definitions for finding in one.findings)
    steps = {one.id: one.version for one in view.definitions}
    if params["as_json"]:
        data(findings_json(findings, steps=steps, affected=view.affected))
        return
    data(findings_text(findings, steps=steps, affected=view.affected, screen=screen()))
    if lines := thread_lines(view.threads, screen()):
        data(screen().text([screen().rule("Talk"), *lines]))


def _policy(desk: Desk, params: Params) -> None:
    import typer

    from metricgov.cli.output import data, screen
    from metricgov.render.coverage import coverage_json, coverage_text

    needs_clone(params, at="--at", worktree="--worktree")
    checked = desk.policy()
    found, commit = checked.coverage, checked.commit
    if params["as_json"]:
        data(coverage_json(found, commit=commit))
    else:
        data(coverage_text(found, where=f"main {commit[:7]}", screen=screen()))
    if not found.holds:
        raise typer.Exit(1)


def _keys(desk: Desk, params: Params) -> None:
    from metricgov.cli.keys import tell_keys

    tell_keys(desk.keys(person=params["person"]), as_json=params["as_json"])


def _delegate(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.domain.errors import BadInput
    from metricgov.render.delegations import delegations_json, delegations_text

    to, ends, message = params["to"], params["ends"], params["message"]
    if params["listed"]:
        rows = desk.delegations(ended=params["everything"])
    elif params["end"]:
        rows = (desk.end_delegation(params["end"], reason=message),)
    elif not to or not ends:
        missing = "--to says who answers" if not to else "--ends says until when; a delegation always ends"
        hint = "metricgov delegate --to PERSON --ends DATE -m WHY"
        raise BadInput("delegation_incomplete", missing, hint=hint)
    else:
        given = {name: params[name] for name in ("giver", "scope", "starts")}
        rows = (desk.give_delegation(to, ends, message, **given),)
    data(delegations_json(rows) if params["as_json"] else delegations_text(rows, screen=screen()))


def _why(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.cli.progress import Meter
    from metricgov.desk.asked_past import Asked
    from metricgov.render.why import why_csv, why_json, why_text

    needs_clone(params, out="--out")
    by = tuple(params["by"] or ())
    asked = Asked(params["period"], params["other"], params["reported"], params["known_at"], by)
    day = f"{params['as_of']:%Y-%m-%d}" if params["as_of"] else ""
    meter, engine = Meter(), params["engine"] or ""
    try:
        found = desk.why(params["name"], asked, recorded=params["recorded"], engine=engine, as_of=day, progress=meter)
    finally:
        meter.clear()
    if params["as_json"] or params["as_csv"]:
        data(why_json(found) if params["as_json"] else why_csv(found))
    else:
        data(why_text(found, screen()))


def _revisions(desk: Desk, params: Params) -> None:
    from metricgov.cli.output import data, screen
    from metricgov.render.revisions import revisions_csv, revisions_json, revisions_text

    name, found = params["name"].removeprefix("metric:"), desk.revisions(params["name"], by=tuple(params["by"] or ()))
    if params["as_csv"] or params["as_json"]:
        data(revisions_json(name, found) if params["as_json"] else revisions_csv(found))
        return
    data(revisions_text(name, found, screen()))


def _log(desk: Desk, params: Params) -> None:
    from metricgov.cli.audit import tell_log

    tell_log(desk.journal(_events(params)).rows, limit=params["limit"], as_json=params["as_json"])


def _export(desk: Desk, params: Params) -> None:
    import sys

    from metricgov.cli.output import talk, written_file

    text = desk.export(_events(params), str(params["format_"]))
    if params["out"] is None:
        sys.stdout.buffer.write(text.encode())
        sys.stdout.buffer.flush()
        return
    written_file(params["out"], text)
    talk(f"Written to {params['out']}")


def _events(params: Params) -> Any:
    from metricgov.desk.proving import Events

    return Events(
        params["since"],
        params["until"],
        params["person"],
        params["event"],
        params["definition"],
        params["change"],
        params["limit"],
    )


def needs_clone(params: Params, **options: str) -> None:
    """Refuse the options (parameter=option) that somebody gave and that mean something only in a clone."""
    from metricgov.domain.errors import BadInput

    if here := [option for name, option in options.items() if params.get(name)]:
        raise BadInput("only_here", f"{', '.join(here)} works in a clone, not through a server", hint="leave it out")


READING: Final[Mapping[str, Callable[[Desk, Params], None]]] = {
    "reading:list_": _list,
    "reading:show": _show,
    "reading:impact": _impact,
    "past:history": _history,
    "past:changelog": _changelog,
    "people:who": _who,
    "people:whoami": _whoami,
    "comparing:compare": _compare,
    "comparing:asof": _asof,
    "changes:diff": _change_diff,
    "policy:check": _policy,
    "keys:list_": _keys,
    "standing_in:delegate": _delegate,
    "why:why": _why,
    "snapshots:revisions": _revisions,
    "audit:log": _log,
    "audit_export:export": _export,
}
"""What each of these commands does at a server, by its place in the table of commands."""
